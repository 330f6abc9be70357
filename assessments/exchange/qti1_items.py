"""One <item> of QTI 1.2 as a question, as Canvas, Blackboard and older banks write them."""

from dataclasses import dataclass, field
from decimal import Decimal

from assessments.exchange.collecting import number, numeric
from assessments.exchange.markup import TextFormat, as_blocks, plain, to_html
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
    ShortText,
    TrueFalse,
    Wording,
)
from assessments.exchange.xml_tree import Node

_FORMATS = {"text/html": TextFormat.HTML, "text/plain": TextFormat.PLAIN, "": TextFormat.PLAIN}
_RESPONSES = ("response_lid", "response_str", "response_num", "response_xy", "response_grp")
_RENDERED = {"render_hotspot": "a spot on a picture", "render_slider": "a slider"}
_UNSUPPORTED = {
    "calculated_question": "a calculated question",
    "file_upload_question": "a file to upload",
    "fill_in_multiple_blanks_question": "several blanks",
    "multiple_dropdowns_question": "several lists",
}
_GENERAL = {"general_fb", "general"}
_PLACES = Decimal("0.00001")


@dataclass
class _Rule:
    """One <respcondition>: what is chosen or typed for it, the points, the feedback."""

    equal: list[tuple[str, str, str]]  # response, value, index
    excluded: list[str]
    bounds: tuple[str, str] | None
    points: Decimal | None
    feedback: str
    case_sensitive: bool


@dataclass
class _Reader:
    item: Node
    removed: list[str]
    rules: list[_Rule] = field(default_factory=list)

    def question(self) -> Question:
        presentation = self.item.first("presentation")
        if presentation is None:
            raise QuestionRefused("It has no text (presentation). Export the question again.")
        kind = self._metadata("question_type")
        if kind in _UNSUPPORTED:
            raise QuestionRefused(f"It asks for {_UNSUPPORTED[kind]}, which cannot be imported. Ask for one answer.")
        for node in presentation.walk():
            if node.name in _RENDERED:
                raise QuestionRefused(f"It asks for {_RENDERED[node.name]}, which cannot be imported.", node.line)
        self.rules = [_rule(node) for node in self.item.below("respcondition")]
        self.feedback = {node.get("ident"): self._material(node) for node in self.item.all("itemfeedback")}
        responses = presentation.below(*_RESPONSES)
        body = self._body(kind, responses)
        return Question(
            text=self._text(presentation, with_responses=len(responses) == 1),
            body=body,
            title=" ".join(self.item.get("title").split())[:500],
            feedback=next((self.feedback[name] for name in _GENERAL if name in self.feedback), ""),
            identifier=self.item.get("ident").strip()[:500],
        )

    def _metadata(self, label: str) -> str:
        fields = self.item.below("qtimetadatafield")
        return next((node.text_of("fieldentry") for node in fields if node.text_of("fieldlabel") == label), "")

    def _text(self, presentation: Node, *, with_responses: bool) -> str:
        """All material that is no answer. Where each response has a text of its own, those are prompts to match."""
        parts = [
            self._mattext(node)
            for holder in self._holders(presentation, with_responses=with_responses)
            for material in holder.all("material")
            for node in material.below("mattext", "matimage", "mataudio", "matvideo", "matapplet")
        ]
        parts = [part for part in parts if part]
        return parts[0] if len(parts) == 1 else "".join(as_blocks(part) for part in parts)

    def _holders(self, node: Node, *, with_responses: bool) -> list[Node]:
        found = [node]
        for child in node.elements:
            if child.name == "flow" or (with_responses and child.name in _RESPONSES):
                found.extend(self._holders(child, with_responses=with_responses))
        return found

    def _mattext(self, node: Node) -> str:
        if node.name != "mattext":
            raise QuestionRefused(f"It contains {node.name[3:]}, which cannot be imported. Say it in words.", node.line)
        form = _FORMATS.get(node.get("texttype").lower())
        if form is None:
            raise QuestionRefused(f"The text type “{node.get('texttype')[:40]}” is not known. Use text/html.", node.line)
        return to_html(node.text.strip(), form, self.removed)

    def _material(self, node: Node) -> str:
        parts = [self._mattext(text) for text in node.below("mattext", "matimage", "mataudio", "matvideo")]
        parts = [part for part in parts if part]
        return parts[0] if len(parts) == 1 else "".join(as_blocks(part) for part in parts)

    def _body(self, kind: str, responses: list[Node]) -> Body:
        if not responses:
            return Description()
        if any(node.name in ("response_xy", "response_grp") for node in responses):
            raise QuestionRefused("It asks for a spot or a grouping, which cannot be imported.", responses[0].line)
        if len(responses) > 1 and all(node.name == "response_lid" for node in responses):
            return self._match(responses)
        if len(responses) > 1:
            raise QuestionRefused(
                f"It asks for {len(responses)} answers at once. Make each of them a question of its own.", responses[1].line
            )
        [asked] = responses
        if asked.name == "response_lid":
            return self._chosen(kind, asked)
        return self._typed(kind, asked)

    # Chosen ---------------------------------------------------------------------------------------------------------

    def _labels(self, asked: Node) -> dict[str, str]:
        return {label.get("ident"): self._material(label) for label in asked.below("response_label")}

    def _chosen(self, kind: str, asked: Node) -> Body:
        labels = self._labels(asked)
        if asked.get("rcardinality").lower() == "ordered":
            return self._order(asked, labels)
        several = asked.get("rcardinality").lower() == "multiple"
        fractions = self._shares(labels) if several else self._marks(labels)
        if kind == "true_false_question":
            return self._true_false(labels, fractions)
        options = tuple(Option(text, fractions[ident], self._feedback_of(ident)) for ident, text in labels.items())
        return Choice(options, several=several)

    def _marks(self, labels: dict[str, str]) -> dict[str, Decimal]:
        """Percent of the best, by the points of the rule that names each label alone."""
        points = {ident: self._points_of(ident) for ident in labels}
        best = max(points.values(), default=NONE)
        return {ident: _share(one, best) for ident, one in points.items()}

    def _points_of(self, ident: str) -> Decimal:
        named = [rule.points for rule in self.rules if rule.points and [value for _to, value, _index in rule.equal] == [ident]]
        return sum(named, NONE)

    def _shares(self, labels: dict[str, str]) -> dict[str, Decimal]:
        """One rule that names all right labels, or points for each."""
        whole = next((rule for rule in self.rules if rule.points and (len(rule.equal) > 1 or rule.excluded)), None)
        if whole is not None:
            right = {value for _to, value, _index in whole.equal}
            return {ident: _share(Decimal(1), Decimal(len(right))) if ident in right else NONE for ident in labels}
        points = {ident: self._points_of(ident) for ident in labels}
        total = sum((one for one in points.values() if one > 0), NONE)
        return {ident: _share(one, total) for ident, one in points.items()}

    def _feedback_of(self, ident: str) -> str:
        for rule in self.rules:
            if rule.feedback and [value for _to, value, _index in rule.equal] == [ident]:
                return self.feedback.get(rule.feedback, "")
        return ""

    def _true_false(self, labels: dict[str, str], fractions: dict[str, Decimal]) -> TrueFalse:
        by_text = {plain(text).lower(): ident for ident, text in labels.items()}
        right = [text for text, ident in by_text.items() if fractions[ident] == FULL]
        if set(by_text) != {"true", "false"} or len(right) != 1:
            raise QuestionRefused("It is to be true or false, but its answers are not these two with one of them right.")
        return TrueFalse(right == ["true"], self._feedback_of(by_text["true"]), self._feedback_of(by_text["false"]))

    def _order(self, asked: Node, labels: dict[str, str]) -> Order:
        rule = next((rule for rule in self.rules if len(rule.equal) == len(labels)), None)
        indexed = rule.equal if rule else []
        if all(index.isdecimal() for _to, _value, index in indexed):
            indexed = sorted(indexed, key=lambda one: int(one[2][:6]))
        if sorted(value for _to, value, _index in indexed) != sorted(labels):
            raise QuestionRefused("Its right order does not name each step once. Correct the key.", asked.line)
        return Order(tuple(labels[value] for _to, value, _index in indexed))

    def _match(self, responses: list[Node]) -> Match:
        answers: dict[str, str] = {}
        pairs, used = [], set()
        for asked in responses:
            labels = self._labels(asked)
            answers.update(labels)
            right = [
                value for rule in self.rules if rule.points for to, value, _index in rule.equal if to == asked.get("ident")
            ]
            if len(right) != 1 or right[0] not in labels:
                raise QuestionRefused("Its key does not give each entry one partner. Correct the key.", asked.line)
            prompt = "".join(self._material(material) for material in asked.all("material"))
            pairs.append(Pair(prompt, plain(labels[right[0]])))
            used.add(right[0])
        return Match(tuple(pairs), tuple(plain(text) for ident, text in answers.items() if ident not in used))

    # Typed ----------------------------------------------------------------------------------------------------------

    def _typed(self, kind: str, asked: Node) -> Body:
        scored = [rule for rule in self.rules if rule.points and (rule.equal or rule.bounds)]
        fib = next(iter(asked.below("render_fib")), None)
        numbers = asked.name == "response_num" or (fib is not None and fib.get("fibtype").lower() in ("decimal", "integer"))
        if kind == "essay_question" or not scored:
            return Essay()
        best = max((rule.points or NONE for rule in scored), default=NONE)
        if numbers or kind == "numerical_question" or any(rule.bounds for rule in scored):
            return numeric([self._number(rule, best) for rule in scored])
        wordings = [
            Wording(" ".join(value.split()), _share(rule.points or NONE, best), self.feedback.get(rule.feedback, ""))
            for rule in scored
            for _to, value, _index in rule.equal
        ]
        return ShortText(tuple(wordings), case_sensitive=any(rule.case_sensitive for rule in scored))

    def _number(self, rule: _Rule, best: Decimal) -> Number:
        """A range where there is one: the exact value beside it lies within."""
        fraction, feedback = _share(rule.points or NONE, best), self.feedback.get(rule.feedback, "")
        if rule.bounds:
            least, most = number(rule.bounds[0]), number(rule.bounds[1])
            if least > most:
                raise QuestionRefused("A range of its answer ends before it begins. Correct it.")
            return Number((least + most) / 2, (most - least) / 2, fraction, feedback)
        return Number(number(rule.equal[0][1]), NONE, fraction, feedback)


def _share(points: Decimal, whole: Decimal) -> Decimal:
    if not whole:
        return NONE
    share = (points * 100 / whole).quantize(_PLACES)
    if not -FULL <= share <= FULL:
        raise QuestionRefused("An answer earns more points than the whole question. Correct its scoring.")
    return share


def _rule(node: Node) -> _Rule:
    equal: list[tuple[str, str, str]] = []
    excluded: list[str] = []
    bounds: dict[str, str] = {}
    case_sensitive = False
    waiting = [(child, False) for child in node.all("conditionvar")]
    while waiting:
        one, is_excluded = waiting.pop(0)
        value = one.text.strip()
        if one.name == "varequal" and is_excluded:
            excluded.append(value)
        elif one.name == "varequal":
            equal.append((one.get("respident"), value, one.get("index")))
            case_sensitive = case_sensitive or one.get("case").lower() == "yes"
        elif one.name in ("vargte", "vargt", "varlte", "varlt"):
            bounds[one.name[:4]] = value
        waiting = [(child, is_excluded or one.name == "not") for child in one.elements] + waiting
    points = [number(one.text) for one in node.all("setvar") if one.text.strip()]
    shown = next((one.get("linkrefid") for one in node.all("displayfeedback")), "")
    span = (bounds["varg"], bounds["varl"]) if set(bounds) == {"varg", "varl"} else None
    return _Rule(equal, excluded, span, points[0] if points else None, shown, case_sensitive)


def item_question(item: Node, removed: list[str]) -> Question:
    """The question of an <item>; what is left out is appended to `removed`."""
    return _Reader(item, removed).question()
