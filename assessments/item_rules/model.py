"""Items, forms, misconceptions and sources as their files say them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from assessments.formats.written import AnswerTerms
from assessments.scoring.blueprint import Blueprint

ACTS = ("ask", "tell", "do", "decide", "decline", "wait", "record")
TONES = ("firm", "neutral", "warm")  # from cool to warm
RELATIONSHIPS = ("customer", "employee", "partner")
REGIONS = (
    "central-asia",
    "east-asia",
    "europe",
    "latin-america",
    "middle-east-and-north-africa",
    "north-america",
    "oceania",
    "south-asia",
    "southeast-asia",
    "sub-saharan-africa",
)
SINGLE, RATE, BEST_WORST, RANK, ORDER, LINES, MATCH, SCALE, TEXT = FORMATS = (
    *("single", "rate", "best-worst", "rank", "order", "lines", "match"),
    *("scale", "text"),
)
RATED = (RATE, BEST_WORST, RANK)
BOUNDARIES = ("1|2", "2|3", "3|4", "4|5")
STATES = ("trial", "panel", "calibrated")
ORIGINS = ("study", "interview", "author")
LAYOUTS = ("screens", "page", "single")
COUNTS = ("first", "latest")
MOST_ATTEMPTS, MOST_WAIT = 10, 365
REVIEWS = ("after_course", "submitted", "closed", "never")
MOST_MINUTES = 480
MOST_ITEMS = 100
SEEN = ("paper", "abstract", "secondary")
ASKED = ("never", "before", "after")
RUBRIC_LEVELS = 5
FEWEST_ANCHORS = 6
FEWEST_SCORES = 3
"""Anchors of so many different levels: where all are alike, agreeing with them says nothing."""


@dataclass(frozen=True)
class Option:
    id: str
    text: str
    act: str
    tone: str
    rationale: str
    level: int | None = None
    is_key: bool = False
    misconception: str = ""
    rating: float | None = None
    place: int | None = None
    match: str = ""


@dataclass(frozen=True)
class Panel:
    """What experts said: how many, the share who chose the key, and each option's mean on five points."""

    experts: int
    chose_key: float
    means: Mapping[str, float]


@dataclass(frozen=True)
class Item:
    id: str
    file: str
    skill: str
    relationship: str
    industry: str
    situation: str
    question: str
    options: tuple[Option, ...]
    boundary: str = ""
    region: str = ""
    format: str = "single"
    enemies: tuple[str, ...] = ()
    state: str = "trial"
    panel: Panel | None = None
    sums: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Of matching: what is offered and belongs to no option."""
    tags: tuple[str, ...] = ()

    @property
    def has_one_key(self) -> bool:
        """Whether one option is to be found among others; what is said of keys and wrong options holds of these items."""
        return self.format == SINGLE

    @property
    def is_rated(self) -> bool:
        return self.format in RATED

    @property
    def ratings(self) -> tuple[float, ...]:
        """How effective each option is, of an item that is rated: by the panel where one has keyed it, else by its author."""
        means = self.panel.means if self.panel is not None and self.state != STATES[0] else {}
        return tuple(means.get(option.id, option.rating or 0.0) for option in self.options)

    @cached_property
    def key_index(self) -> int:
        return next(index for index, option in enumerate(self.options) if option.is_key)

    @property
    def key(self) -> Option:
        return self.options[self.key_index]

    @property
    def distractors(self) -> tuple[Option, ...]:
        """The wrong options; none where options are not right or wrong by themselves."""
        return () if not self.has_one_key else tuple(option for option in self.options if not option.is_key)

    @property
    def is_level_keyed(self) -> bool:
        return self.has_one_key and all(option.level is not None for option in self.options)

    @cached_property
    def stem(self) -> str:
        return f"{self.situation} {self.question}"

    @cached_property
    def shown(self) -> str:
        """All that a learner reads before answering; of a short text no wording of it."""
        if self.format == TEXT:
            return self.stem
        matched = (option.match for option in self.options if option.match)
        return " ".join([self.stem, *(option.text for option in self.options), *matched, *self.others])

    @cached_property
    def running_text(self) -> str:
        wordings = [option.text for option in self.options] if self.format == TEXT else []
        return " ".join([self.shown, *wordings, *(option.rationale for option in self.options)])


@dataclass(frozen=True)
class RubricLevel:
    name: str
    words: str


@dataclass(frozen=True)
class Anchor:
    """An answer whose level was agreed, and why it has this one."""

    id: str
    text: str
    score: int
    reason: str


@dataclass(frozen=True)
class OpenItem:
    """A question whose answers people rate. `asked`: when learners of its course are asked it."""

    id: str
    file: str
    course: str
    skill: str
    asked: str
    situation: str
    question: str
    answer: AnswerTerms
    levels: tuple[RubricLevel, ...]
    anchors: tuple[Anchor, ...]
    concept: str = ""
    terms: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        return f"{self.situation} {self.question}"

    @property
    def running_text(self) -> str:
        """All that somebody reads of it: learners, and raters."""
        levels = (text for level in self.levels for text in (level.name, level.words))
        anchors = (text for anchor in self.anchors for text in (anchor.text, anchor.reason))
        return " ".join([self.stem, *levels, *anchors])


@dataclass(frozen=True)
class Form:
    id: str
    file: str
    title: str
    course: str
    item_ids: tuple[str, ...]
    anchor_ids: tuple[str, ...] = ()

    @property
    def all_ids(self) -> tuple[str, ...]:
        return (*self.item_ids, *self.anchor_ids)


@dataclass(frozen=True)
class DrawnForm:
    """A form that is drawn for each sitting; the skill check for everybody where it names no course."""

    id: str
    file: str
    title: str
    course: str
    blueprint: Blueprint


@dataclass(frozen=True)
class FormSettings:
    """How the forms of a course are taken. What is not written is as it always was."""

    course: str
    file: str
    time_limit: int | None = None
    layout: str = LAYOUTS[0]
    shuffle: bool = True
    opens_on: date | None = None
    closes_on: date | None = None
    review: str = REVIEWS[0]


@dataclass(frozen=True)
class AloneForm:
    """An assessment that is taken by itself, drawn for each attempt."""

    id: str
    file: str
    title: str
    blueprint: Blueprint
    attempts: int = 1
    wait_days: int = 0
    counts: str = COUNTS[0]
    time_limit: int | None = None
    layout: str = LAYOUTS[0]
    shuffle: bool = True
    shows_keys: bool = False


@dataclass(frozen=True)
class Misconception:
    id: str
    file: str
    sentence: str
    lesson: str
    origin: str
    claim: str = ""


@dataclass(frozen=True)
class Claim:
    id: str
    says: str


@dataclass(frozen=True)
class Work:
    """A published work, how much of it was read, and what may be said from it."""

    id: str
    file: str
    citation: str
    doi: str
    isbn: str
    seen: str
    limits: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Lesson:
    id: str
    file: str
    text: str
    claims: tuple[str, ...] = ()


@dataclass
class Bank:
    items: list[Item] = field(default_factory=list)
    open: list[OpenItem] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    drawn: list[DrawnForm] = field(default_factory=list)
    settings: list[FormSettings] = field(default_factory=list)
    alone: list[AloneForm] = field(default_factory=list)
    misconceptions: list[Misconception] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)

    def item(self, item_id: str) -> Item | None:
        return next((item for item in self.items if item.id == item_id), None)

    def items_of(self, form: Form) -> list[Item]:
        """In the order of the form; ids that no file has are reported by rule 0 and left out here."""
        by_id = {item.id: item for item in self.items}
        return [by_id[item_id] for item_id in form.all_ids if item_id in by_id]

    @property
    def keyed_groups(self) -> list["Group"]:
        """The groups, each with the items of which one option is the key."""
        return _some_of(self.groups, lambda item: item.has_one_key)

    @property
    def rated_groups(self) -> list["Group"]:
        """The groups, each with the items whose options are rated."""
        return _some_of(self.groups, lambda item: item.is_rated)

    @property
    def groups(self) -> list["Group"]:
        """Each form, and the bank where it holds more than one of them."""
        forms = [Group(form.id, form.file, tuple(self.items_of(form)), form) for form in self.forms]
        forms = [group for group in forms if group.items]
        if any(len(group.items) == len(self.items) for group in forms) or not self.items:
            return forms
        return [*forms, Group("bank", "", tuple(self.items))]


@dataclass(frozen=True)
class Group:
    """Items that are judged together: one form, or the whole bank."""

    name: str
    file: str
    items: tuple[Item, ...]
    form: Form | None = None

    @property
    def is_form(self) -> bool:
        return self.form is not None


def _some_of(groups: Iterable[Group], is_wanted: Callable[[Item], bool]) -> list[Group]:
    chosen = [replace(group, items=tuple(filter(is_wanted, group.items))) for group in groups]
    return [group for group in chosen if group.items]
