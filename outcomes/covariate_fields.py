"""The field in which columns to adjust for are chosen: a list for each outcome, of which that of the chosen one counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from outcomes.columns import ColumnList, CovariateKind
from outcomes.evidence.words.writing import plain_name
from outcomes.subjects import TITLES

MAX_UNFOLDED = 12
"""Rows of a list that is not folded; a script unfolds longer ones too where there is room."""


@dataclass(frozen=True)
class Chosen:
    """What was posted: checked boxes as "employee_exit.grade", and the kind chosen for each column."""

    columns: frozenset[str] = frozenset()
    kinds: Mapping[str, str] = field(default_factory=dict)


class ColumnsWidget(forms.Widget):
    """A box and a kind for each column; without a script it is the same."""

    use_fieldset = True

    def __init__(self) -> None:
        super().__init__()
        self.lists: Mapping[str, ColumnList] = {}
        self.opened = ""

    def id_for_label(self, id_: str) -> str:
        """A group of controls has no label of its own."""
        return ""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Chosen:
        columns = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        prefix = f"{name}."
        kinds = {key.removeprefix(prefix): data[key] for key in data if key.startswith(prefix)}
        return Chosen(frozenset(columns), kinds)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = value if isinstance(value, Chosen) else Chosen()
        lists = [self._shown(name, outcome, columns, chosen) for outcome, columns in self.lists.items()]
        return render_to_string("console/outcomes_columns.html", {"name": name, "lists": lists})

    def _shown(self, name: str, outcome: str, columns: ColumnList, chosen: Chosen) -> dict[str, Any]:
        rows = [
            {
                "column": column,
                "label": plain_name(column.name),
                "value": f"{outcome}.{column.name}",
                "is_checked": f"{outcome}.{column.name}" in chosen.columns,
                "kind_name": f"{name}.{outcome}.{column.name}",
                "kind": chosen.kinds.get(f"{outcome}.{column.name}") or next(iter(column.kinds), ""),
            }
            for column in columns.columns
        ]
        is_open = outcome == self.opened
        is_long = len(rows) > MAX_UNFOLDED
        is_chosen = any(row["is_checked"] for row in rows)
        shown = {"outcome": outcome, "title": TITLES[outcome].group, "columns": columns, "rows": rows, "is_open": is_open}
        return shown | {"is_long": is_long, "is_chosen": is_chosen}


class CovariatesField(forms.Field):
    """Cleans to the columns by outcome, as on the command line: `age,grade:category`."""

    widget: ColumnsWidget = ColumnsWidget  # type: ignore[assignment]  # a field makes its widget of the class

    def offer(self, lists: Mapping[str, ColumnList], opened: str) -> None:
        """`opened` is the outcome whose list is seen first."""
        self.widget.lists, self.widget.opened = lists, opened

    def to_python(self, value: Any) -> dict[str, str]:
        chosen: dict[str, list[str]] = {}
        for key in sorted(value.columns if isinstance(value, Chosen) else ()):
            outcome, _dot, name = key.partition(".")
            column = self.widget.lists[outcome].find(name) if outcome in self.widget.lists else None
            if column is None:
                raise forms.ValidationError(
                    _("“%(name)s” is no column that can be adjusted for. Choose from the list."), params={"name": name[:100]}
                )
            kind: CovariateKind | str = value.kinds.get(key) or column.kinds[0]
            if kind not in column.kinds:
                raise forms.ValidationError(
                    _("“%(name)s” cannot be used in this way. Choose from the list."), params={"name": name}
                )
            chosen.setdefault(outcome, []).append(f"{name}:category" if kind == "category" else name)
        return {outcome: ",".join(names) for outcome, names in chosen.items()}
