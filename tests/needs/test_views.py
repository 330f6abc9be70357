"""The L&D partner's walk from gap to approved specification, and who may not."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from learning.services import create_cohort
from needs.models import Cause, Expectation, Gap, Specification
from tests.courses.factories import published_course
from tests.factories import OrganisationFactory
from tests.needs.factories import ExpectationFactory, GapFactory, SkillFactory, SpecificationFactory, find_causes

pytestmark = pytest.mark.django_db

GAP = {
    "title": "Families are told late", "who": "Ward coordinators", "stakeholder_group": "customers",
    "measure": "Complaints a month", "expected": "4", "actual": "11", "yearly_cost": "18500.50",
    "requested": "A communication training for everybody",
}  # fmt: skip


@pytest.fixture
def partner(organisation, member, sign_in):
    return sign_in(member(organisation, "lnd_partner").user)


def url(name, organisation, *args):
    return reverse(f"org:{name}", args=[organisation.slug, *args])


def test_empty_page_says_where_to_begin(partner, organisation):
    page = partner.get(url("needs", organisation)).content.decode()
    assert "No gaps have been recorded yet." in page
    assert url("gap_new", organisation) in page


def test_gap_is_recorded_with_money_in_minor_units(partner, organisation):
    answer = partner.post(url("gap_new", organisation), GAP)
    gap = Gap.objects.get()
    assert answer.status_code == 302
    assert (gap.organisation, gap.yearly_cost, gap.higher_is_better) == (organisation, 1_850_050, False)
    assert "€18,500.50" in partner.get(gap.get_absolute_url()).content.decode()


def test_a_gap_that_is_none_is_refused_and_nothing_typed_is_lost(partner, organisation):
    answer = partner.post(url("gap_new", organisation), GAP | {"higher_is_better": "on"})
    assert answer.status_code == 422
    assert "There is no gap" in answer.content.decode()
    assert "A communication training for everybody" in answer.content.decode()
    assert Gap.objects.count() == 0


@pytest.mark.parametrize("field", ["expected", "actual", "yearly_cost"])
@pytest.mark.parametrize("number", ["1e9999999", "1e-9999999", "9" * 5000])
def test_a_number_without_end_is_refused_and_given_back(partner, organisation, field, number):
    answer = partner.post(url("gap_new", organisation), GAP | {field: number})
    assert (answer.status_code, Gap.objects.count()) == (422, 0)
    assert f'value="{number}"' in answer.content.decode()


def test_causes_lead_to_the_verdict(partner, organisation):
    gap = GapFactory(organisation=organisation)
    data = {f"{factor}-weight": "not" for factor in ("information", "resources", "knowledge", "capacity", "motives")}
    answer = partner.post(
        url("causes", organisation, gap.uuid), data | {"incentives-weight": "main", "incentives-remedy": "Pay for notice given"}
    )
    assert answer.status_code == 302
    page = partner.get(gap.get_absolute_url()).content.decode()
    assert "Don’t train." in page
    assert "Pay for notice given" in page
    assert Cause.objects.filter(gap=gap).count() == 6


def test_from_gap_to_approved_specification(partner, organisation):
    gap = GapFactory(organisation=organisation)
    find_causes(gap, knowledge="main")
    course, skill = published_course(), SkillFactory()
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    form = {
        "title": "Ask first", "skill": skill.pk, "from_level": "1", "to_level": "3", "course": course.pk, "cohort": cohort.pk,
        "people": "40", "evaluation": "Six months before against six months after",
    }  # fmt: skip
    partner.post(url("specification_new", organisation, gap.uuid), form)
    specification = Specification.objects.get()

    refused = partner.post(url("specification_approve", organisation, specification.uuid))
    assert refused.status_code == 409
    assert "at least one expectation" in refused.content.decode()

    expectation = {
        "stakeholder_group": "customers", "owner": "Council of relatives", "statement": "We hear of it before",
        "importance": "4", "measure": "Complaints a month", "baseline": "11", "target": "5", "due_on": "2027-03-31",
    }  # fmt: skip
    partner.post(url("expectation_new", organisation, specification.uuid), expectation)
    approved = partner.post(url("specification_approve", organisation, specification.uuid), follow=True)
    assert "0 of 1 expectation measured" in approved.content.decode()

    stated = Expectation.objects.get()
    late = partner.post(url("expectation_edit", organisation, stated.uuid), expectation | {"target": "10"})
    assert late.status_code == 409
    partner.post(url("expectation_measure", organisation, stated.uuid), {"measured": "8", "measured_on": "2027-04-02"})
    stated.refresh_from_db()
    assert (stated.target, stated.measured, stated.measured_on, stated.result) == (5, 8, date(2027, 4, 2), "partly")


def test_a_specification_says_which_exits_count_and_for_how_long(partner, organisation):
    gap = GapFactory(organisation=organisation)
    find_causes(gap, knowledge="main")
    form = {
        "title": "Ask first", "skill": SkillFactory().pk, "from_level": "1", "to_level": "3", "course": published_course().pk,
        "people": "40", "evaluation": "Six months before against six months after", "event_kinds": ["voluntary", "other"],
        "horizon_months": "24",
    }  # fmt: skip
    new = url("specification_new", organisation, gap.uuid)
    for wrong in ({"horizon_months": "601"}, {"horizon_months": "0"}, {"event_kinds": ["fired"]}):
        assert partner.post(new, form | wrong).status_code == 422
    shown = partner.post(new, form, follow=True).content.decode()
    specification = Specification.objects.get()
    assert (specification.event_kinds, specification.horizon_months) == (["voluntary", "other"], 24)
    assert "<dt>Exits that count</dt><dd>Voluntary, other</dd>" in shown
    assert "<dt>Horizon</dt><dd>24 months</dd>" in shown

    edit = url("specification_edit", organisation, specification.uuid)
    assert partner.get(edit).context["form"]["event_kinds"].value() == ["voluntary", "other"]
    partner.post(edit, form | {"event_kinds": [], "horizon_months": ""})
    specification.refresh_from_db()
    assert (specification.event_kinds, specification.horizon_months) == ([], None)
    assert "Horizon" not in partner.get(specification.get_absolute_url()).content.decode()


def test_only_exits_of_employees_have_kinds(partner, organisation):
    gap = GapFactory(organisation=organisation, stakeholder_group="customers")
    form = partner.get(url("specification_new", organisation, gap.uuid)).context["form"]
    assert ("event_kinds" in form.fields, "horizon_months" in form.fields) == (False, True)


def test_measured_values_are_given_back_as_they_were_typed(partner, organisation):
    specification = SpecificationFactory(organisation=organisation)
    figures = {"measured": "6.5", "measured_on": "2027-04-02"}
    stated = ExpectationFactory(organisation=organisation, specification=specification, **figures)
    form = partner.get(url("expectation_measure", organisation, stated.uuid)).context["form"]
    assert form["measured"].value() == "6.5"
    page = partner.get(specification.get_absolute_url()).content.decode()
    assert (">6.5 " in page, "6.50" in page) == (True, False)


def test_the_first_measurement_replaces_nothing_in_the_audit(partner, organisation):
    stated = ExpectationFactory(organisation=organisation, specification=SpecificationFactory(organisation=organisation))
    partner.post(url("expectation_measure", organisation, stated.uuid), {"measured": "8", "measured_on": "2027-04-02"})
    event = AuditEvent.objects.get(verb="expectation.measured")
    assert (event.before, event.after["measured"]) == ({}, "8")


def test_a_specification_takes_only_own_cohorts(partner, organisation):
    gap = GapFactory(organisation=organisation)
    find_causes(gap, knowledge="main")
    course = published_course()
    foreign = create_cohort(organisation=OrganisationFactory(), name="Theirs", course=course, actor=None)
    form = {
        "title": "x",
        "skill": SkillFactory().pk,
        "from_level": "1",
        "to_level": "2",
        "course": course.pk,
        "people": "4",
        "evaluation": "y",
    }
    answer = partner.post(url("specification_new", organisation, gap.uuid), form | {"cohort": foreign.pk})
    assert answer.status_code == 422
    assert Specification.objects.count() == 0


@pytest.mark.parametrize("role", ["admin", "billing", "manager"])
def test_other_roles_may_not_see_needs(organisation, member, sign_in, role):
    assert sign_in(member(organisation, role).user).get(url("needs", organisation)).status_code == 403


def test_another_organisations_rows_do_not_exist(partner, organisation):
    theirs = ExpectationFactory()
    for name, row in [
        ("gap", theirs.specification.gap), ("causes", theirs.specification.gap), ("specification", theirs.specification),
        ("expectation_measure", theirs), ("expectation_edit", theirs),
    ]:  # fmt: skip
        assert partner.get(url(name, organisation, row.uuid)).status_code == 404
    assert partner.post(url("specification_approve", organisation, theirs.specification.uuid)).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_for_one_gap_and_for_three(partner, organisation, rows, django_assert_num_queries):
    for _n in range(rows):
        gap = GapFactory(organisation=organisation)
        find_causes(gap, knowledge="main")
        SpecificationFactory(gap=gap)
    with django_assert_num_queries(7):
        partner.get(url("needs", organisation))
