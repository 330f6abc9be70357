"""The pages of operators open, and change little."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.models import User
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


def test_failed_mails_are_sent_again(sign_in, operator, rows, django_capture_on_commit_callbacks, mailoutbox):
    delivery = rows["mail_maildelivery"]
    MailDelivery.objects.update(state=DeliveryState.FAILED, organisation=rows["accounts_organisation"])
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(operator).post(
            reverse("admin:mail_maildelivery_changelist"),
            {"action": "send_again", "_selected_action": [delivery.pk]},
        )
    delivery.refresh_from_db()
    assert (delivery.state, len(mailoutbox)) == (DeliveryState.SENT, 1)
