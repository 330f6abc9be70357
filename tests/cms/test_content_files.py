"""Loading courses from text files."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import reverse
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.models import Page, Revision

from access.queries import may_open
from access.services import grant_access
from assessments.models import Instrument, Item, ItemVersion
from billing.models import Price
from billing.queries import Step, price_steps
from cms.blocks.base import RICH_TEXT, published_html
from cms.content_files import ContentError, load
from cms.content_files.markdown import to_rich_text
from cms.content_files.reading import read_course, read_skills
from cms.identities import block_uuid, course_uuid
from cms.models import CoursePage, LessonPage, LoadedFile, ModulePage
from common.written import unwrapped
from courses.content import text_of
from courses.models import Course, CourseVersion, Lesson
from tests.cms import files
from tests.cms.editing import lesson_form


def everything() -> dict[str, int]:
    models = [Page, Revision, CourseVersion, ItemVersion, Item, Price, LoadedFile, Lesson]
    return {model.__name__: model.objects.count() for model in models}


def changes(report) -> list[str]:
    """What loading changed; what it left alone and what it asked about is no change."""
    return [*report.created, *report.updated, *report.moved, *report.unpublished, *report.versions]


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def edit(page: LessonPage, **fields) -> None:
    """What an author does in the editor, published."""
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision().publish()


def test_a_course_arrives_as_published_pages_in_the_order_of_the_files(loaded):
    tree = [(page.depth, page.slug, page.live) for page in Page.objects.filter(depth__gte=4).order_by("path")]
    assert tree == [
        (4, "listen-first", True),
        (5, "hear", True),
        (6, "ask", True),
        (6, "wait", True),
        (5, "answer", True),
        (6, "repeat", True),
    ]


def test_a_course_arrives_as_a_version_with_the_identities_of_its_files(loaded):
    content = loaded.current_version.content
    lesson = content["modules"][0]["lessons"][0]
    assert loaded.uuid == course_uuid("listen-first")
    assert (loaded.is_free, loaded.is_listed, loaded.minutes) == (True, True, 15)
    assert content["has_assessment"] is True
    assert content["skills"] == [{"slug": "discover-expectations", "level": 2}]
    assert content["description"] == "<p>A short course about <em>listening</em>.</p>"
    assert [module["slug"] for module in content["modules"]] == ["hear", "answer"]
    assert (lesson["id"], lesson["key"]) == (str(block_uuid(loaded.uuid, "les-ask")), "les-ask")
    assert [(block["type"], block["value"]) for block in lesson["blocks"]] == [
        (
            "text",
            {"html": "<p>First <strong>ask</strong>, then go on.</p><h2>A heading</h2><ul><li>one</li><li>two</li></ul>"},
        ),
        ("check", {"item": str(block_uuid(loaded.uuid, "chk-ask"))}),
        ("text", {"html": "<p>Last words.</p>"}),
    ]


def test_checks_and_forms_enter_the_item_bank_under_their_own_ids(loaded):
    check = Item.objects.get(course=loaded, key="chk-ask")
    assert (check.use, check.uuid) == ("check", block_uuid(loaded.uuid, "chk-ask"))
    assert check.current_version.prompt == "What do you do first about ask?"
    assert check.current_version.correct == ["b"]
    forms = {form.key: [entry.item.key for entry in form.entries.all()] for form in Instrument.objects.all()}
    assert forms == {"form-a": ["a1", "a2"], "form-b": ["b1", "b2"]}
    assert Item.objects.get(key="a1").current_version.situation == "Something happened to a1."


def test_loading_again_changes_nothing(loaded, folder):
    before = everything()
    report = load(folder)
    assert everything() == before
    assert (changes(report), len(report.unchanged)) == ([], 8)


def test_a_changed_lesson_makes_one_revision_and_one_version(loaded, folder):
    before = everything()
    files.write(folder, "01-hear/02-wait.md", files.lesson("wait", more="\nNew words.\n"))
    report = load(folder)
    after = everything()
    assert report.updated == ["courses/listen-first/01-hear/02-wait.md"]
    assert {name: after[name] - before[name] for name in before if after[name] != before[name]} == {
        "Revision": 1,
        "CourseVersion": 1,
    }


def test_an_authors_edit_stands_when_the_file_has_not_changed(loaded, folder, lesson_page):
    edit(lesson_page("wait"), title="What the author says")
    report = load(folder)
    assert report.conflicts == []
    assert lesson_page("wait").title == "What the author says"


def test_an_authors_edit_is_kept_and_named_when_the_file_has_changed_too(loaded, folder, lesson_page):
    edit(lesson_page("wait"), title="What the author says")
    files.write(folder, "01-hear/02-wait.md", files.lesson("wait", more="\nNew words.\n"))
    report = load(folder)
    assert report.conflicts == ["courses/listen-first/01-hear/02-wait.md"]
    assert lesson_page("wait").title == "What the author says"
    assert load(folder, force=True).conflicts == []
    assert lesson_page("wait").title == "The lesson wait"


def test_a_draft_of_an_author_counts_as_an_edit(loaded, folder, lesson_page):
    page = lesson_page("wait")
    page.title = "A draft"
    page.save_revision()
    files.write(folder, "01-hear/02-wait.md", files.lesson("wait", more="\nNew words.\n"))
    assert load(folder).conflicts == ["courses/listen-first/01-hear/02-wait.md"]
    assert lesson_page("wait").get_latest_revision_as_object().title == "A draft"


def open_in_editor(client, page) -> None:
    """What happens when somebody clicks into the text: the editor spells it its own way, and autosave sends that."""
    client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    answer = client.post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]), lesson_form(page), headers={"Accept": "application/json"}
    )
    assert answer.json()["success"] is True


def test_opening_a_page_stores_nothing(loaded, lesson_page, author, sign_in):
    before = everything()
    for slug in ("ask", "wait", "repeat"):
        open_in_editor(sign_in(author), lesson_page(slug))
    assert everything() == before


@pytest.fixture
def loaded_before(loaded, lesson_page):
    """As earlier releases loaded texts: without the keys that the editor gives to paragraphs."""
    for page in LessonPage.objects.all():
        for version in (page.latest_revision, None):
            content = version.content if version else {"body": json.dumps(page.body.get_prep_value())}
            body = re.sub(r' data-block-key=\\"[^"]*\\"', "", content["body"])
            assert "data-block-key" not in body
            if version:
                Revision.objects.filter(pk=version.pk).update(content=content | {"body": body})
            else:
                LessonPage.objects.filter(pk=page.pk).update(body=body)


def test_a_page_that_was_only_opened_follows_its_file(loaded, loaded_before, folder, lesson_page, author, sign_in):
    page = lesson_page("wait")
    open_in_editor(sign_in(author), page)
    assert lesson_page("wait").revisions.count() == 2
    files.write(folder, "01-hear/02-wait.md", files.lesson("wait", more="\nNew words.\n"))
    report = load(folder)
    assert (report.conflicts, report.updated) == ([], ["courses/listen-first/01-hear/02-wait.md"])
    assert "New words." in str(lesson_page("wait").body)


@pytest.mark.parametrize("part", ["title", "search_description", "body", "published and taken back"])
def test_whatever_an_author_says_otherwise_is_an_edit(loaded, folder, lesson_page, part):
    page = lesson_page("wait")
    if part == "body":
        page.body[1].value["options"].append({"text": "A third", "correct": False, "feedback": "No."})
    elif part == "published and taken back":
        first = page.latest_revision
        edit(page, title="Published")
        first.as_object().save_revision()
    else:
        setattr(page, part, "What the author says")
    if part != "published and taken back":
        page.save_revision()
    files.write(folder, "01-hear/02-wait.md", files.lesson("wait", more="\nNew words.\n"))
    assert load(folder).conflicts == ["courses/listen-first/01-hear/02-wait.md"]


def test_one_file_is_forced_and_no_other(loaded, folder, lesson_page, capsys):
    for slug in ("wait", "repeat"):
        edit(lesson_page(slug), title="What the author says")
    files.write(folder, "01-hear/02-wait.md", files.lesson("wait", more="\nNew words.\n"))
    files.write(folder, "02-answer/01-repeat.md", files.lesson("repeat", more="\nNew words.\n"))
    call_command("load_content", str(folder))
    assert "--force-file courses/listen-first/01-hear/02-wait.md overwrites it" in capsys.readouterr().err
    call_command("load_content", str(folder), force_file=["courses/listen-first/01-hear/02-wait.md"])
    titles = {slug: lesson_page(slug).title for slug in ("wait", "repeat")}
    assert titles == {"wait": "The lesson wait", "repeat": "What the author says"}
    call_command("load_content", str(folder), force_file=["courses/listen-first/02-answer/"])
    assert lesson_page("repeat").title == "The lesson repeat"


def test_a_file_that_is_not_there_is_not_forced(loaded, folder):
    with pytest.raises(CommandError, match=r"There is no courses/listen-first/09-nowhere\.md"):
        call_command("load_content", str(folder), force_file=["courses/listen-first/09-nowhere.md"])


def test_a_question_that_an_author_reworded_is_not_written_over(loaded, folder):
    item = Item.objects.get(key="a1")
    from assessments.services import upsert_item

    version = item.current_version
    upsert_item(
        course=loaded,
        key="a1",
        uuid=item.uuid,
        use="form",
        kind="single",
        skill_slug="discover-expectations",
        situation=version.situation,
        prompt="Reworded?",
        options=version.options,
        correct=version.correct,
        relationship="customer",
    )
    assert load(folder).conflicts == []
    files.write(folder, "assessment/form-a.yaml", files.form("form-a", ["a1", "a2"], question="Changed?"))
    assert load(folder).conflicts == ["courses/listen-first/assessment/form-a.yaml"]
    item.refresh_from_db()
    assert item.current_version.prompt == "Reworded?"


def test_a_new_number_reorders_and_keeps_pages_and_identities(loaded, folder):
    before = dict(LessonPage.objects.values_list("slug", "pk"))
    (folder / "courses/listen-first/01-hear/01-ask.md").rename(folder / "courses/listen-first/01-hear/03-ask.md")
    report = load(folder)
    slugs = [page.slug for page in LessonPage.objects.order_by("path")]
    assert slugs == ["wait", "ask", "repeat"]
    assert dict(LessonPage.objects.values_list("slug", "pk")) == before
    assert report.versions == ["Listen first 2"]
    assert changes(load(folder)) == []


def test_a_lesson_that_goes_to_another_module_keeps_its_identity(loaded, folder):
    lesson = Lesson.objects.get(key="les-wait")
    (folder / "courses/listen-first/01-hear/02-wait.md").rename(folder / "courses/listen-first/02-answer/02-wait.md")
    load(folder)
    loaded.refresh_from_db()
    modules = loaded.current_version.content["modules"]
    assert [[lesson["slug"] for lesson in module["lessons"]] for module in modules] == [["ask"], ["repeat", "wait"]]
    assert modules[1]["lessons"][1]["id"] == str(lesson.uuid)
    assert changes(load(folder)) == []


def test_moving_and_rewriting_a_lesson_at_once_does_both(loaded, folder):
    (folder / "courses/listen-first/01-hear/02-wait.md").unlink()
    files.write(folder, "02-answer/02-wait.md", files.lesson("wait", more="\nNew words.\n"))
    load(folder)
    page = LessonPage.objects.get(slug="wait")
    assert (page.get_parent().slug, "New words." in str(page.body)) == ("answer", True)


def test_an_order_that_an_author_chose_stands(loaded, folder, lesson_page):
    lesson_page("wait").move(lesson_page("ask"), pos="left")
    assert changes(load(folder)) != []  # the version follows the tree, the tree is left alone
    assert [page.slug for page in LessonPage.objects.order_by("path")] == ["wait", "ask", "repeat"]


def test_a_lesson_whose_file_is_gone_is_unpublished_and_comes_back(loaded, folder):
    path = folder / "courses/listen-first/01-hear/02-wait.md"
    text = path.read_text()
    path.unlink()
    assert load(folder).unpublished == ["courses/listen-first/01-hear/02-wait.md"]
    assert LessonPage.objects.get(slug="wait").live is False
    assert changes(load(folder)) == []
    path.write_text(text)
    load(folder)
    assert LessonPage.objects.get(slug="wait").live is True


def test_a_form_whose_file_is_gone_is_taken_out_of_use_and_comes_back(loaded, folder):
    path = folder / "courses/listen-first/assessment/form-b.yaml"
    text = path.read_text()
    path.unlink()
    assert load(folder).unpublished == ["courses/listen-first/assessment/form-b.yaml"]
    assert list(loaded.instruments.filter(is_active=True).values_list("key", flat=True)) == ["form-a"]
    assert changes(load(folder)) == []
    path.write_text(text)
    assert load(folder).created == ["courses/listen-first/assessment/form-b.yaml"]
    assert loaded.instruments.filter(is_active=True).count() == 2


def test_a_form_may_be_renamed_with_its_questions(loaded, folder):
    path = folder / "courses/listen-first/assessment/form-b.yaml"
    path.unlink()
    files.write(folder, "assessment/form-c.yaml", files.form("form-c", ["b1", "b2"]))
    load(folder)
    active = loaded.instruments.filter(is_active=True).order_by("key").values_list("key", flat=True)
    assert list(active) == ["form-a", "form-c"]


def test_a_lesson_that_an_author_deleted_stays_deleted_unless_forced(loaded, folder, lesson_page):
    identity = Lesson.objects.get(key="les-wait").uuid
    lesson_page("wait").delete()
    assert load(folder).conflicts == ["courses/listen-first/01-hear/02-wait.md (deleted)"]
    assert [page.slug for page in LessonPage.objects.order_by("path")] == ["ask", "repeat"]
    load(folder, force=True)
    assert [page.slug for page in LessonPage.objects.order_by("path")] == ["ask", "wait", "repeat"]
    assert LessonPage.objects.get(slug="wait").lesson.uuid == identity


def test_a_course_that_an_author_deleted_stays_deleted(loaded, folder, course_page):
    Page.objects.get(pk=course_page.pk).delete()
    assert load(folder).conflicts == ["courses/listen-first/course.md (deleted)"]
    assert CoursePage.objects.count() == 0


def test_prices_are_set_with_the_file_and_only_with_it(db, folder):
    course = files.COURSE.replace("price: free", "price: {EUR: 4900}\nseat_price: {EUR: 3900, USD: 4100}")
    files.write(folder, "course.md", course)
    load(folder)
    load(folder)
    prices = Price.objects.order_by("kind", "currency").values_list("kind", "currency", "amount")
    assert list(prices) == [("person", "EUR", 4900), ("seat", "EUR", 3900), ("seat", "USD", 4100)]
    assert Course.objects.get(key="listen-first").is_free is False


def test_a_price_that_leaves_the_file_is_off_sale_and_those_who_bought_keep_the_course(db, folder, user):
    priced = files.COURSE.replace("price: free", "price: {EUR: 4900}\nseat_price: {EUR: 3900}")
    files.write(folder, "course.md", priced)
    load(folder)
    course = Course.objects.get(key="listen-first")
    grant_access(user=user, course_set=course.own_set, source="order", source_key="order:1")
    files.write(folder, "course.md", files.COURSE.replace("price: free", "price: free\nmodules_planned: 3"))
    load(folder)
    load(folder)
    course.refresh_from_db()
    assert (course.is_free, price_steps(course.own_set, "person"), price_steps(course.own_set, "seat")) == (True, {}, {})
    assert may_open(user, course)
    assert text_of(course.current_version).is_preview
    files.write(folder, "course.md", priced)
    load(folder)
    assert price_steps(course.own_set, "seat") == {"EUR": [Step(1, 3900)]}


def test_a_price_alone_may_change_in_a_file(db, folder):
    for amount in (4900, 5900):
        files.write(folder, "course.md", files.COURSE.replace("price: free", f"price: {{EUR: {amount}}}"))
        load(folder)
    assert price_steps(Course.objects.get(key="listen-first").own_set, "person") == {"EUR": [Step(1, 5900)]}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ("kind: single", "kind: guess"),
            (
                "courses/listen-first/01-hear/01-ask.md, line 18: “kind” of the check is “guess”. "
                "Choose one of: best-worst, composed, lines, multiple, order, rank, rate, scale, "
                "single, text."
            ),
        ),
        (
            ("correct: true", "correct: false"),
            (
                "courses/listen-first/01-hear/01-ask.md, line 22: 0 options are correct. "
                "Mark one as correct, or make the kind “multiple”."
            ),
        ),
        (
            ("kind: single", "kind: rate"),
            (
                "courses/listen-first/01-hear/01-ask.md, line 22: The key does not fit the kind “rate”. "
                "Where answers have ratings none is right by itself. Mark none."
            ),
        ),
        (
            ("correct: true", "rating: 4\n    correct: true"),
            (
                "courses/listen-first/01-hear/01-ask.md, line 22: The key does not fit the kind “single”. Only answers that "
                "are rated or ranked, or of which the best and the worst are named, have a rating. Leave it empty."
            ),
        ),
        (
            ("skill: discover", "skil: discover"),
            (
                "courses/listen-first/01-hear/01-ask.md, line 17: the check has no field “skil”. Its fields are: id, kind, "
                "model, options, prompt, skill."
            ),
        ),
        (
            ("  - id: b", "  - id: a"),
            (
                "courses/listen-first/01-hear/01-ask.md, line 22: Two options have the same id. Give each option its own "
                "id: a, b, c."
            ),
        ),
        (
            ("::: check", "::: quiz"),
            (
                "courses/listen-first/01-hear/01-ask.md, line 15: There is no block “quiz”. Choose one of: agreement, "
                "assessment, callout, case, check, compare, complete, dialogue, figure, plan, quotation, recap, reflection, "
                "simulation, steps, table, worksheet."
            ),
        ),
        (
            (":::\n\nLast", "\n\nLast"),
            "courses/listen-first/01-hear/01-ask.md, line 15: The check is never closed. Close it with a line “:::”.",
        ),
        (
            ("text: Answer", "text: Answer: now"),
            (
                "courses/listen-first/01-hear/01-ask.md, line 24: The fields cannot be read: mapping values are not allowed "
                "here. Put text that contains a colon, a # or quotation marks in quotation marks."
            ),
        ),
        (
            ("minutes: 5", "minutes: soon"),
            (
                "courses/listen-first/01-hear/01-ask.md, line 4: “minutes” of the lesson is “soon”. "
                "Give it a whole number from 1 to 120."
            ),
        ),
        (
            ("id: chk-ask", "id: les-wait"),
            (
                "courses/listen-first/01-hear/02-wait.md, line 2: The id “les-wait” is used twice; "
                "first in courses/listen-first/01-hear/01-ask.md, line 16. Give one of them another id."
            ),
        ),
        (
            ("## A heading", "# A heading"),
            ("courses/listen-first/01-hear/01-ask.md, line 10: Lessons do not have headings of this level. Use ## or ###."),
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_its_line_and_a_remedy(db, folder, change, problem):
    text = files.lesson("ask", sample="true")
    assert change[0] in text
    files.write(folder, "01-hear/01-ask.md", text.replace(*change, 1))
    assert problems_of(folder)[:1] == [problem]


def test_a_course_with_a_mistake_is_left_as_it_was(loaded, folder):
    before = everything()
    files.write(folder, "01-hear/01-ask.md", files.lesson("ask").replace("minutes: 5", "minutes: 0"))
    files.write(folder, "01-hear/02-wait.md", files.lesson("wait", more="\nNew words.\n"))
    with pytest.raises(CommandError, match="minutes"):
        call_command("load_content", str(folder))
    assert everything() == before


def test_a_mistake_in_one_course_does_not_keep_another_from_loading(db, folder):
    other = folder / "courses" / "another"
    other.mkdir()
    (other / "course.md").write_text("no fields")
    assert [problem.split(": ")[0:2] for problem in problems_of(folder)] == [
        [
            "courses/another/course.md, line 1",
            "The course has no modules. Add a folder like 01-first-things with a module.md and lessons.",
        ],
        [
            "courses/another/course.md, line 1",
            "The fields at the top are missing. Start the file with them, between two lines “---”.",
        ],
    ]
    assert CoursePage.objects.get().slug == "listen-first"


def test_no_html_of_a_file_reaches_a_page():
    html = to_rich_text('<script>alert(1)</script> and [a](javascript:alert(1)) <b onclick="x">b</b>')
    assert "<script" not in html
    assert "<b" not in html
    assert "href" not in html


def test_lines_broken_for_the_file_are_joined():
    assert unwrapped("One line\nand its end.\n\nA new\nparagraph.\n") == "One line and its end.\n\nA new paragraph."


def texts_of_shipped_courses() -> list[str]:
    root = settings.CONTENT_DIR
    skills = frozenset(skill["id"] for skill in read_skills(root / "skills.yaml", root)["skills"])
    courses = [read_course(folder, root, skills) for folder in sorted((root / "courses").glob("*/"))]
    blocks = [
        block for course in courses for module in course.modules for lesson in module.lessons for block in lesson.fields["body"]
    ]
    return [block["value"] for block in blocks if block["type"] == "text"] + [
        block["value"]["body"] for block in blocks if block["type"] in ("case", "callout")
    ]


def test_opening_and_saving_a_shipped_text_in_the_editor_changes_nothing_of_it():
    converter = ContentstateConverter(RICH_TEXT)
    texts = texts_of_shipped_courses()
    saved = [converter.to_database_format(converter.from_database_format(text)) for text in texts]
    assert len(texts) > 50
    assert [published_html(text) for text in saved] == [published_html(text) for text in texts]


def test_the_shipped_courses_load(shipped):
    assert list(Course.objects.order_by("key").values_list("key", "is_listed")) == [
        ("negotiate-mutual-value", True),
        ("uncover-what-others-expect", True),
    ]
    assert ModulePage.objects.filter(key="").count() == 0
    assert Price.objects.count() == 0
    assert [course.key for course in Course.objects.all() if text_of(course.current_version).is_preview] == [
        "negotiate-mutual-value"
    ]


def test_loading_the_shipped_courses_again_changes_nothing(shipped):
    before = everything()
    report = load(settings.CONTENT_DIR)
    assert (changes(report), everything()) == ([], before)


def test_the_free_course_takes_as_long_as_its_page_says(shipped):
    assert 68 <= Course.objects.get(key="uncover-what-others-expect").minutes <= 74
