"""Open questions in files: what they say, what is wrong with them, and what the rules ask of them."""

import copy
from pathlib import Path

import pytest
import yaml

from assessments.formats.written import AnswerTerms, Means
from assessments.item_rules import check, read_bank
from assessments.item_rules.model import Bank, Lesson
from tests.assessments.item_rules.banks import clean_bank

SHIPPED = Path(__file__).parents[3] / "content" / "items" / "open-questions.yaml"


def written(**fields):
    """The question that ships, with something changed."""
    [question] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["open"]
    return copy.deepcopy(question) | fields


def read(tmp_path, *questions):
    (tmp_path / "open.yaml").write_text(yaml.safe_dump({"open": list(questions)}, allow_unicode=True), encoding="utf-8")
    return read_bank(tmp_path)


def problems(tmp_path, *questions):
    _bank, findings = read(tmp_path, *questions)
    return [f"{finding.what} {finding.remedy}" for finding in findings]


def test_the_question_that_ships_is_read_whole_and_keeps_the_rules(tmp_path):
    bank, findings = read(tmp_path, written())

    [question] = bank.open
    assert findings == []
    assert (question.id, question.course, question.asked) == ("open-mostly-fine", "uncover-what-others-expect", "never")
    assert question.answer == AnswerTerms(Means.WORDS, fewest=50, most=200)
    assert [anchor.score for anchor in question.anchors] == [1, 2, 3, 3, 4, 4, 5]
    assert len(question.levels) == 5
    assert check(bank).findings == []
    assert check(bank).counts["open questions"] == 1


@pytest.mark.parametrize(
    ("answer", "terms"),
    [
        ({"by": "file", "kinds": ["docx", "pdf"], "megabytes": 4}, AnswerTerms(Means.FILE, kinds=("pdf", "docx"), megabytes=4)),
        ({"by": "audio", "minutes": 3}, AnswerTerms(Means.AUDIO, minutes=3)),
    ],
)
def test_it_may_be_answered_by_a_file_or_by_speaking(tmp_path, answer, terms):
    bank, findings = read(tmp_path, written(answer=answer))

    assert ([question.answer for question in bank.open], findings) == ([terms], [])


def anchors(count=7, **fields):
    return [anchor | fields for anchor in written()["anchors"][:count]]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"id": "Open 1"}, "“Open 1” is not a valid id."),
        ({"asked": "sometimes"}, "“asked” of the open question is “sometimes”. Choose one of: never, before, after."),
        ({"situation": ""}, "“situation” of the open question is missing."),
        ({"rubric": 1}, "The open question has no field “rubric”."),
        ({"answer": None}, "Fields of the answer are expected here."),
        ({"answer": {"by": "smoke"}}, "“by” of the answer is “smoke”. Choose one of: words, file, audio."),
        ({"answer": {"by": "words", "fewest": 90, "most": 80}}, "It does not say what an answer should be. Write “fewest”"),
        ({"answer": {"by": "words", "minutes": 3}}, "An answer by words has no “minutes”."),
        ({"answer": {"by": "file", "kinds": ["exe"], "megabytes": 1}}, "There are no files of the kind “exe”."),
        ({"answer": {"by": "file", "kinds": [], "megabytes": 1}}, "Write “kinds”, such as [pdf, docx], and “megabytes”"),
        ({"answer": {"by": "file", "kinds": ["pdf"], "megabytes": 51}}, "“megabytes” of the answer is “51”."),
        ({"answer": {"by": "audio", "minutes": 11}}, "“minutes” of the answer is “11”. Give it a number from 1 to 10."),
        ({"levels": written()["levels"][:4]}, "Its rubric has 4 levels."),
        ({"anchors": anchors(5)}, "It has 5 anchors."),
        ({"anchors": anchors(id="same")}, "Two of its anchors have the same id."),
        ({"anchors": anchors(score=3)}, "Its anchors have fewer than 3 different levels."),
        ({"anchors": anchors(score=6)}, "“score” of the anchor is “6”. Give it a number from 1 to 5."),
        ({"anchors": anchors(text="Too short.")}, "The anchor has 2 words. Write 50 to 200, as learners do."),
        ({"anchors": [{"id": "a", "text": "x", "reason": "y"}]}, "“score” of the anchor is missing."),
    ],
)
def test_what_nobody_could_answer_or_rate_is_noted_and_not_loaded(tmp_path, fields, says):
    bank, _findings = read(tmp_path, written(**fields))

    assert bank.open == []
    assert any(says in problem for problem in problems(tmp_path, written(**fields)))


def test_an_id_is_given_once(tmp_path):
    assert problems(tmp_path, written(), written()) == [
        "The item id “open-mostly-fine” is there more than once. Give each its own id."
    ]


@pytest.mark.parametrize(
    ("rule", "fields", "says"),
    [
        (9, {"situation": "Too short."}, "The situation has 2 words."),
        (9, {"question": "What do you write? Why?"}, "The question asks for more than one thing."),
        (9, {"situation": "Ines, Igor and Ilse meet. " + written()["situation"]}, "It has 3 names"),
        (11, {"anchors": anchors(reason="Good.")}, "Its reason has 1 words."),
        (
            11,
            {"anchors": [*anchors()[:6], anchors()[6] | {"reason": anchors()[5]["reason"]}]},
            "Another anchor has the same reason.",
        ),
        (15, {"question": "What shall you write to her?"}, "“shall” is on the list of words to change."),
    ],
)
def test_the_rules_hold_for_its_stem_its_anchors_and_its_words(tmp_path, rule, fields, says):
    bank, findings = read(tmp_path, written(**fields))

    found = check(bank, findings).findings

    assert says in " ".join(f"{finding.what}" for finding in found)
    assert rule in {finding.rule for finding in found}
    assert check(bank, findings, only=[16]).findings == findings


def test_rare_words_are_counted(tmp_path):
    rare = "Idiosyncratic perspicacity. " * 40
    bank, _findings = read(tmp_path, written(levels=[level | {"words": rare} for level in written()["levels"]]))

    assert "perspicacity" in next(finding.what for finding in check(bank).findings if "of its words are rare" in finding.what)


def test_a_sibling_of_an_item_and_words_of_a_lesson_are_named(tmp_path):
    item = clean_bank().items[0]
    bank, _findings = read(tmp_path, written(situation=item.situation, question="What do you write now?"))
    lesson = Lesson("les-log", "les-log.md", "Think of the last morning that was not fine at all.")

    found = check(Bank(items=[item], open=bank.open, lessons=[lesson]), only=[8]).findings

    said = " ".join(finding.what for finding in found if finding.item == "open-mostly-fine")
    assert f"of its content words with {item.id}; 35% may be." in said
    assert "is in the lesson les-log too." in said
