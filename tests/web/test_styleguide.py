"""The style guide."""

import re

import pytest
from django.urls import reverse

from common.icons import ICONS
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/styleguide/"


@pytest.fixture
def page(sign_in):
    return sign_in(UserFactory(is_staff=True)).get(ADDRESS).content.decode()


def test_visitors_are_asked_to_sign_in(client):
    response = client.get(ADDRESS)
    assert (response.status_code, response["Location"]) == (302, f"{reverse('account_login')}?next={ADDRESS}")


def test_learners_may_not_open_it(user, sign_in):
    assert sign_in(user).get(ADDRESS).status_code == 403


def test_it_shows_every_icon(page):
    shown = re.search(r'<ul class="icon-list">(.*?)</ul>', page, re.S).group(1)
    assert shown.count("<svg") == len(ICONS)


@pytest.mark.parametrize(
    "state",
    [
        "button--primary",
        "button--quiet",
        "button--danger",
        'aria-busy="true"',
        "choice--right",
        "choice--wrong",
        "badge--good",
        "badge--caution",
        "badge--danger",
        "badge--info",
        "badge--new",
        "callout--note",
        "callout--good",
        "callout--caution",
        "callout--danger",
        "selection-bar",
        'aria-invalid="true"',
        'role="switch"',
        'type="file"',
        '<dialog class="dialog"',
        "level__band--before",
        "interval__reference",
        'aria-current="step"',
        "grade__letter",
        "lesson__turn",
        "pagination__gap",
    ],
)
def test_it_shows_every_component_in_every_state(page, state):
    assert state in page


def test_fields_name_their_hint_and_their_error(page):
    field = re.search(r'<input[^>]*name="name"[^>]*>', page).group(0)
    assert 'aria-describedby="id_name_helptext id_name_error"' in field
    assert [page.count(f'id="{name}"') for name in ("id_name_helptext", "id_name_error")] == [1, 1]


def test_a_level_is_drawn_where_it_belongs(page):
    """Five levels of a fifth each: position 3.2 on a scale from 0.5 to 5.5 lies at 54 %, its band from 42 to 68 %."""
    assert '<circle class="level__marker" cx="54.0%"' in page
    assert '<rect class="level__band" x="42.0%" y="6" width="26.0%"' in page


def test_an_interval_is_drawn_where_it_belongs(page):
    """2 to 9 on an axis from -5 to 15: from 35 to 70 %, the estimate 5 at 50 %, zero at 25 %."""
    assert '<rect class="interval__band" x="35.0%" y="10" width="35.0%"' in page
    assert '<circle class="interval__point" cx="50.0%"' in page
    assert '<line class="interval__reference" x1="25.0%"' in page
