"""What is typed into any form of the console or of an account is there again after signing in, as it was typed.

Walks the pages, fills in every form that takes words with what no form would take, ends the session, sends it, signs in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import resolve, reverse

from common.kept_forms import OWNER_FIELD
from tests.foreign_rows import ForeignRows
from tests.test_isolation import PATTERNS, with_every_role

pytestmark = pytest.mark.django_db
TYPED = {
    "text": "Words of mine <7>",
    "textarea": "Words of mine <8>",
    "email": "nobody at nowhere",
    "number": "seven",
    "date": "31st of February",
}
# Forms into which something is typed that is not kept: the others are named in `test_form_templates.NOT_KEPT`.
NOT_KEPT = {"seats_buy"}


@dataclass
class SentForm:
    address: str
    values: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    has_password: bool = False


class Forms(HTMLParser):
    """The forms of a page that are sent by POST."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[SentForm] = []
        self._is_inside = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if tag == "form":
            self._is_inside = named.get("method") == "post"
            self.forms += [SentForm(named.get("action", ""))] * self._is_inside
        elif self._is_inside and "name" in named and "disabled" not in named:
            self._add(tag, named)

    def _add(self, tag, named):
        form, kind = self.forms[-1], named.get("type", "text") if tag == "input" else tag
        form.has_password |= kind == "password"
        if kind in TYPED:
            form.typed[named["name"]] = TYPED[kind]
        elif kind == "hidden":
            form.values[named["name"]] = named.get("value", "")

    def handle_endtag(self, tag):
        self._is_inside &= tag != "form"


def pages(organisation) -> Iterator[str]:
    rows = ForeignRows(organisation)
    for name, pattern in PATTERNS.items():
        others = set(pattern.pattern.converters) - {"organisation"}
        if not others or name in rows.addresses:
            yield reverse(f"org:{name}", kwargs={"organisation": organisation.slug} | rows.addresses.get(name, {}))
    yield reverse("profile")


def forms_to_fill_in(client: Client, organisation) -> dict[str, SentForm]:
    """By the name of the address to which they are sent."""
    found = {}
    for page in pages(organisation):
        answer = client.get(page)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            found |= {
                resolve(form.address.split("?")[0]).url_name: form
                for form in Forms(answer.content.decode()).forms
                if form.typed
            }
    return found


def problem_of(form: SentForm, user) -> str:
    """What becomes of a form that is sent after its session has ended; empty where all is as it should be."""
    cache.clear()  # how often a form is kept has a test of its own
    client = Client()
    sent = client.post(form.address, form.values | form.typed)
    if sent.status_code != 302 or "is kept" not in " ".join(map(str, sent.wsgi_request._messages)):
        return "not kept"
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(form.address)
    page = answer.content.decode()
    lost = [name for name, words in form.typed.items() if escape(words) not in page]
    if answer.status_code != 200 or lost:
        return f"{answer.status_code}, lost: {lost}"
    is_judged = bool(re.search(r"There (?:is a problem|are \d+ problems)|field--invalid", page))
    if is_judged or "has not been sent yet" not in page:
        return "judged before it is sent" if is_judged else "shown as if it had been sent"
    return "" if escape(next(iter(form.typed.values()))) not in client.get(form.address).content.decode() else "shown twice"


def test_what_is_typed_is_there_again_after_signing_in(organisation, member, sign_in):
    user = with_every_role(member, organisation).user
    forms = forms_to_fill_in(sign_in(user), organisation)
    assert {"gap_new", "gap_edit", "gap_remeasure", "causes", "specification_new", "specification_edit"} <= set(forms)
    assert {"expectation_new", "expectation_edit", "expectation_measure", "settings", "teams", "team"} <= set(forms)
    assert {"person_add", "person", "cohort_create", "cohort_edit", "profile", "objections", "outcomes_window"} <= set(forms)
    assert {name for name, form in forms.items() if OWNER_FIELD not in form.values} <= NOT_KEPT
    assert {name for name, form in forms.items() if form.has_password} == set()
    problems = {name: problem_of(form, user) for name, form in forms.items() if name not in NOT_KEPT}
    assert {name: problem for name, problem in problems.items() if problem} == {}
