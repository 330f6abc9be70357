import pytest

from assessments.errors import InvalidInstrument, InvalidItem, ItemUseConflict
from assessments.models import InstrumentItem, Item, ItemVersion
from assessments.services import retire_instruments, upsert_instrument
from tests.assessments.factories import course_with_forms, item, options, skills
from tests.courses.factories import published_course
from tests.factories import CourseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    skills()
    return CourseFactory()


def versions(item_row):
    return list(ItemVersion.objects.filter(item=item_row).order_by("number").values_list("number", "prompt"))


def test_new_item_has_one_version_keyed_by_its_author(course):
    stored = item(course, "q1", concept="Silence")
    version = stored.current_version
    assert (version.number, version.correct, version.key_provenance, version.concept) == (1, ["b"], "author", "Silence")
    assert stored.skill.slug == "discover-expectations"


def test_same_item_again_makes_no_version(course):
    item(course, "q1")
    assert versions(item(course, "q1")) == [(1, "What about q1?")]


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "Another question?"},
        {"situation": "Another situation."},
        {"correct": ["c"]},
        {"options": options("a", "b", "c")},
        {"options": options("b", "a", "c", "d")},
    ],
)
def test_anything_a_learner_sees_and_the_key_make_a_version(course, change):
    before = item(course, "q1").current_version_id
    stored = item(course, "q1", **change)
    assert (stored.versions.count(), stored.current_version.number) == (2, 2)
    assert stored.current_version_id != before


@pytest.mark.parametrize("change", [{"industry": "hotels"}, {"relationship": "customer"}, {"concept": "Another"}])
def test_notes_of_the_author_make_no_version(course, change):
    item(course, "q1")
    stored = item(course, "q1", **change)
    [(name, value)] = change.items()
    assert stored.versions.count() == 1
    assert getattr(stored.current_version if name == "concept" else stored, name) == value


def test_text_that_returns_to_an_earlier_wording_is_a_version_of_its_own(course):
    item(course, "q1")
    item(course, "q1", prompt="Changed?")
    assert versions(item(course, "q1")) == [(1, "What about q1?"), (2, "Changed?"), (3, "What about q1?")]


def test_renamed_key_keeps_the_identity(course):
    before = item(course, "q1")
    after = item(course, "renamed", uuid=before.uuid, prompt="What about q1?")
    assert (after.pk, after.key, after.versions.count()) == (before.pk, "renamed", 1)


@pytest.mark.parametrize(("first", "second"), [("form", "check"), ("check", "form")])
def test_a_check_and_a_form_never_share_an_item(course, first, second):
    item(course, "q1", use=first)
    with pytest.raises(ItemUseConflict, match="cannot share a question"):
        item(course, "q1", use=second)
    assert Item.objects.get().use == first


def test_two_questions_cannot_have_one_key(course):
    item(course, "q1")
    with pytest.raises(ItemUseConflict, match="already belongs to another question"):
        item(course, "q1", uuid="11111111-1111-4111-8111-111111111111")


def test_question_of_another_course_is_not_taken_over(course):
    stored = item(course, "q1")
    with pytest.raises(ItemUseConflict, match="belongs to another course"):
        item(CourseFactory(), "q1", uuid=stored.uuid)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"options": options("a")}, "at least two options"),
        ({"options": options("a", "a", "b")}, "two options with the same id"),
        ({"correct": []}, "needs a key"),
        ({"correct": ["z"]}, "needs a key"),
        ({"correct": ["a", "b"]}, "single choice but has several right options"),
        ({"skill_slug": "flying"}, "“flying”, which does not exist"),
    ],
)
def test_question_that_cannot_be_asked_is_refused(course, fields, words):
    with pytest.raises(InvalidItem, match=words):
        item(course, "q1", **fields)
    assert Item.objects.count() == 0


def test_form_holds_its_questions_in_order(course):
    for key in ("q1", "q2", "q3"):
        item(course, key)
    form = upsert_instrument(course=course, key="form-a", title="Form A", item_keys=["q3", "q1"])
    upsert_instrument(course=course, key="form-a", title="Form A", item_keys=["q2", "q3", "q1"])
    assert list(form.entries.values_list("item__key", "position")) == [("q2", 1), ("q3", 2), ("q1", 3)]


def test_equal_form_writes_no_entries(course):
    item(course, "q1")
    upsert_instrument(course=course, key="form-a", title="Form A", item_keys=["q1"])
    [before] = InstrumentItem.objects.values_list("pk", flat=True)
    upsert_instrument(course=course, key="form-a", title="Form A", item_keys=["q1"])
    assert list(InstrumentItem.objects.values_list("pk", flat=True)) == [before]


def test_form_refuses_knowledge_checks(course):
    item(course, "c1", use="check")
    with pytest.raises(ItemUseConflict, match="knowledge checks in a lesson: c1"):
        upsert_instrument(course=course, key="form-a", title="Form A", item_keys=["c1"])


def test_form_names_unknown_questions(course):
    with pytest.raises(InvalidInstrument, match="do not exist: q8, q9"):
        upsert_instrument(course=course, key="form-a", title="Form A", item_keys=["q8", "q9"])


def test_forms_of_a_course_share_no_question():
    course = course_with_forms(length=2)
    with pytest.raises(InvalidInstrument, match="repeats questions from another form: a1"):
        upsert_instrument(course=course, key="form-b", title="Form B", item_keys=["a1", "b2"])
    assert list(course.instruments.get(key="form-b").entries.values_list("item__key", flat=True)) == ["b1", "b2"]


def test_form_asks_nothing_twice(course):
    item(course, "q1")
    with pytest.raises(InvalidInstrument, match="each of them only once"):
        upsert_instrument(course=course, key="form-a", title="Form A", item_keys=["q1", "q1"])


def test_questions_may_belong_to_no_course(db):
    skills()
    from assessments.services import upsert_item

    fields = {"uuid": "22222222-2222-4222-8222-222222222222", "use": "form", "kind": "single", "skill_slug": None}
    made = upsert_item(
        course=None, key="public-1", situation="", prompt="?", options=options("a", "b"), correct=["a"], **fields
    )
    assert (made.course, made.skill) == (None, None)


def test_items_of_two_courses_may_have_the_same_key(course):
    other = published_course([["x1"]])
    assert item(course, "q1").pk != item(other, "q1").pk


def test_renamed_form_takes_the_place_of_the_old_one():
    course = course_with_forms(length=2)
    assert retire_instruments(course=course, keep=["form-x", "form-b"]) == 1
    upsert_instrument(course=course, key="form-x", title="Form X", item_keys=["a1", "a2"])
    active = course.instruments.filter(is_active=True).values_list("key", flat=True)
    assert list(active) == ["form-b", "form-x"]
