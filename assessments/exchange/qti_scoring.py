"""What QTI 2.x and 3.0 items say of right answers: declared responses, mappings, and the scoring rules that are understood."""

from dataclasses import dataclass, field
from decimal import Decimal

from assessments.exchange.collecting import number
from assessments.exchange.questions import FULL, NONE, QuestionRefused
from assessments.exchange.xml_tree import Node

_PLACES = Decimal("0.00001")
# Rules that say no more than the declared response and its mapping do.
_UNDERSTOOD = {
    *("setOutcomeValue", "mapResponse", "variable", "baseValue", "responseCondition", "responseIf", "responseElse"),
    *("responseElseIf", "match", "correct", "isNull", "sum"),
}
_COMPARISONS = {"stringMatch", "match", "equal"}


@dataclass(frozen=True)
class Entry:
    """One line of a mapping, or one branch of the rules. `feedback`: the identifier that the branch shows."""

    key: str
    points: Decimal
    case_sensitive: bool = False
    tolerance: Decimal = NONE
    feedback: str = ""
    is_other: bool = False


@dataclass(frozen=True)
class Declaration:
    """One response as it is declared. `most`: the points that count as all; None where the file does not say."""

    identifier: str
    cardinality: str
    base_type: str
    correct: tuple[str, ...]
    entries: tuple[Entry, ...] = ()
    default: Decimal = NONE
    most: Decimal | None = None
    branches: tuple[Entry, ...] = field(default=())

    def fraction(self, points: Decimal, entries: tuple[Entry, ...]) -> Decimal:
        """Percent of the mark. Where the file names no maximum: of the best, or of all that several may earn."""
        earned = [entry.points for entry in entries if entry.points > 0]
        most = self.most or (sum(earned) if self.cardinality == "multiple" else max(earned, default=NONE))
        if not most:
            return NONE
        share = points * 100 / most
        if not -FULL <= share <= FULL:
            raise QuestionRefused("An answer earns more points than the whole question. Correct its mapping.")
        return share.normalize() if share == share.quantize(_PLACES) else share.quantize(_PLACES)

    def of_choice(self, identifier: str) -> Decimal:
        """Percent of the mark that a choice earns."""
        if self.entries:
            points = next((entry.points for entry in self.entries if entry.key == identifier), self.default)
            return self.fraction(points, self.entries)
        if identifier not in self.correct:
            return NONE
        return (FULL / len(self.correct)).quantize(_PLACES).normalize() if self.cardinality == "multiple" else FULL


def declaration_for(item: Node, interaction: Node) -> Declaration:
    """The declaration that an interaction answers, with the rules of its item."""
    identifier = interaction.get("responseIdentifier")
    declared = next((node for node in item.all("responseDeclaration") if node.get("identifier") == identifier), None)
    if declared is None:
        raise QuestionRefused(
            f"The response “{identifier[:40]}” that it asks for is declared nowhere. Export the question again.",
            interaction.line,
        )
    correct, mapping = declared.first("correctResponse"), declared.first("mapping")
    rules = item.first("responseProcessing")
    only_correct = rules is not None and "match_correct" in rules.get("template", rules.get("templateLocation"))
    used = mapping if mapping is not None and not only_correct else None
    upper = used.get("upperBound") if used is not None else _maximum(item)
    return Declaration(
        identifier=identifier,
        cardinality=declared.get("cardinality", "single"),
        base_type=declared.get("baseType", "identifier"),
        correct=tuple(value.text.strip() for value in correct.all("value")) if correct else (),
        entries=_entries(used) if used is not None else (),
        default=number(used.get("defaultValue", "0")) if used is not None else NONE,
        most=number(upper) if upper else None,
        branches=tuple(_branches(rules)) if rules is not None else (),
    )


def has_own_rules(item: Node) -> bool:
    """Whether its scoring says anything that is not read."""
    rules = item.first("responseProcessing")
    return rules is not None and any(node.name not in _UNDERSTOOD for node in rules.walk() if node is not rules)


def _maximum(item: Node) -> str:
    scores = [node for node in item.all("outcomeDeclaration") if node.get("identifier") == "SCORE"]
    return scores[0].get("normalMaximum") if scores else ""


def _entries(mapping: Node) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            key=entry.get("mapKey").strip(),
            points=number(entry.get("mappedValue", "0")),
            case_sensitive=entry.get("caseSensitive", "false").lower() == "true",
        )
        for entry in mapping.all("mapEntry")
    )


def _branches(rules: Node) -> list[Entry]:
    """Branches that compare the response with one value; none where any branch does something else."""
    found = []
    for condition in rules.all("responseCondition"):
        for branch in condition.elements:
            entry = _branch(branch)
            if entry is None:
                return []
            found.append(entry)
    return found


def _branch(branch: Node) -> Entry | None:
    sets = {node.get("identifier"): node.text.strip() for node in branch.all("setOutcomeValue")}
    points = sets.get("SCORE") or "0"
    if branch.name == "responseElse":
        return Entry("", number(points), feedback=sets.get("FEEDBACK", ""), is_other=True)
    compared = next((node for node in branch.elements if node.name in _COMPARISONS), None)
    value = compared.first("baseValue") if compared is not None else None
    if compared is None or value is None:
        return None
    return Entry(
        key=" ".join(value.text.split()),
        points=number(points),
        case_sensitive=compared.name == "match" or compared.get("caseSensitive", "true").lower() == "true",
        tolerance=_tolerance(compared),
        feedback=sets.get("FEEDBACK", ""),
    )


def _tolerance(compared: Node) -> Decimal:
    mode, written = compared.get("toleranceMode", "exact"), compared.get("tolerance").split()
    if mode == "exact" or not written:
        return NONE
    if mode != "absolute" or len({number(part) for part in written}) != 1:
        raise QuestionRefused(
            "Its number may differ by more on one side than on the other, or by a share. Write one absolute tolerance.",
            compared.line,
        )
    return abs(number(written[0]))
