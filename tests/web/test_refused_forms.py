"""A form that is refused says so first: in the title, and in one list at its top that has the focus and leads to the fields."""

import re

import pytest
from django.urls import reverse

from needs.models import Gap
from tests.needs.factories import SpecificationFactory
from tests.stakeholders.conftest import bring

__all__ = ["bring"]
pytestmark = pytest.mark.django_db

SUMMARY = re.compile(r'<div class="callout callout--danger" role="alert" tabindex="-1" autofocus>(.*?)</div>', re.DOTALL)


def refused(answer) -> tuple[str, list[tuple[str, str]]]:
    """The words of the summary, and its links with their targets, each of which is on the page and can have the focus."""
    page = answer.content.decode()
    assert re.search(r"<title>\s*Error: ", page)
    assert page.count(" autofocus") == 1, "the first element that asks for the focus has it"
    (summary,) = SUMMARY.findall(page)
    links = re.findall(r'<a href="#([^"]+)">(.*?)</a>', summary)
    for target, _words in links:
        assert re.search(rf'<(?:input|select|textarea|fieldset)[^>]* id="{re.escape(target)}"', page), target
    return " ".join(re.sub("<[^>]+>", " ", summary).split()), links


def test_a_question_that_is_refused(organisation, member, sign_in, bring):
    known = {"leavers_from": "2020-01-01", "leavers_until": "2021-12-31"}
    bring("people", "person_id,hire_date,team\nP1,2019-01-01,Care\nP2,2019-01-01,Office\n", **known)
    client = sign_in(member(organisation, "lnd_partner").user)
    address = reverse("org:outcomes", args=[organisation.slug])
    posted = {
        "outcome": "employee_exit",
        "clock": "hour",
        "as_of": "2999-01-01",
        "covariates": ["shoe_size"],
        "teams": ["South"],
    }
    words, links = refused(client.post(address, posted))
    assert words.startswith("There are 4 problems Teams: Select a valid choice.")
    assert [target for target, _words in links] == ["id_teams", "id_covariates", "id_as_of", "id_clock"]
    assert ("id_as_of", "As of: This day has not come yet. Choose today or an earlier day.") in links
    # A fragment in the address would take the focus from the summary.
    assert f'<form class="form" method="post" action="{address}">' in client.get(address).content.decode()


def test_an_objection_that_is_refused(organisation, member, sign_in):
    client = sign_in(member(organisation, "data_steward").user)
    words, _links = refused(client.post(reverse("org:objections", args=[organisation.slug]), {"email": "no address"}))
    assert "There is a problem E-mail" in words


def test_boxes_of_which_one_is_to_be_chosen_are_led_to(organisation, member, sign_in):
    client = sign_in(member(organisation, "lnd_partner").user)
    gap = Gap.objects.create(organisation=organisation, title="Exits", who="Care", measure="Exits", expected=5, actual=9)
    address = reverse("org:causes", args=[organisation.slug, gap.uuid])
    answer = client.post(address, dict.fromkeys(client.get(address).context["form"].fields, "never"))
    _words, links = refused(answer)
    assert links


def test_an_act_that_is_refused_says_why_first(organisation, member, sign_in):
    client = sign_in(member(organisation, "lnd_partner").user)
    specification = SpecificationFactory(gap__organisation=organisation)
    answer = client.post(reverse("org:specification_approve", args=[organisation.slug, specification.uuid]))
    words, _links = refused(answer)
    assert answer.status_code == 409
    assert words.startswith("This cannot be approved yet. Record at least one expectation")


def test_a_password_that_is_wrong(client):
    words, links = refused(client.post(reverse("account_login"), {"login": "nobody@example.com", "password": "something else"}))
    assert ("password" in words, links) == (True, [])


def test_a_form_that_nobody_sent_says_nothing(client):
    page = client.get(reverse("account_login")).content.decode()
    assert "Error:" not in page
    assert 'role="alert"' not in page
