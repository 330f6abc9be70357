"""Authors make assessments that are taken by themselves, and lead to them from lessons."""

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from assessments.alone import Place
from assessments.models import Attempt, Calibration, Instrument
from assessments.services import answer_adaptive, start_alone, submit_attempt
from courses.models import Activity
from learning.models import ActivityState
from tests.assessments.calibrated import bank_item, calibrated_bank
from tests.assessments.factories import SKILLS, learner, skills
from tests.assessments.test_assigned import drawn_instrument, finish
from tests.assessments.test_views import text
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
QUERIES_OF_A_FORM = 16

DRAWN = {
    "title": "Interests",
    "key": "interests",
    "asks": "drawn",
    "skill": SKILLS[0],
    "length": 4,
    "error": "0",
    "presentation": "screens",
    "shuffles_options": "on",
    "review": "never",
    "attempts_allowed": 2,
    "wait_days": 7,
    "counts": "latest",
    "is_active": "on",
}


@pytest.fixture
def author():
    user = UserFactory(is_staff=True)
    names = ["access_admin", "change_instrument", "view_instrument"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


@pytest.fixture
def client(author, sign_in):
    return sign_in(author)


def test_an_author_makes_and_changes_a_drawn_one(client):
    skills()
    for number in range(8):
        bank_item(f"k{number}")
    client.post(reverse("alone_new"), DRAWN)
    made = Instrument.objects.get(delivery="alone")
    assert (made.key, made.blueprint_length, made.attempts_allowed, made.wait_days, made.counts) == (
        "interests",
        4,
        2,
        7,
        "latest",
    )
    changed = {name: value for name, value in DRAWN.items() if name not in ("key", "is_active")} | {"length": 5}
    client.post(reverse("alone_edit", args=[made.pk]), changed)
    made.refresh_from_db()
    assert (made.key, made.blueprint_length, made.is_active) == ("interests", 5, False)
    assert "discover-expectations: 5, drawn" in text(client.get(reverse("alone_assessments")))


def test_a_bank_that_cannot_fill_it_is_named_and_nothing_is_lost(client):
    skills()
    answer = client.post(reverse("alone_new"), DRAWN)
    html = answer.content.decode()
    assert "The bank cannot fill Interests" in html
    assert 'value="interests"' in html
    assert 'tabindex="-1" autofocus' in html
    assert not Instrument.objects.exists()


def test_adaptive_is_refused_in_words_without_a_calibration(client):
    skills()
    answer = client.post(reverse("alone_new"), DRAWN | {"asks": "adaptive"})
    assert "is calibrated on 200 complete answers or more, so none can be chosen" in text(answer)
    assert not Instrument.objects.exists()


def test_adaptive_is_made_from_a_calibrated_bank(client):
    calibrated_bank(24)
    client.post(reverse("alone_new"), DRAWN | {"asks": "adaptive", "length": 6, "error": "0.4"})
    assert Instrument.objects.get().adaptive == {
        "skill": SKILLS[0],
        "length": 6,
        "shortest": 3,
        "error": 0.4,
        "shares": {},
    }
    words = text(client.get(reverse("alone_assessments")))
    assert "up to 6, chosen by the answers" in words
    assert "on 240 people" in words


def test_adaptive_takes_up_to_three_skills(client):
    calibrated_bank(24)
    calibrated_bank(16, skill=SKILLS[1], name="m")
    several = DRAWN | {"asks": "adaptive", "length": 6, "skill_2": SKILLS[1], "length_2": 4, "error": "0.4"}
    client.post(reverse("alone_new"), several)
    made = Instrument.objects.get()
    parts = [(part["skill"], part["length"], part["shortest"], part["error"]) for part in made.adaptive["skills"]]
    assert parts == [(SKILLS[0], 6, 3, 0.4), (SKILLS[1], 4, 2, 0.4)]
    page = client.get(reverse("alone_edit", args=[made.pk]))
    assert [page.context["form"][name].value() for name in ("skill_2", "length_2", "skill_3")] == [SKILLS[1], 4, None]
    words = text(client.get(reverse("alone_assessments")))
    assert f"{SKILLS[0]}: up to 6, chosen by the answers; {SKILLS[1]}: up to 4, chosen by the answers" in words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"skill_2": SKILLS[1]}, "Say how many questions of this skill."),
        ({"length_2": 4}, "Say of which skill these questions are."),
        ({"skill_2": SKILLS[0], "length_2": 4}, "Each skill stands once."),
        ({"length": ""}, "Say how many questions of this skill."),
    ],
)
def test_skills_and_their_numbers_go_together_and_nothing_typed_is_lost(client, changed, words):
    skills()
    answer = client.post(reverse("alone_new"), DRAWN | changed)
    assert text(answer).count(words) >= 1
    assert 'value="interests"' in answer.content.decode()
    assert not Instrument.objects.exists()


def test_a_plan_that_the_form_cannot_show_stays_when_other_settings_change(client):
    made = drawn_instrument(key="cells")
    cells = [{"skill": SKILLS[0], "count": 2, "boundary": "3|4", "relationship": ""}] * 2
    Instrument.objects.filter(pk=made.pk).update(blueprint=made.blueprint | {"cells": cells})
    form = client.get(reverse("alone_edit", args=[made.pk])).context["form"]
    values = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in values.items() if value is not None and value is not False}
    answer = client.post(reverse("alone_edit", args=[made.pk]), sent | {"title": "Another title"})
    assert answer.status_code == 302, answer.context["form"].errors
    made.refresh_from_db()
    assert (made.title, made.blueprint["cells"]) == ("Another title", cells)


# Picked questions ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def picked_form(client):
    """A fixed form without a question, from its author's page."""
    skills()
    items = [bank_item(f"k{number}") for number in range(6)]
    fixed = {name: value for name, value in DRAWN.items() if name not in ("skill", "length")} | {"asks": "fixed"}
    answer = client.post(reverse("alone_new"), fixed)
    made = Instrument.objects.get(key="interests")
    address = reverse("alone_questions", args=[made.pk])
    assert answer["Location"] == address
    return made, items, address


def order(instrument):
    return list(instrument.entries.order_by("position").values_list("item__key", flat=True))


def test_an_author_picks_orders_and_leaves_out_without_a_script(client, picked_form):
    made, items, address = picked_form
    assert not made.is_active
    assert "None yet. Pick some from the bank below." in text(client.get(address))
    client.post(address, {"add": [items[0].pk, items[1].pk, items[2].pk]})
    assert order(made) == ["k0", "k1", "k2"]
    words = text(client.get(address))
    assert "3 questions, about 5 minutes. It is not offered yet." in words
    client.post(address, {"up": items[2].pk})
    client.post(address, {"down": items[0].pk})
    assert order(made) == ["k2", "k0", "k1"]
    client.post(address, {"remove": items[0].pk})
    assert order(made) == ["k2", "k1"]
    client.post(address, {"offer": "1"})
    made.refresh_from_db()
    assert made.is_active
    assert "It is offered: changes hold for whoever begins from now on" in text(client.get(address))
    assert "2 picked questions" in text(client.get(reverse("alone_assessments")))


def test_settings_of_a_fixed_form_are_changed_beside_its_questions(client, picked_form):
    made, items, address = picked_form
    client.post(address, {"add": [items[0].pk]})
    form = client.get(reverse("alone_edit", args=[made.pk])).context["form"]
    assert form["asks"].value() == "fixed"
    fixed = {name: value for name, value in DRAWN.items() if name not in ("key", "skill", "length")}
    client.post(reverse("alone_edit", args=[made.pk]), fixed | {"asks": "fixed", "title": "Renamed"})
    made.refresh_from_db()
    assert (made.title, made.is_active, order(made)) == ("Renamed", True, ["k0"])


def test_the_bank_is_searched_by_words_skill_format_and_state(client, picked_form):
    _made, items, address = picked_form
    type(items[0]).objects.filter(pk=items[1].pk).update(state="live")
    bank_item("other", skill_slug=SKILLS[1])

    def found(**query):
        return [item.key for item, _words in client.get(address, query).context["found"]]

    assert found() == ["k0", "k1", "k2", "k3", "k4", "k5", "other"]
    assert found(skill=SKILLS[1]) == ["other"]
    assert found(q="situation k3") == ["k3"]
    assert found(state="live") == ["k1"]
    assert found(kind="rate") == []
    assert len(found(skill="no-such-skill")) == 7
    assert "No question of the bank fits." in text(client.get(address, {"q": "nothing of the kind"}))
    answer = client.post(f"{address}?q=k3", {"add": items[3].pk})
    assert answer["Location"] == f"{address}?q=k3"


def test_what_is_refused_is_said_and_the_ticks_stay(client, picked_form):
    made, items, address = picked_form
    items[0].enemies.add(items[1])
    answer = client.post(address, {"add": [items[0].pk, items[1].pk]})
    assert answer.status_code == 422
    assert "k0 and k1. Pick one of the two." in text(answer)
    html = answer.content.decode()
    assert html.count(" checked") == 2
    assert 'tabindex="-1" autofocus' in html
    assert order(made) == []


@pytest.mark.parametrize("count", [1, 5])
def test_the_questions_cost_the_same_however_many(client, picked_form, django_assert_num_queries, count):
    _made, items, address = picked_form
    client.post(address, {"add": [item.pk for item in items[:count]]})
    client.get(address)
    with django_assert_num_queries(QUERIES_OF_A_FORM):
        client.get(address)


def test_only_a_fixed_form_and_only_authors_have_the_page(client, picked_form, sign_in):
    _made, _items, address = picked_form
    drawn = drawn_instrument(key="drawn", bank=8)
    assert client.get(reverse("alone_questions", args=[drawn.pk])).status_code == 404
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="access_admin"))
    assert sign_in(user).get(address).status_code == 302
    assert sign_in(user).post(address, {"add": 1}).status_code == 302
    assert sign_in(UserFactory()).get(address).status_code == 403


def test_two_do_not_share_a_key(client):
    drawn_instrument(key="interests")
    answer = client.post(reverse("alone_new"), DRAWN)
    assert "There is an assessment with this key." in text(answer)
    assert Instrument.objects.count() == 1


def test_only_who_may_change_assessments_gets_there(sign_in):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="access_admin"))
    for address in (reverse("alone_assessments"), reverse("alone_new")):
        # Wagtail leads whoever may not back to its first page.
        assert sign_in(user).get(address).status_code == 302


# Inside a lesson ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def course():
    instrument = drawn_instrument(attempts_allowed=2)
    value = {"assessment": instrument.key, "title": "Where are you now?", "intro": "Four short situations."}
    return published_course([[lesson("l1", blocks=[block("assessment", "given", value)])]], has_assessment=False)


def test_a_lesson_leads_to_it_and_submitting_finishes_the_activity(course, sign_in):
    enrolment = learner(course)
    client = sign_in(enrolment.user)
    address = reverse("assessments:in_lesson", args=[enrolment.uuid, uid("given")])
    words = text(client.get(address))
    assert "You can take it up to 2 times." in words
    client.post(address)
    attempt = Attempt.objects.get()
    assert (attempt.occasion, str(attempt.block_id), attempt.counts_in_groups) == ("lesson", uid("given"), False)
    finish(attempt)
    activity = Activity.objects.get(course=course, block_id=uid("given"))
    assert ActivityState.objects.get(activity=activity).finished_at >= attempt.created_at


def test_a_block_without_its_assessment_leads_nowhere(course, sign_in):
    enrolment = learner(course)
    client = sign_in(enrolment.user)
    Instrument.objects.filter(delivery="alone").update(is_active=False)
    words = text(client.get(reverse("assessments:in_lesson", args=[enrolment.uuid, uid("given")])))
    assert "This assessment is not offered any more." in words
    assert client.get(reverse("assessments:in_lesson", args=[enrolment.uuid, uid("other")])).status_code == 404


def test_the_block_shows_how_far_its_reader_is(course):
    from assessments.activity_types import AssessmentInLesson

    enrolment = learner(course)
    instrument = Instrument.objects.get(delivery="alone")

    def row():
        shown = [{"id": str(uid("given")), "value": {"assessment": instrument.key}}]
        AssessmentInLesson().add_state(shown, enrolment)
        return shown[0]["row"]

    assert (row().under_way, row().taken) == (None, 0)
    attempt = start_alone(Place(enrolment, instrument, block_id=uid("given")))
    assert (row().under_way, row().taken) == (attempt, 0)
    submit_attempt(attempt=attempt)
    assert (row().under_way, row().taken, row().can_take_again) == (None, 1, True)
    visitor = [{"id": str(uid("given")), "value": {"assessment": instrument.key}}]
    AssessmentInLesson().add_state(visitor, None)
    assert (visitor[0]["row"].taken, visitor[0]["is_missing"]) == (0, False)
    gone = [{"id": str(uid("given")), "value": {"assessment": "gone"}}]
    AssessmentInLesson().add_state(gone, enrolment)
    assert gone[0]["is_missing"]


# The command --------------------------------------------------------------------------------------------------------------


def test_only_a_calibration_of_a_skill_by_2pl_is_kept(capsys):
    with pytest.raises(CommandError, match="Only a calibration of a skill"):
        call_command("calibrate", SKILLS[0], model="grm", keep=True)
    skills()
    for number in range(8):
        bank_item(f"k{number}")
    with pytest.raises(SystemExit):
        call_command("calibrate", SKILLS[0], model="2pl", keep=True)
    assert not Calibration.objects.exists()
    assert "Nothing was estimated." in capsys.readouterr().err


def test_an_adaptive_one_in_a_lesson_finishes_it_too(sign_in):
    calibrated_bank(24)
    from tests.assessments.calibrated import adaptive_instrument

    instrument = adaptive_instrument(length=2)
    value = {"assessment": instrument.key, "title": "Question by question", "intro": ""}
    course = published_course([[lesson("l1", blocks=[block("assessment", "given", value)])]])
    enrolment = learner(course)
    attempt = start_alone(Place(enrolment, instrument, block_id=uid("given")))
    for position in (1, 2):
        answer_adaptive(attempt=attempt, position=position, chosen="b")
    assert ActivityState.objects.get(activity__block_id=uid("given")).finished_at >= attempt.created_at
