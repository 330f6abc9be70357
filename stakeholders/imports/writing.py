"""Writes staged rows to where they belong, and takes an import back: a few statements over whole sets, one transaction.

`t` is the kind's table, `s` the staging table, `c` what was kept of rows before they were changed.
"""

# ruff: noqa: S608 - names of tables and columns come from outcomes.kinds, never from a file

from dataclasses import dataclass

from django.db import connection

from imports.models import StagedImport
from stakeholders.imports.staging import COVARIATES, Staging
from stakeholders.kinds import CLEAR, Kind
from stakeholders.models import RowChange

_CASTS = {
    "sqlite": {"money": "INTEGER", "number": "REAL"},
    "postgresql": {"money": "bigint", "number": "double precision", "date": "date", "month": "date"},
}
CHANGES = RowChange._meta.db_table


@dataclass(frozen=True)
class Counted:
    """What applying a file does, or would do."""

    new: int
    changed: int
    unchanged: int


class _Sql:
    """Expressions over the columns of one staged file, in the database's own dialect."""

    def __init__(self, staging: Staging) -> None:
        self.staging = staging
        self.kind = staging.kind
        self.is_postgresql = connection.vendor == "postgresql"
        self.casts = _CASTS[connection.vendor]
        self.changeable = [name for name in staging.stored if name not in self.kind.key]

    def inserted(self, name: str) -> str:
        """The value of a staged cell, as a new row gets it."""
        if name == COVARIATES:
            return self._covariates()
        cell = f"s.{name}"
        if self.staging.clears:
            cell = f"CASE WHEN {cell} = '{CLEAR}' THEN '' ELSE {cell} END"
        if self.kind.is_nullable(name):
            cell = f"CASE WHEN {cell} <> '' THEN {cell} END"
        return self._cast(cell, self.kind.column(name).type)

    def _covariates(self) -> str:
        if self.is_postgresql:
            return "jsonb_strip_nulls(s.covariates::jsonb)"
        return "json_patch('{}', s.covariates)" if self.staging.clears else "s.covariates"

    def _cast(self, expression: str, cell_type: str) -> str:
        return f"CAST({expression} AS {self.casts[cell_type]})" if cell_type in self.casts else expression

    def updated(self, name: str) -> str:
        """The value that a row has afterwards: a blank cell keeps what is known."""
        if name != COVARIATES:
            return f"CASE WHEN s.{name} = '' THEN t.{name} ELSE {self.inserted(name)} END"
        if self.is_postgresql:
            return "jsonb_strip_nulls(t.covariates || s.covariates::jsonb)"
        return "json_patch(t.covariates, s.covariates)"

    def differs(self) -> str:
        unequal = "IS DISTINCT FROM" if self.is_postgresql else "IS NOT"
        compared = [(self.updated(name), self._current(name)) for name in self.changeable]
        return "(" + (" OR ".join(f"({after}) {unequal} {before}" for after, before in compared) or "1 = 0") + ")"

    def _current(self, name: str) -> str:
        return "json(t.covariates)" if name == COVARIATES and not self.is_postgresql else f"t.{name}"

    def same_key(self) -> str:
        pairs = [f"t.{name} = {self._cast(f's.{name}', self.kind.column(name).type)}" for name in self.kind.key]
        return " AND ".join(["t.organisation_id = %s", *pairs])

    def previous(self) -> str:
        """The row as it is, as a JSON object of the columns that the file may change."""
        function = "jsonb_build_object" if self.is_postgresql else "json_object"
        pairs = ", ".join(f"'{name}', {self._current(name)}" for name in self.changeable)
        return f"{function}({pairs})"

    @property
    def sources(self) -> str:
        return f"{self.kind.table} AS t, {self.staging.table} AS s"


def count(staging: Staging, organisation_id: int) -> Counted:
    """What applying the staged rows would do now."""
    sql = _Sql(staging)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {staging.table}")
        total = cursor.fetchone()[0]
        if not _has_rows(staging.kind, organisation_id):
            return Counted(total, 0, 0)
        known = f"SELECT COUNT(*) FROM {sql.sources} WHERE {sql.same_key()}"
        cursor.execute(known, [organisation_id])
        matched = cursor.fetchone()[0]
        cursor.execute(f"{known} AND {sql.differs()}", [organisation_id])
        changed = cursor.fetchone()[0]
    return Counted(total - matched, changed, matched - changed)


def write(staging: Staging, staged: StagedImport) -> Counted:
    """Insert and update; what was changed is kept first. Runs inside the caller's transaction, under its lock."""
    sql = _Sql(staging)
    organisation_id = staged.organisation_id
    changed = 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {staging.table}")
        total = cursor.fetchone()[0]
        if _has_rows(staging.kind, organisation_id):
            cursor.execute(
                f"INSERT INTO {CHANGES} (organisation_id, staged_import_id, row_id, previous) "
                f"SELECT {organisation_id:d}, {staged.pk:d}, t.id, {sql.previous()} "
                f"FROM {sql.sources} WHERE {sql.same_key()} AND {sql.differs()}",
                [organisation_id],
            )
            changed = cursor.rowcount
        if changed:
            assignments = ", ".join(f"{name} = {sql.updated(name)}" for name in sql.changeable)
            cursor.execute(
                f"UPDATE {staging.kind.table} AS t SET {assignments} FROM {staging.table} AS s "
                f"WHERE {sql.same_key()} AND {sql.differs()}",
                [organisation_id],
            )
        cursor.execute(_insert(sql, staged), [])
        new = cursor.rowcount
    return Counted(new, changed, total - new - changed)


def _has_rows(kind: Kind, organisation_id: int) -> bool:
    return kind.model._default_manager.filter(organisation_id=organisation_id).exists()


def _insert(sql: _Sql, staged: StagedImport) -> str:
    """New rows in the order of their key, as the index wants them; a row whose key is known has been seen to already."""
    staging, kind = sql.staging, sql.kind
    absent = [name for name in kind.names if name not in staging.names and not kind.is_nullable(name)]
    values = {name: sql.inserted(name) for name in staging.stored} | dict.fromkeys(absent, "''")
    if kind.keeps_others and not staging.has_covariates:
        values[COVARIATES] = "'{}'"
    return (
        f"INSERT INTO {kind.table} (organisation_id, source_id, {', '.join(values)}) "
        f"SELECT {staged.organisation_id:d}, {staged.pk:d}, {', '.join(values.values())} "
        f"FROM {staging.table} AS s WHERE 1 = 1 ORDER BY {', '.join(f's.{name}' for name in kind.key)} ON CONFLICT DO NOTHING"
    )


# Taking back ----------------------------------------------------------------------------------------------------------


def take_back(kind: Kind, staged: StagedImport) -> Counted:
    """Restore what the import changed and delete what it brought. Returns the rows removed (as `new`) and restored."""
    names = [name for name in kind.names if name not in kind.key] + ([COVARIATES] if kind.keeps_others else [])
    assignments = ", ".join(f"{name} = {_restored(kind, name)}" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {kind.table} AS t SET {assignments} FROM {CHANGES} AS c "
            "WHERE c.staged_import_id = %s AND t.id = c.row_id AND t.organisation_id = %s",
            [staged.pk, staged.organisation_id],
        )
        restored = cursor.rowcount
        cursor.execute(f"DELETE FROM {CHANGES} WHERE staged_import_id = %s", [staged.pk])
        cursor.execute(
            f"DELETE FROM {kind.table} WHERE organisation_id = %s AND source_id = %s",
            [staged.organisation_id, staged.pk],
        )
        removed = cursor.rowcount
    return Counted(removed, restored, 0)


def _restored(kind: Kind, name: str) -> str:
    """The kept value where the import's file had the column, else the value as it is."""
    if connection.vendor == "postgresql":
        casts = _CASTS["postgresql"]
        cell_type = "" if name == COVARIATES else kind.column(name).type
        kept = f"CAST(c.previous->>'{name}' AS {casts.get(cell_type, 'text')})"
        if name == COVARIATES:
            kept = "c.previous->'covariates'"
        return f"CASE WHEN jsonb_exists(c.previous, '{name}') THEN {kept} ELSE t.{name} END"
    kept = f"json_extract(c.previous, '$.{name}')"
    return f"CASE WHEN json_type(c.previous, '$.{name}') IS NULL THEN t.{name} ELSE {kept} END"


def later_imports(kind: Kind, staged: StagedImport) -> list[StagedImport]:
    """Imports that changed rows this one brought or changed, after it did: they have to be withdrawn first."""
    brought = kind.model._default_manager.filter(organisation_id=staged.organisation_id, source=staged).values("pk")
    changed = RowChange.objects.filter(staged_import=staged).values("row_id")
    theirs = RowChange.objects.filter(organisation_id=staged.organisation_id, staged_import__kind=kind.name).exclude(
        staged_import=staged
    )
    later = theirs.filter(staged_import__applied_at__gte=staged.applied_at)
    ids = set(later.filter(row_id__in=brought).values_list("staged_import_id", flat=True).distinct())
    ids |= set(later.filter(row_id__in=changed).values_list("staged_import_id", flat=True).distinct())
    return list(StagedImport.objects.filter(pk__in=ids).order_by("-applied_at"))
