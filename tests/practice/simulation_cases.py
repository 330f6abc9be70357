"""Two small cases to play in tests: an interview of twelve cards, and a bargain over three issues."""

from typing import Any

from practice.cases import case_from_data
from practice.cases.reading import Case


def interview(**changes: Any) -> Case:
    says = {
        "on-time": "The van comes before seven.",
        "one-voice": "One person answers the phone.",
        "no-blame": "Nobody is blamed.",
    }
    expectations = [
        {
            "id": name,
            "topic": topic,
            "rank": rank,
            "weight": 4 - rank,
            "says": says[name],
            "limit": "Twice a month at most.",
            "if_right": f"Yes. {says[name]}",
            "if_missing": f"You forgot something. {says[name]}",
        }
        for rank, (name, topic) in enumerate((("on-time", "vans"), ("one-voice", "phone"), ("no-blame", "phone")), 1)
    ]
    cards = [
        {"id": "q-vans", "say": "How was yesterday’s delivery?", "kind": "open", "topic": "vans", "minutes": 2,
         "replies": [{"say": "Late again.", "reveals": ["on-time"]}]},
        {"id": "q-phone", "say": "Whom do you call?", "kind": "instance", "topic": "phone", "minutes": 3,
         "replies": [{"say": "Somebody else each time.", "reveals": ["one-voice"], "trust": 1}]},
        {"id": "q-blame", "say": "And then?", "kind": "follow", "topic": "phone", "minutes": 1,
         "replies": [{"if": {"trust": ">=2"}, "say": "Then it was my fault.", "reveals": ["no-blame"]}, {"say": "Nothing."}]},
    ]  # fmt: skip
    cards += [
        {
            "id": f"q-{n}",
            "say": f"Another question, number {n}?",
            "kind": "closed",
            "topic": "weather",
            "minutes": 5,
            "replies": [{"say": "No."}],
        }
        for n in range(9)
    ]
    data = {
        "id": "bakery",
        "kind": "interview",
        "title": "The bakery’s driver",
        "summary": "Find out what a driver expects of you.",
        "role": "You plan the tours.",
        "briefing": "He drives at night.",
        "minutes": 20,
        "person": {
            "name": "Emil",
            "about": "He has driven for nine years.",
            "trust": 1,
            "patience": 6,
            "opening": "You wanted to talk.",
            "not_said": "True. I never told you.",
            "out_of_time": "I have to go.",
            "out_of_patience": "That is enough.",
            "thanked": "You are welcome.",
        },
        "topics": {
            "vans": {"label": "Vans", "open": True},
            "phone": {"label": "Phone", "open": True},
            "weather": {"label": "Weather", "open": True},
        },
        "expectations": expectations,
        "false_leads": [{"id": "new-van", "topic": "vans", "says": "He wants a new van.", "if_wrong": "The van is fine."}],
        "cards": cards,
        "afterwards": "He would have said more after a silence.",
        "skill": "discover-expectations",
    }
    return case_from_data(data | changes)


def negotiation(**changes: Any) -> Case:
    def issue(kind: str, label: str, points: list[tuple[str, int, int]]) -> dict[str, Any]:
        return {
            "kind": kind,
            "label": label,
            "named": f"the {label.lower()}",
            "you_know": f"What you know about the {label.lower()}.",
            "they_say": f"We care about the {label.lower()}.",
            "options": [{"id": name, "label": name, "said": name, "you": you, "them": them} for name, you, them in points],
        }

    said = dict.fromkeys(
        (
            "opening", "tells_two", "tells_more", "nothing_more", "told_already", "asked_limit", "claim_believed",
            "claim_noticed", "restated_right", "threatened", "standard_accepted", "standard_refused", "closed", "parts",
        ),
        "So be it.",
    )  # fmt: skip
    said |= dict.fromkeys(("counter", "final", "accepts", "signs"), "Then {deal}.")
    said |= dict.fromkeys(("restated_wrong", "same_issue", "unexplained_cut"), "You forget {issue}.")
    said["picks"] = "Number {number}, for {issue}."
    data = {
        "id": "ovens",
        "kind": "negotiation",
        "title": "Ovens by night",
        "summary": "Agree on the hours of an oven that two bakers share.",
        "you": "A baker.",
        "them": "Another baker, the owner of the oven.",
        "them_name": "Ada",
        "briefing": "You both bake bread.",
        "your_alternative": "You bake at home.",
        "their_alternative": "She bakes alone.",
        "zone": True,
        "batna": {"you": 20, "them": 20},
        "rounds": 4,
        "issues": {
            "rent": issue("opposed", "Rent", [("low", 20, 0), ("high", 0, 20)]),
            "hours": issue("differing", "Hours", [("early", 40, 0), ("late", 0, 15)]),
            "cleaning": issue("differing", "Cleaning", [("you-clean", 0, 40), ("they-clean", 15, 0)]),
            "term": issue("compatible", "Term", [("a-month", 0, 0), ("a-year", 10, 10)]),
        },
        "them_rule": {"target": 60, "beta": 0.6},
        "your_words": {
            "ask_priorities": "What matters most to you?",
            "ask_issue": "What lies behind {issue}?",
            "ask_limit": "What would you do without me?",
            "tell": "To me {issue} matters.",
            "offer": "How about {deal}?",
            "packages": "Choose: {deals}.",
            "restate": "To you {first} and {second} matter.",
            "threaten": "Or I go to the press.",
            "in_return": "In return for the other thing.",
            "accept": "Agreed.",
            "walk": "Then we part.",
        },
        "their_words": said,
        "standards": [{"id": "index", "issue": "rent", "say": "The index says low.", "supports": ["low"]}],
        "claims": [
            {"id": "truth", "say": "I would bake at home.", "worth": 20, "moves": 0},
            {"id": "lie", "say": "I have a better oven.", "worth": 60, "moves": 5},
        ],
        "afterwards": "Hours for cleaning.",
        "skill": "negotiate-fairness",
    }
    return case_from_data(data | changes)
