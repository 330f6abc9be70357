"""Whatever stands in the variables of a mail, its subject is a line of ours and its text leads to us."""

import re
from email import message_from_bytes
from pathlib import Path

import pytest
from allauth.core.context import request_context
from django.conf import settings
from django.core import mail

from accounts.adapter import AccountAdapter
from mail.kinds import mail_templates
from mail.models import MailDelivery
from mail.services.delivering import render
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db
HOSTILE = [
    "URGENT your mailbox is full, go to https://evil.example/login now.",
    "x\r\nBcc: everybody@evil.example",
    "security@evil.example",
    "www.evil.example",
    "evil.com/login",
    "ｅｖｉｌ．ｃｏｍ",
    "\u202egnp.evil.com",
    "<a href='https://evil.example'>Sign in</a>",
    "word " * 2000 + "https://evil.example",
]
LEADS_AWAY = re.compile(r"evil\s?\.|everybody@|@evil|ｅｖｉｌ|Bcc:\s*everybody@", re.IGNORECASE)
FOLDER = Path(settings.BASE_DIR, "templates")
# Variables that are numbers, or decide which sentence is said.
FIXED = {
    "total": 4900,
    "refunded": 4900,
    "returned": 4900,
    "amount": 4900,
    "is_whole": True,
    "is_restored": True,
    "currency": "EUR",
    "is_test": False,
    "is_reminder": False,
    "is_changed": False,
    "days": 30,
    "questions": 3,
    "is_demonstration": True,
    "answer": "confirmed",
    "order_path": "/billing/orders/x/",
    "course_path": "/courses/x/",
    "confirm_path": "/tell-me/confirm/x/",
    "is_past": False,
    "is_obligatory": False,
    "has_started": False,
    "starts_today": False,
    "page": "/agreements/x/",
    "page_path": "/learn/x/",
    "revoked_because": "It was taken for somebody else.",  # of an operator, whole
    "sender_email": "ann@example.org",
}
GIVEN = {"base_url", "link_url", "organisation", "recipient"}
ANSWERS = [{"answer": "corrected"}, {"answer": "declined"}]
CASES = [
    {},
    {"is_reminder": True},
    {"is_changed": True},
    {"is_past": True, "is_obligatory": True},
    {"reason": "start", "starts_today": False},
    {"reason": "start", "starts_today": True},
    *ANSWERS,
]


def variables(template: str) -> set[str]:
    """Names that the three files of a mail use, whatever they do with them."""
    texts = "".join(path.read_text() for path in (FOLDER / "emails" / template).iterdir())
    said = re.findall(r"{{\s*(\w+)", texts) + re.findall(r"{% (?:el)?if (\w+)", texts) + re.findall(r"with \w+=(\w+)", texts)
    local = set(re.findall(r"with (\w+)=", texts)) | set(re.findall(r"{% for (\w+) in", texts))
    return set(said) | (set(re.findall(r" in (\w+)", texts)) & {"lines"}) - local - {"forloop", "block"}


def context(template: str, hostile: str) -> dict:
    found = dict.fromkeys(variables(template) - GIVEN - set(FIXED), hostile)
    lines = {"lines": [{"description": hostile, "quantity": 1, "amount": 4900}]} if "lines" in found else {}
    return found | lines | FIXED


def parts(message) -> list[str]:
    parsed = message_from_bytes(message.message().as_bytes())
    return [part.get_payload(decode=True).decode() for part in parsed.walk() if not part.is_multipart()]


@pytest.mark.parametrize("case", CASES, ids=[",".join(case) or "plain" for case in CASES])
@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("template", sorted(path.name for path in (FOLDER / "emails").iterdir() if path.is_dir()))
def test_no_mail_leads_anywhere_but_to_us(template, hostile, case):
    assert template in mail_templates
    delivery = MailDelivery.objects.create(
        template=template,
        recipient="bo@example.org",
        organisation=OrganisationFactory(name=hostile[:200]),
        context=context(template, hostile) | case,
    )
    message = render(delivery)
    assert (len(message.subject) <= 200, "\n" in message.subject, "\r" in message.subject) == (True, False, False)
    assert [text for text in (message.subject, *parts(message)) if LEADS_AWAY.search(text)] == []
    assert (message.to, set(message.extra_headers)) == (["bo@example.org"], {"Message-ID"})


def test_every_variable_of_a_subject_has_been_met():
    """The walk above fills what the files name; a subject that names something else would be walked past."""
    for template in (FOLDER / "emails").iterdir():
        if template.is_dir():
            named = set(re.findall(r"{{\s*(\w+)", (template / "subject.txt").read_text()))
            aliases = set(re.findall(r"with (\w+)=", (template / "subject.txt").read_text()))
            assert named - aliases <= variables(template.name) | GIVEN


def test_subjects_of_sign_in_mails_say_nothing_that_anybody_typed():
    for path in (FOLDER / "account/email").glob("*_subject.txt"):
        assert "{{" not in path.read_text()


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_what_a_browser_calls_itself_leads_nowhere(hostile, user, rf, django_capture_on_commit_callbacks):
    request = rf.get("/", headers={"User-Agent": hostile})
    request.user = user
    with request_context(request), django_capture_on_commit_callbacks(execute=True):
        AccountAdapter().send_notification_mail("account/email/password_changed", user)
    (message,) = mail.outbox
    assert [text for text in parts(message) if LEADS_AWAY.search(text)] == []
