"""Content files that cannot be loaded: each is refused with its file, its line, what is wrong and what to do."""

import os
import re
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from cms.content_files import ContentError, load
from cms.content_files.markdown import plain_refusal, refusals, to_rich_text
from cms.content_files.reading import read_course, read_skills
from cms.models import CoursePage
from courses.models import Course
from skills.models import Skill
from tests.cms import files

SKILLS = frozenset({"discover-expectations"})
ASK, WAIT = "01-hear/01-ask.md", "01-hear/02-wait.md"
IN_TEXT = "First **ask**, then go on."
IN_MINUTES = "Give it a whole number from 1 to 120."
BROKEN = yaml.safe_load((Path(__file__).parents[1] / "data" / "broken_content_files.yaml").read_text("utf-8"))


@pytest.fixture
def course(tmp_path):
    files.write_course(tmp_path)
    return tmp_path / "courses" / "listen-first"


def problems_in(course: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        read_course(course, course.parent.parent, SKILLS)
    return [str(problem).removeprefix("courses/listen-first/") for problem in caught.value.problems]


@pytest.mark.parametrize(
    "number",
    ["0x" + "f" * 9000, "0b" + "1" * 20_000, "0" + "7" * 9000, "1" + ":59" * 3000, "1" + ":59" * 400 + ".5"],
    ids=["hexadecimal", "binary", "octal", "minutes", "minutes and a half"],
)
def test_a_number_without_end_is_a_problem_of_its_line_like_any_other(course, number):
    lesson = course / ASK
    lesson.write_text(lesson.read_text().replace("minutes: 5", f"minutes: {number}"))
    assert problems_in(course) == [f"{ASK}, line 4: “minutes” of the lesson is “{number[:79]}…”. {IN_MINUTES}"]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken["case"])
def test_what_a_file_cannot_say_is_refused_by_file_and_line(course, broken):
    path = course / broken["file"]
    text = path.read_text()
    assert broken["instead_of"] in text
    path.write_text(text.replace(broken["instead_of"], broken["stands"], 1))
    assert problems_in(course)[0] == f"{broken['file']}, line {broken['line']}: {broken['says']}"


# The same in a case, a call-out, and the texts of course and module.
@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (
            WAIT,
            "Last words.",
            "::: callout\n---\n![A](b.png)\n:::",
            "line 35: Images cannot be written in a file. Remove it, load the file, and add an image block in the CMS.",
        ),
        (
            WAIT,
            "Last words.",
            "::: callout\ntitle: One\n---\n## Two\n:::",
            "line 36: A heading cannot stand here. Make it **bold**, or put it into the text of the lesson.",
        ),
        (
            WAIT,
            "Last words.",
            "::: case\nid: c\ntitle: C\nrelationship: customer\n---\nOne\n\n> two\n:::",
            "line 40: Lines that begin with > are not understood. Write a block of its own: “::: quotation”.",
        ),
        (
            "course.md",
            "A short",
            "<p>A short",
            "line 16: HTML is not understood here. Use **bold**, *italic* and links; for the sign itself write &lt;.",
        ),
        (
            "01-hear/module.md",
            "An introduction.",
            "# One",
            "line 8: A heading cannot stand here. Make it **bold**, or put it into the text of the lesson.",
        ),
    ],
)
def test_markdown_of_other_places_is_refused_too(course, name, old, new, problem):
    path = course / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert problems_in(course) == [f"{name}, {problem}"]


def test_a_divider_is_found_before_a_rule(course):
    """`---` in the text of a lesson is Markdown, and no second front matter."""
    files.write(course.parent.parent, ASK, files.lesson("ask").replace(IN_TEXT, "One.\n\n---\n\nTwo."))
    assert problems_in(course) == [
        f"{ASK}, line 10: Lessons have no horizontal rules. Remove the line; a heading (##) begins something new."
    ]


BYTES = {
    "Latin-1": (b"One caf\xe9", 8, "The file is not UTF-8. Save it as UTF-8."),
    "a NUL": (b"One\ntwo\0three", 9, "The character U+0000 cannot be shown. Remove it."),
    "a lost character": (
        "One \ufffd two".encode(),
        8,
        ("A character was lost when the file was saved: there is “\ufffd” in its place. Write the word again."),
    ),
    "a line separator": ("One\u2028two".encode(), 8, "The character U+2028 cannot be shown. Remove it."),
    "an escape": (b"One \x1b[1m two", 8, "The character U+001B cannot be shown. Remove it."),
}


@pytest.mark.parametrize("case", BYTES)
def test_bytes_that_are_no_text_are_refused(course, case):
    raw, line, said = BYTES[case]
    (course / ASK).write_bytes(files.lesson("ask").encode().replace(IN_TEXT.encode(), raw))
    assert problems_in(course) == [f"{ASK}, line {line}: {said}"]


@pytest.mark.parametrize("name", ["course.md", "01-hear/module.md", ASK, "assessment/form-a.yaml"])
def test_every_kind_of_file_is_refused_in_another_encoding(course, name):
    (course / name).write_bytes((course / name).read_text().encode("utf-16"))
    assert problems_in(course)[0] == f"{name}, line 1: The file is not UTF-8 but UTF-16. Save it as UTF-8."


@pytest.mark.parametrize("name", ["course.md", "01-hear/module.md", ASK, "assessment/form-a.yaml"])
def test_a_byte_order_mark_and_line_ends_of_windows_change_nothing(course, name):
    before = read_course(course, course.parent.parent, SKILLS)
    (course / name).write_bytes((course / name).read_text().replace("\n", "\r\n").encode("utf-8-sig"))
    assert read_course(course, course.parent.parent, SKILLS) == before


def stray(course: Path, name: str) -> None:
    path = course / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")


FOLDERS = {
    "two lessons of one number": (
        lambda course: files.write(course.parent.parent, "01-hear/1-third.md", files.lesson("third")),
        ("01-hear/1-third.md, line 1: It has the number of 01-ask.md. Give one of the two another number."),
    ),
    "two modules of one number": (
        lambda course: (course / "02-answer").rename(course / "01-answer"),
        ("01-hear, line 1: It has the number of 01-answer. Give one of the two another number."),
    ),
    "a module without lessons": (
        lambda course: (course / "02-answer/01-repeat.md").unlink(),
        ("02-answer/module.md, line 1: The module has no lessons. Add a file like 01-first-steps.md, or remove the folder."),
    ),
    "a stray file in a course": (
        lambda course: stray(course, "notes.txt"),
        (
            "notes.txt, line 1: This belongs to no course. "
            "Move it elsewhere: here are only folders of modules, course.md and assessment."
        ),
    ),
    "a stray folder in a course": (
        lambda course: stray(course, "drafts/one.md"),
        ("drafts, line 1: The name needs a number and a slug. Name it like 01-map-who-expects-what."),
    ),
    "a stray folder in a module": (
        lambda course: stray(course, "01-hear/old/01-ask.md"),
        (
            "01-hear/old, line 1: This belongs to no course. "
            "Move it elsewhere: here are only module.md and lessons (01-name.md)."
        ),
    ),
    "a picture in a module": (
        lambda course: stray(course, "01-hear/map.png"),
        (
            "01-hear/map.png, line 1: This belongs to no course. "
            "Move it elsewhere: here are only module.md and lessons (01-name.md)."
        ),
    ),
    "a name in capitals": (
        lambda course: (course / WAIT).rename(course / "01-hear/02-Wait.md"),
        ("01-hear/02-Wait.md, line 1: The name needs a number and a slug. Name it like 01-map-who-expects-what."),
    ),
    "a stray file among the forms": (
        lambda course: stray(course, "assessment/notes.md"),
        ("assessment/notes.md, line 1: This is no form. Forms are files with names like form-a.yaml; move it elsewhere."),
    ),
    "a link to a file": (
        lambda course: (course / "01-hear/03-link.md").symlink_to(course / WAIT),
        ("01-hear/03-link.md, line 1: This is a link to a file or folder. Put the file or folder itself here."),
    ),
    "a file that is too large": (
        lambda course: (course / WAIT).write_bytes(b"x" * 1_000_001),
        ("01-hear/02-wait.md, line 1: The file is larger than 1 MB. Split it, or remove what is not text."),
    ),
    "a name that is no text": (
        lambda course: os.close(os.open(os.fsencode(course / "01-hear") + b"/03-caf\xe9.md", os.O_CREAT)),
        "01-hear/03-caf?.md, line 1: The name needs a number and a slug. Name it like 01-map-who-expects-what.",
    ),
    "no course.md": (
        lambda course: (course / "course.md").unlink(),
        ("course.md, line 1: The file is missing. Create it, starting with the fields between two lines “---”."),
    ),
    "fields that do not end": (
        lambda course: files.write(course.parent.parent, WAIT, "---\nid: les-wait\n"),
        ("01-hear/02-wait.md, line 1: The fields at the top do not end. Write a line “---” after them."),
    ),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_folders_that_would_be_read_by_half_are_refused(course, case):
    change, problem = FOLDERS[case]
    change(course)
    assert problems_in(course) == [problem]


def test_a_course_without_modules_is_refused(course):
    for name in ("01-hear", "02-answer"):
        (course / name).rename(course / f".{name}")
    assert problems_in(course) == [
        "course.md, line 1: The course has no modules. Add a folder like 01-first-things with a module.md and lessons."
    ]


def test_the_body_of_a_file_keeps_its_line_numbers_however_many_blank_lines_follow_the_fields(course):
    text = files.lesson("ask").replace("---\nFirst", "---\n\n\n\nFirst").replace(IN_TEXT, "> No.")
    files.write(course.parent.parent, ASK, text)
    assert problems_in(course) == [
        f"{ASK}, line 11: Lines that begin with > are not understood. Write a block of its own: “::: quotation”."
    ]


def test_numbers_are_read_as_they_were_written(course):
    """YAML reads 1.50 as 1.5 and 12:30 as 750."""
    files.write(
        course.parent.parent, ASK, files.lesson("ask").replace("text: Answer", "text: 12:30").replace("Too early.", "1.50")
    )
    lesson = read_course(course, course.parent.parent, SKILLS).modules[0].lessons[0]
    option = lesson.fields["body"][1]["value"]["options"][0]["value"]
    assert (option["text"], option["feedback"]) == ("12:30", "1.50")


def test_what_cannot_be_nested_or_counted_is_no_crash(course):
    for value in ("[" * 5_000, "9" * 5_000):
        files.write(course.parent.parent, ASK, files.lesson("ask").replace("minutes: 5", f"minutes: {value}"))
        assert problems_in(course)


SKILL_FILE = {
    "an id twice": (lambda text: text + text[text.index("  - id:") :], "The id “discover-expectations” is used twice"),
    "a level twice": (lambda text: text.replace("level: 2", "level: 1"), "The level “1” is used twice; first on line"),
    "a field that is none": (lambda text: text.replace("    name: ", "    nome: ", 1), "a skill has no field “nome”"),
}


@pytest.mark.parametrize("case", SKILL_FILE)
def test_skills_that_contradict_themselves_are_refused(tmp_path, case):
    change, said = SKILL_FILE[case]
    (tmp_path / "skills.yaml").write_text(change(files.SKILLS))
    with pytest.raises(ContentError) as caught:
        read_skills(tmp_path / "skills.yaml", tmp_path)
    assert any(said in str(problem) for problem in caught.value.problems)


# --- one bad file stops only itself


def second_course(folder: Path, *, slug: str = "speak-plainly", prefix: str = "second") -> Path:
    """A course like the first with ids of its own."""
    other = folder / "courses" / slug
    for path in sorted((folder / "courses" / "listen-first").rglob("*.*")):
        target = other / path.relative_to(folder / "courses" / "listen-first")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text().replace("id: listen-first", f"id: {prefix}"))
    return other


def test_one_bad_file_stops_its_course_and_the_summary_says_everything(db, tmp_path, capsys):
    files.write_course(tmp_path)
    other = second_course(tmp_path)
    (other / ASK).write_bytes(b"\xff\xfe\x00")
    (other / WAIT).write_text((other / WAIT).read_text().replace("minutes: 5", "minutes: 0"))
    (tmp_path / "courses" / "notes.txt").write_text("x")
    with pytest.raises(CommandError) as caught:
        call_command("load_content", str(tmp_path))
    assert str(caught.value).split("\n") == [
        "3 problems in 3 files. Their courses were left as they were; everything else was loaded.",
        "courses/notes.txt, line 1: This belongs to no course. Move it elsewhere: here are only folders of courses.",
        "courses/speak-plainly/01-hear/01-ask.md, line 1: The file is not UTF-8 but UTF-16. Save it as UTF-8.",
        (
            "courses/speak-plainly/01-hear/02-wait.md, line 4: “minutes” of the lesson is “0”. "
            "Give it a whole number from 1 to 120."
        ),
    ]
    assert [page.slug for page in CoursePage.objects.all()] == ["listen-first"]
    assert "8 created" in capsys.readouterr().out


def test_bad_skills_do_not_stop_courses_whose_skills_are_known(db, tmp_path):
    files.write_course(tmp_path)
    load(tmp_path)
    (tmp_path / "skills.yaml").write_bytes(b"id: caf\xe9")
    files.write(tmp_path, WAIT, files.lesson("wait", more="\nNew words.\n"))
    with pytest.raises(ContentError) as caught:
        load(tmp_path)
    assert [str(problem) for problem in caught.value.problems] == [
        "skills.yaml, line 1: The file is not UTF-8. Save it as UTF-8."
    ]
    assert caught.value.report.updated == ["courses/listen-first/01-hear/02-wait.md"]
    assert Skill.objects.count() == 1


def test_without_any_skills_courses_say_so(db, tmp_path):
    files.write_course(tmp_path)
    (tmp_path / "skills.yaml").write_text("no: fields")
    Skill.objects.all().delete()
    with pytest.raises(ContentError) as caught:
        load(tmp_path)
    said = {problem.what for problem in caught.value.problems if problem.file.startswith("courses/")}
    assert said == {"There is no skill “discover-expectations”.", "There are no skills to choose from yet."}


def test_two_courses_with_one_id_are_both_refused(db, tmp_path):
    files.write_course(tmp_path)
    second_course(tmp_path, slug="a-copy", prefix="listen-first")
    second_course(tmp_path)
    with pytest.raises(ContentError) as caught:
        load(tmp_path)
    assert {problem.file.split("/")[1] for problem in caught.value.problems} == {"a-copy", "listen-first"}
    assert [course.key for course in Course.objects.all()] == ["second"]


def test_a_course_whose_address_is_taken_in_the_cms_gets_it_with_a_number(db, tmp_path):
    files.write_course(tmp_path)
    load(tmp_path)
    second_course(tmp_path)
    (tmp_path / "courses" / "listen-first").rename(tmp_path / "elsewhere")
    second_course_of = tmp_path / "courses" / "speak-plainly"
    (tmp_path / "courses" / "third").mkdir()
    for path in sorted(second_course_of.rglob("*.*")):
        target = tmp_path / "courses" / "third" / path.relative_to(second_course_of)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text().replace("id: second", "id: third"))
    second_course_of.rename(tmp_path / "courses" / "listen-first")
    load(tmp_path)
    assert sorted(page.slug for page in CoursePage.objects.all()) == ["listen-first", "listen-first-2", "third"]


def test_a_folder_without_courses_is_refused(db, tmp_path):
    (tmp_path / "skills.yaml").write_text(files.SKILLS)
    with pytest.raises(ContentError, match=r"There is no folder of courses here\. Give the folder that holds skills\.yaml"):
        load(tmp_path)


# --- what is published is what was written, or it is refused

WORDS = """One two|**bold**|*italic*|[a](https://a.example)|[b](c.md)|![d](e.png)|`f`|<b>|</b>|<!-- g -->
# h|## i|### j|#### k
- l|1. m|2. n|7. o|> p|```|    q|---|***|===|~~t~~|[^1]|[u]: v|\\*|&lt;|&amp;|<|>|x\\y|https://w.example|<https://x.example>
[ ] y|_z_|__z__|!|[|](|)|:"""
PIECES = [*re.split(r"[|\n]", WORDS), "| r | s |\n|-|-|\n"]
TEXTS = st.lists(
    st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " ", "\n", "\n\n", "\n\n  "])).map("".join), min_size=1, max_size=8
).map("".join)
LOST = re.compile(r"!\[d|(?<!`)`f`(?!`)|~~t~~|</?b>|<!--|^#{1,6} |^> |\[\^|\]\(", re.MULTILINE)


@given(TEXTS)
def test_what_is_published_has_every_word_that_was_written_and_no_mark_that_was_not_understood(markdown):
    if refusals(markdown, first_line=1):
        return
    html = to_rich_text(markdown)
    words = re.findall(r"[A-Za-z]+", re.sub(r"\]\([^)]*\)", "]", markdown.replace("&lt;", "").replace("&amp;", "")))
    shown = re.sub(r"<[^>]*>", " ", html).replace("&lt;", "").replace("&gt;", "").replace("&amp;", "").replace("&quot;", "")
    assert sorted(words) == sorted(re.findall(r"[A-Za-z]+", shown))
    assert not LOST.search(re.sub(r"\\.", "", shown))


def test_plain_text_may_hold_what_is_no_markup():
    for text in (
        "5 * 3 < 20 and 2 > 1",
        "1. May is a holiday",
        "- 4 degrees",
        "snake_case & co.",
        "Is a <i right?",
        "#1",
        "“**bold**”",
    ):
        assert plain_refusal(text) is None, text
