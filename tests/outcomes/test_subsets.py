"""What the files lack is said of all rows as of today: beside a team, or up to a chosen day, it would tell of one person.

Each attack is run with the one gone and there, all else the same, by somebody who asks and brings no file (decision 0071).
"""

from datetime import date, timedelta

import numpy as np
import pytest

from accounts.models import Organisation
from outcomes.analysis.computing import compute_result
from outcomes.models import AnalysisRequest, Release
from stakeholders.models import EmploymentStint
from stakeholders.queries import known_courses
from tests.factories import OrganisationFactory
from tests.outcomes.test_at_stake import complete_later
from tests.outcomes.test_made_up_people import members
from tests.stakeholders.conftest import complete_in_accord

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2021, 1, 1), date(2024, 12, 31)
SIZES = {"Big": 300, "Quiet": 24, "Solo": 1}
DAYS = [(FIRST + timedelta(days=30 * i)).isoformat() for i in range(6, 40, 3)]


def company(left=None, *, kinds=None, observed_until=None, in_accord=False):
    """Of a large team 120 leave; of the other two only those of `left`, by their person and day."""
    rng = np.random.default_rng(1)
    organisation, rows = OrganisationFactory(), []
    leaves = {f"Big{i:03}": date(2021, 3, 1) + timedelta(days=int(rng.integers(0, 1300))) for i in range(120)} | (left or {})
    kind = {person: "voluntary" if rng.random() < 0.9 else "" for person in leaves} | (kinds or {})
    for team, size in SIZES.items():
        for i in range(size):
            person = f"{team}{i:03}"
            until = observed_until.get(team, LAST) if observed_until else LAST
            rows.append(
                EmploymentStint(
                    organisation=organisation,
                    person_id=person,
                    email=f"{person.lower()}@acme.example",
                    team=team,
                    hire_date=date(2019, 1, 1) + timedelta(days=7 * len(rows) % 600),
                    exit_date=leaves.get(person),
                    exit_kind=kind.get(person, "") if person in leaves else "",
                    observed_from=FIRST,
                    observed_until=until,
                    covariates={},
                )
            )
    if in_accord:
        joined = members(organisation, rows)
        complete_in_accord([*joined[:60], *joined[150:220], *joined[300:312]], "2022-03-01")
    else:
        EmploymentStint.objects.bulk_create(rows)
    return organisation


def asked(organisation: Organisation, **question: object):
    """All that is printed, but for when it was; nothing stands in the ledger beside it."""
    Release.objects.all().delete()
    told = beside(organisation, **question)
    Release.objects.all().delete()
    return told


def beside(organisation: Organisation, **question: object):
    """The same beside what was answered before."""
    courses = tuple(known_courses(organisation))
    request = AnalysisRequest("employee_exit", "completion", "", "day", courses=courses, **question)
    result = compute_result(organisation, request, with_charts=False).result
    return result | {"provenance": result["provenance"] | {"ran_at": ""}}


def codes(result, part="refusals"):
    return [notice["code"] for notice in result[part]]


def test_exits_without_a_kind_do_not_tell_on_which_day_the_only_leaver_of_a_team_left(each_alone):
    organisation = company({"Quiet007": date(2023, 5, 17)}, kinds={"Quiet007": ""})
    told = [codes(asked(organisation, teams=("Quiet",), events=("voluntary",), as_of=day)) for day in DAYS]
    assert told == [["too_few_events", "no_one_exposed"]] * len(DAYS)


@pytest.mark.parametrize("kind", ["", "voluntary"])
def test_nor_whether_one_left_without_a_kind(each_alone, kind):
    teams = [("Big",), ("Big", "Solo"), ("Quiet",), ("Quiet", "Solo")]
    stays, gone = company(), company({"Solo000": date(2023, 5, 17)}, kinds={"Solo000": kind})
    told = [
        [
            (codes(result), codes(result, "warnings"))
            for result in (asked(one, teams=two, events=("voluntary",)) for two in teams)
        ]
        for one in (stays, gone)
    ]
    assert told[0] == told[1]
    assert told[0][0] == told[0][1]


def test_kinds_are_refused_where_all_files_lack_them(each_alone):
    """With every exit of the large team without one."""
    organisation = company(kinds={f"Big{i:03}": "" for i in range(120)})
    for teams in ((), ("Big",), ("Quiet",), ("Quiet", "Solo")):
        assert codes(asked(organisation, teams=teams, events=("voluntary",)))[-1] == "exit_kinds_unknown"


def test_a_file_without_an_end_does_not_tell_whether_the_only_one_in_it_is_still_there(each_alone):
    until = {"Quiet": None, "Solo": None}
    for left in ({}, {"Solo000": date(2023, 5, 17)}):
        organisation = company(left, observed_until=until)
        told = {codes(asked(organisation, teams=teams))[0] for teams in (("Big",), ("Big", "Solo"), ("Quiet",), ())}
        assert told == {"observation_end_unknown"}


def test_a_month_in_which_one_left_is_not_named(each_alone):
    """A year in which nobody is in the data, but for one."""
    told = []
    for left in (None, date(2022, 5, 17), date(2023, 9, 2)):
        organisation = company({"Solo000": left} if left else {})
        EmploymentStint.objects.filter(organisation=organisation, team="Big", exit_date__lt=date(2024, 1, 1)).update(
            exit_date=None
        )
        found = [asked(organisation, teams=teams) for teams in (("Big",), ("Big", "Solo"), ("Big", "Quiet"))]
        told.append({(tuple(codes(one)), *(notice["message"] for notice in one["refusals"])) for one in found})
    assert [len(of_one) for of_one in told] == [1, 1, 1]


def test_a_checksum_does_not_tell_who_completed_since(each_alone):
    """Years after the day asked about; a refusal has none at all."""
    organisation = company(in_accord=True)
    teams = [("Big",), ("Big", "Solo"), ("Quiet",), ("Quiet", "Solo")]

    def checksums():
        return [asked(organisation, teams=two, as_of="2024-06-30")["provenance"]["data_digest"] for two in teams]

    before = checksums()
    complete_later(organisation.memberships.get(person_id="Solo000"), "2026-11-30")
    complete_later(organisation.memberships.get(person_id="Quiet020"), "2026-11-30")
    assert checksums() == before
    assert [bool(checksum) for checksum in before] == [True, True, False, False]


def test_what_is_refused_beside_an_earlier_answer_says_nothing_else(each_alone):
    """Of exits that are followed by another row of the same person: neither how many there are nor that there are any."""
    told = []
    for is_back in (False, True):
        organisation = company({"Solo000": date(2023, 5, 17)} if is_back else {})
        rows = EmploymentStint.objects.filter(organisation=organisation, person_id__in=[f"Big{i:03}" for i in range(14)])
        back = [*rows, *EmploymentStint.objects.filter(organisation=organisation, person_id="Solo000", exit_date__isnull=False)]
        EmploymentStint.objects.bulk_create(
            EmploymentStint(
                organisation=organisation,
                person_id=row.person_id,
                team=row.team,
                hire_date=row.exit_date + timedelta(days=30),
                observed_from=FIRST,
                observed_until=LAST,
                covariates={},
            )
            for row in back
        )
        beside(organisation, teams=("Big",))
        second = beside(organisation, teams=("Big", "Solo"))
        told.append((codes(second), codes(second, "warnings"), second["counts"], second["provenance"]["data_digest"]))
    assert told[0] == told[1]
    assert told[0][0] == ["too_close_to_earlier_answer"]


def test_few_in_accord_are_refused_alike_whatever_they_are_too_few_for(each_alone):
    """As of days before and after the third of those in Accord left."""
    organisation = company({f"Quiet{i:03}": date(2022, 4 + 2 * i, 9) for i in range(3)})
    rows = list(EmploymentStint.objects.filter(organisation=organisation, team__in=("Quiet", "Solo")).order_by("pk"))
    EmploymentStint.objects.filter(pk__in=[row.pk for row in rows]).delete()
    complete_in_accord(members(organisation, rows)[5:15], "2022-03-01")
    told = [asked(organisation, as_of=day) for day in DAYS[8:]]
    assert {tuple(codes(one)) for one in told} == {("too_few_in_accord",)}
    assert len({one["refusals"][0]["message"] for one in told}) == 1


def test_a_small_organisation_hears_first_that_it_is_small(each_alone):
    organisation = company()
    gone = EmploymentStint.objects.filter(organisation=organisation, exit_date__isnull=False).order_by("exit_date")
    stay = [row.pk for place, row in enumerate(gone) if place % 3]
    EmploymentStint.objects.filter(pk__in=stay).update(exit_date=None, exit_kind="")
    questions = ({}, {"teams": ("Big",)}, {"as_of": "2023-06-30"}, {"horizon_months": 6}, {"events": ("voluntary",)})
    told = [beside(organisation, **question) for question in questions]
    assert [codes(one) for one in told] == [["too_few_events"]] * 5
    assert len({one["refusals"][0]["message"] for one in told}) == 1
    assert Release.objects.count() == 0


def test_few_in_accord_are_refused_through_the_ledger(each_alone):
    """Else whoever asks of some teams, and of one person more, reads whether the refusal still comes."""
    told = []
    for left in ({}, {"Solo000": date(2022, 6, 3)}):
        organisation = company({f"Quiet{i:03}": date(2022, 4 + 2 * i, 9) for i in range(3)} | left)
        rows = list(EmploymentStint.objects.filter(organisation=organisation, team__in=("Quiet", "Solo")).order_by("pk"))
        EmploymentStint.objects.filter(pk__in=[row.pk for row in rows]).delete()
        complete_in_accord(members(organisation, rows)[5:15], "2022-03-01")
        found = [beside(organisation, teams=teams) for teams in (("Big", "Quiet"), ("Big", "Quiet", "Solo"))]
        told.append([codes(one) for one in found])
    assert told[0] == told[1]
    assert told[0][0] == ["too_few_in_accord"]


def test_a_question_in_the_middle_of_a_silence_is_refused_though_exits_come_again(each_alone):
    organisation = company({f"Big{i:03}": date(2023, 1, 1) - timedelta(days=8 * i) for i in range(80)})
    later = EmploymentStint.objects.filter(organisation=organisation, team="Big", exit_date__isnull=True).order_by("person_id")
    for i, row in enumerate(later[:60]):
        EmploymentStint.objects.filter(pk=row.pk).update(exit_date=date(2024, 7, 1) + timedelta(days=2 * i), exit_kind="")
    EmploymentStint.objects.filter(organisation=organisation, exit_date__range=("2023-01-02", "2024-06-30")).update(
        exit_date=None
    )
    assert codes(asked(organisation, as_of="2024-05-31"))[-1] == "observation_end_doubtful"
