"""The shape of rows: which columns they have, what a cell may hold, what makes a row one thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from django.db import models
from django.utils.functional import Promise

from common.money import CURRENCIES
from imports.models import ImportedRow
from imports.tables.columns import Columns
from imports.tables.reading import Table

CLEAR = "(clear)"
"""What a cell says to empty a value that is known; a blank says nothing and keeps it."""

Text = str | Promise
CellType = Literal["identifier", "email", "text", "date", "month", "money", "number", "currency", "choice"]


@dataclass(frozen=True)
class Column:
    """One column of a kind; a kind with a model stores it in the field of the same name. `longest` is in characters.

    `currency_column` names the column that says in which currency the amounts of this one are. `happens`: a date of
    something that happens, so that one in the future is worth a remark.
    """

    name: str
    type: CellType
    help: Text
    required: bool = False
    longest: int = 200
    choices: tuple[str, ...] = ()
    above_zero: bool = False
    currency_column: str = ""
    happens: bool = False

    @property
    def is_worded(self) -> bool:
        """Whether few values may stand here, and others may have to be mapped."""
        return self.type in ("choice", "currency")


@dataclass(frozen=True)
class Order:
    """Of two dates in one row, `later` may not lie before `earlier`."""

    earlier: str
    later: str
    message: Text


@dataclass(frozen=True, kw_only=True)
class RowShape:
    """What the rows of one kind of file look like.

    `key` are the columns that make a row one thing within the organisation; `any_of` of them at least one is filled, and with
    `only_one` no more. `keeps_others`: further columns are kept as covariates. `span` are the columns of a stint's first and
    last day; `too_late` names a date that says nothing when it lies after the other one. `model` is the table of the rows,
    None where they become something else.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    model: type[ImportedRow] | None = None
    any_of: tuple[str, ...] = ()
    only_one: bool = False
    keeps_others: bool = False
    orders: tuple[Order, ...] = ()
    span: tuple[str, str] | None = None
    too_late: tuple[str, str] | None = None
    sample: tuple[Mapping[str, str], ...] = ()

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def header(self) -> Columns:
        """What a file of this kind may have in its first row."""
        required = tuple(column.name for column in self.columns if column.required)
        return Columns(
            required=required,
            any_of=(self.any_of,) if self.any_of else (),
            optional=tuple(name for name in self.names if name not in required and name not in self.any_of),
            keeps_others=self.keeps_others,
        )

    @cached_property
    def words(self) -> dict[str, tuple[str, ...]]:
        """By column of few values: what may stand there, so that others can be mapped to it."""
        return {column.name: column.choices or tuple(CURRENCIES) for column in self.columns if column.is_worded}

    def staged_names(self, table: Table) -> list[str]:
        """Which columns of a file are staged: those it has, and all of the key. A kind without a model gets every column."""
        if self.model is None:
            return list(self.names)
        return [name for name in self.names if name in self.key or table.index(name) is not None]

    @property
    def table(self) -> str:
        return self._own_model._meta.db_table

    def is_nullable(self, name: str) -> bool:
        field: models.Field[Any, Any] = self._own_model._meta.get_field(name)  # type: ignore[assignment]  # columns are fields
        return field.null

    @property
    def rows(self) -> "models.QuerySet[Any]":
        return self._own_model._default_manager.all()

    @property
    def _own_model(self) -> type[ImportedRow]:
        if self.model is None:
            raise TypeError(f"Files of kind {self.name!r} have no table of their own.")
        return self.model

    def sample_rows(self) -> list[list[str]]:
        return [[row.get(name, "") for name in self.names] for row in self.sample]
