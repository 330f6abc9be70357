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
