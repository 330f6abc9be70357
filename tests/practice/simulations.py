"""Cases for tests: the shipped ones, and two small ones as data that a test can change."""

import json
from functools import cache
from typing import Any

from django.conf import settings

from practice.cases import read_case_file
from practice.cases.reading import Case
from practice.scoring.interview_case import InterviewCase
from practice.scoring.negotiation_case import REACTIONS, NegotiationCase

NIGHT, ROOM, LUNCH = "n1-night-deliveries", "n4-evening-room", "s1-lunch"
FOLDER = settings.CONTENT_DIR / "simulations"


@cache
def shipped(name: str) -> Case:
    return read_case_file(FOLDER / f"{name}.yaml", f"{name}.yaml")


def night() -> NegotiationCase:
    case = shipped(NIGHT)
    assert isinstance(case, NegotiationCase)
    return case


def room() -> NegotiationCase:
    case = shipped(ROOM)
    assert isinstance(case, NegotiationCase)
    return case


def lunch() -> InterviewCase:
    case = shipped(LUNCH)
    assert isinstance(case, InterviewCase)
    return case


def deal(price: str, payment: str, window: str, length: str, crates: str) -> dict[str, str]:
    """A deal of the night deliveries, as a move has it."""
    return {"price": price, "payment": payment, "window": window, "length": length, "crates": crates}


TRADED = deal("p1000", "d15", "w530", "m24", "shared")
DEAREST = deal("p900", "d60", "w530", "m24", "chain")


def small_negotiation() -> dict[str, Any]:
    """Three issues of two options; the deal that gives each what it wants is worth 30 : 30."""

    def issue(kind: str, you: tuple[int, int], them: tuple[int, int]) -> dict[str, Any]:
        options = [
            {"id": name, "label": name, "said": f"option {name}", "you": y, "them": t}
            for name, y, t in zip("ab", you, them, strict=True)
        ]
        return {"kind": kind, "label": "An issue", "named": "it", "you_know": "So.", "they_say": "So.", "options": options}

    return {
        "id": "small",
        "kind": "negotiation",
        "title": "Small",
        "summary": "Small.",
        "you": "You.",
        "them": "Them.",
        "them_name": "Them",
        "briefing": "Talk.",
        "your_alternative": "None.",
        "their_alternative": "None.",
        "zone": True,
        "batna": {"you": 5, "them": 5},
        "rounds": 4,
        "issues": {
            "one": issue("differing", (20, 0), (0, 10)),
            "two": issue("differing", (10, 0), (0, 20)),
            "three": issue("compatible", (10, 0), (10, 0)),
        },
        "them_rule": {"target": 35, "beta": 1.0},
        "your_words": {
            "ask_priorities": "What?",
            "ask_issue": "And {issue}?",
            "ask_limit": "Least?",
            "tell": "For us {issue}.",
            "offer": "{deal}?",
            "packages": "{deals}?",
            "restate": "{first} and {second}?",
            "threaten": "Or else.",
            "in_return": "In return.",
            "accept": "Yes.",
            "walk": "No.",
        },
        "their_words": {reaction: f"({reaction})" for reaction in REACTIONS},
        "afterwards": "So it was.",
        "claims": [
            {"id": "truth", "say": "We have another.", "worth": 5, "moves": 1},
            {"id": "lie", "say": "We have a better one.", "worth": 25, "moves": 3},
        ],
        "standards": [{"id": "index", "issue": "one", "say": "The index says b.", "supports": ["b"]}],
        "reasons": [{"id": "need", "issue": "one", "say": "We need it."}],
    }


def small_interview() -> dict[str, Any]:
    """Twelve cards, three expectations: one by a follow-up, one by silence, one by owning up."""

    def card(name: str, kind: str, *replies: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"id": name, "say": f"This is {name}.", "kind": kind, "minutes": 1, "replies": list(replies), **more}

    plain = {"say": "Hm."}
    person = dict.fromkeys(("opening", "not_said", "out_of_time", "out_of_patience", "thanked"), "So.")

    def expectation(name: str, rank: int, **more: Any) -> dict[str, Any]:
        words = {"says": f"It is {name}.", "limit": "Now.", "if_right": "Right.", "if_missing": "Missing."}
        return {"id": name, "topic": "work", "rank": rank, "weight": 4 - rank, **words, **more}

    quiet = {"last": ["q-open", "q-rank", "s-wait"]}
    data = {
        "id": "small-talk",
        "kind": "interview",
        "title": "Small",
        "summary": "Small.",
        "role": "You.",
        "briefing": "Ask.",
        "minutes": 6,
        "person": {"name": "Kim", "about": "Kim.", "trust": 1, "patience": 3, **person},
        "topics": {"work": {"label": "Work", "open": True}, "home": {"label": "Home", "unlock": {"asked": ["work.open"]}}},
        "expectations": [
            expectation("first", 1, parts=["what", "when"]),
            expectation("second", 2, topic="home", needs_trust=2),
            expectation("third", 3, unspoken=True),
        ],
        "false_leads": [{"id": "rumour", "topic": "home", "says": "A rumour.", "if_wrong": "No."}],
        "cards": [
            card("q-open", "open", {"say": "Busy.", "reveals": ["first.what"], "mentions": ["home"]}, topic="work"),
            card(
                "q-follow",
                "follow",
                {"say": "By noon.", "reveals": ["first.when"]},
                when={"heard": ["first.what"]},
                topic="work",
            ),
            card("o-own-up", "offer", {"say": "Thanks.", "trust": 1}, discloses=True, topic="work"),
            card(
                "q-home", "follow", {"if": {"asked": ["o-own-up"]}, "say": "Well.", "reveals": ["second"]}, plain, topic="home"
            ),
            card(
                "s-wait",
                "silence",
                {"if": {"last": ["q-open"]}, "say": "…", "reveals": ["third"]},
                plain,
                again=True,
                when=quiet,
            ),
            card("q-rank", "priority", {"say": "First.", "ranks": ["first", "second", "third"]}, topic="work"),
            *(card(f"q-lead-{n}", "leading", {"say": "No.", "trust": -1, "patience": -1}) for n in range(6)),
        ],
        "afterwards": "So it was.",
    }
    # Nothing twice: YAML would write a mark for it.
    copied: dict[str, Any] = json.loads(json.dumps(data))
    return copied
