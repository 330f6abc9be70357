"""An organisation's own words for skills, and versions of words."""

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from skills.enums import WordsFrom
from skills.errors import FrameworkProblem
from skills.models import Evidence, Skill, SkillVersion
from skills.queries import record_of, records_of, records_with_evidence, skill, skills_of
from skills.services import LevelWords, SkillWords, add_own_skill, give_own_framework, load_framework, write_words
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.skills.factories import measured, placed

pytestmark = pytest.mark.django_db

DISCOVER, FAIR = "discover-expectations", "negotiate-fairness"


def shipped():
    return yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text())


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


def words(name="Hear people out", **changes):
    levels = tuple(LevelWords(n, f"Step {n}", f"Does {n}.") for n in range(1, 6))
    return SkillWords(**{"name": name, "summary": "In short.", "levels": levels} | changes)


def own_skill(own, slug=DISCOVER):
    return own.skills.get(slug=slug)


# Versions -----------------------------------------------------------------------------------------------------------------


def test_every_skill_has_its_first_words_kept():
    assert SkillVersion.objects.count() == 8
    first = skill(DISCOVER).versions.get()
    assert (first.number, first.origin, first.name) == (1, "file", "Discover expectations")
    assert [level["number"] for level in first.levels] == [1, 2, 3, 4, 5]


def test_other_words_are_another_version_and_the_same_words_none():
    found = skill(DISCOVER)
    write_words(found, words(), WordsFrom.CMS)
    write_words(found, words(), WordsFrom.CMS)
    found.refresh_from_db()
    assert (found.name, found.summary, [level.behaviour for level in found.levels.all()][1]) == (
        "Hear people out",
        "In short.",
        "Does 2.",
    )
    kept = [(version.number, version.origin, version.name) for version in found.versions.all()]
    assert kept == [(2, "cms", "Hear people out"), (1, "file", "Discover expectations")]


def test_a_file_does_not_undo_what_was_written_in_the_cms():
    write_words(skill(DISCOVER), words(), WordsFrom.CMS)
    data = shipped()
    data["skills"][5]["name"] = "Negotiate what is fair"
    load_framework(data)
    assert (skill(DISCOVER).name, skill(FAIR).name) == ("Hear people out", "Negotiate what is fair")
    assert [version.number for version in skill(FAIR).versions.all()] == [2, 1]


def test_a_page_shows_how_a_skill_was_described_before(user, sign_in):
    client, page = sign_in(user), reverse("skill", args=[DISCOVER])
    assert "How it was described before" not in client.get(page).content.decode()
    write_words(skill(DISCOVER), words(), WordsFrom.CMS)
    shown = client.get(page).content.decode()
    now, _before, earlier = shown.partition("How it was described before")
    assert ("Hear people out" in now, "Does 3." in now) == (True, True)
    assert ("Discover expectations" in earlier, "rarely ask" in earlier, "Does 3." in earlier) == (True, True, False)


# An organisation's own ----------------------------------------------------------------------------------------------------


def test_it_begins_with_the_skills_of_accord(own, northwind):
    assert [(one.slug, one.name, one.measured_as) for one in own.skills.all()] == [
        (one.slug, one.name, one) for one in skills_of()
    ]
    assert [level.behaviour for level in own_skill(own).levels.all()] == [
        level.behaviour for level in skill(DISCOVER).levels.all()
    ]
    with pytest.raises(FrameworkProblem, match="has a framework of its own already"):
        give_own_framework(organisation=northwind, title="Again")


def test_members_read_its_words_with_the_same_evidence_and_others_do_not(own, colleague, user):
    write_words(own_skill(own), words(), WordsFrom.CMS)
    piece, other = measured(colleague), measured(user)
    first = records_of(colleague)[0]
    assert (first.skill.name, first.evidence) == ("Hear people out", [piece])
    assert [level.name for level in record_of(colleague, DISCOVER).levels] == [f"Step {n}" for n in range(1, 6)]
    first = records_of(user)[0]
    assert (first.skill.name, first.evidence) == ("Discover expectations", [other])
    assert [record.skill.name for record in records_with_evidence(colleague)] == ["Hear people out"]
    assert Evidence.objects.filter(skill__framework=own).count() == 0


def test_whoever_has_left_reads_the_words_of_accord_again(own, colleague, northwind):
    write_words(own_skill(own), words(), WordsFrom.CMS)
    northwind.memberships.update(state="left")
    assert records_of(colleague)[0].skill.name == "Discover expectations"


def test_hidden_skills_are_not_shown_unless_there_is_evidence_on_them(own, colleague):
    own.skills.exclude(slug=DISCOVER).update(is_hidden=True)
    assert [record.skill.slug for record in records_of(colleague)] == [DISCOVER]
    piece = placed(colleague, skill_slug=FAIR)
    found = records_of(colleague)
    assert [(record.skill.framework.slug, record.skill.slug) for record in found] == [(own.slug, DISCOVER), ("accord", FAIR)]
    assert found[1].evidence == [piece]
    assert record_of(colleague, FAIR).skill == skill(FAIR)


def test_an_old_address_leads_to_the_skill_under_its_new_name(own, colleague, sign_in):
    renamed = own_skill(own)
    Skill.objects.filter(pk=renamed.pk).update(slug="hear-people-out")
    write_words(renamed, words(), WordsFrom.CMS)
    for slug in (DISCOVER, "hear-people-out"):
        shown = sign_in(colleague).get(reverse("skill", args=[slug])).content.decode()
        assert "<h1>Hear people out</h1>" in shown
        assert "Lessons and questions of Accord call it “Discover expectations”." in shown
    assert sign_in(colleague).get(reverse("skill", args=["juggling"])).status_code == 404


def test_a_skill_that_nothing_measures_says_so(own, colleague, sign_in):
    added = add_own_skill(framework=own, words=words("Serve the guest"), measured_as=None, position=0)
    shown = sign_in(colleague).get(reverse("skill", args=[added.slug])).content.decode()
    assert (added.slug, "Nothing in Accord measures this skill." in shown) == ("serve-the-guest", True)
    assert "In the words of Northwind" in sign_in(colleague).get(reverse("skills")).content.decode()


def test_the_words_of_another_organisation_are_nobody_elses(own, sign_in):
    add_own_skill(framework=own, words=words("Serve the guest"), measured_as=None, position=0)
    stranger = MembershipFactory(organisation=OrganisationFactory(), user=UserFactory()).user
    assert sign_in(stranger).get(reverse("skill", args=["serve-the-guest"])).status_code == 404


def test_one_skill_of_accord_has_one_name_in_a_framework(own, framework):
    with pytest.raises(FrameworkProblem, match="is called “Discover expectations” in this framework already"):
        add_own_skill(framework=own, words=words(), measured_as=skill(DISCOVER), position=9)
    with pytest.raises(FrameworkProblem, match=r"skills of Accord\. Choose one of these"):
        add_own_skill(framework=own, words=words(), measured_as=own_skill(own), position=9)
    with pytest.raises(FrameworkProblem, match="only their words can be changed here"):
        add_own_skill(framework=framework, words=words(), measured_as=None, position=9)
    assert own.skills.count() == 8


def test_two_of_one_name_have_slugs_of_their_own(own):
    added = [add_own_skill(framework=own, words=words("Listen"), measured_as=None, position=9).slug for _n in range(3)]
    assert added == ["listen", "listen-2", "listen-3"]
