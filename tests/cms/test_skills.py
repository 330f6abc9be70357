"""Who may write the words of skills in the CMS, and what comes of it."""

import re

import pytest
from django.urls import reverse

from skills.enums import WordsFrom
from skills.models import Framework
from skills.queries import records_of, skill
from skills.services import LevelWords, SkillWords, give_own_framework, load_framework, write_words
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.skills.test_own_frameworks import DISCOVER, FAIR, own_skill, shipped

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def framework():
    return load_framework(shipped())


@pytest.fixture
def northwind():
    return OrganisationFactory(name="Northwind")


@pytest.fixture
def own(northwind):
    return give_own_framework(organisation=northwind, title="How we work")


@pytest.fixture
def colleague(northwind):
    return MembershipFactory(organisation=northwind, user=UserFactory()).user


def form_of(found, **changes):
    data = {"name": found.name, "summary": found.summary, "position": found.position}
    data |= {"measured_as": found.measured_as_id or ""}
    for level in found.levels.all():
        data |= {f"level_{level.number}_name": level.name, f"level_{level.number}_behaviour": level.behaviour}
    return data | changes


def seen_in(response):
    """What the form that is shown says that it showed."""
    [mark] = re.findall(r'name="seen" value="([^"]+)"', response.content.decode())
    return mark


def words_of(found):
    return tuple(LevelWords(level.number, level.name, level.behaviour) for level in found.levels.all())


def address(name, model="skill", *args):
    return reverse(f"wagtailsnippets_skills_{model}:{name}", args=args)


@pytest.fixture
def operator():
    return UserFactory(is_staff=True, is_superuser=True)


def test_a_reviewer_rewords_a_skill_of_accord(reviewer, sign_in):
    client, found = sign_in(reviewer), skill(DISCOVER)
    edit = address("edit", "skill", found.pk)
    assert client.get(edit).status_code == 200
    assert client.post(edit, form_of(found, name="Find out", level_2_behaviour="You ask first.")).status_code == 302
    found = skill(DISCOVER)
    assert (found.name, found.levels.get(number=2).behaviour, found.versions.count()) == ("Find out", "You ask first.", 2)
    client.post(edit, form_of(found))
    assert found.versions.count() == 2
    shown = client.get(address("inspect", "skill", found.pk)).content.decode()
    assert ("Version 1, from" in shown, "Discover expectations" in shown) == (True, True)


def test_a_level_without_words_is_refused_and_nothing_typed_is_lost(reviewer, sign_in):
    found = skill(DISCOVER)
    answer = sign_in(reviewer).post(address("edit", "skill", found.pk), form_of(found, name="Find out", level_4_behaviour=""))
    assert (answer.status_code, 'value="Find out"' in answer.content.decode()) == (200, True)
    assert (skill(DISCOVER).name, found.versions.count()) == ("Discover expectations", 1)


def test_authors_read_skills_and_nobody_deletes_one(author, operator, sign_in):
    found, client = skill(DISCOVER), sign_in(author)
    assert client.get(address("list")).status_code == 200
    assert client.get(address("edit", "skill", found.pk)).status_code == 302
    assert client.get(address("list", "framework")).status_code == 302
    sign_in(operator).post(address("delete", "skill", found.pk))
    assert skill(DISCOVER) == found


def test_own_skills_are_for_operators(own, reviewer, operator, sign_in):
    found = own_skill(own)
    client = sign_in(reviewer)
    assert own.title not in client.get(address("list")).content.decode()
    assert client.get(address("edit", "skill", found.pk)).status_code == 302
    assert client.post(address("edit", "skill", found.pk), form_of(found, name="Mine")).status_code == 302
    assert client.get(address("inspect", "skill", found.pk)).status_code == 302
    assert own_skill(own).name == "Discover expectations"
    client = sign_in(operator)
    assert own.title in client.get(address("list")).content.decode()
    other = skill(FAIR)
    answer = client.post(address("edit", "skill", found.pk), form_of(found, measured_as=other.pk))
    assert "is called “Negotiate fairness” in this framework already" in answer.content.decode()
    client.post(address("edit", "skill", found.pk), form_of(found, name="Hear people out", is_hidden="on"))
    found.refresh_from_db()
    assert (found.name, found.is_hidden, found.measured_as) == ("Hear people out", True, skill(DISCOVER))


def test_an_operator_gives_an_organisation_its_framework_and_takes_it_away(northwind, colleague, operator, sign_in):
    client, add = sign_in(operator), address("add", "framework")
    assert client.post(add, {"organisation": northwind.pk, "title": "How we work"}).status_code == 302
    own = Framework.objects.get(organisation=northwind)
    assert (own.title, own.skills.count()) == ("How we work", 8)
    again = client.post(add, {"organisation": northwind.pk, "title": "Once more"})
    assert (again.status_code, Framework.objects.count()) == (200, 2)
    new = form_of(skill(DISCOVER), name="Serve the guest", framework=own.pk, measured_as="", position=8)
    assert client.post(address("add"), new).status_code == 302
    assert [record.skill.name for record in records_of(colleague)][-1] == "Serve the guest"
    client.post(address("delete", "framework", own.pk))
    assert [record.skill.framework.slug for record in records_of(colleague)] == ["accord"] * 8


def test_the_framework_of_accord_stays(framework, operator, sign_in):
    sign_in(operator).post(address("delete", "framework", framework.pk))
    assert Framework.objects.filter(pk=framework.pk).count() == 1


@pytest.mark.parametrize("view", ["edit", "inspect", "history", "history_results", "usage"])
def test_of_an_own_skill_only_operators_open_a_page(own, reviewer, operator, sign_in, view):
    found = own_skill(own)
    write_words(found, SkillWords("Their own words", found.summary, words_of(found)), WordsFrom.CMS)
    where, home = address(view, "skill", found.pk), reverse("wagtailadmin_home")
    refused = sign_in(reviewer).get(where)
    assert (refused.status_code, refused.url) == (302, home)
    shown = sign_in(operator).get(where)
    assert shown.status_code == 200
    assert view == "history_results" or "Their own words" in shown.content.decode()


def test_a_chooser_shows_own_skills_to_operators_alone(own, author, operator, sign_in):
    found = own_skill(own)
    write_words(found, SkillWords("Their own words", found.summary, words_of(found)), WordsFrom.CMS)
    chooser = "wagtailsnippetchoosers_skills_skill"
    pages = [reverse(f"{chooser}:{name}") for name in ("choose", "choose_results")]
    pages += [reverse(f"{chooser}:chosen", args=[found.pk]), f"{reverse(f'{chooser}:chosen_multiple')}?id={found.pk}"]
    for client, is_shown in ((sign_in(author), False), (sign_in(operator), True)):
        assert ["Their own words" in client.get(page).content.decode() for page in pages] == [is_shown] * 4


def test_a_tab_that_was_left_open_does_not_undo_what_a_colleague_wrote(reviewer, sign_in):
    client, found = sign_in(reviewer), skill(DISCOVER)
    edit = address("edit", "skill", found.pk)
    seen = seen_in(client.get(edit))
    mine = form_of(found, seen=seen, summary="What I typed.")
    client.post(edit, form_of(found, seen=seen, level_2_behaviour="A colleague wrote this."))
    refused = client.post(edit, mine)
    page = refused.content.decode()
    assert "Somebody has changed this since you opened it, so nothing was saved." in page
    assert "It says now: “A colleague wrote this.”" in page
    assert "What I typed." in page
    assert len(set(re.findall("It says now: “[^”]+”", page))) == 2  # the summary differs too
    found = skill(DISCOVER)
    assert (found.levels.get(number=2).behaviour, found.versions.count()) == ("A colleague wrote this.", 2)
    assert client.post(edit, mine | {"seen": seen_in(refused)}).status_code == 302
    assert skill(DISCOVER).summary == "What I typed."


def test_saving_twice_from_one_page_that_shows_what_is_there_is_no_conflict(reviewer, sign_in):
    client, found = sign_in(reviewer), skill(DISCOVER)
    edit = address("edit", "skill", found.pk)
    for name in ("Find out", "Find out more"):
        assert client.post(edit, form_of(skill(DISCOVER), seen=seen_in(client.get(edit)), name=name)).status_code == 302
    assert skill(DISCOVER).name == "Find out more"
