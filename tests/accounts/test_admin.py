"""The pages of operators open, and change little."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from accounts.models import AuditEvent, User
from accounts.services import create_organisation
from imports.models import StagedImport
from jobs.models import Job
from mail.enums import DeliveryState
from mail.models import MailDelivery
from tests import factories

pytestmark = pytest.mark.django_db
LISTS = [
    "accounts_user",
    "accounts_organisation",
    "accounts_membership",
    "accounts_auditevent",
    "account_emailaddress",
    "mfa_authenticator",
    "auth_group",
    "jobs_job",
    "imports_stagedimport",
    "mail_maildelivery",
]


@pytest.fixture
def operator():
    user = factories.UserFactory()
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def rows(member):
    organisation = create_organisation(slug="northwind")
    return {
        "accounts_user": factories.UserFactory(),
        "accounts_organisation": organisation,
        "accounts_membership": member(organisation, "admin"),
        "accounts_auditevent": organisation.audit_events.get(),
        "account_emailaddress": EmailAddress.objects.first(),
        "mfa_authenticator": Authenticator.objects.create(user=factories.UserFactory(), type="totp", data={"secret": "x"}),
        "auth_group": Group.objects.first(),
        "jobs_job": Job.objects.create(organisation=organisation, kind="x", title="X"),
        "imports_stagedimport": StagedImport.objects.create(organisation=organisation, kind="x", file_name="x.csv"),
        "mail_maildelivery": MailDelivery.objects.create(template="invitation", recipient="ann@example.org"),
    }


@pytest.mark.parametrize("name", LISTS)
def test_lists_and_rows_open(sign_in, operator, rows, name):
    client = sign_in(operator)
    assert client.get(reverse(f"admin:{name}_changelist"), {"q": "a"}).status_code == 200
    assert client.get(reverse(f"admin:{name}_change", args=[rows[name].pk])).status_code == 200
    assert client.get(reverse(f"admin:{name}_delete", args=[rows[name].pk])).status_code == 403


def test_members_of_organisations_have_no_business_here(sign_in, member, organisation):
    client = sign_in(member(organisation, "owner").user)
    assert client.get(reverse("admin:accounts_user_changelist")).status_code in (302, 403)


def resend(client, *deliveries):
    selected = {"action": "send_again", "_selected_action": [delivery.pk for delivery in deliveries]}
    answer = client.post(reverse("admin:mail_maildelivery_changelist"), selected, follow=True)
    return [str(message) for message in answer.context["messages"]]


def staff(*codenames):
    user = factories.UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=user.pk)


def mails(*states):
    return [MailDelivery.objects.create(template="invitation", recipient="ann@example.org", state=state) for state in states]


def test_failed_mails_are_sent_again_and_it_is_on_record(sign_in, organisation, django_capture_on_commit_callbacks, mailoutbox):
    failed, other, sent, waiting = mails("failed", "failed", "sent", "queued")
    MailDelivery.objects.update(organisation=organisation)
    actor = staff("view_maildelivery", "change_maildelivery")
    with django_capture_on_commit_callbacks(execute=True):
        said = resend(sign_in(actor), failed, sent, waiting)
    assert said == ["1 e-mail is being resent. 2 have not failed."]
    states = dict(MailDelivery.objects.values_list("pk", "state"))
    # Whoever sends takes along what waits.
    assert states == {failed.pk: "sent", other.pk: "failed", sent.pk: "sent", waiting.pk: "sent"}
    event = AuditEvent.objects.get()
    assert (event.verb, event.actor, event.after, len(mailoutbox)) == ("mail.resent", actor, {"count": 1}, 2)
    assert ("1 failed e-mail" in event.summary, "ann@" in event.summary) == (True, False)


def test_nothing_is_recorded_where_nothing_has_failed(sign_in, operator):
    assert resend(sign_in(operator), *mails("sent")) == ["0 e-mails are being resent. 1 has not failed."]
    assert AuditEvent.objects.count() == 0


def test_who_may_only_view_mails_resends_none(sign_in):
    (failed,) = mails("failed")
    client = sign_in(staff("view_maildelivery"))
    resend(client, failed)
    failed.refresh_from_db()
    assert (failed.state, AuditEvent.objects.count()) == (DeliveryState.FAILED, 0)
    assert "Resend failed" not in client.get(reverse("admin:mail_maildelivery_changelist")).content.decode()
