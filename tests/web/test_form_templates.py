"""Every form of the site, in its template: what a page with a form must not forget, whichever page comes next."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
FORM = re.compile(r"<form\b[^>]*\bmethod=\"post\"[^>]*>")
ADDRESS = re.compile(r"\baction=\"([^\"]+)\"")


def templates() -> Iterator[tuple[str, str]]:
    """Name and text of every template."""
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield str(path.relative_to(TEMPLATES)), path.read_text(encoding="utf-8")


def test_the_walk_meets_the_forms():
    assert sum(len(FORM.findall(text)) for _name, text in templates()) > 100


def test_every_form_names_its_address_so_that_no_fragment_takes_the_focus_from_what_is_refused():
    """A form without an address is sent to that of the page, fragment and all: browsers then ignore `autofocus`."""
    without = {
        name: form
        for name, text in templates()
        for form in FORM.findall(text)
        if not (address := ADDRESS.search(form)) or "#" in address[1]
    }
    assert without == {}


LIST = re.compile(r"{% include \"components/form(?:_errors)?\.html\"(?: with form=(\w+))?")


def test_what_is_folded_away_opens_where_its_form_is_refused():
    """Otherwise the list of problems is there, and nobody sees it."""
    closed = {
        f"{name}: {form or 'form'}"
        for name, text in templates()
        for opening, inside in re.findall(r"<details\b([^%>]*(?:{%[^%]*%}[^%>]*)*)>(.*?)</details>", text, re.DOTALL)
        for form in LIST.findall(inside)
        if not re.search(rf"{{% if {form or 'form'}\.errors( or \w+)? %}} open", opening)
    }
    assert closed == set()


FIELDS = re.compile(r"{% include \"components/field(?:_notes)?\.html\"")
# What has fields, and no list of what is wrong with them.
WITHOUT_LIST = {
    "components/field.html": "one field of a form that has the list",
    "web/catalogue.html": "a search: what is wrong stands where the courses would",
}


def test_every_form_with_fields_has_the_list_of_its_problems():
    silent = {name for name, text in templates() if FIELDS.search(text) and not LIST.search(text)}
    assert silent == set(WITHOUT_LIST)


OWNER = "{% kept_form_owner %}"
FORM_WITH_CONTENT = re.compile(FORM.pattern + r".*?</form>|{% element form\b.*?{% endelement %}", re.DOTALL)
# Forms that are empty again where their author was signed out while filling them in, and why.
NOT_KEPT = {
    "account/": "addresses, codes and passwords of signing in: never kept",
    "mfa/": "second factors: never kept",
    "accounts/invitation_new.html": "a visitor's, with a password",
    "accounts/close_account.html": "an address that is typed to confirm, with fresh proof",
    "console/people_person.html: role_form": "two choices, nothing typed; the person's details on the same page are kept",
    "console/seats_buy.html: order_form": "an order is looked at again, with the price of that day",
    "learning/tell_me.html": "a visitor's",
    "practice/answer.html": "the other party's, who has no account",
    "panels/panel.html": "an expert's, who has no account",
    "feedback/rate.html": "a rater's, who has no account; what is typed is saved on the way",
}


def test_every_form_with_fields_survives_a_session_that_ends_or_says_why_not():
    lost = {
        f"{name}: {field_lists[0]}" if field_lists[0] else name
        for name, text in templates()
        for form in (found[0] for found in FORM_WITH_CONTENT.finditer(text))
        if (field_lists := [*LIST.findall(form), *[""] * bool(FIELDS.search(form))]) and OWNER not in form
    }
    unnamed = {name for name in lost if not any(name.startswith(known) for known in NOT_KEPT)}
    unused = {known for known in NOT_KEPT if not any(name.startswith(known) for name in lost)}
    assert (unnamed, unused) == (set(), set())


def test_what_a_button_was_refused_for_is_read_first_on_every_page():
    """`components/problem.html` has the focus, and the title says "Error:" where a page is given a problem or a refusal."""
    shown = re.compile(r"callout--danger\" role=\"alert\">[^\n]*{{ (?:problem|refusal) }}")
    assert {name for name, text in templates() if shown.search(text)} == set()


DEFAULT = '{% include "components/default_button.html"'
# What a reader fills in so that Enter, or “Go” on a phone, presses the first button: radios too, in Chromium.
ENTERED = re.compile(
    r"<input\b(?![^>]*type=\"(?:hidden|checkbox)\")|{% include \"(?:components/field|feedback/_rating|assessments/_rows|"
    r"simulations/_pair_sheet_choice)\.html\""
)
# Forms whose first button may be pressed by Enter, and why.
MAY_BE_ENTERED = {
    "account/": "signing in",
    "mfa/": "second factors, each tried again",
    "cms/": "authors' drafts and choices, which can be changed",
    "console/": "one act, which its page names; it can be changed or is asked about once more",
    "courses/": "a knowledge check is answered as often as one likes; words are saved",
    "feedback/own.html": "saves, and can be changed",
    "imports/": "asks once more, or can be undone",
    "needs/": "saves, and can be changed",
    "outcomes/": "saves, and can be changed",
    "panels/question.html": "saves, and can be changed",
    "practice/edit.html": "saves; sent from the next page",
    "rating/": "takes back",
    "simulations/negotiation.html": "one thing to say, which was chosen",
    "simulations/pair_call.html": "asks somebody, and can be taken back",
}


def test_enter_in_a_field_ends_nothing():
    """The first button of a form is the one that Enter presses: where that would be final, an unseen one comes before it."""
    final = {
        name
        for name, text in templates()
        for form in (found[0] for found in FORM_WITH_CONTENT.finditer(text))
        if ENTERED.search(form) and "<button" in form and DEFAULT not in form.split("<button")[0]
        if not ('id="answers"' in form and f'{DEFAULT} with form_id="answers"' in text.split(form)[0])
    }
    unnamed = {name for name in final if not any(name.startswith(known) for known in MAY_BE_ENTERED)}
    assert unnamed == set()
