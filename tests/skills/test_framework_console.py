"""An organisation's own words for skills, in its console."""

import re

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from accounts.models import AuditEvent
from skills.errors import FrameworkProblem, WordsChanged
from skills.models import Framework, Skill
from skills.queries import called, framework_at, framework_of, names_of, records_of, skill, skills_of
from skills.services import begin_framework, load_framework, reword_skill, use_words_again
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.skills.factories import placed
from tests.skills.test_own_frameworks import words

pytestmark = pytest.mark.django_db

DISCOVER, FAIR = "discover-expectations", "negotiate-fairness"


@pytest.fixture(autouse=True)
def framework():
    return load_framework(yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text()))


@pytest.fixture
def admin(organisation, member, sign_in):
    return sign_in(member(organisation, "admin").user)


@pytest.fixture
def own(organisation):
    return begin_framework(organisation=organisation, actor=None)


@pytest.fixture
def learner(organisation):
    return MembershipFactory(organisation=organisation, user=UserFactory()).user


def address(organisation, name="framework", *parts):
    return reverse(f"org:{name}", args=[organisation.slug, *parts])


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]))


def typed(name="Hear people out", version=1, measured_as="", **changes):
    levels = {f"level_{n}_name": f"Step {n}" for n in range(1, 6)}
    behaviours = {f"level_{n}_behaviour": f"Does {n}." for n in range(1, 6)}
    return (
        {"name": name, "summary": "In short.", "version": version, "measured_as": measured_as} | levels | behaviours | changes
    )


def names(user) -> list[str]:
    return [record.skill.name for record in records_of(user)]


def on_record() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.filter(verb__startswith="framework.").order_by("pk").values_list("verb", "summary"))


# The framework in force -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("owner", 200),
        ("admin", 200),
        ("lnd_partner", 200),
        ("manager", 403),
        ("billing", 403),
        ("data_steward", 403),
        ("outcomes_reader", 403),
    ],
)
def test_who_administers_learning_words_it(organisation, own, member, sign_in, role, status):
    client = sign_in(member(organisation, role).user)
    pages = [
        address(organisation),
        address(organisation, "framework_add"),
        address(organisation, "framework_skill", DISCOVER),
        address(organisation, "framework_version", DISCOVER, 1),
        address(organisation, "framework_away"),
    ]
    assert [client.get(page).status_code for page in pages] == [status] * 5
    refused = client.post(address(organisation, "framework_hide", DISCOVER), {"hide": "yes"}).status_code
    assert refused == (302 if status == 200 else 403)
    assert own.skills.get(slug=DISCOVER).is_hidden is (status == 200)
    assert ("Skills</a>" in client.get(reverse("org:overview", args=[organisation.slug])).content.decode()) is (status == 200)


def test_another_organisation_reaches_nothing_of_it(organisation, own, member, sign_in):
    other = OrganisationFactory()
    client = sign_in(member(other, "owner").user)
    assert client.get(address(organisation, "framework_skill", DISCOVER)).status_code == 404
    assert client.post(address(organisation, "framework_away")).status_code == 404
    # Under its own name there is nothing, as it has none.
    assert client.get(address(other, "framework_skill", DISCOVER)).status_code == 404
    assert Framework.objects.read().count() == 1


def test_without_one_it_shows_accords_and_begins_with_it(organisation, admin, learner):
    shown = text(admin.get(address(organisation)))
    assert "Your people read of skills in the words of Accord." in shown
    assert [one.name for one in skills_of() if one.name not in shown] == []
    before = names(learner)
    for _time in range(2):
        admin.post(address(organisation, "framework_begin"))
    assert (Framework.objects.filter(organisation=organisation).count(), names(learner)) == (1, before)
    assert "Your people read of skills in your own words." in text(admin.get(address(organisation)))
    assert on_record() == [("framework.begun", "Began a skills framework of their own")]


def test_a_site_without_skills_says_so(organisation, admin):
    Skill.objects.all().delete()
    shown = text(admin.get(address(organisation)))
    assert ("There are no skills on this site yet." in shown, "Begin with Accord" in shown) == (True, False)


# Words ----------------------------------------------------------------------------------------------------------------------


def test_saved_words_are_read_at_once_and_the_earlier_ones_stay(organisation, own, admin, learner):
    page = address(organisation, "framework_skill", DISCOVER)
    answer = admin.post(page, typed(measured_as=skill(DISCOVER).pk))
    assert answer.url == f"{address(organisation)}#{DISCOVER}"
    assert names(learner)[0] == "Hear people out"
    found = own.skills.get(slug=DISCOVER)
    assert [(one.number, one.origin, one.name) for one in found.versions.all()] == [
        (2, "console", "Hear people out"),
        (1, "cms", "Discover expectations"),
    ]
    assert [level.behaviour for level in found.levels.all()] == [f"Does {n}." for n in range(1, 6)]
    earlier = text(admin.get(address(organisation, "framework_version", DISCOVER, 1)))
    assert ("Discover expectations" in earlier, "Use these words again" in earlier) == (True, True)
    admin.post(address(organisation, "framework_version", DISCOVER, 1))
    assert (names(learner)[0], found.versions.count()) == ("Discover expectations", 3)
    assert "This is what your people read now." in text(admin.get(address(organisation, "framework_version", DISCOVER, 3)))
    assert admin.get(address(organisation, "framework_version", DISCOVER, 9)).status_code == 404


def test_saving_what_is_there_makes_no_version(organisation, own, admin):
    page = address(organisation, "framework_skill", DISCOVER)
    form = admin.get(page).context["form"]
    sent = {field.name: field.value() or "" for field in form}
    assert admin.post(page, sent).status_code == 302
    assert own.skills.get(slug=DISCOVER).versions.count() == 1
    assert [verb for verb, _summary in on_record()] == ["framework.begun"]


def test_what_two_write_at_once_is_not_lost(organisation, own, admin):
    page, accord = address(organisation, "framework_skill", DISCOVER), skill(DISCOVER).pk
    admin.post(page, typed("First", measured_as=accord))
    answer = admin.post(page, typed("Second", measured_as=accord))
    assert (answer.status_code, "Somebody else has saved other words" in text(answer)) == (422, True)
    assert answer.context["form"]["name"].value() == "Second"
    assert 'name="version" value="2"' in answer.content.decode()
    assert own.skills.get(slug=DISCOVER).name == "First"
    admin.post(page, typed("Second", measured_as=accord, version=2))
    assert own.skills.get(slug=DISCOVER).name == "Second"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"level_3_behaviour": ""}, "This field is required."),
        ({"level_2_behaviour": "x" * 601}, "Your text has 601 characters; the limit is 600."),
        ({"measured_as": "999999"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_saved_stays_in_the_form(organisation, own, admin, changes, message):
    answer = admin.post(address(organisation, "framework_skill", DISCOVER), typed(**changes))
    assert (answer.status_code, message in text(answer)) == (422, True)
    assert answer.context["form"]["summary"].value() == "In short."
    assert own.skills.get(slug=DISCOVER).versions.count() == 1


def test_accords_words_stand_beside_each_level(organisation, own, admin):
    shown = text(admin.get(address(organisation, "framework_skill", DISCOVER)))
    level = skill(DISCOVER).levels.get(number=3)
    assert f"Accord says: {level.name}: " in shown


# Mapping, order, hiding, adding -----------------------------------------------------------------------------------------------


def test_each_skill_of_accord_is_offered_once(organisation, own, admin):
    form = admin.get(address(organisation, "framework_skill", DISCOVER)).context["form"]
    assert [str(choice) for choice in form.fields["measured_as"].queryset] == ["Discover expectations"]
    with pytest.raises(FrameworkProblem, match="in this framework already"):
        reword_skill(skill=own.skills.get(slug=DISCOVER), words=words(), measured_as=skill(FAIR), seen=1, actor=None)
    with pytest.raises(WordsChanged):
        reword_skill(skill=own.skills.get(slug=DISCOVER), words=words(), measured_as=None, seen=7, actor=None)
    with pytest.raises(FrameworkProblem, match="no version 5"):
        use_words_again(skill=own.skills.get(slug=DISCOVER), number=5, actor=None)


def test_a_skill_is_added_and_measured_as_what_is_free(organisation, own, admin, learner):
    admin.post(address(organisation, "framework_skill", DISCOVER), typed("Serve the guest"))
    piece = placed(learner)
    assert {record.skill.name: record.evidence for record in records_of(learner)}["Discover expectations"] == [piece]
    answer = admin.post(address(organisation, "framework_add"), typed("Ask first", measured_as=skill(DISCOVER).pk))
    assert answer.url == f"{address(organisation)}#ask-first"
    assert {record.skill.name: record.evidence for record in records_of(learner)}["Ask first"] == [piece]
    assert own.skills.last().slug == "ask-first"
    refused = admin.post(address(organisation, "framework_add"), typed("Again", measured_as=skill(DISCOVER).pk))
    assert (refused.status_code, "Select a valid choice." in text(refused)) == (422, True)


def test_evidence_is_found_whatever_the_skills_are_measured_as(organisation, own, admin, learner, sign_in):
    """An own skill never keeps the address of a skill of Accord that it is not: that address leads to the evidence."""
    piece = placed(learner)
    admin.post(address(organisation, "framework_skill", DISCOVER), typed("Serve the guest"))
    moved = own.skills.get(name="Serve the guest")
    assert (moved.slug, moved.measured_as) == ("discover-expectations-2", None)
    client = sign_in(learner)
    unnamed = client.get(reverse("skill", args=[DISCOVER])).context["record"]
    assert (unnamed.skill.name, unnamed.evidence) == ("Discover expectations", [piece])
    assert client.get(reverse("skill", args=[moved.slug])).context["record"].evidence == []
    admin.post(address(organisation, "framework_add"), typed("Negotiate fairness", measured_as=skill(DISCOVER).pk))
    named = client.get(reverse("skill", args=[DISCOVER])).context["record"]
    assert (named.skill.slug, named.evidence) == ("negotiate-fairness-2", [piece])


def test_the_order_is_that_of_the_list(organisation, own, admin, learner):
    before = list(own.skills.values_list("slug", flat=True))
    admin.post(address(organisation, "framework_move", before[1]), {"to": "up"})
    assert list(own.skills.values_list("slug", flat=True)) == [before[1], before[0], *before[2:]]
    admin.post(address(organisation, "framework_move", before[1]), {"to": "up"})
    admin.post(address(organisation, "framework_move", before[-1]), {"to": "down"})
    assert list(own.skills.values_list("slug", flat=True)) == [before[1], before[0], *before[2:]]
    assert [summary for _verb, summary in on_record()][1:] == ["Changed the order of skills"]
    shown = admin.get(address(organisation)).content.decode()
    assert (shown.count('value="up"'), shown.count('value="down"')) == (7, 7)


def test_a_hidden_skill_is_read_by_nobody_and_the_page_says_under_which_name_evidence_is(organisation, own, admin, learner):
    admin.post(address(organisation, "framework_skill", DISCOVER), typed(measured_as=skill(DISCOVER).pk))
    admin.post(address(organisation, "framework_hide", DISCOVER), {"hide": "yes"})
    assert "Hear people out" not in names(learner)
    shown = text(admin.get(address(organisation)))
    assert "reads of it under Accord’s name: Discover expectations ." in shown or "name: Discover expectations." in shown
    admin.post(address(organisation, "framework_hide", DISCOVER), {"hide": "no"})
    assert "Hear people out" in names(learner)


# Accord's words back --------------------------------------------------------------------------------------------------------


def test_accords_words_are_given_back_and_ones_own_taken_up_again(organisation, own, admin, learner):
    admin.post(address(organisation, "framework_skill", DISCOVER), typed(measured_as=skill(DISCOVER).pk))
    asked = text(admin.get(address(organisation, "framework_away")))
    assert ("Hear people out Discover expectations" in asked, "kept" in asked) == (True, True)
    assert names(learner)[0] == "Hear people out"
    admin.post(address(organisation, "framework_away"))
    assert names(learner)[0] == "Discover expectations"
    assert "Your own words are kept" in text(admin.get(address(organisation)))
    assert admin.get(address(organisation, "framework_away")).url == address(organisation)
    again = text(admin.get(address(organisation, "framework_again")))
    assert "Discover expectations Hear people out" in again
    admin.post(address(organisation, "framework_again"))
    assert names(learner)[0] == "Hear people out"
    assert admin.get(address(organisation, "framework_again")).url == address(organisation)
    assert [verb for verb, _summary in on_record()][-2:] == ["framework.put_away", "framework.taken_up"]


@pytest.mark.parametrize("name", ["framework_add", "framework_away", "framework_again"])
def test_without_one_of_its_own_there_is_nothing_to_do(organisation, admin, name):
    assert admin.get(address(organisation, name)).status_code == 404


def test_the_pages_take_the_same_queries_for_one_skill_and_for_eight(organisation, own, admin, django_assert_num_queries):
    admin.get(address(organisation))
    with django_assert_num_queries(7):
        admin.get(address(organisation))
    own.skills.exclude(slug=DISCOVER).delete()
    with django_assert_num_queries(7):
        admin.get(address(organisation))


# One function for names -------------------------------------------------------------------------------------------------------


def test_a_result_is_in_the_words_of_whom_it_is_for(organisation, own, learner):
    reword_skill(skill=own.skills.get(slug=DISCOVER), words=words(), measured_as=skill(DISCOVER), seen=1, actor=None)
    other = OrganisationFactory(name="Aaa")
    MembershipFactory(organisation=other, user=learner)
    assert [framework_at(learner, one) for one in (organisation, organisation.pk, other, None)] == [own, own, None, own]
    assert framework_at(UserFactory(), organisation) is None
    assert [called(given)[DISCOVER].name for given in (own, None)] == ["Hear people out", "Discover expectations"]
    assert list(called(own)) == list(called(None))
    assert names_of(own, [skill(DISCOVER), skill(FAIR)])[skill(DISCOVER).pk] == "Hear people out"
    own.skills.filter(slug=DISCOVER).update(is_hidden=True)
    assert (called(own)[DISCOVER].name, framework_of(learner)) == ("Discover expectations", own)


def test_naming_takes_the_same_queries_for_one_and_for_three(own, django_assert_num_queries):
    found = list(skills_of())
    for some in (found[:1], found[:3]):
        with django_assert_num_queries(1):
            names_of(own, some)
    with django_assert_num_queries(4):
        called(own)
