"""Loading the item bank of a content folder, and the forms that courses take from it."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from assessments.formats.matching import target_id
from assessments.models import Instrument, Item, ItemVersion
from assessments.services import upsert_item
from cms.content_files import ContentError, load
from cms.models import LoadedFile
from courses.models import Course
from tests.cms.bank import FORM, bank_item, write_bank

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def active_forms():
    forms = Instrument.objects.filter(is_active=True).order_by("key")
    return {form.key: list(form.entries.values_list("item__key", flat=True)) for form in forms}


def test_a_course_takes_its_forms_from_the_bank(with_bank):
    report = load(with_bank)
    assert active_forms() == {"bank-a": ["dx-001", "dx-002"], "bank-b": ["dx-003", "dx-004"]}
    assert Course.objects.get().current_version.content["has_assessment"] is True
    assert {"items/expectations.yaml", "items/forms.yaml"} <= set(report.created)


def test_a_question_of_the_bank_arrives_with_its_levels_and_belongs_to_no_course(with_bank):
    load(with_bank)
    item = Item.objects.get(key="dx-001")
    assert (item.course, item.boundary, item.region, item.skill.slug) == (None, "2|3", "europe", "discover-expectations")
    assert item.current_version.levels == {"a": 2, "b": 3, "c": 1}
    assert item.current_version.options[0]["misconception"] == "The first answer is enough."
    assert item.current_version.key_provenance == "author"
    assert [enemy.key for enemy in item.enemies.all()] == ["dx-003"]


def test_loading_again_changes_nothing(with_bank):
    load(with_bank)
    before = list(ItemVersion.objects.values_list("pk", "updated_at")), active_forms()
    report = load(with_bank)
    assert (list(ItemVersion.objects.values_list("pk", "updated_at")), active_forms()) == before
    assert {"items/expectations.yaml", "items/forms.yaml"} <= set(report.unchanged)
    assert not [*report.created, *report.updated, *report.conflicts]


def test_a_question_that_has_changed_is_a_new_version(with_bank):
    load(with_bank)
    write_bank(with_bank, items=[bank_item(f"dx-00{n}", situation=f"Another thing, {n}.") for n in (1, 2, 3, 4)])
    assert "items/expectations.yaml" in load(with_bank).updated
    item = Item.objects.get(key="dx-001")
    assert (item.versions.count(), item.current_version.situation) == (2, "Another thing, 1.")
    assert not item.enemies.exists(), "no file names them any more"


def reword(key):
    """What an author does to a question in the CMS."""
    item = Item.objects.get(key=key)
    version = item.current_version
    upsert_item(
        course=None,
        key=key,
        uuid=item.uuid,
        use="form",
        kind="single",
        skill_slug="discover-expectations",
        situation=version.situation,
        prompt="What now?",
        options=version.options,
        correct=version.correct,
    )


def test_what_an_author_reworded_is_kept_until_somebody_forces_the_file(with_bank):
    load(with_bank)
    reword("dx-002")
    write_bank(with_bank, items=[bank_item(f"dx-00{n}", situation="Another thing.") for n in (1, 2, 3, 4)])
    assert load(with_bank).conflicts == ["items/expectations.yaml"]
    assert Item.objects.get(key="dx-002").current_version.prompt == "What now?"
    load(with_bank, force=frozenset({"items/expectations.yaml"}))
    assert Item.objects.get(key="dx-002").current_version.prompt == "What should she do?"


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([bank_item("dx-001").replace("level: 3", "level: 4")], "does not separate 2|3"),
        ([bank_item("dx-001").replace("skill: discover-expectations", "skill: juggling")], "there is no skill “juggling”"),
        ([bank_item("dx-001").replace("key: true, ", "")], "It has 0 keys."),
        (["\n  - {id: dx-001"], "The file was not read"),
    ],
)
def test_a_bank_that_is_wrong_changes_nothing_and_takes_no_form_away(with_bank, items, said):
    load(with_bank)
    before = list(ItemVersion.objects.values_list("pk", flat=True)), active_forms()
    write_bank(with_bank, items=items)
    with pytest.raises(ContentError) as caught:
        load(with_bank)
    assert said in str(caught.value)
    assert "items/expectations.yaml" in str(caught.value)
    assert (list(ItemVersion.objects.values_list("pk", flat=True)), active_forms()) == before


def test_a_form_of_a_course_that_is_not_here_is_a_problem(with_bank):
    write_bank(with_bank, forms="forms:\n" + FORM.format(key="x", course="elsewhere", items="dx-001", anchors=""))
    with pytest.raises(ContentError, match="there is no course “elsewhere” here"):
        load(with_bank)


def test_enemies_in_one_form_are_refused_and_the_course_stays_as_it_was(with_bank):
    load(with_bank)
    write_bank(with_bank, forms="forms:\n" + FORM.format(key="bank-a", course="listen-first", items="dx-001", anchors="dx-003"))
    with pytest.raises(ContentError, match="give each other away: dx-001 and dx-003"):
        load(with_bank)
    assert active_forms()["bank-a"] == ["dx-001", "dx-002"]


def test_forms_of_the_bank_take_the_place_of_those_of_the_course_and_those_who_began_keep_theirs(folder):
    load(folder)
    assert set(active_forms()) == {"form-a", "form-b"}
    shutil.rmtree(folder / "courses" / "listen-first" / "assessment")
    write_bank(folder)
    load(folder)
    assert set(active_forms()) == {"bank-a", "bank-b"}
    assert Instrument.objects.filter(is_active=False).count() == 2


def test_forms_whose_file_is_gone_are_taken_out_of_use(with_bank):
    load(with_bank)
    shutil.rmtree(with_bank / "items")
    load(with_bank)
    assert active_forms() == {}
    assert Item.objects.filter(course=None).count() == 4, "what was asked is kept"


def test_a_file_of_the_bank_can_be_named_to_be_forced(with_bank):
    load(with_bank)
    call_command("load_content", str(with_bank), force_file=["items/expectations.yaml"])
    with pytest.raises(CommandError, match=r"There is no items/other\.yaml"):
        call_command("load_content", str(with_bank), force_file=["items/other.yaml"])
    assert LoadedFile.objects.get(path="items/expectations.yaml").page is None


@pytest.mark.usefixtures("shipped")
def test_the_free_course_ships_with_two_forms_of_twenty_from_the_bank():
    course = Course.objects.get(key="uncover-what-others-expect")
    forms = course.instruments.filter(is_active=True).order_by("key")
    assert [(form.key, form.entries.count()) for form in forms] == [("uncover-a", 20), ("uncover-b", 20)]
    asked = Item.objects.filter(instrument_entries__instrument__in=forms)
    assert {len(item.current_version.levels) for item in asked.select_related("current_version")} == {4}
    assert Item.objects.filter(course=None).count() == 78


OF_FORMATS = """
  - id: dx-101
    skill: discover-expectations
    relationship: customer
    region: europe
    industry: bakery
    format: {format}
    enemy: []
    situation: Something happened in the bakery.
    question: What should she do?
    options:
      - {{id: a, text: Ask once, rationale: Too little., {a}}}
      - {{id: b, text: Ask again, rationale: It tells more., {b}}}
      - {{id: c, text: Begin, rationale: Too early., {c}}}
    key: {key}
"""
ON_TRIAL = "{state: trial, panel: null}"
BY_PANEL = "{state: panel, panel: {experts: 9, chose_key: 0.8, means: {a: 2.25, b: 4.5, c: 1.25}}}"
SOON, LATE = target_id("Soon"), target_id("Late")
ACTED = "act: ask, tone: warm"


@pytest.mark.parametrize(
    ("format_name", "fields", "key", "kept"),
    [
        ("rate", [f"{ACTED}, rating: {n}" for n in (3, 5, 1)], ON_TRIAL, ["a:3", "b:5", "c:1"]),
        ("rate", [f"{ACTED}, rating: {n}" for n in (3, 5, 1)], BY_PANEL, ["a:2.25", "b:4.5", "c:1.25"]),
        ("best-worst", [f"{ACTED}, rating: {n}" for n in (3, 5, 1)], ON_TRIAL, ["a:3", "b:5", "c:1"]),
        ("rank", [f"{ACTED}, rating: {n}" for n in (3, 5, 1)], BY_PANEL, ["a:2.25", "b:4.5", "c:1.25"]),
        ("order", ["place: 2", "place: 1", "place: 3"], ON_TRIAL, ["a:2", "b:1", "c:3"]),
        ("match", ["match: Soon", "match: Late", "match: Soon"], ON_TRIAL, [f"a:{SOON}", f"b:{LATE}", f"c:{SOON}"]),
        ("lines", ["key: true", "key: false", "key: true"], ON_TRIAL, ["a", "c"]),
    ],
)
def test_a_question_of_another_format_arrives_with_its_key(with_bank, format_name, fields, key, kept):
    a, b, c = fields
    others = [bank_item(f"dx-00{n}") for n in (1, 2, 3, 4)]
    write_bank(with_bank, items=[OF_FORMATS.format(format=format_name, a=a, b=b, c=c, key=key), *others])
    load(with_bank)
    version = Item.objects.get(key="dx-101").current_version
    assert (version.kind, version.correct) == (format_name, kept)
    assert (version.key_provenance, version.panel_experts) == (("panel", 9) if key == BY_PANEL else ("author", None))
    assert load(with_bank).created == []
