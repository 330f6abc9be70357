"""One assessment item of QTI 2.0 to 3.0 as a question: one interaction, or none (a text)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from assessments.exchange.collecting import number, numeric
from assessments.exchange.markup import plain
from assessments.exchange.qti_markup import html_within
from assessments.exchange.qti_scoring import Declaration, Entry, declaration_for, has_own_rules
from assessments.exchange.questions import (
    FULL,
    NONE,
    Body,
    Choice,
    Description,
    Essay,
    Match,
    Number,
    Option,
    Order,
    Pair,
    Question,
    QuestionRefused,
    Scale,
    ShortText,
    TrueFalse,
    Wording,
)
from assessments.exchange.xml_tree import Node

UNNAMED = "accord-unnamed-"  # how our own export identifies a question that has no identifier
_NUMBERS = {"float", "integer"}


@dataclass
class _Reader:
    item: Node
    removed: list[str]

    def question(self) -> Question:
        body = self.item.first("itemBody")
        if body is None:
            raise QuestionRefused("It has no text (itemBody). Export the question again.")
        self._require_own_text()
        self.feedback = self._feedback()
        identifier = self.item.get("identifier").strip()[:500]
        return Question(
            text=html_within(body, self.removed),
            body=self._body(body),
            title=" ".join(self.item.get("title").split())[:500],
            feedback=self.feedback.get("general", ""),
            identifier="" if identifier.startswith(UNNAMED) else identifier,
        )

    def _require_own_text(self) -> None:
        elsewhere = next(iter(self.item.below("assessmentStimulusRef", "include")), None)
        if elsewhere is not None:
            raise QuestionRefused("Part of its text is in another file. Copy it into the question.", elsewhere.line)

    def _feedback(self) -> dict[str, str]:
        """By identifier. What is shown at once, whatever was answered, is “general”."""
        found = {}
        for node in self.item.below("modalFeedback", "feedbackInline", "feedbackBlock"):
            if node.get("showHide", "show") == "show":
                found[node.get("identifier")] = html_within(node, self.removed)
            else:
                self.removed.append("feedback that is hidden after an answer")
        return found

    def _body(self, body: Node) -> Body:
        interactions = [node for node in body.walk() if node.name.endswith("Interaction")]
        if not interactions:
            return Description()
        if len(interactions) > 1:
            raise QuestionRefused(
                f"It asks for {len(interactions)} answers at once. Make each of them a question of its own.",
                interactions[1].line,
            )
        [asked] = interactions
        readers: dict[str, Callable[[Node], Body]] = {
            "choiceInteraction": lambda node: self._choice(node, body),
            "orderInteraction": self._order,
            "matchInteraction": self._match,
            "textEntryInteraction": self._entry,
            "extendedTextInteraction": lambda _node: Essay(),
        }
        if asked.name not in readers:
            raise QuestionRefused(
                f"It is answered by {asked.name}, which cannot be imported. Ask it as choice, order, match or text.", asked.line
            )
        return readers[asked.name](asked)

    def _choice(self, asked: Node, body: Node) -> Body:
        choices = asked.all("simpleChoice")
        texts = [html_within(choice, self.removed) for choice in choices]
        if any("likert" in f"{node.get('class')}".lower() for node in (body, asked)):
            return Scale(tuple(texts))
        declared = declaration_for(self.item, asked)
        self._note_rules()
        identifiers = [choice.get("identifier") for choice in choices]
        fractions = [declared.of_choice(identifier) for identifier in identifiers]
        if _is_true_false(identifiers, texts):
            right = identifiers[fractions.index(FULL)] if FULL in fractions else ""
            if right:
                return TrueFalse(right == "true", self.feedback.get("true", ""), self.feedback.get("false", ""))
        options = zip(identifiers, texts, fractions, strict=True)
        return Choice(
            tuple(Option(text, fraction, self.feedback.get(identifier, "")) for identifier, text, fraction in options),
            several=declared.cardinality != "single",
        )

    def _note_rules(self) -> None:
        if has_own_rules(self.item):
            self.removed.append("scoring rules of its own (the declared right answer was read)")

    def _order(self, asked: Node) -> Order:
        texts = {choice.get("identifier"): html_within(choice, self.removed) for choice in asked.all("simpleChoice")}
        declared = declaration_for(self.item, asked)
        self._note_rules()
        if sorted(declared.correct) != sorted(texts):
            raise QuestionRefused("Its right order does not name each step once. Correct the key.", asked.line)
        return Order(tuple(texts[identifier] for identifier in declared.correct))

    def _match(self, asked: Node) -> Match:
        sets = asked.all("simpleMatchSet")
        if len(sets) != 2:
            raise QuestionRefused("It needs two sets to match.", asked.line)
        prompts, answers = (
            {choice.get("identifier"): html_within(choice, self.removed) for choice in one.all("simpleAssociableChoice")}
            for one in sets
        )
        declared = declaration_for(self.item, asked)
        self._note_rules()
        matched = {}
        for left, right in _pairs(declared, asked):
            left, right = (left, right) if left in prompts else (right, left)
            if left not in prompts or right not in answers or left in matched:
                raise QuestionRefused("Its key does not give each entry one partner. Correct the key.", asked.line)
            matched[left] = right
        if set(matched) != set(prompts):
            raise QuestionRefused("Its key leaves an entry without a partner. Correct the key.", asked.line)
        return Match(
            tuple(Pair(text, plain(answers[matched[identifier]])) for identifier, text in prompts.items()),
            tuple(plain(text) for identifier, text in answers.items() if identifier not in matched.values()),
        )

    def _entry(self, asked: Node) -> Body:
        declared = declaration_for(self.item, asked)
        entries = declared.branches or declared.entries
        if not declared.branches:
            self._note_rules()
        if not entries:
            entries = tuple(Entry(key, Decimal(1)) for key in declared.correct)
        if declared.base_type in _NUMBERS:
            return numeric([self._number(entry, declared, entries) for entry in entries])
        if any(entry.is_other for entry in entries):
            self.removed.append("feedback for any other answer")
        wordings = [entry for entry in entries if not entry.is_other]
        return ShortText(
            tuple(Wording(entry.key, declared.fraction(entry.points, entries), self._shown(entry)) for entry in wordings),
            case_sensitive=any(entry.case_sensitive for entry in wordings),
        )

    def _number(self, entry: Entry, declared: Declaration, entries: tuple[Entry, ...]) -> Number:
        fraction, feedback = declared.fraction(entry.points, entries), self._shown(entry)
        if entry.is_other:
            return Number(None, NONE, fraction, feedback)
        return Number(number(entry.key), entry.tolerance, fraction, feedback)

    def _shown(self, entry: Entry) -> str:
        return self.feedback.get(entry.feedback, "")


def _is_true_false(identifiers: list[str], texts: list[str]) -> bool:
    return sorted(identifiers) == ["false", "true"] and [text.lower() for text in texts] == identifiers


def _pairs(declared: Declaration, asked: Node) -> list[tuple[str, str]]:
    pairs = [value.split() for value in declared.correct]
    if any(len(pair) != 2 for pair in pairs):
        raise QuestionRefused("A pair of its key does not name two entries. Correct the key.", asked.line)
    return [(left, right) for left, right in pairs]


def item_question(item: Node, removed: list[str]) -> Question:
    """The question of an <assessmentItem>, names as in QTI 2.x; what is left out is appended to `removed`."""
    return _Reader(item, removed).question()
