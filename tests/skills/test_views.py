"""My levels: every skill with the evidence for it, for the learner and nobody else."""

import re

import pytest
from django.urls import reverse

from skills.services import load_framework
from tests.factories import UserFactory
from tests.skills.factories import AT, measured
from tests.web.learner import SKILLS

pytestmark = pytest.mark.django_db


@pytest.fixture
def framework():
    return load_framework(SKILLS)


def rows(client) -> dict[str, tuple[list[str], list[str]]]:
    """By skill what it was measured with and what else there is, in the order of the page."""
    context = client.get(reverse("skills")).context
    return {
        row["skill"].slug: ([one.evidence.label for one in row["measured"]], [one.label for one in row["other"]])
        for row in context["rows"]
    }


def levels(client) -> str:
    return client.get(reverse("skills")).content.decode()


def test_my_levels_are_for_whoever_is_signed_in(client, framework):
    assert client.get(reverse("skills")).url == f"{reverse('account_login')}?next={reverse('skills')}"


def test_my_levels_change_nothing(user, sign_in, framework):
    assert sign_in(user).post(reverse("skills")).status_code == 405


def test_without_skills_the_page_says_so(user, sign_in):
    assert "No skills have been added to this site yet." in levels(sign_in(user))


def test_without_evidence_every_skill_stands_with_what_its_levels_look_like(user, sign_in, framework):
    text = levels(sign_in(user))
    assert "There is no evidence yet. The assessment before a course gives you the first." in text
    assert re.findall(r"<h2 id=\"skill-\d+\">(.+?)</h2>", text) == ["Discover expectations", "Negotiate"]
    assert text.count("No evidence yet.") == 2
    assert re.findall(r"<strong>(Level name \d)</strong>", text) == [f"Level name {n}" for n in range(1, 6)]


def test_evidence_stands_with_its_skill_oldest_first_and_in_words(user, sign_in, framework):
    measured(user, source="attempt:2", label="After the course", occurred_at=AT.replace(month=5), share=0.7)
    measured(user)
    measured(
        user, kind="practice", source="agreement:1", label="Agreement with Ann", share=None, share_low=None, share_high=None
    )
    client = sign_in(user)
    assert rows(client) == {
        "discover-expectations": (["Before the course", "After the course"], ["Agreement with Ann"]),
        "negotiate": ([], []),
    }
    text = levels(client)
    assert "There is evidence for 1 of 2 skills." in text
    assert "50% of 12 answers agree with the recommended ones; likely range 25% to 75%." in text
    assert text.index("1 March 2026") < text.index("1 May 2026")
    assert (text.count("provisional</span>"), text.count("No evidence yet.")) == (2, 1)


def test_a_level_stands_there_once_one_is_awarded(user, sign_in, framework):
    measured(user)
    client = sign_in(user)
    assert client.get(reverse("skills")).context["rows"][0]["record"].awarded is None
    awarded = measured(user, source="panel:1", label="Panel of experts", level=3, is_provisional=False)
    page = client.get(reverse("skills"))
    assert page.context["rows"][0]["record"].awarded == awarded
    assert page.content.decode().count("provisional</span>") == 1


def test_corrected_evidence_is_not_shown(user, sign_in, framework):
    first = measured(user)
    corrected = measured(user, source="attempt:1:again", label="Marked again", share=0.6)
    corrected.replaces = first
    corrected.save()
    assert rows(sign_in(user))["discover-expectations"] == (["Marked again"], [])


@pytest.mark.parametrize("role", ["owner", "admin", "lnd_partner", "manager"])
def test_nobody_elses_evidence_is_shown_not_even_to_their_organisation(organisation, member, sign_in, framework, role):
    learner = member(organisation)
    measured(learner.user)
    reader = member(organisation, role)
    assert rows(sign_in(reader.user)) == {"discover-expectations": ([], []), "negotiate": ([], [])}
    assert "There is no evidence yet." in levels(sign_in(reader.user))
    assert rows(sign_in(learner.user))["discover-expectations"] == (["Before the course"], [])


@pytest.mark.parametrize("count", [1, 3])
def test_my_levels_cost_the_same_however_much_evidence(user, sign_in, framework, django_assert_num_queries, count):
    for number in range(count):
        for skill in ("discover-expectations", "negotiate"):
            measured(user, skill, source=f"attempt:{number}")
        measured(UserFactory(), source=f"attempt:{number}")
    client = sign_in(user)
    levels(client)
    with django_assert_num_queries(6):
        found = rows(client)
    assert [len(measured) for measured, _other in found.values()] == [count, count]
