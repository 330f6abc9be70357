"""Whoever objects is in no analysis, whatever the files hold, and nobody reads who they are."""

import json
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from accounts.audit import record
from accounts.enums import MembershipState
from accounts.models import AuditEvent
from accounts.personal_data import erase, export_of
from outcomes.analysis.computing import compute_result
from outcomes.analysis.loading.customers import load_customers
from outcomes.analysis.loading.people import load_people
from outcomes.analysis.tenure import load_tenure
from outcomes.models import AnalysisRequest, Release
from stakeholders import services
from stakeholders.coverage import coverage_of
from stakeholders.errors import ObjectionNotUnderstood
from stakeholders.models import Objection
from stakeholders.queries import digest_of, excluded_from, known_data, own_choices
from tests import factories
from tests.stakeholders.conftest import address, complete_in_accord, left_out_yesterday, took_part_yesterday

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_alone")]

ALL = ["P1", "P2", "P3"]
PEOPLE = (
    "person_id,hire_date,exit_date,email,team\n"
    "P1,2018-01-01,2019-01-01,ann@example.org,North\n"
    "P1,2020-01-01,,,North\n"
    "P2,2020-01-01,,bo@example.org,North\n"
    "P3,2020-01-01,2021-01-01,cy@example.org,South\n"
)


@pytest.fixture
def people(bring):
    return bring("people", PEOPLE, leavers_from="2018-01-01", leavers_until="2022-12-31")


@pytest.fixture
def ann(organisation):
    """A learner whose account goes by an address of the file, as a member without a number."""
    user = factories.UserFactory(email="ann@example.org")
    factories.MembershipFactory(organisation=organisation, user=user, email="ann@example.org", person_id="")
    return user


def loaded(organisation):
    return sorted(set(load_people(organisation, ()).units.unit_id))


def object_to(organisation, person_id="", email="", actor=None):
    return services.record_objection(organisation=organisation, person_id=person_id, email=email, actor=actor)


# Who is left out ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("person_id", "email"), [("P1", ""), ("", "ann@example.org"), ("", "Ann@Example.org")])
def test_all_stints_of_a_person_go_by_number_or_by_address(organisation, people, person_id, email):
    assert loaded(organisation) == ["P1", "P2", "P3"]
    object_to(organisation, person_id, email)
    found = load_people(organisation, ())
    assert (sorted(set(found.units.unit_id)), found.people_objected, found.rows_objected) == (["P2", "P3"], 1, 2)


def test_a_person_is_known_by_their_account_and_by_their_number_in_accord(organisation, people, ann):
    bo = factories.MembershipFactory(organisation=organisation, user=factories.UserFactory(), person_id="P2").user
    left_out_yesterday(user=ann, organisation=organisation)
    left_out_yesterday(user=bo, organisation=organisation)
    assert loaded(organisation) == ["P3"]


def test_withdrawing_brings_them_back(organisation, people, ann):
    objection = object_to(organisation, "P2")
    left_out_yesterday(user=ann, organisation=organisation)
    services.withdraw_objection(objection, actor=None)
    assert loaded(organisation) == ["P2", "P3"]
    took_part_yesterday(user=ann, organisation=organisation)
    assert loaded(organisation) == ["P1", "P2", "P3"]


def choice_of(user):
    [choice] = own_choices(user)
    return choice.is_out, choice.changes_on


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "UTC"])
def test_an_own_objection_counts_from_the_next_midnight_on_whatever_the_time_zone(organisation, people, ann, zone):
    """An answer that changed within the hour would say who was at work in it. The page names the first whole day of theirs."""
    organisation.time_zone = zone
    organisation.save()
    organisation.refresh_from_db()
    moment, midnight = timedelta(seconds=1), datetime.combine(datetime.now(UTC) + timedelta(days=1), time.min, tzinfo=UTC)
    tomorrow = (midnight - moment).astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    services.leave_out(user=ann, organisation=organisation)
    mine = Objection.objects.filter(user=ann)
    assert mine.get().counts_from == midnight
    assert (loaded(organisation), choice_of(ann)) == (ALL, (True, tomorrow))
    now = timezone.now()
    mine.update(counts_from=now + timedelta(minutes=1))
    assert loaded(organisation) == ALL
    mine.update(counts_from=now - moment)
    assert (loaded(organisation), choice_of(ann)) == (["P2", "P3"], (True, None))
    services.take_part(user=ann, organisation=organisation)
    assert mine.get().counts_until == midnight
    assert (loaded(organisation), choice_of(ann)) == (["P2", "P3"], (False, tomorrow))
    mine.update(counts_until=now - moment)
    assert (loaded(organisation), choice_of(ann)) == (ALL, (False, None))


def test_another_time_zone_of_the_organisation_moves_no_objection(organisation, people, ann):
    """Moved to where the next day begins, it would have been read to the hour."""
    services.leave_out(user=ann, organisation=organisation)
    for zone in ("Pacific/Kiritimati", "Pacific/Honolulu"):
        organisation.time_zone = zone
        organisation.save()
        assert loaded(organisation) == ALL


def test_taking_part_again_and_closing_the_account_counts_from_the_next_day_on(organisation, people, ann):
    left_out_yesterday(user=ann, organisation=organisation)
    services.take_part(user=ann, organisation=organisation)
    erase(ann)
    assert loaded(organisation) == ["P2", "P3"]
    Objection.objects.update(counts_until=timezone.now())
    assert loaded(organisation) == ALL


def test_whoever_changes_their_mind_within_the_day_changes_no_answer(organisation, people, ann):
    services.leave_out(user=ann, organisation=organisation)
    services.take_part(user=ann, organisation=organisation)
    assert (loaded(organisation), choice_of(ann)) == (ALL, (False, None))
    left_out_yesterday(user=ann, organisation=organisation)
    services.take_part(user=ann, organisation=organisation)
    services.leave_out(user=ann, organisation=organisation)
    assert (loaded(organisation), choice_of(ann)) == (["P2", "P3"], (True, None))


def test_an_objection_that_is_recorded_counts_at_once(organisation, people):
    """Whoever records it knows of whom, and the list has it."""
    objection = object_to(organisation, "P2")
    assert loaded(organisation) == ["P1", "P3"]
    services.withdraw_objection(objection, actor=None)
    assert loaded(organisation) == ALL


def test_a_later_file_does_not_bring_them_back(organisation, people, bring):
    object_to(organisation, email="new@example.org")
    bring("people", PEOPLE + "P9,2021-01-01,,new@example.org,South\n", leavers_from="2018-01-01")
    assert loaded(organisation) == ["P1", "P2", "P3"]


def test_other_organisations_count_them(organisation, people):
    object_to(factories.OrganisationFactory(), "P1")
    assert loaded(organisation) == ["P1", "P2", "P3"]


def test_customers_of_somebody_who_objects_are_left_out_under_their_own_count(organisation, people, bring):
    bring(
        "customers",
        "customer_id,start_date,owner_person_id,team\nC1,2020-01-01,P1,\nC2,2020-01-01,P2,\nC3,2020-01-01,,\n"
        "C4,2020-01-01,P8,\nC5,2020-01-01,P1,\n",
        leavers_from="2018-01-01",
        leavers_until="2022-12-31",
    )
    object_to(organisation, "P1")
    found = load_customers(organisation, ())
    assert list(found.units.unit_id) == ["C2"]
    assert (found.unowned, found.owner_unknown, found.people_objected, found.rows_objected) == (1, 1, 1, 2)


def test_they_complete_for_no_team(organisation, people, bring):
    bring("completions", "person_id,course,completed_on\nP1,Listening,2020-05-01\nP2,Listening,2021-05-01\n")
    bring("customers", "customer_id,start_date,team\nC1,2020-01-01,North\n", leavers_from="2018-01-01")
    assert str(load_customers(organisation, ()).units.exposed_on[0]) == "2020-05-01"
    object_to(organisation, "P1")
    assert str(load_customers(organisation, ()).units.exposed_on[0]) == "2021-05-01"


def test_results_say_that_people_are_left_out_and_not_how_many(organisation, colleagues):
    request = AnalysisRequest()
    before = compute_result(organisation, request, with_charts=False).result
    for n in range(3):
        object_to(organisation, f"P{n:03d}")
    beside = compute_result(organisation, request, with_charts=False).result
    assert [notice["code"] for notice in beside["refusals"]] == ["too_close_to_earlier_answer"]
    Release.objects.update(created_at=timezone.now() - timedelta(days=92))
    after = compute_result(organisation, request, with_charts=False).result
    warning = next(notice for notice in after["warnings"] if notice["code"] == "people_excluded")
    assert warning["message"] == (
        "Some people are left out. Where somebody does not want their data used, others who were drawn by lot are left out "
        "with them, most of them people with an account, and so are the few who joined last, so that nobody can tell who it is."
    )
    assert before["provenance"]["data_digest"] != after["provenance"]["data_digest"]
    assert before["counts"]["units"] == 240
    assert after["counts"]["units"] in (235, 240)  # 237, rounded to five, up or down, beside the earlier answer
    assert "people_excluded" not in json.dumps(before)


def ending(i):
    return f"202{2 + i % 3}-0{1 + i % 9}-15" if i % 3 else ""


@pytest.fixture
def big(organisation, bring):
    """40 colleagues, 25 of them known to Accord, and 80 customers: P39 looks after four and once did after two others."""
    rows = [f"P{i:02d},2019-01-01,{'2021-06-01' if 20 <= i < 40 else ''},voluntary,A,{i % 5}" for i in range(40)]
    bring("people", "\n".join(["person_id,hire_date,exit_date,exit_kind,team,grade", *rows]) + "\n")
    owners = ["P39" if i < 4 else f"P{i % 30:02d}" for i in range(80)]
    ends = ["2022-05-01" if i % 4 == 0 else "" for i in range(80)]
    customers = [f"C{i:02d},2020-01-01,{end},{owner}" for i, (end, owner) in enumerate(zip(ends, owners, strict=True))]
    bring("customers", "\n".join(["customer_id,start_date,end_date,owner_person_id", *customers]) + "\n")
    history = [f"C{i:02d},2020-01-01,,{owner}" for i, owner in enumerate(owners) if i not in (10, 11)]
    history += [f"C{i},2020-01-01,2020-12-31,P39\nC{i},2021-01-01,,P05" for i in (10, 11)]
    bring("customer_history", "\n".join(["customer_id,from,to,owner_person_id", *history]) + "\n")
    partners = [f"R{i:02d},2020-01-01,,{owner}" for i, owner in enumerate(owners)]
    bring("partners", "\n".join(["partner_id,start_date,end_date,owner_person_id", *partners]) + "\n")
    bring("teams", "team,offered_on\nA,2020-06-01\n")
    moves = [f"P{i:02d},2019-01-01,,A\nP{i:02d},2021-01-01,,B" for i in range(28, 40)]
    bring("person_history", "\n".join(["person_id,from,to,team", *moves]) + "\n")
    contracts = [f"C{i:02d},2021-01-01,2021-12-31,renewed" for i in range(80)]
    bring("contracts", "\n".join(["customer_id,start_date,end_date,result", *contracts]) + "\n")
    scores = [f"P{i:02d},calls,1,2,2021" for i in range(40)]
    bring("performance", "\n".join(["person_id,measure,expected,actual,period", *scores]) + "\n")
    units = [f"P{i:02d},{i},{'yes' if i < 15 else 'no'},1" for i in range(10, 40)]
    text = "\n".join(["unit_id,months,left,completed_months_before", *units]) + "\n"
    bring("tenure", text, as_of="2024-06-30")
    done = [f"P{i:02d},Talk,2021-05-20" for i in range(33, 40)]
    bring("completions", "\n".join(["person_id,course,completed_on", *done]) + "\n")
    members = [factories.MembershipFactory(organisation=organisation, person_id=f"P{i:02d}") for i in range(15, 40)]
    complete_in_accord(members[-14:], "2021-05-20")
    return members[-1].user


@pytest.mark.parametrize("exact", [True, False])
def test_the_page_on_the_data_says_the_same_before_and_after_an_objection(organisation, big, exact):
    before, counted = coverage_of(organisation, exact=exact), known_data(organisation)
    left_out_yesterday(user=big, organisation=organisation)
    assert excluded_from(organisation).person_ids == {"P39"}
    assert (coverage_of(organisation, exact=exact), known_data(organisation)) == (before, counted)
    took_part_yesterday(user=big, organisation=organisation)
    assert coverage_of(organisation, exact=exact) == before


def test_the_page_says_the_same_of_teams_in_which_everybody_objects(organisation, people, ann, bring):
    bring("people", "person_id,hire_date,team\nP1,2020-01-01,Hers\nP2,2020-01-01,Theirs\n")
    bring("customers", "customer_id,start_date,team\nC1,2020-01-01,Hers\nC2,2020-01-01,Theirs\nC3,2020-01-01,Nobody’s\n")
    before = coverage_of(organisation)
    assert "about 70%" in [finding.found for finding in before[1].findings]
    for person_id in ("P1", "P2"):
        services.record_objection(organisation=organisation, actor=ann, person_id=person_id, email="")
        assert coverage_of(organisation) == before


def test_the_page_counts_what_the_files_hold_and_says_coarsely_what_only_accord_knows(organisation, big):
    left_out_yesterday(user=big, organisation=organisation)
    found = {
        coverage.title: {finding.title: finding.found for finding in coverage.findings}
        for coverage in coverage_of(organisation, exact=True)
    }
    people, customers = found["People"], found["Customers"]
    assert people["Size"] == "40 people, 20 exits"
    assert people["Also known to Accord, by ID or e-mail address"] == "about 60%"
    assert people["Completed in the 30 days before leaving, by the files"] == "fewer than ten"
    assert people["Completed in Accord in the 30 days before leaving"] == "more than half"
    assert people["Changed teams since the first offer"] == "12 of 12 (100%)"
    assert customers["Size"] == "80 customers, 20 exits"
    assert customers["History of who looked after them"] == "80 of 80 (100%)"
    assert customers["Whose colleague is among the people in the data"] == "about 100%"
    assert found["Performance"]["People who are in the file of people"] == "40 of 40 (100%)"
    loaded_tenure = load_tenure(organisation, (), date(2024, 6, 30))
    assert (len(loaded_tenure.units), loaded_tenure.rows_objected) == (29, 1)


@pytest.mark.parametrize("n_known", [0, 1, 9])
def test_none_is_not_told_apart_from_nine(organisation, bring, n_known):
    bring("people", "person_id,hire_date\n" + "".join(f"P{i:02d},2019-01-01\n" for i in range(40)))
    for i in range(n_known):
        factories.MembershipFactory(organisation=organisation, person_id=f"P{i:02d}")
    [people] = coverage_of(organisation, exact=True)
    assert [(finding.found, finding.tone) for finding in people.findings if finding.title.startswith("Also known")] == [
        ("fewer than ten", "caution")
    ]


@pytest.mark.parametrize(("n_members", "n_others"), [(10, 0), (11, 0), (13, 7), (15, 25), (20, 10)])
def test_no_file_made_for_it_reads_an_objection(organisation, bring, n_members, n_others):
    """Members, of whom one objects, beside people made up so that one less would stand in the next band."""
    ids = [f"P{i:02d}" for i in range(n_members)] + [f"X{i}" for i in range(n_others)]
    bring("people", "person_id,hire_date,exit_date\n" + "".join(f"{one},2019-01-01,2021-06-01\n" for one in ids))
    bring("customers", "customer_id,start_date,owner_person_id\n" + "".join(f"C{one},2019-01-01,{one}\n" for one in ids))
    members = [factories.MembershipFactory(organisation=organisation, person_id=one) for one in ids[:n_members]]
    before = coverage_of(organisation, exact=True)
    left_out_yesterday(user=members[0].user, organisation=organisation)
    assert coverage_of(organisation, exact=True) == before


@pytest.mark.parametrize(("n_members", "n_completed"), [(20, 9), (20, 12), (40, 30)])
def test_completions_in_accord_are_said_without_those_who_object(organisation, bring, n_members, n_completed):
    """So that an objection moves a line where exactly ten completed, or as many as a band begins with."""
    ids = [f"P{i:02d}" for i in range(n_members)]
    bring("people", "person_id,hire_date,exit_date\n" + "".join(f"{one},2019-01-01,2021-06-01\n" for one in ids))
    members = [factories.MembershipFactory(organisation=organisation, person_id=one) for one in ids]
    complete_in_accord(members[:n_completed], "2021-05-20")
    before = coverage_of(organisation)
    left_out_yesterday(user=members[0].user, organisation=organisation)
    assert coverage_of(organisation) == before
    for one in members[1 : max(n_completed - 9, 1)]:
        left_out_yesterday(user=one.user, organisation=organisation)
    [people] = coverage_of(organisation)
    said = next(finding.found for finding in people.findings if finding.title.startswith("Completed in Accord in the 30"))
    assert said == "fewer than ten"


def test_objections_cost_a_handful_of_queries_however_many(organisation, people, django_assert_num_queries):
    with django_assert_num_queries(2):
        excluded_from(organisation)
    for several in (3, 50):
        for n in range(several):
            if not Objection.objects.filter(person_id=f"P{n}").exists():
                object_to(organisation, f"P{n}")
                left_out_yesterday(user=factories.UserFactory(), organisation=organisation)
        with django_assert_num_queries(11):
            assert "P1" in excluded_from(organisation).person_ids


# After an account is erased --------------------------------------------------------------------------------------------------


def test_an_objection_outlives_the_account_without_naming_it(organisation, people, ann, bring):
    left_out_yesterday(user=ann, organisation=organisation)
    assert export_of(ann)["objections"][0]["organisation"] == organisation.name
    organisation.memberships.update(person_id="N-7")
    erase(ann)
    objection = Objection.objects.get()
    assert (objection.user, objection.person_id, objection.email) == (None, "N-7", "")
    assert "ann" not in json.dumps(objection.digests)
    organisation.memberships.all().delete()
    assert loaded(organisation) == ["P2", "P3"]
    # A file of later, with another number for the same address.
    bring("people", "person_id,hire_date,email\nP77,2021-01-01,ann@example.org\n", leavers_from="2018-01-01")
    assert loaded(organisation) == ["P2", "P3"]


def test_the_digest_of_an_address_is_of_one_organisation(organisation):
    assert digest_of(organisation, "a@x.org") != digest_of(factories.OrganisationFactory(), "a@x.org")


def test_what_was_withdrawn_goes_with_the_account(organisation, ann):
    left_out_yesterday(user=ann, organisation=organisation)
    took_part_yesterday(user=ann, organisation=organisation)
    erase(ann)
    assert Objection.objects.count() == 0


# In the console --------------------------------------------------------------------------------------------------------------


def test_an_objection_is_recorded_listed_and_withdrawn(organisation, member, sign_in):
    steward = member(organisation, "data_steward").user
    client, page = sign_in(steward), address("objections", organisation)
    assert client.post(page, {"person_id": "P1", "email": ""}).url == page
    objection = Objection.objects.get()
    shown = client.get(page).content.decode()
    assert ("P1" in shown, str(steward.display_name) in shown) == (True, True)
    withdraw = reverse("org:objection_withdraw", args=[organisation.slug, objection.uuid])
    assert client.get(withdraw).status_code == 405
    client.post(withdraw)
    client.post(withdraw)
    objection.refresh_from_db()
    assert objection.withdrawn_at.date() == timezone.now().date()
    assert "Withdrawn on" in client.get(page).content.decode()
    logged = AuditEvent.objects.filter(verb__startswith="objection.").order_by("pk").values_list("verb", "actor")
    assert list(logged) == [("objection.recorded", steward.pk), ("objection.withdrawn", steward.pk)]
    assert "P1" not in json.dumps([[event.summary, event.before, event.after] for event in AuditEvent.objects.all()])


def test_who_is_left_out_already_or_is_nobody_is_said(organisation, member, sign_in):
    client, page = sign_in(member(organisation, "data_steward").user), address("objections", organisation)
    answer = client.post(page, {"person_id": " ", "email": ""})
    assert (answer.status_code, "Enter a person_id or an e-mail address." in answer.content.decode()) == (422, True)
    client.post(page, {"person_id": "P1", "email": ""})
    answer = client.post(page, {"person_id": "P1", "email": ""})
    assert (answer.status_code, "This person is left out already." in answer.content.decode()) == (422, True)
    with pytest.raises(ObjectionNotUnderstood):
        object_to(organisation)
    assert Objection.objects.count() == 1


def test_who_objected_by_themselves_is_shown_to_nobody(organisation, member, sign_in, ann):
    client = sign_in(member(organisation, "owner").user)

    def shown():
        page = client.get(address("objections", organisation)).content.decode()
        return page.partition('id="recorded"')[2].partition("</section>")[0]

    before = shown()
    left_out_yesterday(user=ann, organisation=organisation)
    assert shown() == before, "not even that there was one more, which would tell when"
    own = Objection.objects.get()
    assert client.post(reverse("org:objection_withdraw", args=[organisation.slug, own.uuid])).status_code == 404
    own.refresh_from_db()
    assert own.withdrawn_at is None


def test_the_log_does_not_say_when_somebody_objected_or_takes_part_again(organisation, ann):
    left_out_yesterday(user=ann, organisation=organisation)
    took_part_yesterday(user=ann, organisation=organisation)
    assert not AuditEvent.objects.filter(organisation=organisation).exists()
    assert Objection.objects.get().withdrawn_at is not None


def test_what_the_log_had_said_of_them_is_forgotten_and_what_was_recorded_stays(organisation, user):
    for verb in ("objection.recorded", "objection.withdrawn"):
        record(verb=verb, summary="A member did something", organisation=organisation, target=organisation)
    record(verb="organisation.changed", summary="Another act", organisation=organisation, target=organisation)
    object_to(organisation, "P1", actor=user)
    object_to(organisation, "P2")
    import_module("stakeholders.migrations.0005_own_objections_leave_the_log").forget_own_acts(apps, None)
    verbs = AuditEvent.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["organisation.changed", "objection.recorded", "objection.recorded"]


# Under Your data -------------------------------------------------------------------------------------------------------------


def test_learners_read_what_is_analysed_and_leave_themselves_out(organisation, sign_in, ann):
    client, page = sign_in(ann), reverse("your_data")
    shown = client.get(page).content.decode()
    assert ("Nobody gets a score" in shown, "Leave my data out" in shown, organisation.name in shown) == (True, True, True)
    answer = client.post(reverse("own_objection", args=[organisation.slug]), {"choice": "leave out"})
    assert answer.url == f"{page}#outcomes"
    assert "Take part again" in client.get(page).content.decode()
    client.post(reverse("own_objection", args=[organisation.slug]), {"choice": "leave out"})
    assert Objection.objects.count() == 1
    client.post(reverse("own_objection", args=[organisation.slug]), {"choice": "take part"})
    assert Objection.objects.get().withdrawn_at
    shown = client.get(page).content.decode()
    assert ("Leave my data out" in shown, "you leave your data out of" in shown) == (True, False)


def test_former_members_object_too_and_strangers_cannot(organisation, sign_in, ann):
    organisation.memberships.update(state=MembershipState.LEFT)
    sign_in(ann).post(reverse("own_objection", args=[organisation.slug]))
    assert Objection.objects.count() == 1
    stranger = factories.UserFactory()
    assert sign_in(stranger).post(reverse("own_objection", args=[organisation.slug])).status_code == 404
    assert sign_in(stranger).get(reverse("own_objection", args=[organisation.slug])).status_code == 405
    assert "What your organisation may analyse" not in sign_in(stranger).get(reverse("your_data")).content.decode()
    assert Objection.objects.count() == 1


def test_whoever_is_not_signed_in_is_asked_to(client, organisation):
    answer = client.post(reverse("own_objection", args=[organisation.slug]))
    assert (answer.status_code, Objection.objects.count()) == (302, 0)
