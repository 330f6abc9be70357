"""Questions of the bank in files of other systems: what is written, what is not and why, and that it reads the same again."""

import io
import json
import zipfile
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from assessments.enums import ItemKind
from assessments.exchange import FileFormat, read_bytes
from assessments.exchange.questions import FULL, Choice, Option, ShortText, Wording
from assessments.formats.matching import target_id
from assessments.models import Item, ItemVersion
from assessments.services import export_questions, import_questions
from assessments.services.exporting import question_of_item, why_not
from assessments.services.imported import content_of
from tests.assessments.factories import course_with_forms, item, options
from tests.assessments.test_typed_formats import POINTS, WORDINGS
from tests.rating.factories import file_question, open_question

pytestmark = pytest.mark.django_db

FORMS = [FileFormat.MOODLE, FileFormat.QTI]
RATINGS = ["a:5", "b:1", "c:3", "d:2"]
MATCHED = [*options("a", "b"), {"id": target_id("at one"), "text": "at one", "is_target": True}]
MATCHED += [{"id": target_id(text), "text": text, "is_target": True} for text in ("at two", "never")]


@pytest.fixture
def course():
    course = course_with_forms(4)
    item(course, "a1", kind="multiple", correct=["a", "b", "d"], situation="One *line*.\n\nAnother & one.", region="europe")
    item(course, "a2", kind="order", correct=["a:2", "b:1", "c:4", "d:3"])
    item(course, "a3", kind="match", options=MATCHED, correct=[f"a:{target_id('at one')}", f"b:{target_id('at two')}"])
    item(course, "b1", kind="text", options=WORDINGS, correct=["w2", "w1"])
    item(course, "b2", kind="rate", correct=RATINGS)
    item(course, "b3", kind="best-worst", correct=RATINGS)
    item(course, "b4", kind="lines", correct=["b", "d"])
    item(course, "s1", kind="scale", options=POINTS, correct=["p1"])
    item(course, "s2", options=[one | {"level": level} for level, one in enumerate(options(), start=1)])
    return course


def items():
    found = Item.objects.filter(use="form").select_related("current_version", "skill").order_by("key")
    return list(found)


WRITTEN = ["a1", "a2", "a3", "a4", "b1", "s2"]
LEFT_OUT = ["b2", "b3", "b4", "s1"]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_reads_the_same_again(course, form):
    export = export_questions(items(), form)
    reading = read_bytes(export.data, form)
    assert (reading.refused, reading.notes) == ((), ())
    wanted = [question_of_item(one) for one in items() if one.key in WRITTEN]
    assert list(reading.questions) == wanted
    assert [question.identifier for question in reading.questions] == WRITTEN


@pytest.mark.parametrize("form", FORMS)
def test_what_is_imported_again_is_the_question_that_was_exported(course, form):
    """Same format, words, key and what is said of each answer; ids are its own, and levels stay behind."""
    before = {one.key: content_of(one) for one in items()}
    reading = read_bytes(export_questions(items(), form).data, form)
    result = import_questions(questions=reading.questions, file_name="again")
    assert (result.new, result.refused) == (len(WRITTEN), [])
    drafts = {one.current_version.concept: one for one in Item.objects.filter(course=None).select_related("current_version")}
    assert len(drafts) == len(WRITTEN)
    after = sorted(map(repr, (content_of(one) for one in drafts.values())))
    assert after == sorted(repr(_as_in_a_file(before[key])) for key in WRITTEN)


def _as_in_a_file(content):
    """Of a short text those that are right come first in a file; of steps and pairs it does not say why."""
    if content.kind in ("order", "match"):
        options = tuple((words, "", belongs) for words, _why, belongs in content.options)
        return type(content)(content.kind, content.situation, content.prompt, options, content.others)
    if content.kind != "text":
        return content
    return type(content)(
        content.kind, content.situation, content.prompt, tuple(sorted(content.options, key=lambda one: not one[2]))
    )


@pytest.mark.parametrize("form", FORMS)
def test_the_same_questions_give_the_same_bytes(course, form):
    assert export_questions(items(), form).data == export_questions(items(), form).data


def test_what_no_file_can_say_is_named_with_the_reason(course):
    export = export_questions(items(), FileFormat.MOODLE)
    assert (export.questions, [one.key for one in export.left_out]) == (6, LEFT_OUT)
    assert (export.without_levels, export.without_reasons) == (1, 2)
    assert [one.reason.split(":")[0] for one in export.left_out] == [
        "Rate each",
        "Best and worst",
        "Mark lines of a transcript",
        "Ordered scale",
    ]


IN_FILES = {"single", "multiple", "order", "match", "text", "open"}


@pytest.mark.parametrize("kind", [kind for kind in ItemKind if kind not in IN_FILES])
def test_every_format_that_no_file_has_is_named_with_its_reason(course, kind):
    """Whatever formats there will be: one that nobody thought of would take the whole export down."""
    ItemVersion.objects.filter(item__key="a1").update(kind=kind)
    [one] = [one for one in items() if one.key == "a1"]
    assert why_not(one).startswith(f"{kind.label}: ")


def test_marks_key_words_and_tags(course):
    by_key = {one.key: question_of_item(one) for one in items() if not why_not(one)}
    several = by_key["a1"]
    assert several.text == "<p>One <em>line</em>.</p><p>Another &amp; one.</p><p>What about a1?</p>"
    assert isinstance(several.body, Choice)
    assert [one.fraction for one in several.body.options] == [Decimal("33.33333")] * 2 + [Decimal(0), Decimal("33.33333")]
    assert (several.tags, several.category) == (("europe",), "discover-expectations")
    assert by_key["a4"].body == Choice(
        tuple(Option(f"Text {name}", FULL if name == "b" else Decimal(0), f"Because {name}") for name in "abcd")
    )
    assert by_key["b1"].body == ShortText(
        (
            Wording("By Friday", FULL, "It names a day."),
            Wording("friday, noon", FULL, "It names an hour, too."),
            Wording("Soon", Decimal(0), "Nobody can hold you to soon."),
        )
    )


def test_a_wording_with_a_star_is_not_written_since_others_read_it_as_any_words(course):
    item(course, "b1", kind="text", options=[{"id": "a", "text": "5 * 3", "feedback": ""}], correct=["a"])
    found = {one.key: why_not(one) for one in items()}
    assert found["b1"] == "One of its wordings has a *, which other systems read as any words."


def test_a_question_without_wording_is_not_written(course):
    Item.objects.filter(key="a4").update(current_version=None)
    assert [one.reason for one in export_questions(items(), FileFormat.QTI).left_out if one.key == "a4"] == [
        "It has no wording yet."
    ]


# The command ----------------------------------------------------------------------------------------------------------


def test_a_command_writes_a_file_and_names_what_is_not_in_it(course, tmp_path, capsys):
    path = tmp_path / "bank.xml"
    call_command("export_items", str(path), "--format", "moodle", "--course", course.key, "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["questions"], [one["key"] for one in said["left_out"]], said["without_levels"]) == (6, LEFT_OUT, 1)
    assert path.read_bytes() == export_questions(items(), FileFormat.MOODLE).data


def test_a_command_overwrites_nothing(course, tmp_path):
    path = tmp_path / "bank.zip"
    path.write_text("mine")
    with pytest.raises(CommandError) as error:
        call_command("export_items", str(path), "--format", "qti")
    assert (error.value.returncode, path.read_text()) == (2, "mine")


def test_a_command_with_nothing_to_write_writes_no_file(course, tmp_path):
    with pytest.raises(CommandError) as error:
        call_command("export_items", str(tmp_path / "none.xml"), "--format", "moodle", "--course", "bank")
    assert (error.value.returncode, list(tmp_path.iterdir())) == (1, [])


def test_open_questions_are_essays_without_their_rubrics():
    course = course_with_forms(1)
    words = open_question(course)
    by_file = file_question(course, "open-2", kinds=("pdf", "jpg"))
    by_audio = file_question(course, "open-3", by="audio")
    asked = [Item.objects.select_related("current_version", "skill").get(pk=one.pk) for one in (words, by_file, by_audio)]

    moodle, qti = (export_questions(asked, form) for form in FORMS)

    assert [(export.questions, export.left_out, export.without_rubrics) for export in (moodle, qti)] == [(3, [], 3)] * 2
    text = moodle.data.decode()
    assert text.count('<question type="essay">') == 3
    assert "<minwordlimit>3</minwordlimit><maxwordlimit>10</maxwordlimit>" in text
    assert "<attachments>1</attachments><attachmentsrequired>1</attachmentsrequired><maxbytes>1048576</maxbytes>" in text
    assert "<filetypeslist>.pdf,.jpg,.jpeg</filetypeslist>" in text
    assert "<filetypeslist>.webm,.weba,.m4a" in text
    with zipfile.ZipFile(io.BytesIO(qti.data)) as package:
        items = [package.read(name).decode() for name in package.namelist() if name.startswith("items/")]
    assert ["qti-extended-text-interaction" in one for one in items] == [True, False, False]
    assert '<qti-upload-interaction response-identifier="RESPONSE" type="application/pdf image/jpeg"/>' in items[1]
    assert 'cardinality="single" base-type="file"' in items[1]
    assert 'type="audio/webm audio/mp4 audio/mpeg audio/ogg audio/wav"' in items[2]
    assert [why_not(one) for one in asked] == ["", "", ""]
