"""What an upper app says about a kind of file, and what it is given while it checks and applies one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import ngettext

from operations.models import StagedImport
from operations.tables import Columns, ProblemLog, Table

READ_AT_ONCE = 1000


class StagedItem(NamedTuple):
    """A row that may be applied. `payload` is what JSON can hold."""

    row_number: int
    key: str
    payload: Any


@dataclass
class Check:
    """What a kind sees of a file while it checks it. It counts `new`, `changed` and `unchanged` itself."""

    staged: StagedImport
    table: Table
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def organisation(self) -> Any:
        return self.staged.organisation

    @property
    def options(self) -> dict[str, Any]:
        return self.staged.options

    @property
    def problems(self) -> ProblemLog:
        return self.table.problems

    def note(self, text: str) -> None:
        """Something that was noticed and tolerated, for the report."""
        self.table.notes.append(text)


@dataclass
class Application:
    """What a kind sees while it applies a file that passed its check."""

    staged: StagedImport
    actor: Any

    @property
    def organisation(self) -> Any:
        return self.staged.organisation

    @property
    def options(self) -> dict[str, Any]:
        return self.staged.options

    def batches(self, size: int = READ_AT_ONCE) -> Iterator[list[Any]]:
        """The payloads in file order, a list at a time; no cursor stays open while the kind writes."""
        last = 0
        while rows := list(self.staged.rows.filter(pk__gt=last).order_by("pk").values_list("pk", "payload")[:size]):
            last = rows[-1][0]
            yield [payload for _pk, payload in rows]


class Options(forms.Form):
    """What every kind asks beside the file. A kind that asks for more inherits from it."""

    def __init__(self, *args: Any, organisation: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation

    def chosen(self) -> dict[str, Any]:
        """What is kept in `StagedImport.options`: plain values, blanks left out."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


def _nobody(user: Any, organisation: Any) -> bool:
    return False


@dataclass(frozen=True)
class ImportKind:
    """One row of the table in docs/csv-formats.md.

    `apply` runs inside the transaction and returns what the result page should know (`message` is shown); it must be safe to
    run after the data has changed since the check. `may` says who may bring such files; by default nobody. `after_apply` is
    a sentence for the button, given the checked import. `sample` are rows of the template to download.
    """

    name: str
    title: Any
    columns: Columns
    check: Callable[[Check], Iterable[StagedItem]]
    apply: Callable[[Application], dict[str, Any]]
    may: Callable[[Any, Any], bool] = _nobody
    options_form: type[Options] = Options
    sample: tuple[tuple[str, ...], ...] = ()
    button: Callable[[StagedImport], str] | None = None
    active: str = "people"  # entry of the console's navigation that the report page stands under

    def button_text(self, staged: StagedImport) -> str:
        if self.button:
            return self.button(staged)
        rows = staged.rows_new + staged.rows_changed
        return ngettext("Apply %(n)s row", "Apply %(n)s rows", rows) % {"n": f"{rows:,}"}


_kinds: dict[str, ImportKind] = {}


def register_kind(kind: ImportKind) -> None:
    _kinds[kind.name] = kind


def kind_of(name: str) -> ImportKind:
    """`LookupError` for a kind that no app has registered."""
    return _kinds[name]


def kind_names() -> list[str]:
    return sorted(_kinds)
