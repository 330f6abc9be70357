"""Files: what they say, what is wrong with them, and the command."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from assessments.item_rules import read_bank

FIRST_FORMS = Path(__file__).parents[2] / "data" / "items" / "first_forms"
ITEM = """
items:
  - id: dx-001
    skill: discover-expectations
    boundary: 3|4
    relationship: customer
    region: south-asia
    industry: garment sourcing
    format: single
    enemy: []
    situation: |
      Two lines
      of text.
    question: What should she do next?
    options:
      - {id: a, level: 1, act: do, tone: warm, text: Do it., misconception: m-one, rationale: So it is.}
      - {id: b, level: 2, act: ask, tone: neutral, text: Ask., misconception: m-two, rationale: So it is.}
      - {id: c, level: 3, act: ask, tone: neutral, text: Ask him., misconception: m-three, rationale: So it is.}
      - {id: d, level: 4, act: record, tone: firm, text: Write it down., key: true, rationale: So it is.}
    assert: ["2*2 == 4"]
    key: {state: panel, panel: {experts: 9, chose_key: 0.8, means: {a: 1.2, b: 2, c: 3, d: 4.5}}}
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "items.yaml").write_text(text)
    return [str(finding).removeprefix("items.yaml:") for finding in read_bank(tmp_path)[1]]


def test_an_item_of_the_design_is_read_whole(tmp_path):
    (tmp_path / "items.yaml").write_text(ITEM)
    bank, found = read_bank(tmp_path)
    assert found == []
    (item,) = bank.items
    assert (item.id, item.boundary, item.region, item.situation) == ("dx-001", "3|4", "south-asia", "Two lines of text.")
    assert [(option.id, option.level, option.act, option.tone, option.is_key) for option in item.options] == [
        ("a", 1, "do", "warm", False),
        ("b", 2, "ask", "neutral", False),
        ("c", 3, "ask", "neutral", False),
        ("d", 4, "record", "firm", True),
    ]
    assert (item.state, item.panel.experts, item.panel.means["d"], item.sums) == ("panel", 9, 4.5, ("2*2 == 4",))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("boundary: 3|4", "boundary: 2|3", "levels are 1, 2, 3, 4 and its key has 4, which does not separate 2|3."),
        ("boundary: 3|4", "boundary: 3|5", "“boundary” of the item is “3|5”. Choose one of: 1|2, 2|3, 3|4, 4|5."),
        ("act: record", "act: note", "dx-001:d: rule 0: “act” of the option is “note”."),
        ("tone: firm", "tone: cold", "dx-001:d: rule 0: “tone” of the option is “cold”."),
        ("key: true, ", "", "It has 0 keys. Write “key: true” at exactly one option."),
        ("level: 1, ", "", "Some of its options have a level and some have none."),
        ("level: 4", "level: 6", "“level” of the option is “6”. Give it a number from 1 to 5."),
        ("{id: b,", "{id: a,", "each with an id of its own."),
        ("region: south-asia", "region: asia", "“region” of the item is “asia”."),
        ("skill: discover-expectations", "skills: x", "The item has no field “skills”."),
        ("industry: garment sourcing", "industry: 7", "“industry” of the item is not text. Put it in quotation marks."),
        ("enemy: []", "enemy: dx-002", "“enemy” of the item is not a list."),
        ("items:", "item:", "The file has no field “item”."),
        ("    skill:", "    id: dx-002\n    skill:", "line 4: “id” is written twice. Keep one of the two."),
        ("question: What", "question: *What", "line 14: a value begins with *. Put it in quotation marks."),
        ("question: What", "question: [What", "line 14: expected "),
    ],
)
def test_what_is_wrong_with_a_file_is_said_by_item_and_option(tmp_path, before, after, says):
    assert before in ITEM
    found = problems(tmp_path, ITEM.replace(before, after, 1))
    assert any(says in problem for problem in found), found


def test_forms_name_items_that_are_there_once(tmp_path):
    forms = "forms:\n  - {id: form-a, title: A, course: c, items: [dx-001, dx-009], anchors: [dx-001]}\n"
    assert problems(tmp_path, f"{ITEM}{forms}") == [
        f"items.yaml (form-a): rule 0: {said}"
        for said in (
            "The form names the item “dx-009”, which no file has. Write the item, or take it off the form.",
            "The form names the item “dx-001” more than once. Keep one of them.",
        )
    ]


def test_ids_are_given_once_across_files(tmp_path):
    (tmp_path / "more.yaml").write_text(ITEM)
    assert problems(tmp_path, ITEM) == ["bank: rule 0: The item id “dx-001” is there more than once. Give each its own id."]


def test_a_folder_without_files_is_no_bank(tmp_path):
    (found,) = read_bank(tmp_path)[1]
    assert found.what == "There are no *.yaml files here."


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("check_items", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_command_fails_on_the_first_forms_and_says_why():
    code, out, err = run(str(FIRST_FORMS), "--rule", "2", "--rule", "3", "--rule", "5")
    assert code == 1
    assert out.endswith("Rules that do not hold: 2, 3, 5.\n")
    assert "forms.yaml (form-a): rule 5: Asking is right in 11 of 12 items; it may be in half. Write items" in err


def test_the_command_ends_well_where_rules_hold_and_with_warnings(tmp_path):
    lessons = tmp_path / "courses"
    lessons.mkdir()
    (lessons / "one.md").write_text("---\nid: one\n---\nWe shall see.\n")
    (tmp_path / "items").mkdir()
    (tmp_path / "items" / "items.yaml").write_text(ITEM)
    code, out, err = run(str(tmp_path / "items"), "--rule", "15")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "warning: one.md: rule 15: “shall” is on the list of words to change. Write will, or should.",
        "1 item, 0 open questions, 0 forms, 0 misconceptions, 0 works, 1 lesson. 0 errors, 1 warning. All rules hold.",
    ]


def test_json_has_findings_and_the_figures_behind_them():
    code, out, _err = run(str(FIRST_FORMS), "--rule", "3", "--json")
    said = json.loads(out)
    assert code == 1
    assert (said["ok"], said["failed_rules"], said["counts"]["items"]) == (False, [3], 24)
    assert set(said["findings"][0]) == {"rule", "severity", "what", "remedy", "file", "item", "option", "group", "where"}
    assert said["measures"][0] == {
        "rule": 3,
        "group": "within form-a",
        "name": "naive Bayes",
        "n_items": 12,
        "hits": said["measures"][0]["hits"],
        "chance": 3.0,
        "p": said["measures"][0]["p"],
        "level_gap": None,
        "level_se": None,
    }


def test_the_command_names_a_path_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="There is no"):
        call_command("check_items", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("check_items", str(FIRST_FORMS), "--lessons", str(tmp_path / "none"))


RATED = ITEM.replace("format: single", "format: rate").replace("    boundary: 3|4\n", "").replace(", key: true", "")
for _level, _rating in ((1, 2), (2, 4), (3, 3), (4, 5)):
    RATED = RATED.replace(f"level: {_level}", f"rating: {_rating}")
BOTH = RATED.replace("format: rate", "format: best-worst").replace("state: panel", "state: trial")
STEPS = """
items:
  - id: dx-001
    skill: discover-expectations
    relationship: customer
    region: south-asia
    industry: garment sourcing
    format: order
    situation: Two lines of text.
    question: In which order should she do this?
    options:
      - {id: a, text: Do it., place: 2}
      - {id: b, text: Ask., place: 1}
      - {id: c, text: Ask him., place: 3}
    key: {state: trial, panel: null}
"""
PAIRS = STEPS.replace("format: order", "format: match\n    others: [Never]").replace("place:", "match: x")
LINES = STEPS.replace("format: order", "format: lines").replace(", place: 2", "").replace(", place: 3", "")
LINES = LINES.replace("place: 1", "key: true, rationale: So it is.")


@pytest.mark.parametrize("given", [RATED, RATED.replace("format: rate", "format: best-worst"), STEPS, LINES, PAIRS])
def test_items_of_other_formats_are_read(tmp_path, given):
    (tmp_path / "items.yaml").write_text(given)
    bank, found = read_bank(tmp_path)
    assert found == []
    (item,) = bank.items
    assert (item.has_one_key, item.distractors) == (False, ())


def test_the_means_of_a_panel_are_the_ratings_once_it_has_keyed_the_item(tmp_path):
    for state, ratings in (("panel", (1.2, 2, 3, 4.5)), ("trial", (2, 4, 3, 5))):
        (tmp_path / "items.yaml").write_text(RATED.replace("state: panel", f"state: {state}"))
        assert read_bank(tmp_path)[0].items[0].ratings == ratings


@pytest.mark.parametrize(
    ("given", "before", "after", "says"),
    [
        (RATED, "format: rate", "format: guess", "“format” of the item is “guess”. Choose one of: single, rate, best-worst,"),
        (RATED, "rating: 2, ", "", "dx-001: rule 0: Some of its options have no rating."),
        (RATED, "rating: 2", "rating: 7", "dx-001:a: rule 0: “rating” of the option is “7”. Give it a number from 1 to 5."),
        (RATED, "rating: 2", "rating: 2, level: 1", "dx-001:a: rule 0: An option of the format “rate” has no “level”."),
        (RATED, "rating: 2", "rating: 2, key: true", "An option of the format “rate” has no “key”."),
        (RATED, "act: do, ", "", "dx-001:a: rule 0: “act” of the option is missing."),
        (BOTH, "rating: 4", "rating: 5", "Several of its options are the best."),
        (BOTH, "rating: 3", "rating: 2", "Several of its options are the worst."),
        (RATED, "a: 1.2, ", "", "dx-001: rule 0: Its panel has no mean of a."),
        (STEPS, "place: 3", "place: 2", "Its steps have no places from 1 on, each once."),
        (STEPS, ", place: 3", "", "Its steps have no places from 1 on, each once."),
        (STEPS.replace("place: 2", "place: 0"), "place: 1", "place: 2", "Its steps have no places from 1 on"),
        (
            STEPS.replace("place: 2", "place: 9").replace("place: 1", "place: 2"),
            "place: 9",
            "place: 1",
            "The ids of its steps say their order.",
        ),
        (PAIRS, ", match: x 2", "", "dx-001:a: rule 0: “match” of the option is missing."),
        (PAIRS.replace("x 3", "x 1"), "x 2", "x 1", "The same belongs to all of its options."),
        (STEPS, "format: order", "format: order\n    others: [Never]", "An item of the format “order” has no “others”."),
        (LINES, "key: true, ", "", "None of its lines is the key, or all are."),
        (LINES, ", rationale: So it is.", "", "dx-001:b: rule 0: “rationale” of the option is missing."),
    ],
)
def test_what_is_wrong_with_an_item_of_another_format_is_said_with_its_place(tmp_path, given, before, after, says):
    assert before in given
    assert any(says in problem for problem in problems(tmp_path, given.replace(before, after)))
