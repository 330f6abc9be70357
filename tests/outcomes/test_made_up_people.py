"""A file in which all but a few colleagues are made up, and what it would tell of these: whoever brings it knows all others."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, User
from outcomes.analysis.computing import compute_result
from outcomes.analysis.releases import WAYS
from outcomes.models import AnalysisRequest, Release
from stakeholders.models import Completion, EmploymentStint
from stakeholders.queries import known_courses
from tests.factories import CourseFactory, OrganisationFactory
from tests.stakeholders.conftest import complete_in_accord

pytestmark = pytest.mark.django_db

FIRST, LAST, AS_OF = date(2022, 1, 1), date(2024, 12, 31), "2024-12-31"
BEGAN = date(2022, 3, 1)
"""When the first of those in Accord completed."""


@pytest.fixture
def organisation(each_alone):
    return OrganisationFactory()


def stint(organisation, name, hired, left, **fields):
    return EmploymentStint(
        organisation=organisation,
        person_id=name,
        email=f"{name.lower()}@acme.example",
        hire_date=hired,
        exit_date=left,
        exit_kind="voluntary" if left else "",
        observed_from=fields.pop("observed_from", FIRST),
        observed_until=fields.pop("observed_until", LAST),
        covariates=fields,
    )


def made_up(organisation, people=300, *, prefix="M", of_each=lambda i: {}):
    """Half of them completed by a file, two thirds left, some on either side."""
    rng = np.random.default_rng(5)
    rows, completions = [], []
    for i in range(people):
        name, hired = f"{prefix}{i:03}", FIRST - timedelta(days=int(rng.integers(0, 60)))
        left = FIRST + timedelta(days=int(rng.integers(1, 1090))) if i % 3 else None
        rows.append(stint(organisation, name, hired, left, **of_each(i)))
        if i % 2:
            completed = BEGAN + timedelta(days=int(rng.integers(1, 300)))
            completions.append(Completion(organisation=organisation, person_id=name, course="x", completed_on=completed))
    EmploymentStint.objects.bulk_create(rows)
    Completion.objects.bulk_create(completions)


def members(organisation, stints):
    """Accounts of these colleagues, in their order."""
    EmploymentStint.objects.bulk_create(stints)
    users = User.objects.bulk_create(User(email=f"{organisation.pk}.{one.email}") for one in stints)
    return Membership.objects.bulk_create(
        Membership(organisation=organisation, email=one.email, person_id=one.person_id, user=user)
        for one, user in zip(stints, users, strict=True)
    )


def ask(organisation, *, as_of=AS_OF, **question):
    request = AnalysisRequest(as_of=as_of, courses=tuple(known_courses(organisation)), **question)
    return compute_result(organisation, request, with_charts=False)


def codes(answer, of="refusals"):
    return [notice["code"] for notice in answer.result[of]]


def told(answer):
    return {k: v for k, v in answer.result.items() if k != "provenance"}, answer.report


def both_ways(asked):
    """`asked(organisation, completed)` where the one completed, and where they did not; all else is the same."""
    answers = []
    for completed in (True, False):
        CourseFactory.reset_sequence(0)
        with transaction.atomic():
            answers.append(asked(OrganisationFactory(slug="the-same", name="The same"), completed))
            transaction.set_rollback(True)
    return answers


def test_one_who_is_given_companions_is_not_read_from_the_ratio(each_alone):
    """Eleven others in Accord are seen for a day after the first completion; 150 made up leave when only the one is there."""

    def asked(organisation, completed):
        made_up(organisation)
        seen = BEGAN + timedelta(days=1)
        others = [stint(organisation, f"A{i:02}", FIRST, None, observed_until=seen) for i in range(11)]
        target = stint(organisation, "TARGET", date(2012, 1, 1), None)
        in_accord = members(organisation, [*others, target])
        EmploymentStint.objects.bulk_create(
            stint(organisation, f"C{i:03}", date(2012, 1, 1), BEGAN + timedelta(days=40 + 5 * i)) for i in range(150)
        )
        complete_in_accord([*in_accord[:5], *in_accord[11:][: int(completed)]], BEGAN.isoformat())
        return ask(organisation)

    yes, no = both_ways(asked)
    assert codes(yes) == ["too_few_in_accord"]
    assert told(yes) == told(no)


def test_one_who_is_set_apart_by_a_column_is_not_read_from_the_ratio(each_alone):
    """The exits of their level are made up, so that of the one as many are expected as of all others together."""

    def asked(organisation, completed):
        made_up(organisation, 600, of_each=lambda i: {"site": "A"})
        made_up(organisation, 150, prefix="C", of_each=lambda i: {"site": "B"})
        companions = list(EmploymentStint.objects.filter(organisation=organisation, person_id__startswith="C"))
        for i, one in enumerate(companions):
            one.exit_date, one.exit_kind = BEGAN + timedelta(days=10 + 4 * i), "voluntary"
        EmploymentStint.objects.bulk_update(companions, ["exit_date", "exit_kind"])
        seen = BEGAN + timedelta(days=3)
        others = [stint(organisation, f"A{i:02}", FIRST, None, observed_until=seen, site="A") for i in range(60)]
        in_accord = members(organisation, [*others, stint(organisation, "TARGET", FIRST, None, site="B")])
        complete_in_accord([*in_accord[:30], *in_accord[60:][: int(completed)]], BEGAN.isoformat())
        return ask(organisation, covariates="site:category")

    yes, no = both_ways(asked)
    assert codes(yes) == ["too_few_in_accord"]
    assert told(yes) == told(no)


@pytest.mark.parametrize("known", [8, 9])
def test_whether_a_side_is_large_enough_does_not_tell_of_the_only_leaver_in_accord(each_alone, known):
    """By the file nine of those who completed left, and the tenth would be the one."""

    def asked(organisation, completed):
        made_up(organisation, 300)
        after = Completion.objects.filter(organisation=organisation).values_list("person_id", flat=True)
        leavers = EmploymentStint.objects.filter(organisation=organisation, person_id__in=after, exit_date__gt=BEGAN)
        late = [one.person_id for one in leavers.order_by("person_id")[known:]]
        Completion.objects.filter(organisation=organisation, person_id__in=late).delete()
        Completion.objects.filter(organisation=organisation).update(completed_on=BEGAN)
        others = [stint(organisation, f"A{i:02}", FIRST, None) for i in range(40)]
        target = stint(organisation, "TARGET", FIRST, date(2024, 2, 1))
        in_accord = members(organisation, [*others, target])
        complete_in_accord([*in_accord[:20], *in_accord[40:][: int(completed)]], BEGAN.isoformat())
        return ask(organisation)

    yes, no = both_ways(asked)
    assert codes(yes) == (["too_few_in_accord"] if known == 9 else ["too_few_events_in_arm"])
    assert told(yes) == told(no)


def twelve_among_300(organisation):
    made_up(organisation, of_each=lambda i: {f"c{k}": "ab"[(i >> k) % 2] for k in range(6)})
    rng = np.random.default_rng(11)
    columns = [{f"c{k}": "ab"[int(rng.integers(2))] for k in range(6)} for _i in range(12)]
    twelve = [stint(organisation, f"A{i:02}", FIRST, None, **values) for i, values in enumerate(columns)]
    complete_in_accord(members(organisation, twelve)[:6], BEGAN.isoformat())


def test_about_so_few_as_many_questions_are_answered_a_quarter(organisation):
    """With columns made for it, some thirty would tell of each of the twelve."""
    twelve_among_300(organisation)
    asked = [ask(organisation, covariates=f"c{k}:category") for k in range(WAYS + 1)]
    assert [codes(answer) for answer in asked] == [[]] * WAYS + [["asked_often_enough"]]
    assert asked[0].result["estimates"]
    assert "estimates_rounded" in codes(asked[0], "warnings")
    again = (organisation.today + timedelta(days=91)).isoformat()
    (message,) = [notice["message"] for notice in asked[-1].result["refusals"]]
    assert f"Ask again from {again} on" in message
    assert asked[-1].ask_again_on.isoformat() == again
    # the same question again is none, and the quarter's end makes room for another
    assert told(ask(organisation, covariates="c0:category"))[0]["estimates"] == asked[0].result["estimates"]
    oldest = Release.objects.order_by("pk").first()
    Release.objects.filter(asked=oldest.asked).update(given_on=oldest.given_on - timedelta(days=92))
    assert codes(ask(organisation, covariates="c4:category")) == []


def test_a_question_of_the_quarter_before_makes_no_room_for_any_number(organisation):
    """The ledger dates back what tells nothing new; the count does not."""
    twelve_among_300(organisation)
    ask(organisation)
    quarter_ago = organisation.today - timedelta(days=92)
    Release.objects.update(given_on=quarter_ago, created_at=timezone.now() - timedelta(days=92))
    asked = [codes(ask(organisation, covariates=f"c{k}:category")) for k in range(WAYS + 1)]
    assert asked == [[]] * WAYS + [["asked_often_enough"]]


def test_another_file_is_another_question(organisation):
    twelve_among_300(organisation)
    for k in range(WAYS):
        people = EmploymentStint.objects.filter(organisation=organisation)
        for one in people:
            one.covariates["c0"] = "ab"[hash((k, one.person_id)) % 2]
        EmploymentStint.objects.bulk_update(people, ["covariates"])
        assert codes(ask(organisation, covariates="c0:category")) == []
    assert codes(ask(organisation)) == ["asked_often_enough"]


def test_another_company_and_more_people_ask_as_they_like(organisation):
    """The count is of answers about the same people, of one organisation."""
    twelve_among_300(organisation)
    for k in range(WAYS):
        ask(organisation, covariates=f"c{k}:category")
    other = OrganisationFactory()
    twelve_among_300(other)
    assert codes(ask(other)) == []


@pytest.mark.parametrize(("people", "leavers", "rounded"), [(100, 20, False), (60, 12, False), (40, 12, True), (60, 8, True)])
def test_honest_files_are_answered(organisation, people, leavers, rounded):
    """Accord knows the completions of a part of the company, who leave as others do."""
    made_up(organisation)
    rng = np.random.default_rng(3)
    stints = [
        stint(
            organisation,
            f"A{i:03}",
            FIRST - timedelta(days=int(rng.integers(0, 900))),
            BEGAN + timedelta(days=int(rng.integers(100, 900))) if i % people < leavers else None,
        )
        for i in range(people)
    ]
    complete_in_accord(members(organisation, stints)[::2], BEGAN.isoformat())
    answer = ask(organisation)
    assert codes(answer) == []
    assert ("estimates_rounded" in codes(answer, "warnings")) is rounded
