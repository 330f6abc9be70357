"""An open question, its raters, and texts that learners wrote to it."""

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from assessments.models import Response
from assessments.services import keep_file, save_response, start_attempt, submit_attempt
from rating.models import Rater, Rating, TrainingRound, Work
from rating.queries import rubric_of
from rating.services import Asked, write_question
from tests.assessments.factories import SKILLS, course_with_forms, learner
from tests.assessments.files import sent
from tests.factories import UserFactory

SCORES = (1, 2, 3, 3, 4, 5)
ASKED = Asked(
    situation="A kitchen sends the trolleys up late, and the home has not said since when.",
    prompt="What do you write to the home?",
    fewest=3,
    most=10,
    occasion="before",
    skill=SKILLS[0],
)


def levels():
    return [{"score": score, "name": f"Level {score}", "words": f"How one knows level {score}."} for score in range(1, 6)]


def anchors(scores=SCORES):
    return [
        {"id": f"a{n}", "text": f"Anchor {n}", "score": score, "reason": f"Because {n}"} for n, score in enumerate(scores, 1)
    ]


def open_question(course=None, key="open-1", **fields):
    course = course or course_with_forms()
    given = {"course": course, "key": key, "asked": ASKED, "levels": levels(), "anchors": anchors()}
    return write_question(**given | fields)


def rater(item, user=None, *, is_trained=True):
    number = Rater.objects.filter(item=item).count() + 1
    place = Rater.objects.create(item=item, user=user or UserFactory(), number=number)
    if is_trained:
        train(place)
    return place


def train(place):
    rubric = rubric_of(place.item)
    scores = {anchor["id"]: anchor["score"] for anchor in rubric.anchors}
    now = timezone.now()
    return TrainingRound.objects.create(rater=place, rubric=rubric, number=1, scores=scores, finished_at=now, has_passed=True)


def file_question(course=None, key="open-1", *, by="file", kinds=("pdf", "docx", "odt", "txt", "png", "jpg"), **fields):
    """One that is answered by a file, or by speaking."""
    terms = {"kinds": kinds, "megabytes": 1} if by == "file" else {"minutes": 3}
    asked = replace(ASKED, by=by, fewest=0, most=0, **terms)
    return open_question(course, key, asked=asked, **fields)


def answer_by_file(item, kind="pdf", *, user=None, name="Zenobia's answer.pdf"):
    """What a learner uploaded, submitted; the work it became."""
    attempt = start_attempt(enrolment=learner(item.course, user=user), occasion="before")
    keep_file(attempt=attempt, item_version_id=text_version(attempt, item).pk, upload=sent(kind, name))
    submit_attempt(attempt=attempt)
    return Work.objects.get(response__attempt=attempt)


def text_version(attempt, item=None):
    asked = [entry.item_version for entry in attempt.items.all() if entry.item_version.is_open]
    return next(version for version in asked if item is None or version.item_id == item.pk)


def write(item, text="We will ask them since when.", *, enrolment=None, user=None):
    """What a learner wrote, submitted; the work it became."""
    enrolment = enrolment or learner(item.course, user=user)
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    save_response(attempt=attempt, item_version_id=text_version(attempt, item).pk, chosen=text)
    submit_attempt(attempt=attempt)
    return Work.objects.get(response__attempt=attempt)


def works(item, count):
    """Many of them, written straight into the table, all by one learner's sitting that is copied."""
    first = write(item)
    attempt, version = first.response.attempt, first.response.item_version
    made = [first]
    for _n in range(count - 1):
        user = UserFactory()
        enrolment = learner(item.course, user=user)
        copy = type(attempt).objects.create(
            enrolment=enrolment,
            user=user,
            instrument=attempt.instrument,
            occasion=attempt.occasion,
            submitted_at=attempt.submitted_at,
        )
        response = Response.objects.create(attempt=copy, item_version=version, chosen=["Some words to be rated."])
        made.append(Work.objects.create(response=response, item=item))
    return made


def give(work, place, score, *, minutes_ago=20):
    """A rating as if it had been given so long ago."""
    rating = Rating.objects.create(work=work, rater=place, rubric=rubric_of(place.item), score=score)
    Rating.objects.filter(pk=rating.pk).update(created_at=timezone.now() - timedelta(minutes=minutes_ago))
    return rating
