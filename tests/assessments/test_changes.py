"""What an organisation is told of a group: of ten or more who knew of it, and never so that two figures tell of few."""

import csv
import io
import random

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.views.own_data import what_happens
from assessments.models import Attempt, ChangeRelease
from assessments.privacy import PARTS
from assessments.scoring.releases import Told, is_due, may_tell
from assessments.services import changes
from assessments.services.changes import changes_of, release_changes
from learning.models import Cohort, CohortMembership
from tests.assessments.factories import course_with_forms, learner
from tests.assessments.sittings import forms, people, sit_many
from tests.assessments.test_views import text
from tests.factories import MembershipFactory, OrganisationFactory, RoleAssignmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return course_with_forms()


@pytest.fixture
def organisation():
    return OrganisationFactory(name="Northwind")


@pytest.fixture
def cohort(course, organisation):
    return Cohort.objects.create(organisation=organisation, name="Spring", course=course)


def agreeing(count):
    """That many of the four answers agree; one more of every third person."""
    return lambda person, question: "b" if question < count + (person % 3 == 0) else "c"


def begin(course, enrolments, counts=True):
    """The first assessment, half of them each form."""
    for number, form in enumerate(forms(course)):
        sit_many(form, enrolments[number::2], agreeing(1), counts=counts)


def finish(course, enrolments, counts=True):
    for number, form in enumerate(reversed(forms(course))):
        sit_many(form, enrolments[number::2], agreeing(3), occasion="after", counts=counts)


def group(count, course, organisation, cohort=None, finished=None):
    enrolments = people(count, course, organisation, cohort)
    begin(course, enrolments)
    finish(course, enrolments[: count if finished is None else finished])
    return enrolments


def put_into(cohort, enrolments):
    for enrolment in enrolments:
        membership = enrolment.user.memberships.get(organisation=cohort.organisation)
        CohortMembership.objects.create(cohort=cohort, membership=membership)


def row_of(organisation, cohort=None):
    rows, _is_being_counted = changes_of(organisation)
    return next(row for row in rows if row.cohort == cohort)


# Which means may be told ------------------------------------------------------------------------------------------------


def told(*people, gone=0):
    return Told(frozenset(people), gone)


@pytest.mark.parametrize(
    ("people", "known", "may"),
    [
        (range(9), [], False),
        (range(10), [], True),
        (range(11), [told(*range(10))], False),
        (range(20), [told(*range(10))], True),
        (range(10), [told(*range(10))], True),
        (range(10), [told(*range(10), gone=1)], False),
        (range(45), [told(*range(20)), told(*range(20, 40))], False),
        (range(40), [told(*range(20)), told(*range(20, 40))], True),
        (range(50), [told(*range(20)), told(*range(20, 40))], True),
        (range(20, 40), [told(*range(45)), told(*range(20))], False),
    ],
    ids=[
        "few",
        "ten",
        "one more",
        "ten more",
        "the same",
        "one is gone",
        "rest of 5",
        "no rest",
        "rest of 10",
        "part of a sum",
    ],
)
def test_means_that_would_tell_of_a_few_are_not_told(people, known, may):
    assert may_tell(frozenset(people), known) is may


@pytest.mark.parametrize("seed", range(20))
def test_whatever_groups_are_made_nobody_is_told_of_with_fewer_than_nine_others(seed):
    """Groups at will: every sum or difference of the means that are told is of people who share all of these."""
    rng, known = random.Random(seed), []
    everyone = range(60)
    for _try in range(300):
        like = rng.choice(known).people if known and rng.random() < 0.6 else frozenset()
        people = frozenset(rng.sample(everyone, rng.randint(1, 40))) if rng.random() < 0.5 or not like else like
        people = people.symmetric_difference(rng.sample(everyone, rng.choice([0, 1, 10, 12])))
        if may_tell(people, known):
            known.append(Told(people))
    table = np.array([[person in other.people for other in known] for person in everyone])
    _patterns, sizes = np.unique(table[table.any(axis=1)], axis=0, return_counts=True)
    assert len(known) > 1
    assert sizes.min() >= 10


def test_a_group_made_as_a_decoy_opens_no_other():
    """Thirteen of the others, taken from both: the whole less two parts would be one person."""
    known = [told(*range(10)), told(*range(10, 20)), told(*range(5, 10), *range(14, 18), 20)]
    assert may_tell(frozenset(known[2].people), known[:2]) is False
    assert may_tell(frozenset(range(21)), known[:2]) is False


def test_a_mean_is_told_again_when_ten_and_a_tenth_are_new():
    assert not is_due(told(*range(10)), frozenset(range(19)))
    assert is_due(told(*range(10)), frozenset(range(20)))
    assert not is_due(told(*range(400)), frozenset(range(430)))
    assert is_due(told(*range(400)), frozenset(range(440)))


# What is told -----------------------------------------------------------------------------------------------------------


def test_twelve_on_the_first_day_are_told_modestly(course, organisation, cohort, client_of):
    group(12, course, organisation, cohort, finished=0)
    row = row_of(organisation, cohort)
    assert (row.began, row.change, row.reason) == (12, None, "few")
    page = text(client_of(Role.ADMIN).get(reverse("org:changes", args=[organisation.slug])))
    assert "Nothing is shown until ten people have taken the assessments before and after the course." in page
    assert "Spring 12 fewer than 10 not shown" in page
    assert not ChangeRelease.objects.exists()


def test_mean_change_with_both_orders_alike(course, organisation, cohort):
    group(12, course, organisation, cohort)
    change = row_of(organisation, cohort).change
    assert (change.began, change.finished, change.is_provisional) == (12, 12, True)
    assert change.mean == pytest.approx(change.after - change.before)
    assert change.low <= change.mean <= change.high
    assert change.mean == pytest.approx(0.5)


def test_a_harder_form_is_no_change(course, organisation, cohort):
    """Form A gives one answer in four, form B three, to whoever sits them and whenever."""
    form_a, form_b = forms(course)
    enrolments = people(13, course, organisation, cohort)
    for occasion, order in (("before", (form_a, form_b)), ("after", (form_b, form_a))):
        for form, members in zip(order, (enrolments[:9], enrolments[9:]), strict=True):
            sit_many(form, members, agreeing(1 if form == form_a else 3), occasion=occasion)
    assert row_of(organisation, cohort).change.mean == pytest.approx(0, abs=0.06)


def test_nine_are_told_nothing_and_the_tenth_brings_all(course, organisation, cohort):
    enrolments = group(14, course, organisation, cohort, finished=9)
    assert row_of(organisation, cohort).reason == "few"
    form = Attempt.objects.get(enrolment=enrolments[9]).instrument
    [other] = [one for one in forms(course) if one != form]
    sit_many(other, [enrolments[9]], agreeing(3), occasion="after")
    change = row_of(organisation, cohort).change
    assert (change.began, change.finished) == (14, 10)


def test_the_next_to_finish_changes_nothing_until_ten_have(course, organisation, cohort):
    enrolments = group(12, course, organisation, cohort, finished=0)
    late = people(12, course, organisation, cohort)
    finish(course, enrolments)
    first = row_of(organisation, cohort).change
    begin(course, late)
    finish(course, late[:8])
    assert row_of(organisation, cohort).change == first
    finish(course, late[8:])
    assert row_of(organisation, cohort).change.finished == 24


def test_everyone_on_the_course_is_told_only_where_no_few_are_left_over(course, organisation, cohort):
    group(12, course, organisation, cohort)
    assert row_of(organisation).change.finished == 12
    ChangeRelease.objects.filter(cohort=None).delete()
    rest = group(5, course, organisation)
    assert row_of(organisation).reason == "close"
    assert row_of(organisation, cohort).change.finished == 12
    group(6, course, organisation)
    assert len(rest) == 5
    assert row_of(organisation).change.finished == 23


def test_everybody_counts_in_one_cohort_and_stays_in_it(course, organisation, cohort):
    """Cohorts made at will, 120 of forty people, told nearly everything about each of them."""
    enrolments = group(12, course, organisation, cohort)
    assert row_of(organisation, cohort).change.finished == 12
    autumn = Cohort.objects.create(organisation=organisation, name="Autumn", course=course)
    group(8, course, organisation, autumn)
    put_into(autumn, enrolments[:4])
    assert (row_of(organisation, autumn).change, row_of(organisation, autumn).reason) == (None, "elsewhere")
    group(2, course, organisation, autumn)
    assert row_of(organisation, autumn).change.finished == 10
    CohortMembership.objects.filter(cohort=cohort, membership__user=enrolments[0].user).delete()
    group(10, course, organisation, cohort)
    assert row_of(organisation, cohort).change.finished == 22
    assert row_of(organisation).change.finished == 32


def test_a_cohort_that_is_not_shown_yet_is_not_broken_by_everyone_on_the_course(course, organisation, cohort):
    """Ten of thirty had finished when everyone on the course was told of, and their cohort could never be told of again."""
    group(6, course, organisation)
    group(24, course, organisation, cohort, finished=6)
    assert (row_of(organisation).change, row_of(organisation).reason) == (None, "cohorts")
    group(4, course, organisation, cohort)
    assert row_of(organisation, cohort).change.finished == 10
    assert row_of(organisation).reason == "close"
    group(4, course, organisation)
    assert row_of(organisation).change.finished == 20


def test_people_of_small_and_of_archived_cohorts_count_under_everyone(course, organisation, cohort):
    group(6, course, organisation, cohort)
    autumn = Cohort.objects.create(organisation=organisation, name="Autumn", course=course)
    group(12, course, organisation, autumn, finished=4)
    assert row_of(organisation).change is None
    autumn.archived_at = timezone.now()
    autumn.save()
    assert row_of(organisation).change.finished == 10


def test_of_the_same_people_the_same_is_told_with_each_groups_own_beginners(course, organisation, cohort):
    group(12, course, organisation, cohort)
    group(10, course, organisation, finished=0)
    everyone, of_cohort = row_of(organisation).change, row_of(organisation, cohort).change
    assert (everyone.mean, everyone.finished, everyone.began) == (of_cohort.mean, 12, 22)
    assert of_cohort.began == 12


def test_somebody_who_erased_their_account_is_not_read_from_the_next_mean(course, organisation, cohort):
    enrolments = group(12, course, organisation, cohort)
    first = row_of(organisation, cohort).change
    enrolments[0].delete()
    assert row_of(organisation, cohort).change == first
    assert row_of(organisation).change == row_of(organisation, cohort).change or row_of(organisation).change.finished == 12


def test_who_was_not_told_does_not_count(course, organisation, cohort):
    enrolments = people(12, course, organisation, cohort)
    begin(course, enrolments, counts=False)
    finish(course, enrolments, counts=False)
    row = row_of(organisation, cohort)
    assert (row.began, row.change) == (0, None)


def test_whoever_begins_for_an_organisation_counts_and_alone_does_not(course, organisation):
    from assessments.services import start_attempt

    with_organisation = start_attempt(enrolment=learner(course, organisation), occasion="before")
    alone = start_attempt(enrolment=learner(course), occasion="before")
    assert (with_organisation.counts_in_groups, alone.counts_in_groups) == (True, False)


def test_one_order_alone_tells_nothing(course, organisation, cohort):
    form_a, form_b = forms(course)
    enrolments = people(12, course, organisation, cohort)
    sit_many(form_a, enrolments, agreeing(1))
    sit_many(form_b, enrolments, agreeing(3), occasion="after")
    assert row_of(organisation, cohort).reason == "order"


def test_many_sittings_are_counted_by_a_worker(course, organisation, cohort, monkeypatch):
    group(12, course, organisation, cohort)
    asked = []
    monkeypatch.setattr(changes, "LIVE_SITTINGS", 10)
    monkeypatch.setattr(release_changes, "delay", asked.append)
    changes.cache.clear()
    rows, is_being_counted = changes_of(organisation)
    assert ([row.change for row in rows], is_being_counted, asked) == ([None, None], True, [organisation.pk])
    release_changes(organisation.pk)
    rows, is_being_counted = changes_of(organisation)
    assert (all(row.change for row in rows), [row.began for row in rows], is_being_counted) == (True, [12, 12], False)


# The page ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def client_of(organisation, sign_in):
    def sign(role):
        membership = MembershipFactory(organisation=organisation)
        RoleAssignmentFactory(membership=membership, role=role)
        return sign_in(membership.user)

    return sign


def test_page_says_change_and_never_effect(course, organisation, cohort, client_of):
    group(12, course, organisation, cohort)
    page = text(client_of(Role.LND_PARTNER).get(reverse("org:changes", args=[organisation.slug])))
    assert "Up from 33% to 83% of answers agreeing with the key" in page
    assert "It is a change, not proof that the course made it" in page
    assert "provisional" in page
    assert "effect" not in page.lower()


def test_download_has_what_is_told_and_nobody_else(course, organisation, cohort, client_of):
    group(12, course, organisation, cohort)
    group(3, course, organisation, Cohort.objects.create(organisation=organisation, name="Small", course=course))
    response = client_of(Role.OWNER).get(reverse("org:changes_csv", args=[organisation.slug]))
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert [(row["cohort"], row["took_both"], row["change"]) for row in rows] == [("Spring", "12", "0.50")]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.BILLING, Role.OUTCOMES_READER])
def test_others_do_not_see_it(course, organisation, client_of, role):
    assert client_of(role).get(reverse("org:changes", args=[organisation.slug])).status_code == 403


def test_empty(organisation, client_of):
    page = text(client_of(Role.ADMIN).get(reverse("org:changes", args=[organisation.slug])))
    assert "Nobody here is on a course with an assessment yet." in page


# A copy of one's data, and an end ---------------------------------------------------------------------------------------


def test_a_mean_that_was_told_is_in_the_copy_and_stays_without_its_people(course, organisation, cohort):
    [first, *_others] = group(12, course, organisation, cohort)
    change = row_of(organisation, cohort).change
    part = next(part for part in PARTS if part.name == "means of groups")
    copy = next(row for row in part.export(first.user) if row["cohort"] == "Spring")
    shown = {name: round(100 * getattr(change, name)) for name in ("before", "after", "mean", "low", "high")}
    assert {name: copy[name] for name in shown} == shown
    assert (copy["people"], copy["is_provisional"]) == (12, True)
    told = what_happens(first.user)
    assert "That your assessments are part of means of groups that your employer saw" in told["goes"]
    assert [sentence for sentence in told["anonymous"] if sentence.startswith("Means of ten people or more")]
    releases = ChangeRelease.objects.count()
    assert part.erase(first.user) > 0
    assert (ChangeRelease.objects.count(), list(part.export(first.user))) == (releases, [])
    assert row_of(organisation, cohort).change.mean == change.mean
