"""The strict reader: what is wrong, where, what to do; everything at once."""

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from practice.cases import CaseError, case_from_data, case_from_yaml, case_to_data
from practice.scoring.interview_case import InterviewCase
from practice.scoring.negotiation_case import NegotiationCase
from tests.practice.simulations import FOLDER, LUNCH, NIGHT, shipped, small_interview, small_negotiation


def refused(data: Any) -> list[tuple[str, str]]:
    """Path and what is wrong, of everything that is."""
    with pytest.raises(CaseError) as caught:
        case_from_data(data)
    return [(problem.path, problem.what) for problem in caught.value.problems]


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The data with another value at a path like `cards.0.minutes`; REMOVED takes the field away."""
    data = copy.deepcopy(data)
    *way, last = path.split(".")
    inner: Any = data
    for name in way:
        inner = inner[int(name)] if isinstance(inner, list) else inner[name]
    if value is REMOVED:
        del inner[last]
    else:
        inner[int(last) if isinstance(inner, list) else last] = value
    return data


REMOVED = object()


def test_both_kinds_are_read():
    assert isinstance(case_from_data(small_interview()), InterviewCase)
    assert isinstance(case_from_data(small_negotiation()), NegotiationCase)


@pytest.mark.parametrize(
    ("path", "value", "at", "what"),
    [
        ("minutes", REMOVED, "minutes", "“minutes” is missing."),
        ("minutes", 4, "minutes", "“minutes” is “4”."),
        ("minutes", "20", "minutes", "“minutes” is “20”."),
        ("minutes", True, "minutes", "“minutes” is “true”."),
        ("colour", "red", "colour", "There is no field “colour” here."),
        ("title", "", "title", "“title” is empty."),
        ("title", 7, "title", "“title” is not text."),
        ("title", "x" * 81, "title", "“title” has 81 characters."),
        ("title", "a\x07b", "title", "“title” holds the character U+0007, which cannot be shown."),
        ("id", "Small Talk", "id", "“Small Talk” is not a valid id."),
        ("person", "Kim", "person", "Fields of person are expected here."),
        ("cards", {}, "cards", "“cards” is not a list."),
        ("cards", [], "cards", "“cards” has 0 entries."),
        ("topics", [], "topics", "“topics” is not a group of fields."),
        ("cards.0.kind", "shout", "cards.q-open.kind", "“kind” is “shout”."),
        ("cards.0.topic", "weather", "cards.q-open.topic", "There is no topic “weather”."),
        ("cards.0.minutes", 7, "cards.q-open.minutes", "The card takes longer than the talk of 6 minutes."),
        ("cards.0.id", "q-home", "cards.q-home", "The id “q-home” is used 2 times."),
        (
            "cards.0.replies.0.reveals",
            ["first.why"],
            "cards.q-open.replies.1.reveals",
            "There is no expectation or part",
        ),
        ("cards.0.replies.0.mentions", ["weather"], "cards.q-open.replies.1.mentions", "There is no topic “weather”."),
        ("cards.5.replies.0.ranks", ["fourth"], "cards.q-rank.replies.1.ranks", "There is no expectation “fourth”."),
        ("cards.0.when", {"asked": ["q-none"]}, "cards.q-open.when.asked", "There is no card “q-none”."),
        ("cards.0.when", {"trust": "high"}, "cards.q-open.when.trust", "“high” is no comparison."),
        ("cards.0.when", {"trust": 2}, "cards.q-open.when.trust", "“2” is no comparison."),
        ("cards.3.replies.0.if.asked", ["q-none"], "cards.q-home.replies.1.if.asked", "There is no card “q-none”."),
        (
            "topics.home.unlock.asked",
            ["work.shout"],
            "topics.home.unlock.asked",
            "“work.shout” is neither",
        ),
        ("expectations.0.topic", "weather", "expectations.first.topic", "There is no topic “weather”."),
        ("expectations.0.parts", ["what", "what"], "expectations.first.parts.what", "The id “what” is used 2 times."),
        ("expectations.1.rank", 1, "expectations", "The ranks are not 1, 2, 3 and so on, each once."),
        ("false_leads.0.topic", "weather", "false_leads.rumour.topic", "There is no topic “weather”."),
        ("false_leads.0.believed_if", ["q-none"], "false_leads.rumour.believed_if", "There is no card “q-none”."),
        ("false_leads.0.id", "first", "expectations.first", "The id “first” is used 2 times."),
    ],
)
def test_what_is_wrong_with_an_interview_is_said_where_it_is(path, value, at, what):
    assert any(where == at and said.startswith(what) for where, said in refused(changed(small_interview(), path, value)))


@pytest.mark.parametrize(
    ("path", "value", "at", "what"),
    [
        ("them_rule.beta", 0, "them_rule.beta", "“beta” is “0”."),
        ("them_rule.floor", 0.2, "them_rule.floor", "“floor” is “0.2”."),
        (
            "them_rule.target",
            5,
            "them_rule.target",
            "The target of 5 is not above",
        ),
        (
            "them_rule.target",
            41,
            "them_rule.target",
            "The target of 41 is not above",
        ),
        ("zone", "yes", "zone", "“zone” is “yes”."),
        ("issues.one.kind", "odd", "issues.one.kind", "“kind” is “odd”."),
        ("issues.one.options.0.you", 4.5, "issues.one.options.a.you", "“you” is “4.5”."),
        ("issues.one.options.1.id", "a", "issues.one.options.a", "The id “a” is used 2 times."),
        ("standards.0.supports", ["z"], "standards.index.supports", "There is no option of this issue “z”."),
        ("standards.0.issue", "four", "standards.index.issue", "There is no issue “four”."),
        ("reasons.0.issue", "four", "reasons.need.issue", "There is no issue “four”."),
        ("reasons.0.id", "index", "reasons.index", "The id “index” is used 2 times."),
        ("reasons.0.id", "in-return", "reasons.in-return", "The id “in-return” is used 2 times."),
        ("claims.1.id", "truth", "claims.truth", "The id “truth” is used 2 times."),
        ("your_words.offer", "{price}?", "your_words.offer", "“{price}” is replaced by nothing here."),
        ("their_words.counter", ["{deal}", "{issue}"], "their_words.counter.2", "“{issue}” is replaced by nothing here."),
        ("their_words.counter", [], "their_words.counter", "“counter” has 0 entries."),
        ("their_words.counter", 3, "their_words.counter", "“counter” is not a list."),
        ("briefing", "{deal}", "briefing", "“{deal}” is replaced by nothing here."),
    ],
)
def test_what_is_wrong_with_a_negotiation_is_said_where_it_is(path, value, at, what):
    assert any(where == at and said.startswith(what) for where, said in refused(changed(small_negotiation(), path, value)))


def test_a_last_reply_that_depends_on_something_is_refused():
    data = changed(small_interview(), "cards.0.replies.0.if", {"trust": ">=1"})
    assert refused(data) == [
        ("cards.q-open.replies.1", "The last reply depends on something, so that there may be no reply at all.")
    ]
    data = changed(small_interview(), "cards.2.replies.0.reveals", ["second"])
    assert [path for path, _what in refused(data)] == ["cards.o-own-up.replies.1"]


def test_an_expectation_that_nothing_reveals_is_refused():
    data = changed(small_interview(), "cards.1.replies.0.reveals", [])
    assert refused(data) == [("expectations.first", "Its part “when” is revealed by no reply.")]


def test_too_many_deals_are_refused():
    data = small_negotiation()
    options = [{"id": f"o{n}", "label": "o", "said": "o", "you": n % 7, "them": 6 - n % 7} for n in range(12)]
    data["issues"] |= {name: copy.deepcopy(data["issues"]["one"]) | {"options": options} for name in ("four", "five", "six")}
    data["issues"]["seven"] = data["issues"]["four"]
    assert refused(data)[0] == ("issues", "There are 165,888 deals.")


def test_everything_that_is_wrong_is_said_at_once():
    data = changed(changed(changed(small_interview(), "minutes", 0), "title", REMOVED), "cards.0.kind", "shout")
    assert [path for path, _what in refused(data)] == ["cards.q-open.kind", "minutes", "title"]


@pytest.mark.parametrize("data", [None, [], "interview", {}, {"kind": "quiz"}, {"kind": ["interview"]}])
def test_what_is_no_case_is_refused(data):
    assert refused(data) == [("kind", "It does not say what kind of case it is.")]


# As YAML ----------------------------------------------------------------------------------------------------------------


def test_problems_name_the_file_and_the_line():
    text = yaml.safe_dump(small_negotiation(), sort_keys=False, allow_unicode=True)
    lines = text.splitlines()
    number = next(n for n, line in enumerate(lines) if line.startswith("rounds:"))
    lines[number] = "rounds: 99"
    with pytest.raises(CaseError) as caught:
        case_from_yaml("\n".join(lines), "small.yaml")
    assert str(caught.value) == f"small.yaml, line {number + 1}, rounds: “rounds” is “99”. Give it a whole number from 4 to 12."


def test_problems_deep_inside_have_the_line_of_their_field():
    text = yaml.safe_dump(small_interview(), sort_keys=False, allow_unicode=True)
    number = next(n for n, line in enumerate(text.splitlines(), 1) if "asked: [work.open]" in line or "- work.open" in line)
    with pytest.raises(CaseError) as caught:
        case_from_yaml(text.replace("work.open", "work.shout"), "x.yaml")
    (problem,) = caught.value.problems
    assert problem.line in (number, number - 1)
    assert problem.path == "topics.home.unlock.asked"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("kind: interview\nkind: interview\n", "“kind” is written twice"),
        ("kind: &a interview\n", "is a mark of YAML"),
        ("kind: !!python/object/apply:os.system [ls]\n", "is a type of YAML"),
        ("kind: [interview\n", "bracket that opens here is not closed"),
        ("kind: interview # or so\n", "is a comment here"),
        ("a: *b\n", "begins with *"),
        ("[" * 5000, "nested too deeply"),
    ],
)
def test_yaml_that_says_something_else_than_it_seems_is_refused(text, what):
    with pytest.raises(CaseError, match=what.replace("*", r"\*")):
        case_from_yaml(text, "x.yaml")


def test_a_text_of_any_size_is_refused_before_it_is_read():
    with pytest.raises(CaseError, match="200,001 characters"):
        case_from_yaml("x" * 200_001, "x.yaml")


def test_wrapped_lines_are_joined_and_paragraphs_kept():
    case = case_from_data(small_interview() | {"briefing": "One\ntwo.\n\nThree\n  four.\n"})
    assert case.briefing == "One two.\n\nThree four."


# And back ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [NIGHT, "n4-evening-room", LUNCH])
def test_a_shipped_case_survives_json(name):
    case = shipped(name)
    assert case_from_data(json.loads(json.dumps(case_to_data(case)))) == case


@pytest.mark.parametrize("name", [NIGHT, "n4-evening-room", LUNCH])
def test_what_is_written_back_is_what_was_in_the_file(name):
    """But for line breaks, and single texts written as a list of one."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    written, data = yaml.safe_load(text), case_to_data(shipped(name))
    assert list(data) == [key for key in data if key in written]
    assert set(data) == set(written)


def test_what_has_its_default_is_left_out():
    data = case_to_data(case_from_data(small_interview()))
    assert data["topics"] == {
        "work": {"label": "Work", "open": True},
        "home": {"label": "Home", "unlock": {"asked": ["work.open"]}},
    }
    assert "when" not in data["cards"][0]
    assert data["cards"][3]["replies"][0]["if"] == {"asked": ["o-own-up"]}


def test_a_comparison_is_written_as_it_was_read():
    data = changed(small_interview(), "cards.0.when", {"trust": ">= 1"})
    assert case_to_data(case_from_data(data))["cards"][0]["when"] == {"trust": ">=1"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PATHS = [
    "kind",
    "person",
    "topics",
    "topics.work",
    "cards",
    "cards.0",
    "cards.0.replies",
    "cards.0.replies.0.reveals",
    "expectations.0",
]


@given(st.sampled_from(PATHS), JSON)
@settings(max_examples=150, deadline=None)
def test_nothing_that_json_can_hold_breaks_the_reader(path, value):
    try:
        case = case_from_data(changed(small_interview(), path, value))
    except CaseError:
        return
    assert case_from_data(case_to_data(case)) == case
