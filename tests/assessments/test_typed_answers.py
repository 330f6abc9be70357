"""What learners typed and the author did not foresee: who sees it, from when on, and what becomes of it."""

import pytest

from assessments.errors import InvalidItem
from assessments.models import Item, ItemVersion
from assessments.services import rescore
from assessments.services.typed_answers import Typed, settle_wordings, typed_answers
from tests.assessments.factories import course_with_forms, item
from tests.assessments.sittings import forms, people, sit_many
from tests.assessments.test_typed_formats import WORDINGS

pytestmark = pytest.mark.django_db

SAID = ["on Friday", "On friday.", "on FRIDAY", "tomorrow", "by Friday", "soon", "Tomorrow", "<i>later</i>", "on Friday", None]


@pytest.fixture
def course():
    course = course_with_forms(3)
    item(course, "a1", kind="text", options=WORDINGS, correct=["w1", "w2"])
    return course


def sit(course, said, **more):
    def chosen(person, question):
        return (f"text:{said[person]}" if said[person] else None) if question == 0 else "b"

    return sit_many(forms(course)[0], people(len(said), course), chosen, **more)


def asked():
    return Item.objects.select_related("current_version", "course", "skill").get(key="a1")


def test_wordings_that_are_not_known_are_counted_whatever_their_spelling(course):
    sit(course, [*SAID, "never"])
    found = typed_answers(asked())
    assert (found.answered, found.more) == (10, 0)
    assert found.unknown == [Typed("on Friday", 4), Typed("Tomorrow", 2), Typed("<i>later</i>", 1), Typed("never", 1)]


def test_nothing_is_shown_of_fewer_than_ten(course):
    sit(course, SAID)
    found = typed_answers(asked())
    assert (found.answered, found.unknown) == (9, None)


def test_what_may_still_be_changed_nobody_reads(course):
    sit(course, SAID * 2, is_submitted=False)
    assert (typed_answers(asked()).answered, typed_answers(asked()).unknown) == (0, None)


def test_answers_to_other_words_are_answers_to_another_question(course):
    sit(course, SAID * 2)
    item(course, "a1", kind="text", prompt="By when?", options=WORDINGS, correct=["w1"])
    assert typed_answers(asked()).answered == 0


def test_how_many_queries_it_takes_does_not_depend_on_answers(course, django_assert_num_queries):
    sit(course, SAID * 2)
    question = asked()
    with django_assert_num_queries(2):
        typed_answers(question)


def test_settled_wordings_make_one_version_and_attempts_are_scored_by_it_when_somebody_says_so(course):
    attempts = sit(course, SAID * 2)
    before = asked().current_version
    assert settle_wordings(item=asked(), right=["on Friday", "ON FRIDAY!"], wrong=["tomorrow", " "]) == 2
    version = asked().current_version
    assert (version.number, version.situation, version.prompt) == (before.number + 1, before.situation, before.prompt)
    assert [(one["text"], one["id"] in version.correct) for one in version.options] == [
        ("By Friday", True),
        ("friday, noon", True),
        ("Soon", False),
        ("on Friday", True),
        ("tomorrow", False),
    ]
    assert [one["feedback"] for one in version.options][:2] == ["It names a day.", "It names an hour, too."]
    assert [typed.text for typed in typed_answers(asked()).unknown] == ["<i>later</i>"]
    assert attempts[0].scorings.count() == 1
    assert rescore(course=course) == len(attempts)
    assert attempts[0].scorings.first().agreed == 3


def test_settling_again_changes_nothing(course):
    settle_wordings(item=asked(), right=["on Friday"], wrong=[])
    versions = ItemVersion.objects.count()
    assert settle_wordings(item=asked(), right=["On Friday."], wrong=["on friday"]) == 0
    assert ItemVersion.objects.count() == versions


def test_only_short_texts_have_wordings(course):
    with pytest.raises(InvalidItem, match="Only short texts"):
        settle_wordings(item=Item.objects.get(key="a2"), right=["x"], wrong=[])
    with pytest.raises(InvalidItem, match="at most 200 characters"):
        settle_wordings(item=asked(), right=["x" * 201], wrong=[])
