"""My skills: all at a glance, and each on its page, for the learner and nobody else."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.services import save_response, start_attempt, submit_attempt
from skills.kinds import SourceKind, Step, StepKind, source_kinds, step_kinds
from skills.models import Evidence
from skills.placed import Placed
from skills.services import load_framework
from tests.assessments.factories import course_with_forms, learner, version_ids
from tests.factories import UserFactory
from tests.skills.factories import AT, FIRST, NEWEST, measured, placed, practised
from tests.web.learner import SKILLS

pytestmark = pytest.mark.django_db

DISCOVER = "discover-expectations"


@pytest.fixture
def framework():
    return load_framework(SKILLS)


def text(response) -> str:
    """What one reads, without tags."""
    page = re.sub(r"(?s)<head>.*?</head>|<svg.*?</svg>", "", response.content.decode())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def all_skills(client):
    return client.get(reverse("skills"))


def one_skill(client, slug=DISCOVER):
    return client.get(reverse("skill", args=[slug]))


def stands(client) -> dict[str, str]:
    """Of the skills with evidence, by slug, what is said of them, in the order of the page."""
    return {found.skill.slug: found.words for found in all_skills(client).context["proficiencies"]}


def evidence(client, slug=DISCOVER) -> list[tuple[str, str, str]]:
    context = one_skill(client, slug).context
    return [(row.evidence.label, row.words, row.weight_words) for row in [*context["rows"], *context["earlier_rows"]]]


# Whose it is ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/skills/", f"/skills/{DISCOVER}/"])
def test_skills_are_for_whoever_is_signed_in(client, framework, address):
    assert client.get(address).url == f"{reverse('account_login')}?next={address}"


@pytest.mark.parametrize("address", ["/skills/", f"/skills/{DISCOVER}/"])
def test_the_pages_change_nothing(user, sign_in, framework, address):
    assert sign_in(user).post(address).status_code == 405


def test_there_is_no_page_of_a_skill_that_is_not_there(user, sign_in, framework):
    load_framework({"id": "northwind", "title": "Own", "skills": [{"id": "plan-shifts", "name": "Plan shifts", "levels": []}]})
    assert [one_skill(sign_in(user), slug).status_code for slug in ("juggling", "plan-shifts")] == [404, 404]


@pytest.mark.parametrize("role", ["owner", "admin", "lnd_partner", "manager"])
def test_nobody_elses_evidence_is_shown_not_even_to_their_organisation(organisation, member, sign_in, framework, role):
    of_learner, of_reader = sign_in(member(organisation).user), sign_in((reader := member(organisation, role)).user)
    placed(of_learner_user := organisation.memberships.exclude(pk=reader.pk).get().user)
    assert stands(of_reader) == {}
    assert "There is no evidence yet." in text(all_skills(of_reader))
    assert "There is no evidence on this skill yet." in text(one_skill(of_reader))
    assert list(stands(of_learner)) == [DISCOVER]
    assert Evidence.objects.get().user == of_learner_user


# All at a glance ------------------------------------------------------------------------------------------------------


def test_without_skills_the_page_says_so(user, sign_in):
    assert "No skills have been added to this site yet." in text(all_skills(sign_in(user)))


def test_without_evidence_every_skill_is_named_calmly_and_leads_to_its_page(user, sign_in, framework):
    page = all_skills(sign_in(user))
    assert "There is no evidence yet. The assessment before a course gives you the first." in text(page)
    assert "That says nothing about you: nobody has asked yet." in text(page)
    assert re.findall(r'href="(/skills/[^"]+)"', page.content.decode()) == [
        "/skills/discover-expectations/",
        "/skills/negotiate/",
    ]


def test_the_first_is_an_outline_the_newest_filled_both_in_words(user, sign_in, framework):
    placed(user, NEWEST, 2, occurred_at=AT.replace(month=5))
    placed(user, FIRST)
    placed(UserFactory(), Placed(5, 4.5, 5.5, 5, 5, 5), 9)
    page = all_skills(sign_in(user))
    assert "There is evidence for 1 of 2 skills." in text(page)
    assert (
        "Your answers look most like level 3; level 3 or 4 is likely. At first: level 2. provisional keyed by its author"
        in text(page)
    )
    html = page.content.decode()
    outline, filled = (
        re.search(rf'class="{name}" (?:x|cx)="([\d.]+)%"', html)[1] for name in ("level__marker--before", "level__marker")
    )
    assert (outline, filled) == ("32.0", "56.0")  # (2.1 − 0.5) / 5 and (3.3 − 0.5) / 5
    assert re.search(r'class="level__band" x="42.0%" y="6" width="30.0%"', html)
    assert re.search(r'class="level__band--before" x="16.0%" y="8" width="32.0%"', html)
    assert html.count("level__key") == 1


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Placed(3, 2.2, 3.9, 3, 2, 4), "Your answers look most like level 3; level 2 to 4 is likely."),
        (Placed(3, 2.6, 3.4, 3, 3, 3), "Your answers look most like level 3, and no other level is likely."),
    ],
)
def test_the_band_is_said_in_levels(user, sign_in, framework, place, words):
    placed(user, place)
    assert stands(sign_in(user)) == {DISCOVER: words}


def test_skills_with_evidence_come_first(user, sign_in, framework):
    practised(user, skill_slug="negotiate")
    context = all_skills(sign_in(user)).context
    assert [found.skill.slug for found in context["proficiencies"]] == ["negotiate"]
    assert [skill.slug for skill in context["without"]] == [DISCOVER]
    assert stands(sign_in(user)) == {"negotiate": "Evidence from practice or work, and no assessment yet."}


def test_a_share_without_levels_is_still_shown(user, sign_in, framework):
    measured(user)
    measured(user, source="attempt:2", occurred_at=AT.replace(month=5), share=0.7)
    client = sign_in(user)
    assert stands(client) == {DISCOVER: "70% of your answers agree with the recommended ones, likely 25% to 75%; at first 50%."}
    assert 'class="interval"' in all_skills(client).content.decode()
    assert [words for _label, words, _weight in evidence(client)] == [
        "70% of 12 answers agree with the recommended ones; likely range 25% to 75%.",
        "50% of 12 answers agree with the recommended ones; likely range 25% to 75%.",
    ]


def test_a_place_counts_before_a_newer_share(user, sign_in, framework):
    placed(user, FIRST)
    measured(user, source="attempt:2", occurred_at=AT.replace(month=5))
    assert stands(sign_in(user)) == {DISCOVER: "Your answers look most like level 2; level 1 to 3 is likely."}


def test_a_level_is_said_to_be_awarded_where_it_is_and_nowhere_else(user, sign_in, framework):
    placed(user, FIRST)
    client = sign_in(user)
    assert "No levels are awarded." in text(all_skills(client))
    measured(user, source="panel:1", label="Panel of experts", level=3, is_provisional=False)
    assert stands(client) == {DISCOVER: "Level 3 of 5, awarded."}
    page = text(all_skills(client))
    assert ("No levels are awarded." in page, "A level is awarded only where it says so." in page) == (False, True)
    assert "provisional" not in page
    page = text(one_skill(client))
    assert ("No levels are awarded." in page, "The level you were awarded." in page) == (False, True)
    assert evidence(client)[0] == ("Panel of experts", "level 3, awarded", "decides the level")


def test_corrected_evidence_is_not_shown(user, sign_in, framework):
    first = placed(user, FIRST)
    corrected = placed(user, NEWEST, 2, label="Marked again")
    corrected.replaces = first
    corrected.save()
    assert [label for label, _words, _weight in evidence(sign_in(user))] == ["Marked again"]


def test_the_callout_says_what_a_band_assumes(user, sign_in, framework):
    for page in (all_skills(sign_in(user)), one_skill(sign_in(user))):
        assert "A band is right only if the author is." in text(page)
        assert "How sharply the questions tell levels apart is not known" in text(page)


# One skill ------------------------------------------------------------------------------------------------------------


def test_each_piece_of_evidence_stands_with_its_weight_newest_first(user, sign_in, framework):
    placed(user, Placed(2, 1, 3, 2, 1, 3))
    placed(user, Placed(3, 2.5, 3.5, 3, 3, 3), 2, label="After the course", occurred_at=AT.replace(month=6))
    practised(user, occurred_at=AT.replace(month=7))
    measured(user, source="attempt:0", label="Long ago", occurred_at=AT.replace(year=2025))
    assert evidence(sign_in(user)) == [
        ("Lunch at Larch House", "", "none: beside the level"),
        ("After the course", "most like level 3", "80%"),
        ("Before the course", "most like level 2; 1 to 3 likely", "20%"),
        (
            "Long ago",
            "50% of 12 answers agree with the recommended ones; likely range 25% to 75%.",
            "none: it tells no level",
        ),
    ]
    page = text(one_skill(sign_in(user)))
    assert "weigh nothing in it" in page
    assert "The level above is that of the newest one alone" in page


def test_without_evidence_a_skill_has_its_steps_and_no_table(user, sign_in, framework):
    page = one_skill(sign_in(user))
    assert "There is no evidence on this skill yet." in text(page)
    assert re.findall(r"<strong>(Level name \d)</strong>", page.content.decode()) == [f"Level name {n}" for n in range(1, 6)]
    assert "<table" not in page.content.decode()
    assert "No assessment that you can take now asks about this skill." in text(page)


def test_twenty_pieces_are_drawn_and_most_of_them_folded_away(user, sign_in, framework):
    for number in range(20):
        placed(user, FIRST, number, occurred_at=AT + timedelta(days=9 * number))
    page = one_skill(sign_in(user))
    assert (len(page.context["rows"]), len(page.context["earlier_rows"])) == (8, 12)
    assert "12 earlier pieces" in text(page)
    assert page.content.decode().count("timeline__band--first") == 2  # for a wide page and for a phone
    assert page.content.decode().count("timeline__band--between") == 36


def test_days_are_those_of_the_reader(user, sign_in, framework):
    placed(user, FIRST, occurred_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    user.time_zone = "Europe/Berlin"
    user.save()
    page = text(one_skill(sign_in(user)))
    assert ("2 Mar 2026" in page, "2 March 2026" in page, "1 Mar 2026" in page) == (True, True, False)


def test_the_best_two_steps_are_offered_what_places_them_before_what_is_beside(user, sign_in, framework):
    def step(title, minutes, **more):
        return Step(title, "Words.", "Do it", f"/{title}/", minutes, **more)

    offered = [step("talk", 5, places=False), step("long", 60, places=True), step("short", 15, places=True)]
    step_kinds.register(StepKind("own", lambda who, skill: offered if (who, skill.slug) == (user, DISCOVER) else []))
    try:
        context = one_skill(sign_in(user)).context
        assert [found.title for found in context["steps"]] == ["short", "long"]
        offered[1:] = []
        page = one_skill(sign_in(user))
        assert "It is kept beside the level and does not change it." in text(page)
        assert re.search(r'href="/talk/">Do it', page.content.decode())
    finally:
        step_kinds.unregister("own")


def test_evidence_leads_to_where_it_came_from(user, sign_in):
    load_framework(SKILLS)
    course = course_with_forms()
    enrolment = learner(course, user=user)
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen=["b"])
    submit_attempt(attempt=attempt)
    stranger = UserFactory()
    placed(stranger, source=f"attempt:{attempt.uuid}")  # as if it were theirs
    address = reverse("assessments:result", args=[enrolment.uuid])
    assert [row.address for row in one_skill(sign_in(user)).context["rows"]] == [address]
    assert sign_in(user).get(address).status_code == 200
    assert [row.address for row in one_skill(sign_in(stranger)).context["rows"]] == [""]


def test_a_source_of_no_known_kind_leads_nowhere(user, sign_in, framework):
    placed(user, source="panel:1")
    placed(user, source="attempt:not-a-uuid")
    placed(user, source="nothing")
    assert {row.address for row in one_skill(sign_in(user)).context["rows"]} == {""}
    assert all(isinstance(kind, SourceKind) for kind in source_kinds)


# What it costs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_pages_cost_the_same_however_much_evidence(user, sign_in, framework, django_assert_num_queries, count):
    for number in range(count):
        for slug in (DISCOVER, "negotiate"):
            placed(user, FIRST, number, slug, source=f"attempt:{uuid4()}")
        placed(UserFactory(), FIRST, number)
    client = sign_in(user)
    one_skill(client)
    with django_assert_num_queries(8):
        all_skills(client)
    with django_assert_num_queries(18):
        one_skill(client)
