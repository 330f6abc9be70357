"""Everything that an author's item analysis shows of one form, as it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from statistics import quantiles
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from assessments.analysis.loading import FormRows, QuestionRows, load_form
from assessments.models import Instrument
from assessments.scoring.advice import Advice, advice_on
from assessments.scoring.classical import ScaleFigures
from assessments.scoring.form_curves import Curve, FormCurves, estimate_curves
from assessments.scoring.groups_left_out import Figure
from assessments.scoring.item_analysis import FEWEST, ItemAnalysis, Share, analyse_form
from assessments.wordings import has_same_words

Read = TypeVar("Read")


@dataclass(frozen=True)
class Spread:
    """The middle half of `n` measured values: quartiles and median."""

    low: float
    median: float
    high: float
    n: int


@dataclass(frozen=True)
class VersionFigures:
    """One wording. `agreed` over all submitted sittings, by the key that counts for it."""

    number: int
    is_current: bool
    has_same_words: bool
    agreed: Share


@dataclass(frozen=True)
class QuestionFigures:
    """`before`, `after`: of all sittings at these occasions, in whatever wording. `seconds`: since the answer before it; None
    where fewer than ten came one by one. `stopped`: sittings that ended with it; None where fewer than ten ended early.
    """

    item: int
    asked: int
    analysis: ItemAnalysis
    before: Share
    after: Share
    versions: tuple[VersionFigures, ...]
    seconds: Spread | None
    stopped: int | None
    advice: tuple[Advice, ...]


@dataclass(frozen=True)
class FormFigures:
    """`first`: first sittings that were submitted, of which all classical figures are. For the others see `FormRows`."""

    begun: int
    submitted: int
    first: int
    of_course: int
    earlier: int
    stopped: int
    stopped_at_once: int | None
    minutes: Spread | None
    scale: ScaleFigures
    mean: Figure
    sd: Figure
    sem: Figure
    curves: FormCurves
    questions: tuple[QuestionFigures, ...]
    digest: str

    def of(self, item: int) -> tuple[QuestionFigures, Curve | None] | None:
        """One question, with its curve."""
        for question, curve in zip(self.questions, self.curves.items, strict=True):
            if question.item == item:
                return question, curve
        return None


def figures_of_form(form: Instrument) -> FormFigures:
    """From the answers as they are now."""
    rows = load_form(form)
    firsts = [question.first for question in rows.questions]
    analysis = analyse_form(rows.points, firsts, is_drawn=form.is_drawn)
    return FormFigures(
        begun=rows.begun,
        submitted=rows.submitted,
        first=len(rows.points),
        of_course=rows.of_course,
        earlier=rows.earlier,
        stopped=rows.stopped,
        stopped_at_once=rows.stopped_at_once if rows.stopped >= FEWEST else None,
        minutes=_spread(rows.minutes),
        scale=analysis.scale,
        mean=analysis.mean,
        sd=analysis.sd,
        sem=analysis.sem,
        curves=estimate_curves(rows.steps, rows.highest),
        questions=tuple(_question(rows, row, item) for row, item in zip(rows.questions, analysis.items, strict=True)),
        digest=rows.digest,
    )


def _question(rows: FormRows, row: QuestionRows, analysis: ItemAnalysis) -> QuestionFigures:
    return QuestionFigures(
        item=row.item.pk,
        asked=row.asked,
        analysis=analysis,
        before=row.before,
        after=row.after,
        versions=_versions(row),
        seconds=_spread(row.seconds),
        stopped=row.stopped_at if rows.stopped >= FEWEST else None,
        advice=tuple(advice_on(_advised(row, analysis), row.first.key, before=row.before, after=row.after)),
    )


def _advised(row: QuestionRows, analysis: ItemAnalysis) -> ItemAnalysis:
    """Of points of a scale and of wordings nothing is advised: they are there whether somebody chooses them or not."""
    version = row.item.current_version
    return analysis if version is None or version.is_choice else replace(analysis, options=())


def _versions(row: QuestionRows) -> tuple[VersionFigures, ...]:
    """Newest first; those that nobody has answered only where it is today's."""
    current = row.item.current_version
    newest_first = sorted(row.versions.values(), key=lambda version: -version.number)
    return tuple(
        VersionFigures(
            version.number,
            current is not None and version.pk == current.pk,
            current is not None and has_same_words(version, current),
            row.by_version[version.pk],
        )
        for version in newest_first
        if row.by_version[version.pk].total or (current is not None and version.pk == current.pk)
    )


def _spread(values: Sequence[float]) -> Spread | None:
    if len(values) < FEWEST:
        return None
    low, median, high = quantiles(values, n=4, method="inclusive")
    return Spread(low, median, high, len(values))


# Kept and read again ------------------------------------------------------------------------------------------------------


def content_of(figures: FormFigures) -> dict[str, Any]:
    """As they are kept."""
    return asdict(figures)


def read_figures(content: Mapping[str, Any]) -> FormFigures:
    """Raises KeyError or TypeError for figures that were kept in another shape."""
    return _read(FormFigures, content)


def _read(kind: type[Read], content: Any) -> Read:
    hints = get_type_hints(kind)
    return kind(**{field.name: _value(hints[field.name], content[field.name]) for field in fields(kind)})  # type: ignore[arg-type]  # only called with dataclasses


def _value(kind: Any, content: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        [wanted] = [part for part in get_args(kind) if part is not NoneType]
        return None if content is None else _value(wanted, content)
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], part) for part in content)
    return _read(kind, content) if isinstance(kind, type) and is_dataclass(kind) else content
