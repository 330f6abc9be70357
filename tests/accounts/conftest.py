"""Somebody with a password, and what they do to get into their account."""

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.urls import reverse

from tests.factories import UserFactory

PASSWORD = "correct horse battery"
NEW = "another good one"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def person(db):
    user = UserFactory(email="ann@example.org")
    user.set_password(PASSWORD)
    user.save()
    return user


def current_code(secret: str = SECRET) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def reset_password(client, person) -> None:
    """Ask for the mail, follow its link and choose the new password."""
    client.post(reverse("account_reset_password"), {"email": person.email})
    link = re.search(r"https?://[^/]+(/\S+)", mail.outbox.pop().body)[1]
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
