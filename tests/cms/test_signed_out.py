"""An author whose session ends while a page is open in the editor keeps what was typed."""

import re
from html import unescape

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from assessments.models import Instrument
from cms.models import LessonPage
from common.kept_forms import DISCARD, OWNER_FIELD, owner_token
from tests.cms.editing import lesson_form
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TITLE = "Words that nobody must lose"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def lesson(loaded, lesson_page) -> LessonPage:
    return lesson_page("ask")


@pytest.fixture
def address(lesson) -> str:
    return reverse("wagtailadmin_pages:edit", args=[lesson.pk])


@pytest.fixture
def typed(lesson, author):
    return lesson_form(lesson, title=TITLE) | {OWNER_FIELD: owner_token(author)}


def hidden(answer) -> dict[str, str]:
    """The fields of the form that offers to save it."""
    [form] = re.findall(r"<form.*?Save as a draft.*?</form>", answer.content.decode(), re.DOTALL)
    return {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)}


def drafted(lesson: LessonPage) -> str:
    lesson.refresh_from_db()
    return lesson.get_latest_revision_as_object().title


def test_what_was_sent_comes_back_after_signing_in_and_is_saved_as_a_draft(client, author, lesson, address, typed):
    answer = client.post(address, typed | {"action-publish": "1"})
    assert (answer.status_code, answer.url) == (302, f"{reverse('account_login')}?next={address}")
    assert drafted(lesson) != TITLE

    client.force_login(author, BACKEND)
    for _time in range(2):  # a page that is reloaded shows it again
        offered = client.get(address)
        assert "Your text is still here" in offered.content.decode()
    fields = hidden(offered)
    assert (fields["title"], "action-publish" in fields) == (TITLE, False)

    assert client.post(address, fields).status_code == 302
    assert drafted(lesson) == TITLE
    assert "Your text is still here" not in client.get(address).content.decode()


def test_what_has_drafts_and_is_no_page_is_offered_as_a_draft(client, author, loaded):
    address = reverse("wagtailsnippets_cms_questiondraft:add")
    client.post(address, {"prompt": TITLE, "action-submit": "1", OWNER_FIELD: owner_token(author)})
    client.force_login(author, BACKEND)
    offered = client.get(address).content.decode()
    assert ("Save as a draft" in offered, f'name="prompt" value="{TITLE}"' in offered) == (True, True)
    assert 'name="action-submit"' not in offered


def test_where_there_are_no_drafts_none_is_promised(client, author, loaded):
    address = reverse("wagtailsnippets_assessments_instrument:edit", args=[Instrument.objects.first().pk])
    client.post(address, {"prompt": TITLE, "action-save": "1", OWNER_FIELD: owner_token(author)})
    client.force_login(author, BACKEND)
    offered = client.get(address).content.decode()
    assert "There are no drafts here: what you save takes effect at once." in offered
    assert ("Save changes" in offered, "Save as a draft" in offered) == (True, False)
    assert (f'name="prompt" value="{TITLE}"' in offered, 'name="action-save"' in offered) == (True, True)


def test_it_can_be_discarded(client, author, lesson, address, typed):
    client.post(address, typed)
    client.force_login(author, BACKEND)
    client.get(address)
    answer = client.post(address, {DISCARD: "1"})
    assert (answer.status_code, answer.url) == (302, address)
    assert 'name="title"' in client.get(address).content.decode()
    assert drafted(lesson) != TITLE


def test_another_author_on_the_same_machine_never_sees_it(client, author, reviewer, address, typed):
    client.post(address, typed)
    client.force_login(reviewer, BACKEND)
    assert TITLE not in client.get(address).content.decode()
    client.force_login(author, BACKEND)
    assert TITLE not in client.get(address).content.decode()


@pytest.mark.parametrize("owner", ["", "1:forged"])
def test_nothing_is_kept_of_strangers(client, address, typed, owner):
    client.post(address, typed | {OWNER_FIELD: owner})
    assert Session.objects.count() == 0


def test_autosave_hears_that_the_session_has_ended(client, address, typed):
    answer = client.post(address, typed, headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json() == {
        "success": False,
        "error_code": "locked",
        "error_message": "You have been signed out. Sign in in another tab, then save again.",
    }
    assert Session.objects.count() == 0


def test_a_page_that_was_open_over_a_new_sign_in_is_offered_again(author, lesson, address, typed):
    """Its token is of the session before."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(author, BACKEND)
    offered = client.post(address, typed | {"csrfmiddlewaretoken": "x" * 64})
    assert offered.status_code == 403
    assert client.post(address, hidden(offered)).status_code == 302
    assert drafted(lesson) == TITLE


def test_a_form_of_somebody_else_without_a_token_is_refused_as_before(author, address, typed):
    client = Client(enforce_csrf_checks=True)
    client.force_login(author, BACKEND)
    refused = client.post(address, typed | {OWNER_FIELD: owner_token(UserFactory())})
    assert (refused.status_code, "This form has expired" in refused.content.decode()) == (403, True)
    assert TITLE not in refused.content.decode()


def test_the_editor_asks_who_is_signed_in(client, author, sign_in):
    address = reverse("editor_session")
    assert client.get(address).json() == {"person": None}
    found = sign_in(author).get(address).json()
    assert (found["person"], set(found)) == (author.pk, {"person", "token", "kept_for"})


def test_the_page_of_the_editor_carries_whose_it_is(author, sign_in, address):
    page = sign_in(author).get(address).content.decode()
    assert re.search(rf'<input type="hidden" name="{OWNER_FIELD}" value="[^"]+">', page)
    assert "js/kept-edit.js" in page
