"""A request never waits for a mail server, and what opens an account stays encrypted until it has left."""

import ast
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage, EmailMultiAlternatives, mail_admins, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.mail import send_mail as wagtail_send_mail

from accounts.adapter import terms_of_delivery
from mail.models import MailDelivery
from mail.services import messages, queue_message, resend_failed
from mail.services.delivering import ASKED, send, send_waiting_mail
from tests.factories import UserFactory

ROOT = Path(django_settings.BASE_DIR)
OUTBOX = "mail.outbox_backend.Outbox"
PASSWORD = "fair-to-both-sides"
SIGN_UP = {"email": "new@example.org", "first_name": "Ann", "last_name": "Lee", "password1": PASSWORD}
CODE = re.compile(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", re.MULTILINE)


class Slow(BaseEmailBackend):
    """Takes half a minute to answer, and is asked for nothing then."""

    clock = None

    def open(self):
        self.clock.shift(timedelta(seconds=30))


@pytest.fixture
def person(db):
    user = UserFactory(email="ann@example.org")
    user.set_password(PASSWORD)
    user.save()
    return user


def own_modules():
    tracked = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [name for name in tracked if not name.startswith(("tests/", "benchmarks/"))]


def imported_names(module: str) -> set[str]:
    tree = ast.parse((ROOT / module).read_text())
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    plain = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {*plain, *(f"{node.module}.{alias.name}" for node in froms for alias in node.names)}


def test_one_module_of_ours_speaks_to_a_mail_server():
    """All others use `django.core.mail`, whose way leads to the outbox, or the outbox itself."""
    speaking = re.compile(
        r"^(smtplib$|smtplib\.SMTP(_SSL)?$|socket\.create_connection|django\.core\.mail\.(get_connection|backends\.(smtp|locmem)))"
    )
    found = {name for name in own_modules() if any(speaking.match(imported) for imported in imported_names(name))}
    assert found == {"mail/services/delivering.py"}


@pytest.mark.parametrize("mode", ["embedded", "production"])
def test_in_both_run_modes_whatever_sends_mail_queues_it(mode):
    settings = (ROOT / "config/settings" / f"{mode}.py").read_text()
    assert not re.search(r"^\s*EMAIL_BACKEND\s*=", settings, re.MULTILINE)
    assert len(re.findall(r"vars\(\).update\(mail_transport\(env.email_url", settings)) == settings.count("email_url(") == 1
    assert f'EMAIL_BACKEND = "{OUTBOX}"' in (ROOT / "config/settings/base.py").read_text()


REQUESTS = {
    "a code for an account": ("account_request_login_code", {"email": "ann@example.org"}, None),
    "a code for nobody": ("account_request_login_code", {"email": "nobody@example.org"}, None),
    "sign-up": ("account_signup", SIGN_UP, None),
    "sign-up of somebody known": ("account_signup", SIGN_UP | {"email": "ann@example.org"}, None),
    "a reset": ("account_reset_password", {"email": "ann@example.org"}, None),
    "a reset for nobody": ("account_reset_password", {"email": "nobody@example.org"}, None),
    "another address": ("account_email", {"action_add": "", "email": "second@example.org"}, PASSWORD),
    "a new password": (
        "account_change_password",
        {"oldpassword": PASSWORD, "password1": "a2-good-one", "password2": "a2-good-one"},
        PASSWORD,
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", REQUESTS)
@pytest.mark.parametrize("how", [{"hangs": True}, {"refuses": {"ann@example.org": "550 no"}}], ids=["hangs", "refuses"])
def test_a_request_does_without_the_mail_server(client, person, server, no_worker, how, what):
    """Answers as always, and nothing has been asked of the server: it is the workers' to wait for."""
    smtp = server(**how)
    name, fields, password = REQUESTS[what]
    if password:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        client.post(reverse("account_reauthenticate"), {"password": password})
    answer = client.post(reverse(name), fields)
    assert (answer.status_code, smtp.connections) == (302, 0)
    assert list(MailDelivery.objects.values_list("state", "attempts")) == [("queued", 0)]


@pytest.mark.django_db(transaction=True)
def test_a_code_arrives_once_the_server_does(client, person, server, no_worker, settings):
    """A sign-up while the server hangs is finished with the code of the same sign-up a minute later."""
    settings.EMAIL_TIMEOUT = 0.2
    hanging = server(hangs=True)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.post(reverse("account_signup"), SIGN_UP)
        delivery = MailDelivery.objects.get()
        send([delivery.pk])
        delivery.refresh_from_db()
        assert (hanging.connections, delivery.state, delivery.priority) == (1, "queued", "urgent")
        smtp = server()
        clock.move_to(delivery.not_before)
        cache.delete(ASKED)  # its seconds are counted by the clock of the cache
        send([delivery.pk])
    code = CODE.search(smtp.mails[0].replace("\r", ""))[1]
    answer = client.post(reverse("account_email_verification_sent"), {"code": code})
    assert (answer.status_code, answer.url) == (302, "/learn/")


@pytest.mark.django_db
def test_a_code_is_encrypted_until_it_has_left_and_erased_then(client, person, no_worker):
    client.post(reverse("account_request_login_code"), {"email": person.email})
    delivery = MailDelivery.objects.get()
    kept = " ".join(str(value) for value in MailDelivery.objects.values().get().values())
    send([delivery.pk])
    code = CODE.search(mail.outbox[0].body)[1]
    assert (code in kept, mail.outbox[0].body in messages.unseal(delivery.message).body) == (False, True)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.message, delivery.context) == ("sent", "", {})


@pytest.mark.django_db
def test_a_code_that_has_expired_is_never_sent(client, person, settings, no_worker):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.post(reverse("account_request_login_code"), {"email": person.email})
        delivery = MailDelivery.objects.get()
        clock.shift(timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT))
        send([delivery.pk])
        delivery.refresh_from_db()
        assert (mail.outbox, delivery.state, delivery.attempts) == ([], "queued", 0)
        send_waiting_mail()
    delivery.refresh_from_db()
    assert (mail.outbox, delivery.state, delivery.message) == ([], "expired", "")


@pytest.mark.django_db
def test_a_code_is_tried_every_minute_while_it_is_good(server, settings):
    settings.EMAIL_TIMEOUT = 0.2
    smtp = server(hangs=True)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        expires_at = timezone.now() + timedelta(minutes=5)
        (delivery,) = queue_message(EmailMessage("S", "B", None, ["ann@example.org"]), source="x", expires_at=expires_at)
        for _minute in range(6):
            send([delivery.pk])
            clock.shift(timedelta(minutes=1))
            cache.delete(ASKED)  # its seconds are counted by the clock of the cache
    delivery.refresh_from_db()
    assert (smtp.connections, delivery.state, delivery.message) == (5, "expired", "")


@pytest.mark.django_db
def test_a_code_that_expires_while_the_server_is_waited_for_is_not_sent(settings):
    settings.ACCORD_MAIL_TRANSPORT = f"{__name__}.Slow"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        Slow.clock = clock
        message = EmailMessage("S", "B", None, ["ann@example.org"])
        (delivery,) = queue_message(message, source="x", expires_at=timezone.now() + timedelta(seconds=20))
        send([delivery.pk])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.message) == ("expired", "")


@pytest.mark.django_db
def test_a_code_for_a_refused_address_is_kept_for_nobody(server):
    server(refuses={"ann@example.org": "550 no"})
    expires_at = timezone.now() + timedelta(minutes=5)
    (delivery,) = queue_message(EmailMessage("S", "B", None, ["ann@example.org"]), source="x", expires_at=expires_at)
    send([delivery.pk])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.message) == ("failed", "")
    assert resend_failed(delivery_ids=[delivery.pk], actor=UserFactory()) == 0


def test_every_mail_with_a_code_or_a_way_into_an_account_is_urgent_and_expires():
    opening = re.compile(r"{{ ?(code|activate_url|password_reset_url)\b")
    found = {
        f"account/email/{path.name.removesuffix('_message.txt')}"
        for path in (ROOT / "templates/account/email").glob("*_message.txt")
        if opening.search(path.read_text())
    }
    # They lead to the page on which a reset is asked for.
    found -= {name for name in found if "expires_in" not in terms_of_delivery(name)} & NOTICES
    assert {name: terms_of_delivery(name) for name in found if not terms_of_delivery(name).get("expires_in")} == {
        "account/email/account_already_exists": {"priority": "urgent", "expires_in": None}
    }
    assert {terms_of_delivery(name)["priority"] for name in found} == {"urgent"}
    assert len(found) >= 5


NOTICES = {
    f"account/email/{name}"
    for name in (
        "email_changed",
        "email_deleted",
        "email_added",
        "password_changed",
        "password_reset",
        "password_set",
        "base_notification",
    )
}


# What others send -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_anybody_sends_through_django_is_queued_for_each_reader(settings):
    message = EmailMultiAlternatives(
        "Subject",
        "Text",
        "Ops <ops@example.org>",
        ["Ann <ann@example.org>", "bo@example.org"],
        cc=["cy@example.org"],
        reply_to=["desk@example.org"],
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative("<p>Text</p>", "text/html")
    message.attach("a.csv", "x;ü", "text/csv")
    message.attach("a.pdf", b"%PDF", "application/pdf")
    assert message.send() == 1
    deliveries = MailDelivery.objects.order_by("pk")
    assert list(deliveries.values_list("recipient", "priority", "template")) == [
        (f"{name}@example.org", "default", "message") for name in ("ann", "bo", "cy")
    ]
    send(deliveries.values_list("pk", flat=True))
    assert [(sent.to, sent.cc, sent.body, sent.from_email) for sent in mail.outbox] == [
        ([f"{name}@example.org"], [], "Text", "Ops <ops@example.org>") for name in ("ann", "bo", "cy")
    ]
    sent = mail.outbox[0]
    assert sent.alternatives == message.alternatives
    assert [(part.filename, part.content, part.mimetype) for part in sent.attachments] == [
        ("a.csv", "x;ü", "text/csv"),
        ("a.pdf", b"%PDF", "application/pdf"),
    ]
    assert (sent.reply_to, sent.extra_headers["Auto-Submitted"]) == (["desk@example.org"], "auto-generated")
    assert "text/csv" in sent.message().as_string()


@pytest.mark.django_db
def test_libraries_take_the_same_way(settings):
    settings.ADMINS = [("Ops", "ops@example.org")]
    send_mail("S", "B", None, ["ann@example.org"])
    wagtail_send_mail("S", "B", ["bo@example.org"], html_message="<p>B</p>")
    mail_admins("S", "B")
    assert mail.outbox == []
    send(MailDelivery.objects.values_list("pk", flat=True))
    assert {message.to[0] for message in mail.outbox} == {"ann@example.org", "bo@example.org", "ops@example.org"}


@pytest.mark.django_db
def test_an_earlier_key_reads_what_waits_and_without_it_the_mail_is_not_lost(settings):
    send_mail("S", "B", None, ["ann@example.org"])
    delivery = MailDelivery.objects.get()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a newer secret"
    send([delivery.pk])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error, mail.outbox) == ("queued", "SecretUnreadable", [])
    settings.SECRET_KEY_FALLBACKS = [old]
    MailDelivery.objects.update(not_before=None)
    send([delivery.pk])
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_messages_that_cannot_be_kept_are_refused_where_they_are_sent():
    part = EmailMessage("S", "B").message()
    with pytest.raises(TypeError, match="by name, content and type"):
        EmailMessage("S", "B", None, ["ann@example.org"], attachments=[part]).send()
    assert EmailMessage("S", "B", None, ["ann@example.org"], attachments=[part]).send(fail_silently=True) == 0
