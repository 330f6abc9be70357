"""What somebody without an account sends leaves nothing behind.

Every address that there is gets a POST: an empty one, one with forged values, one with values that a form would take.
Afterwards no table has a row more than before, but for those that are named here with the reason.
"""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from assessments.models import Item, ItemVersion
from assessments.scoring.blueprint import Blueprint, Cell
from assessments.services import Plan, upsert_drawn_instrument
from cms.site import ensure_site
from common.kept_forms import OWNER_FIELD
from learning.services import subscribing
from mail import links
from skills.models import Skill
from tests.assessments.factories import SKILLS, skills
from tests.courses.factories import published_course
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.web.learner import rich_course

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::ResourceWarning")]
INSERTED = re.compile(r'INSERT (?:OR IGNORE )?INTO "?(\w+)"?')
FORGED = {
    OWNER_FIELD: "1:tampered:with",
    "text": "x" * 5000,
    "action": "submit",
    "key": "forged",
    "code": "123456",
    "uuid": "00000000-0000-0000-0000-000000000007",
}
PLAUSIBLE = FORGED | {
    "first_name": "Ada",
    "last_name": "Okafor",
    "email": "ada@example.org",
    "login": "ada@example.org",
    "password": "correct horse battery",
    "password1": "correct horse battery",
    "password2": "correct horse battery",
    "chosen": "a",
    "name": "Example",
    "quantity": "5",
    "action": "tell",
}
SESSION = {"django_session"}
# Who may leave which rows, and why.
LASTS = {
    "account_signup": (
        SESSION | {"accounts_user", "account_emailaddress", "mail_maildelivery"},
        "an account, the session in which its address is proved and the mail for it; 60 a minute from one network address",
    ),
    "account_reset_password": (
        {"mail_maildelivery"},
        "the mail, whose text goes once it is sent; 20 a minute, 5 for one address",
    ),
    "mail_link": (
        SESSION | {"accounts_user", "account_emailaddress", "accounts_auditevent"},
        "an account for whoever was invited: the link in the mail proves the address, once",
    ),
    "tell_me": (
        {"mail_maildelivery"},
        "the mail by which an address is confirmed, deleted after three days; 10 a minute, 3 an hour for one address",
    ),
    "tell_me_confirm": (
        {"learning_coursesubscriber"},
        "the address that somebody has confirmed by the link in that mail",
    ),
    "skill_check:start": (
        {"assessments_skillcheck"},
        "the answers of a skill check, under a random number, deleted after 14 days; 10 a minute and 60 an hour",
    ),
    "account_request_login_code": (
        SESSION | {"mail_maildelivery"},
        "the code is tied to the browser that asked, its mail's text goes once it is sent; 60 a minute, 3 for one address",
    ),
}

# One button, and nothing to fill in.
ASKS_NOTHING = {"skill_check:start"}


def patterns(entries: list, namespace: str = "", prefix: str = "") -> Iterator[tuple[str, str]]:
    """Name and path of every address."""
    for entry in entries:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from patterns(entry.url_patterns, inner, path)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", path


def a_skill_check() -> None:
    skills()
    item = Item.objects.create(key="public", use="form", skill=Skill.objects.first())
    options = [{"id": name, "text": name, "feedback": ""} for name in "ab"]
    item.current_version = ItemVersion.objects.create(item=item, number=1, prompt="Which?", options=options, correct=["a"])
    item.save()
    plan = Plan(Blueprint((Cell(SKILLS[0], 1),)))
    upsert_drawn_instrument(course=None, key="skill-check", title="Skill check", plan=plan)


def fill(path: str, known: dict[str, str]) -> str | None:
    """None for a path that is a regular expression."""
    if "^" in path or "(" in path:
        return None
    examples = {
        "uuid": "00000000-0000-0000-0000-000000000007",
        "int": "7",
        "slug": "example",
        "str": "example",
        "path": "example",
    }

    def value(match: re.Match[str]) -> str:
        converter, _colon, name = match[1].rpartition(":")
        return known.get(name) or examples.get(converter, "example")

    return "/" + re.sub(r"<([^>]+)>", value, path)


@pytest.fixture
def addresses(db) -> list[tuple[str, str]]:
    """Every address there is, about things that exist where we can say which."""
    ensure_site()
    a_skill_check()
    course = rich_course()
    lesson = course.current_version.content["modules"][0]["lessons"][0]
    known = {"organisation": OrganisationFactory().slug, "module": "module-1", "lesson": lesson["slug"]}
    check = next(block["id"] for block in lesson["blocks"] if block["type"] == "check")
    found = []
    for name, path in patterns(get_resolver().url_patterns):
        is_course = name.startswith(("courses:", "billing:buy"))
        filled = fill(path, known | ({"slug": course.slug, "block": check} if is_course else {}))
        if filled and not name.startswith("djdt"):
            found.append((name, filled))
    invited = MembershipFactory(user=None, state="invited", email="ann@example.org", first_name="", last_name="")
    owner = invited.organisation
    link = links.make_link(kind="invitation", target_id=invited.uuid.hex, recipient=invited.email, organisation=owner)
    preview = published_course([["announced"]], modules_planned=9)
    token = subscribing.token_of(preview, "ada@example.org")
    found += [
        ("tell_me", reverse("tell_me", args=[preview.slug])),
        ("tell_me_confirm", reverse("tell_me_confirm", args=[token])),
    ]
    return [*found, ("mail_link", reverse("mail_link", args=[links.token_of(link)])), ("", "/"), ("", "/nothing/here/")]


def rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608  # names from the database itself
            counts[table] = cursor.fetchone()[0]
    return counts


def tables_that_grow(address: str, sent: dict) -> tuple[int, set[str]]:
    """Status of the answer, and into which tables it wrote a row."""
    tables = set()

    def listen(execute, sql, params, many, context):
        if found := INSERTED.match(sql):
            tables.add(found[1])
        return execute(sql, params, many, context)

    cache.clear()  # limits of rate have tests of their own
    client = Client(raise_request_exception=False)
    with connection.execute_wrapper(listen):
        status = client.post(address, sent).status_code
    return status, tables


def test_the_walk_meets_what_visitors_may_send_to(addresses):
    names = {name for name, _address in addresses}
    assert {"courses:answer", "courses:start", "assessments:attempt", "practice:create", "mail_link", "org:people"} <= names
    assert {"account_login", "account_signup", "billing:stripe_webhook", "wagtailadmin_login", "admin:index"} <= names
    assert len(addresses) > 300


@pytest.mark.slow
@pytest.mark.parametrize("sent", [{}, FORGED, PLAUSIBLE], ids=["nothing", "forged", "plausible"])
def test_what_visitors_send_leaves_nothing_behind(addresses, sent):
    before = rows()
    grown, failed, wrote = {}, {}, set()
    for name, address in addresses:
        status, tables = tables_that_grow(address, sent)
        wrote |= {name} if tables else set()
        if unexpected := tables - LASTS.get(name, (set(), ""))[0]:
            grown[name] = unexpected
        if status >= 500:
            failed[name] = status
    more = {table for table, count in rows().items() if count > before[table]}
    named = set().union(*(tables for tables, _reason in LASTS.values()))
    assert (grown, failed) == ({}, {})
    assert more <= named
    # The walk does reach what may be written: each of those named writes once it is sent what it asks for.
    assert wrote == (set(LASTS) if sent is PLAUSIBLE else ASKS_NOTHING)


def test_a_form_that_nobody_signed_makes_no_session(client, user):
    address = reverse("assessments:attempt", args=[UUID(int=7)])
    for owner in ("", "1", f"{user.pk}:forged", f"{user.pk}:1xYzAb:forged"):
        answer = client.post(address, {OWNER_FIELD: owner, "title": "x" * 1000})
        assert answer.status_code == 302
    assert rows()["django_session"] == 0


def test_a_visitor_who_wants_a_course_gets_it_after_signing_in_without_a_row_before(client):
    course = rich_course()
    client.post(reverse("courses:start", args=[course.slug]))
    assert rows()["django_session"] == 0
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    client.get(reverse("courses:start", args=[course.slug]))
    assert course.enrolments.count() == 1


def test_visitors_are_slowed_down_wherever_they_send(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"visitor": "3/m/ip"}
    pages = [reverse("practice:create"), "/nothing/here/", reverse("home"), reverse("account_login")]
    assert [client.post(page).status_code == 429 for page in pages] == [False, False, False, True]
    assert client.get(pages[-1]).status_code == 200
    assert "Too many attempts" in client.post(pages[0]).content.decode()
    assert client.post(pages[0], REMOTE_ADDR="192.0.2.7").status_code == 302


def test_who_is_signed_in_is_not_counted_among_the_visitors(sign_in, user, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"visitor": "1/m/ip"}
    client = sign_in(user)
    assert 429 not in {client.post(reverse("practice:create")).status_code for _time in range(3)}


def test_messages_of_a_payment_provider_have_a_limit_of_their_own(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"visitor": "1/m/ip", "webhook": "2/m/ip"}
    settings.STRIPE_SECRET_KEY = settings.STRIPE_WEBHOOK_SECRET = "x"
    address = reverse("billing:stripe_webhook")
    assert [client.post(address, b"{}", content_type="application/json").status_code == 429 for _time in range(3)] == [
        False,
        False,
        True,
    ]
