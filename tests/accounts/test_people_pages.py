"""Console pages of people: who sees them, what they say, what they do."""

from datetime import UTC, datetime
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MembershipState
from accounts.models import AuditEvent, Membership, Team
from accounts.services import invitations, people
from accounts.services.people import RosterImport
from jobs.models import Job
from jobs.services import perform
from mail.enums import DeliveryState
from mail.models import MailDelivery, MailLink
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(organisation, member):
    return member(organisation, "admin")


@pytest.fixture
def client(admin, sign_in):
    return sign_in(admin.user)


def url(name, organisation, *args):
    return reverse(f"org:{name}", args=[organisation.slug, *args])


def add(organisation, count, **fields):
    return [factories.MembershipFactory(organisation=organisation, **fields) for _n in range(count)]


@pytest.mark.parametrize("count", [1, 3, 60])
def test_the_list_takes_the_same_queries_for_any_number(organisation, client, count, django_assert_num_queries):
    for membership in add(organisation, count, team=factories.TeamFactory(organisation=organisation)):
        factories.RoleAssignmentFactory(membership=membership, role="billing")
    add(organisation, 1, state=MembershipState.INVITED)
    with django_assert_num_queries(11):
        assert client.get(url("people", organisation)).status_code == 200


def test_the_list_finds_by_name_address_number_state_and_team(organisation, client):
    team = factories.TeamFactory(organisation=organisation, name="North")
    add(organisation, 1, first_name="Zoë", last_name="Quist", person_id="00171", team=team)
    add(organisation, 1, first_name="Bo", last_name="Berg", state=MembershipState.LEFT, left_at=timezone.now())

    def names(**query):
        page = client.get(url("people", organisation), query).context["page"]
        return [membership.last_name for membership in page if membership.last_name in ("Quist", "Berg")]

    assert names() == ["Quist"]
    assert names(q="quist zo") == ["Quist"]
    assert names(q="00171") == ["Quist"]
    assert names(q="0017") == []
    assert names(team=team.pk) == ["Quist"]
    assert names(team="none") == []
    assert names(state="left") == ["Berg"]
    assert names(state="nonsense") == ["Quist"]


def test_htmx_gets_the_list_alone(organisation, client):
    answer = client.get(url("people", organisation), headers={"hx-request": "true"})
    assert answer.content.decode().lstrip().startswith('<div id="people-list">')


def test_a_new_organisation_is_told_what_to_do(organisation, member, sign_in):
    page = sign_in(member(organisation, "owner").user).get(url("people", organisation)).content.decode()
    assert "1 member" in page
    assert url("people_import", organisation) in page


def test_an_lnd_partner_sees_people_and_changes_nothing(organisation, member, sign_in):
    client = sign_in(member(organisation, "lnd_partner").user)
    other = member(organisation)
    page = client.get(url("people", organisation)).content.decode()
    assert url("people_import", organisation) not in page
    assert client.get(url("person", organisation, other.uuid)).status_code == 200
    assert client.get(url("person_add", organisation)).status_code == 403
    client.post(url("person", organisation, other.uuid), {"email": other.email, "first_name": "Changed"})
    other.refresh_from_db()
    assert other.first_name != "Changed"
    assert client.post(url("person_leave", organisation, other.uuid)).status_code == 403


def test_one_person_is_added_and_invited(organisation, client):
    team = Team.objects.create(organisation=organisation, name="North")
    answer = client.post(url("person_add", organisation), {"email": "Ann@Example.org", "first_name": "Ann", "team": team.pk})
    assert answer.url == url("people", organisation)
    membership = Membership.objects.get(email="ann@example.org")
    assert (membership.team, membership.state) == (team, MembershipState.INVITED)
    again = client.post(url("person_add", organisation), {"email": "ann@example.org"})
    assert "is already in Organisation" in again.content.decode()


def test_a_team_of_another_organisation_is_no_choice(organisation, client):
    foreign = factories.TeamFactory()
    answer = client.post(url("person_add", organisation), {"email": "ann@example.org", "team": foreign.pk})
    assert answer.context["form"].errors.keys() == {"team"}


@pytest.mark.parametrize("roles", [1, 3])
def test_the_page_of_a_person_takes_few_queries(organisation, client, member, roles, django_assert_num_queries):
    membership = member(organisation, *["admin", "billing", "lnd_partner"][:roles])
    with django_assert_num_queries(13):
        assert client.get(url("person", organisation, membership.uuid)).status_code == 200


def test_the_page_of_somebody_invited_tells_what_became_of_the_mail(organisation, client, user):
    membership = people.add_person(organisation=organisation, actor=user, email="ann@example.org")
    address = url("person", organisation, membership.uuid)
    assert "The e-mail is queued." in client.get(address).content.decode()
    MailDelivery.objects.update(state=DeliveryState.FAILED)
    assert "The invitation to ann@example.org could not be delivered." in client.get(address).content.decode()
    MailDelivery.objects.update(state=DeliveryState.QUEUED, attempts=1, error="TimeoutError")
    assert "We will keep trying for two days." in client.get(address).content.decode()
    MailDelivery.objects.update(state=DeliveryState.SENT, sent_at=timezone.now())
    assert "valid until" in client.get(address).content.decode()


def test_details_are_saved_and_recorded_without_personal_data(organisation, client, member, admin):
    membership = member(organisation, first_name="Ann")
    client.post(
        url("person", organisation, membership.uuid),
        {"first_name": "Anne", "last_name": membership.last_name, "person_id": "7"},
    )
    membership.refresh_from_db()
    assert (membership.first_name, membership.person_id) == ("Anne", "7")
    event = AuditEvent.objects.get()
    assert (event.verb, event.actor, event.after) == ("person.changed", admin.user, {"fields": ["first_name", "person_id"]})


def test_an_invitation_is_sent_again(organisation, client, user):
    membership = people.add_person(organisation=organisation, actor=user, email="ann@example.org")
    client.post(url("person_resend_invitation", organisation, membership.uuid))
    assert MailLink.objects.filter(revoked_at=None).count() == 1
    assert MailLink.objects.count() == 2


@pytest.fixture
def unreached(organisation, user):
    """Two people whose invitations never arrived, and one who got it."""
    for name, state in (("ann", "failed"), ("bo", "bounced"), ("cy", "sent")):
        people.add_person(organisation=organisation, actor=user, email=f"{name}@example.org")
        MailDelivery.objects.filter(recipient=f"{name}@example.org").update(state=state)


def test_invitations_that_never_arrived_are_shown_and_sent_again(organisation, client, unreached):
    listed = client.get(url("people", organisation), {"state": "undelivered"})
    assert "2 invitations could not be delivered." in listed.content.decode()
    assert [membership.email for membership in listed.context["page"]] == ["ann@example.org", "bo@example.org"]
    overview = client.get(reverse("org:overview", args=[organisation.slug])).content.decode()
    assert "2 invitations could not be delivered." in overview
    asked = client.get(url("people_resend_undelivered", organisation)).content.decode()
    assert "Resend 2 invitations?" in asked
    assert not MailDelivery.objects.filter(priority="bulk").exists()
    for said in ("2 invitations were resent.", "none was resent"):
        answer = client.post(url("people_resend_undelivered", organisation), follow=True)
        assert said in answer.content.decode()
    assert "could not be delivered" not in answer.content.decode()
    assert sorted(MailDelivery.objects.filter(priority="bulk").values_list("recipient", flat=True)) == [
        "ann@example.org",
        "bo@example.org",
    ]
    assert AuditEvent.objects.filter(verb="people.invited_again").count() == 1


@pytest.mark.parametrize(("role", "status"), [("lnd_partner", 403), ("billing", 403), (None, 404)])
def test_who_does_not_manage_people_resends_none(organisation, member, sign_in, unreached, role, status):
    reader = sign_in(member(organisation, role).user if role else factories.UserFactory())
    assert reader.post(url("people_resend_undelivered", organisation)).status_code == status
    assert reader.get(url("people_resend_undelivered", organisation)).status_code == status
    assert MailDelivery.objects.count() == 3
    if role == "lnd_partner":
        assert "Send again" not in reader.get(url("people", organisation)).content.decode()


def test_how_far_the_invitations_are(organisation, client, user):
    roster = RosterImport(organisation=organisation, actor=user, mails=uuid4())
    roster.invite(roster.add_batch([{"email": f"p{n}@example.org"} for n in range(1200)]))
    assert "0 of 1,200 invitations sent." in client.get(url("people", organisation)).content.decode()
    ids = MailDelivery.objects.order_by("pk").values_list("pk", flat=True)
    MailDelivery.objects.filter(pk__in=ids[:1100]).update(state="sent")
    MailDelivery.objects.filter(pk__in=ids[1190:]).update(state="failed")
    assert "1,100 of 1,200 invitations sent." in client.get(url("people", organisation)).content.decode()
    MailDelivery.objects.filter(state="queued").update(state="sent")
    assert "invitations sent." not in client.get(url("people", organisation)).content.decode()


def test_how_far_reminders_are_is_not_said_of_invitations(organisation, client):
    MailDelivery.objects.create(
        template="reminder", recipient="a@example.org", organisation=organisation, priority="bulk", batch=uuid4(), context={}
    )
    assert "sent." not in client.get(url("people", organisation)).content.decode()


def test_everybody_who_waits_is_invited_again(organisation, client, user):
    people.add_person(organisation=organisation, actor=user, email="ann@example.org")
    Membership.objects.filter(email="ann@example.org").update(invited_at=timezone.now() - timezone.timedelta(days=2))
    page = client.post(url("people_resend_invitations", organisation), follow=True).content.decode()
    assert "1 invitation was resent." in page


def test_inviting_everybody_again_asks_first_and_says_how_many(organisation, client):
    ago = timezone.now() - timezone.timedelta(days=2)
    add(organisation, 3, state=MembershipState.INVITED, invited_at=ago)
    add(organisation, 1, state=MembershipState.INVITED, invited_at=timezone.now())
    page = client.get(url("people_resend_invitations", organisation)).content.decode()
    assert "Resend 3 invitations?" in page
    assert "1 more person was e-mailed within the last day" in page
    assert not MailLink.objects.exists()


def test_thousands_are_invited_again_by_a_job_that_goes_on_where_it_stopped(organisation, client, monkeypatch):
    monkeypatch.setattr("accounts.views.people.MAX_IN_REQUEST", 2)
    monkeypatch.setattr(invitations, "BATCH", 2)
    ago = timezone.now() - timezone.timedelta(days=2)
    add(organisation, 5, state=MembershipState.INVITED, invited_at=ago)
    resend, calls = invitations._resend, []

    def die_in_the_second(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise SystemExit
        return resend(*args, **kwargs)

    monkeypatch.setattr(invitations, "_resend", die_in_the_second)
    client.post(url("people_resend_invitations", organisation))
    with pytest.raises(SystemExit):
        perform(Job.objects.get().pk, runner="the task")
    assert MailLink.objects.count() == 2
    perform(Job.objects.get().pk, runner="the task")
    assert sorted(MailLink.objects.values_list("recipient", flat=True)) == sorted(
        organisation.memberships.filter(state=MembershipState.INVITED).values_list("email", flat=True)
    )
    assert AuditEvent.objects.get(verb="people.invited_again").after == {"count": 5}
    job = Job.objects.get()
    assert (job.attempts, job.done, job.total) == (2, 5, 5)
    assert job.result == {"message": "5 invitations were resent.", "resent": 5}
    assert set(MailDelivery.objects.values_list("batch", flat=True)) == {job.uuid}


def test_thousands_that_never_arrived_are_asked_about_and_resent_once_by_a_job(organisation, client, unreached, monkeypatch):
    """What fails again meanwhile is not sent a third time by the same job."""
    monkeypatch.setattr("accounts.views.people.MAX_IN_REQUEST", 1)
    monkeypatch.setattr(invitations, "BATCH", 1)
    monkeypatch.setattr("accounts.services.invitations.mail.send_bulk_after_commit", fail_at_once)
    address = url("people_resend_undelivered", organisation)
    assert f'href="{address}"' in client.get(url("people", organisation)).content.decode()
    page = client.get(address).content.decode()
    assert ("Resend 2 invitations?" in page, "whose invitation could not be delivered" in page) == (True, True)
    assert (MailDelivery.objects.count(), Job.objects.count()) == (3, 0)
    job = client.post(address)
    assert job.url == reverse("job", args=[Job.objects.get().uuid])
    perform(Job.objects.get().pk)
    assert Job.objects.get().result["resent"] == 2
    assert sorted(MailDelivery.objects.filter(priority="bulk").values_list("recipient", flat=True)) == [
        "ann@example.org",
        "bo@example.org",
    ]
    assert AuditEvent.objects.get(verb="people.invited_again").after == {"count": 2}


def fail_at_once(_organisation_id):
    MailDelivery.objects.filter(priority="bulk").update(state="failed")


def test_thousands_who_were_not_reached_are_invited_again_by_a_job(organisation, client, unreached, monkeypatch):
    monkeypatch.setattr("accounts.views.people.MAX_IN_REQUEST", 1)
    monkeypatch.setattr(invitations, "BATCH", 1)
    client.post(url("people_resend_undelivered", organisation))
    assert not MailDelivery.objects.filter(priority="bulk").exists()
    perform(Job.objects.get().pk)
    assert sorted(MailDelivery.objects.filter(priority="bulk").values_list("recipient", flat=True)) == [
        "ann@example.org",
        "bo@example.org",
    ]
    assert AuditEvent.objects.get(verb="people.invited_again").after == {"count": 2}


def test_who_has_lost_the_role_resends_nothing_by_an_old_job(organisation, admin, client, monkeypatch):
    monkeypatch.setattr("accounts.views.people.MAX_IN_REQUEST", 0)
    add(organisation, 1, state=MembershipState.INVITED, invited_at=timezone.now() - timezone.timedelta(days=2))
    client.post(url("people_resend_invitations", organisation))
    admin.roles.all().delete()
    perform(Job.objects.get().pk)
    assert (Job.objects.get().state, Job.objects.get().error[:27]) == ("failed", "Whoever asked for this may ")
    assert not MailLink.objects.exists()
    assert not AuditEvent.objects.filter(verb="people.invited_again").exists()


def test_leaving_says_what_is_lost_and_can_be_undone(organisation, client, member):
    membership = member(organisation, "billing")
    page = client.get(url("person_leave", organisation, membership.uuid)).content.decode()
    assert "The Billing role" in page
    assert "Their learning record and certificates, which belong to them" in page
    membership.refresh_from_db()
    assert membership.state == MembershipState.ACTIVE
    page = client.post(url("person_leave", organisation, membership.uuid), follow=True).content.decode()
    assert "is now a former member" in page
    page = client.post(url("person_reinstate", organisation, membership.uuid), follow=True).content.decode()
    membership.refresh_from_db()
    assert membership.state == MembershipState.ACTIVE


def test_roles_are_given_and_taken(organisation, client, member, admin):
    membership = member(organisation)
    client.post(url("role_add", organisation, membership.uuid), {"role": "billing"})
    assignment = membership.roles.get()
    assert assignment.role == "billing"
    client.post(url("role_remove", organisation, membership.uuid, assignment.pk))
    assert membership.roles.count() == 0
    assert list(AuditEvent.objects.order_by("pk").values_list("verb", "actor")) == [
        ("role.assigned", admin.user.pk),
        ("role.removed", admin.user.pk),
    ]


def test_an_administrator_is_not_offered_owner_and_cannot_force_it(organisation, client, member):
    membership = member(organisation)
    assert 'value="owner"' not in client.get(url("person", organisation, membership.uuid)).content.decode()
    client.post(url("role_add", organisation, membership.uuid), {"role": "owner"})
    assert membership.roles.count() == 0


def test_a_role_that_is_refused_keeps_the_form_open_with_what_was_chosen(organisation, client, member):
    membership = member(organisation)
    team = factories.TeamFactory(organisation=organisation)
    closed = client.get(url("person", organisation, membership.uuid)).content.decode()
    assert ('<details class="disclosure">' in closed, '<details class="disclosure" open>' in closed) == (True, False)
    answer = client.post(url("role_add", organisation, membership.uuid), {"role": "manager"})
    page = answer.content.decode()
    assert (answer.status_code, membership.roles.count()) == (422, 0)
    assert '<details class="disclosure" open>' in page
    assert '<option value="manager" selected>' in page
    assert page.count("Choose the team this person manages.") == 2, "in the list of what is wrong, and at its field"
    answer = client.post(url("role_add", organisation, membership.uuid), {"role": "owner", "team": team.pk})
    assert answer.context["role_form"].errors == {
        "role": ["You cannot assign that role. Choose one from the list, or ask an owner."]
    }
    assert f'<option value="{team.pk}" selected>' in answer.content.decode()
    assert client.post(url("role_add", organisation, membership.uuid), {"role": "manager", "team": team.pk}).status_code == 302


def test_a_person_who_left_in_the_meantime_gets_no_role(organisation, client, member):
    former = member(organisation, state=MembershipState.LEFT)
    answer = client.post(url("role_add", organisation, former.uuid), {"role": "billing"}, follow=True)
    assert former.roles.count() == 0
    assert "This person is a former member. Reinstate them first." in answer.content.decode()


def test_a_role_of_somebody_else_cannot_be_taken_through_this_person(organisation, client, member):
    victim = member(organisation, "billing")
    answer = client.post(url("role_remove", organisation, member(organisation).uuid, victim.roles.get().pk))
    assert (answer.status_code, victim.roles.count()) == (404, 1)


def test_the_list_is_downloaded_with_formulas_made_harmless(organisation, client, admin, proves_identity):
    add(organisation, 1, first_name="=cmd()", last_name="Zed", person_id="+1")
    proves_identity(client, admin.user)
    answer = client.post(f"{url('people_export', organisation)}?q=Zed")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = text.replace('"', "").splitlines()
    assert lines[0] == "email,first_name,last_name,person_id,team,manager_email,state,joined_on"
    assert lines[1].split(",")[1:4] == ["'=cmd()", "Zed", "+1"]
    assert len(lines) == 2
    assert list(AuditEvent.objects.values_list("verb", "actor", "after")) == [("people.exported", admin.user.pk, {"count": 1})]


def test_the_list_is_downloaded_by_whoever_has_just_proved_who_they_are(organisation, client, admin, proves_identity):
    add(organisation, 1_200)
    export = url("people_export", organisation)
    for answer in (client.get(export), client.post(export)):
        assert (answer.status_code, answer.url) == (302, f"{reverse('account_reauthenticate')}?next={quote(export, safe='')}")
    assert AuditEvent.objects.count() == 0
    answer = proves_identity(client, admin.user, next=f"{export}?state=invited")
    assert (answer.status_code, answer.url) == (302, f"{export}?state=invited")
    page = client.get(export).content.decode()
    assert "Download a list of 1,201 people" in page
    assert "Everyone who has joined or is invited" in page
    page = client.get(export, {"q": "nobody"}).content.decode()
    assert "Download a list of 0 people" in page
    assert 'action="?q=nobody"' in page
    assert "As you filtered the list" in page


# Teams, settings, audit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_teams(organisation, client, count, django_assert_num_queries):
    for _n in range(count):
        add(organisation, 2, team=factories.TeamFactory(organisation=organisation))
    with django_assert_num_queries(6):
        answer = client.get(url("teams", organisation))
    assert [team.members for team in answer.context["page"]] == [2] * count


def test_the_list_of_teams_has_pages(organisation, client):
    names = [f"Team {number:03d}" for number in range(53)]
    Team.objects.bulk_create(Team(organisation=organisation, name=name) for name in names)
    add(organisation, 1, team=Team.objects.get(name=names[-1]))
    add(organisation, 1, team=Team.objects.get(name=names[-1]), state=MembershipState.LEFT)
    first, second = (client.get(url("teams", organisation), {"page": number}) for number in (1, 2))
    assert [team.name for answer in (first, second) for team in answer.context["page"]] == names
    assert [team.members for team in second.context["page"]] == [0, 0, 1]
    assert "51 to 53 of 53" in second.content.decode()


def test_teams_are_made_renamed_and_deleted(organisation, client):
    client.post(url("teams", organisation), {"name": "North"})
    team = Team.objects.get()
    client.post(url("team", organisation, team.pk), {"name": "South"})
    team.refresh_from_db()
    assert team.name == "South"
    client.post(url("team", organisation, team.pk), {"action": "delete"})
    assert Team.objects.count() == 0


def test_settings_are_saved(organisation, client):
    answer = client.post(url("settings", organisation), {"name": "New name", "time_zone": "Europe/Oslo", "currency": "NOK"})
    organisation.refresh_from_db()
    assert answer.url == url("settings", organisation)
    assert (organisation.name, organisation.time_zone, organisation.currency) == ("New name", "Europe/Oslo", "NOK")


def test_a_time_zone_that_does_not_exist_is_refused(organisation, client):
    answer = client.post(url("settings", organisation), {"name": "New name", "time_zone": "Mars/Base", "currency": "NOK"})
    assert answer.context["form"].errors.keys() == {"time_zone"}


@pytest.mark.parametrize("count", [1, 3])
def test_the_audit_log_shows_who_what_and_when(organisation, client, count, django_assert_num_queries):
    for number in range(count):
        client.post(url("teams", organisation), {"name": f"Team {number}"})
    with django_assert_num_queries(7):
        page = client.get(url("audit", organisation)).content.decode()
    assert page.count("Created the team") == count


def test_the_audit_log_is_filtered_and_exported(organisation, client, admin, proves_identity):
    client.post(url("teams", organisation), {"name": "North"})
    client.post(url("settings", organisation), {"name": "New name", "time_zone": "UTC", "currency": "EUR"})
    page = client.get(url("audit", organisation), {"area": "organisation"})
    assert [event.verb for event in page.context["page"]] == ["organisation.changed"]
    assert list(client.get(url("audit", organisation), {"actor": "nobody@example.org"}).context["page"]) == []
    assert client.get(url("audit_export", organisation)).url.startswith(reverse("account_reauthenticate"))
    proves_identity(client, admin.user)
    lines = (
        b"".join(client.get(url("audit_export", organisation)).streaming_content)
        .decode("utf-8-sig")
        .replace('"', "")
        .splitlines()
    )
    assert lines[0] == "occurred_at,actor,verb,summary,target_type,target_id,before,after,person"
    assert [line.split(",")[1:3] for line in lines[1:]] == [
        [admin.user.email, "audit.exported"],
        [admin.user.email, "organisation.changed"],
        [admin.user.email, "team.created"],
    ]


def test_the_audit_log_names_whom_and_finds_them(organisation, client, admin, proves_identity):
    quist, berg = add(organisation, 1, first_name="Zoë", last_name="Quist") + add(organisation, 1, last_name="Berg")
    for membership in (quist, berg):
        client.post(url("person_leave", organisation, membership.uuid))
    page = client.get(url("audit", organisation)).content.decode()
    assert f'<a href="{url("person", organisation, quist.uuid)}">Zoë Quist</a>' in page
    found = client.get(url("audit", organisation), {"person": "quist zoë"}).context["page"]
    assert [event.person for event in found] == [quist]
    found = client.get(url("audit", organisation), {"actor": admin.last_name.split()[0], "person": "nobody"}).context["page"]
    assert list(found) == []
    proves_identity(client, admin.user)
    rows = b"".join(client.get(url("audit_export", organisation), {"person": "Berg"}).streaming_content).decode()
    assert AuditEvent.objects.filter(verb="audit.exported", actor=admin.user).count() == 1
    assert berg.email in rows
    assert quist.email not in rows


def test_the_name_in_the_audit_log_goes_with_the_person(organisation, client):
    (quist,) = add(organisation, 1, first_name="Zoë", last_name="Quist")
    client.post(url("person_leave", organisation, quist.uuid), follow=True)
    quist.delete()
    page = client.get(url("audit", organisation)).content.decode()
    assert "Marked a person as a former member" in page
    assert "Quist" not in page


def test_the_details_of_the_log_are_words(organisation, client):
    (quist,) = add(organisation, 1, last_name="Quist")
    changed = {"email": quist.email, "last_name": "Quist", "first_name": "Zoë", "person_id": "7"}
    client.post(url("person", organisation, quist.uuid), changed, follow=True)
    page = client.get(url("audit", organisation)).content.decode()
    assert "first_name" not in page
    assert "[" not in page.split("<tbody>")[1].split("</tbody>")[0]


def test_an_lnd_partner_may_not_read_the_audit_log(organisation, member, sign_in):
    client = sign_in(member(organisation, "lnd_partner").user)
    assert client.get(url("audit", organisation)).status_code == 403
    assert client.get(url("audit_export", organisation)).status_code == 403


# Profile ----------------------------------------------------------------------------------------------------------------


def test_the_profile_is_changed_by_its_owner(user, sign_in, organisation, member):
    membership = member(organisation)
    client = sign_in(membership.user)
    page = client.get(reverse("profile")).content.decode()
    assert organisation.name in page
    client.post(reverse("profile"), {"first_name": "Zoë", "last_name": "Quist", "time_zone": "Europe/Oslo"})
    membership.user.refresh_from_db()
    assert (membership.user.first_name, membership.user.time_zone) == ("Zoë", "Europe/Oslo")
    membership.refresh_from_db()
    assert membership.first_name != "Zoë"


def test_visitors_have_no_profile(db):
    from django.test import Client

    answer = Client().get(reverse("profile"))
    assert answer.url == f"{reverse('account_login')}?next={reverse('profile')}"


def test_the_day_somebody_joined_is_one_and_the_same_for_whoever_exports_it(organisation, client, admin, proves_identity):
    proves_identity(client, admin.user)
    organisation.time_zone = "Pacific/Auckland"
    organisation.save()
    Membership.objects.filter(pk=admin.pk).update(joined_at=datetime(2027, 6, 9, 22, tzinfo=UTC))
    for reader in ("Pacific/Pago_Pago", "Asia/Tokyo"):
        session = client.session
        session["time_zone"] = reader
        session.save()
        rows = b"".join(client.post(url("people_export", organisation)).streaming_content).decode()
        assert '"2027-06-10"' in rows
