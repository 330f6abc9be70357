"""Where the rows of a file are worked on: a temporary table of the session, on disk, that nobody else sees and no lock guards.

All raw SQL of imports is in this module. A file is read for seconds and written in one; only the writing needs the database
to itself. Nothing is left to clear up when a worker is killed. All staged columns are text.

In the statements `t` is the kind's own table, `s` the staging table, `c` what was kept of rows before they were changed.
Columns are quoted: files call them `from` and `left`.
"""

# ruff: noqa: S608 - names of tables and columns come from the declarations of kinds, never from a file

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from imports.kinds import CLEAR, UNREAD, Row, RowShape
from imports.models import MissingRow, RowChange, StagedImport

COVARIATES = "covariates"
CACHE_SIZE = -8000  # KiB, as a negative number says
BATCH_SIZE = 5_000
MAX_PARAMETERS = 500
CHANGES = RowChange._meta.db_table
MISSING = MissingRow._meta.db_table

_CASTS = {
    "sqlite": {"money": "INTEGER", "number": "REAL", "duration": "REAL"},
    "postgresql": {
        "money": "bigint",
        "number": "double precision",
        "duration": "double precision",
        "date": "date",
        "month": "date",
    },
}


def quoted(name: str, of: str = "") -> str:
    """A column in a statement, of the table `of` where there are several."""
    column = '"' + name.replace('"', '""') + '"'
    return f"{of}.{column}" if of else column


def _listed(names: Iterable[str], of: str = "") -> str:
    return ", ".join(quoted(name, of) for name in names)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Staging:
    """The rows of one file: `rn` (row number in the file), `names`, and covariates as a JSON object."""

    def __init__(self, kind: RowShape, names: Sequence[str], *, has_covariates: bool) -> None:
        self.kind = kind
        self.names = tuple(names)
        self.has_covariates = has_covariates
        self.clears = False
        self.repeated = 0
        self._some_repeat: bool | None = None
        self.table = f"imports_staged_{kind.name}"

    @property
    def stored(self) -> tuple[str, ...]:
        return (*self.names, COVARIATES) if self.has_covariates else self.names

    @property
    def at_once(self) -> int:
        """From how many rows on it pays to stage them: at once in this process, some thousands for a server."""
        return 1 if connection.vendor == "sqlite" else 5_000

    def create(self) -> None:
        columns = ", ".join(f"{quoted(name)} text NOT NULL" for name in self.stored)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.table}")
            cursor.execute(f"CREATE TEMPORARY TABLE {self.table} (rn integer PRIMARY KEY, {columns})")

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.table}")

    def add(self, rows: Iterable[Row]) -> None:
        """Add some hundreds or thousands of rows."""
        if connection.vendor == "sqlite":
            self._insert(rows)
        else:
            self._copy(rows)

    def _insert(self, rows: Iterable[Row]) -> None:
        marks = ", ".join("?" * (len(self.stored) + 1))
        # Django's own executemany looks at every row; an outermost savepoint begins a transaction without the write lock.
        database = connection.connection
        database.execute("SAVEPOINT imports_stage")
        database.executemany(f"INSERT INTO {self.table} VALUES ({marks})", rows)
        database.execute("RELEASE imports_stage")

    def _copy(self, rows: Iterable[Row]) -> None:
        with connection.cursor() as cursor, cursor.copy(f"COPY {self.table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def index_for(self, *names: str) -> None:
        """Make looking up rows by these columns quick, before any has been added."""
        with connection.cursor() as cursor:
            for name in names:
                index = quoted(f"{self.table}_{name}")
                cursor.execute(f"CREATE INDEX {index} ON {self.table} ({quoted(name)})")

    def find(self, name: str, values: Iterable[str]) -> Iterator[Row]:
        """The rows in which column `name` has one of `values`, in the order of the file within a few hundred values."""
        wanted = list(values)
        columns = _listed(("rn", *self.stored))
        for start in range(0, len(wanted), MAX_PARAMETERS):
            part = wanted[start : start + MAX_PARAMETERS]
            marks = ", ".join(["%s"] * len(part))
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {columns} FROM {self.table} WHERE {quoted(name)} IN ({marks}) ORDER BY rn", part)
                yield from cursor.fetchall()

    def remove(self, numbers: Sequence[int]) -> None:
        """Rows by their number in the file."""
        with connection.cursor() as cursor:
            for start in range(0, len(numbers), MAX_PARAMETERS):
                some = list(numbers[start : start + MAX_PARAMETERS])
                cursor.execute(f"DELETE FROM {self.table} WHERE rn IN ({', '.join(['%s'] * len(some))})", some)

    def count(self, *, up_to: int | None = None) -> int:
        """How many rows there are, or how many up to a row of the file."""
        return self._ask(f"SELECT COUNT(*) FROM {self.table}" + ("" if up_to is None else f" WHERE rn <= {up_to:d}"))

    def batches(self, size: int = BATCH_SIZE, *, after: int = -1) -> Iterator[list[Row]]:
        """All rows in the order of the file, or those after a row of it; no cursor stays open in between."""
        last = after
        sql = f"SELECT {_listed(('rn', *self.stored))} FROM {self.table} WHERE rn > %s ORDER BY rn LIMIT {size:d}"
        while True:
            with connection.cursor() as cursor:
                cursor.execute(sql, [last])
                rows = cursor.fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield rows

    def index(self) -> None:
        """Call once, after the last row."""
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE INDEX imports_staged_key ON {self.table} ({_listed(self.kind.key)})")
            if connection.vendor == "postgresql":
                cursor.execute(f"ANALYZE {self.table}")

    def conflicts(self, limit: int) -> list[list[int]]:
        """Groups of rows that say different things about the same key; rows that say the same are made one.

        A cell that could not be read contradicts none.
        """
        if not self._repeats(self.kind.key[0]):
            return []
        by_key = f"FROM {self.table} GROUP BY {_listed(self.kind.key)} HAVING COUNT(*) > 1"
        others = [name for name in self.stored if name not in self.kind.key]
        read = {name: f"NULLIF({quoted(name)}, '{UNREAD}')" for name in others}
        differs = " OR ".join(f"MIN({cell}) <> MAX({cell})" for cell in read.values()) or "1 = 0"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT SUM(n - 1) FROM (SELECT COUNT(*) AS n {by_key}) AS repeated")
            self.repeated = int(cursor.fetchone()[0] or 0)
            if not self.repeated:
                return []
            rows = "STRING_AGG(rn::text, ',')" if connection.vendor == "postgresql" else "GROUP_CONCAT(rn)"
            cursor.execute(f"SELECT {rows} {by_key} AND ({differs}) ORDER BY MAX(rn) LIMIT {limit}")
            found = [sorted(map(int, text.split(","))) for (text,) in cursor.fetchall()]
            first = f"SELECT MIN(rn) FROM {self.table} GROUP BY {_listed(self.kind.key)}"
            cursor.execute(f"DELETE FROM {self.table} WHERE rn NOT IN ({first})")
        return found

    def blank_in(self, names: Sequence[str]) -> int:
        """How many rows have nothing in any of the columns."""
        blank = " AND ".join(f"{quoted(name)} IN ('', '{CLEAR}')" for name in names if name in self.names) or "1 = 1"
        return self._ask(f"SELECT COUNT(*) FROM {self.table} WHERE {blank}")

    def overlaps(self, begin: str, end: str) -> int:
        """How many rows reach beyond the `begin` of the next row of the same first key."""
        unit = self.kind.key[0]
        if not self._repeats(unit):
            return 0
        until = f"COALESCE(NULLIF({quoted(end)}, ''), '9999')" if end in self.names else "'9999'"
        following = f"LEAD({quoted(begin)}) OVER (PARTITION BY {quoted(unit)} ORDER BY {quoted(begin)})"
        pairs = f"SELECT {following} AS following, {until} AS until FROM {self.table}"
        return self._ask(f"SELECT COUNT(*) FROM ({pairs}) AS pairs WHERE following < until")

    def reaching_over(self, begin: str, end: str, limit: int) -> list[tuple[int, int]]:
        """Pairs of rows of one first key of which the first ends after the second begins; a blank end says nothing."""
        if end not in self.names or not self._repeats(self.kind.key[0]):
            return []
        by_unit = f"OVER (PARTITION BY {quoted(self.kind.key[0])} ORDER BY {quoted(begin)}, rn)"
        pairs = (
            f"SELECT rn, {quoted(end)} AS until, LEAD(rn) {by_unit} AS next_rn, LEAD({quoted(begin)}) {by_unit} AS following "
            f"FROM {self.table} WHERE {quoted(begin)} <> '{UNREAD}'"
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT rn, next_rn FROM ({pairs}) AS pairs WHERE following < until "
                f"AND until NOT IN ('', '{CLEAR}', '{UNREAD}') ORDER BY rn LIMIT {limit:d}"
            )
            return [(int(first), int(second)) for first, second in cursor.fetchall()]

    def first_rows_of_values(self, name: str, limit: int) -> list[tuple[int, str]]:
        """The values of a column with the first row of each, in the order of the file."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT MIN(rn), {quoted(name)} FROM {self.table} GROUP BY {quoted(name)} ORDER BY MIN(rn) LIMIT {limit:d}"
            )
            return [(int(row), value) for row, value in cursor.fetchall()]

    def series_with_gaps(self) -> int:
        """How many series of months, by all of the key but the month, lack one between their first and last."""
        number = "CAST(SUBSTR({0}, 1, 4) AS integer) * 12 + CAST(SUBSTR({0}, 6, 2) AS integer)"
        span = f"{number.format('MAX(month)')} - ({number.format('MIN(month)')}) + 1"
        series = _listed(name for name in self.kind.key if name != "month")
        return self._ask(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM {self.table} GROUP BY {series} HAVING COUNT(*) < {span}) AS series"
        )

    def per_month(self, name: str) -> dict[str, int]:
        """How many rows have a date of column `name` in each month, by "YYYY-MM"; none where the file has no such column."""
        if name not in self.names:
            return {}
        month = f"SUBSTR({quoted(name)}, 1, 7)"
        with connection.cursor() as cursor:
            happened = f"{quoted(name)} NOT IN ('', '{CLEAR}')"
            cursor.execute(f"SELECT {month}, COUNT(*) FROM {self.table} WHERE {happened} GROUP BY {month}")
            return dict(cursor.fetchall())

    def latest(self, names: Iterable[str], *, until: str) -> str:
        """The latest date up to `until` in any of the columns that the file has; blank where there is none."""
        found = ""
        for name in self.names:
            if name in names:
                column = quoted(name)
                with connection.cursor() as cursor:
                    wanted = f"{column} <> '{CLEAR}' AND {column} <= %s"
                    cursor.execute(f"SELECT MAX({column}) FROM {self.table} WHERE {wanted}", [until])
                    found = max(found, cursor.fetchone()[0] or "")
        return found

    def _repeats(self, name: str) -> bool:
        """Whether any value of the first column of the key comes twice; asked once, of the index alone."""
        if self._some_repeat is None:
            self._some_repeat = self._ask(f"SELECT COUNT(*) - COUNT(DISTINCT {quoted(name)}) FROM {self.table}") > 0
        return self._some_repeat

    def _ask(self, sql: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return int(cursor.fetchone()[0])


@contextmanager
def staged_rows(kind: RowShape, names: Sequence[str], *, has_covariates: bool) -> Iterator[Staging]:
    """An empty staging table that is gone afterwards."""
    staging = Staging(kind, names, has_covariates=has_covariates)
    with _small_footprint():
        staging.create()
        try:
            yield staging
        finally:
            staging.drop()


@contextmanager
def _small_footprint() -> Iterator[None]:
    """For a while SQLite keeps temporary tables in a file, maps none into memory and caches little of them.

    Imports of any size then take the same, and hardly longer: a file is gone through from its beginning to its end.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    database = connection.connection
    before = database.execute("PRAGMA temp_store").fetchone()[0]
    mapped = (database.execute("PRAGMA mmap_size").fetchone() or (0,))[0]  # an in-memory database has none
    cached = database.execute("PRAGMA cache_size").fetchone()[0]
    database.execute("PRAGMA temp_store = FILE")
    database.execute(f"PRAGMA main.cache_size = {CACHE_SIZE}")
    database.execute(f"PRAGMA temp.cache_size = {CACHE_SIZE}")
    # Nothing staged is ever rolled back: after a failure the table is dropped.
    database.execute("PRAGMA temp.journal_mode = OFF")
    database.execute("PRAGMA mmap_size = 0")
    try:
        yield
    finally:
        database.execute("PRAGMA temp.journal_mode = DELETE")
        database.execute(f"PRAGMA mmap_size = {mapped}")
        database.execute(f"PRAGMA main.cache_size = {cached}")
        database.execute(f"PRAGMA temp_store = {before}")


# Counting and writing --------------------------------------------------------------------------------------------------


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
        cell = quoted(name, "s")
        if self.staging.clears:
            cell = f"CASE WHEN {cell} = '{CLEAR}' THEN '' ELSE {cell} END"
        if self.kind.is_nullable(name):
            cell = f"CASE WHEN {cell} <> '' THEN {cell} END"
        return self._cast(cell, self.kind.column(name).type)

    def _covariates(self) -> str:
        if self.is_postgresql:
            return "jsonb_strip_nulls(s.covariates::jsonb)"
        return "json_patch('{}', s.covariates)" if self.staging.clears else "s.covariates"

    def own(self, name: str) -> str:
        """The column of the kind's own table."""
        return quoted(_field(self.kind, name), "t")

    def _cast(self, expression: str, cell_type: str) -> str:
        if cell_type == "yes_no":
            return f"({expression} = 'yes')"
        return f"CAST({expression} AS {self.casts[cell_type]})" if cell_type in self.casts else expression

    def updated(self, name: str) -> str:
        """The value that a row has afterwards: a blank cell keeps what is known."""
        if name != COVARIATES:
            return f"CASE WHEN {quoted(name, 's')} = '' THEN {self.own(name)} ELSE {self.inserted(name)} END"
        if self.is_postgresql:
            return "jsonb_strip_nulls(t.covariates || s.covariates::jsonb)"
        return "json_patch(t.covariates, s.covariates)"

    def differs(self) -> str:
        unequal = "IS DISTINCT FROM" if self.is_postgresql else "IS NOT"
        compared = [(self.updated(name), self._current(name)) for name in self.changeable]
        return "(" + (" OR ".join(f"({after}) {unequal} {before}" for after, before in compared) or "1 = 0") + ")"

    def _current(self, name: str) -> str:
        return "json(t.covariates)" if name == COVARIATES and not self.is_postgresql else self.own(name)

    def same_key(self) -> str:
        pairs = [f"{self.own(name)} = {self._cast(quoted(name, 's'), self.kind.column(name).type)}" for name in self.kind.key]
        return " AND ".join(["t.organisation_id = %s", *pairs])

    def previous(self) -> str:
        """The row as it is, as a JSON object of the columns that the file may change."""
        function = "jsonb_build_object" if self.is_postgresql else "json_object"
        pairs = ", ".join(f"{_text(name)}, {self._current(name)}" for name in self.changeable)
        return f"{function}({pairs})"

    @property
    def sources(self) -> str:
        return f"{self.kind.table} AS t, {self.staging.table} AS s"


def count_rows(staging: Staging, organisation_id: int) -> Counted:
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


def write_rows(staging: Staging, staged: StagedImport) -> Counted:
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
            assignments = ", ".join(f"{quoted(_field(sql.kind, name))} = {sql.updated(name)}" for name in sql.changeable)
            cursor.execute(
                f"UPDATE {staging.kind.table} AS t SET {assignments} FROM {staging.table} AS s "
                f"WHERE {sql.same_key()} AND {sql.differs()}",
                [organisation_id],
            )
        cursor.execute(_insert(sql, staged), [])
        new = cursor.rowcount
    return Counted(new, changed, total - new - changed)


def _has_rows(kind: RowShape, organisation_id: int) -> bool:
    return kind.rows.filter(organisation_id=organisation_id).exists()


def _insert(sql: _Sql, staged: StagedImport) -> str:
    """New rows in the order of their key, as the index wants them; a row whose key is known has been seen to already."""
    staging, kind = sql.staging, sql.kind
    absent = [name for name in kind.names if name not in staging.names and not kind.is_nullable(name)]
    values = {name: sql.inserted(name) for name in staging.stored} | dict.fromkeys(absent, "''")
    if kind.keeps_others and not staging.has_covariates:
        values[COVARIATES] = "'{}'"
    return (
        f"INSERT INTO {kind.table} (organisation_id, source_id, {_listed(_field(kind, name) for name in values)}) "
        f"SELECT {staged.organisation_id:d}, {staged.pk:d}, {', '.join(values.values())} "
        f"FROM {staging.table} AS s WHERE 1 = 1 ORDER BY {_listed(kind.key, 's')} ON CONFLICT DO NOTHING"
    )


def note_missing(staging: Staging, staged: StagedImport, end: str) -> int:
    """Keep which rows of earlier files the staged ones do not hold and have no `end` yet. Returns how many."""
    sql = _Sql(staging)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {MISSING} (staged_import_id, row_id) SELECT {staged.pk:d}, t.id FROM {staging.kind.table} AS t "
            f"WHERE t.organisation_id = {staged.organisation_id:d} AND {sql.own(end)} IS NULL "
            f"AND NOT EXISTS (SELECT 1 FROM {staging.table} AS s WHERE {sql.same_key()})",
            [staged.organisation_id],
        )
        return int(cursor.rowcount)


# Taking back ----------------------------------------------------------------------------------------------------------


def take_back_rows(kind: RowShape, staged: StagedImport) -> Counted:
    """Restore what the import changed and delete what it inserted. Returns the rows removed (as `new`) and restored."""
    names = [name for name in kind.names if name not in kind.key] + ([COVARIATES] if kind.keeps_others else [])
    assignments = ", ".join(f"{quoted(_field(kind, name))} = {_restored(kind, name)}" for name in names)
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


def _field(kind: RowShape, name: str) -> str:
    """Where a column of a file is kept in the kind's own table."""
    return name if name == COVARIATES else kind.column(name).field


def _restored(kind: RowShape, name: str) -> str:
    """The kept value where the import's file had the column, else the value as it is."""
    now = quoted(_field(kind, name), "t")
    if connection.vendor == "postgresql":
        casts = _CASTS["postgresql"]
        cell_type = "" if name == COVARIATES else kind.column(name).type
        kept = f"CAST(c.previous->>{_text(name)} AS {casts.get(cell_type, 'boolean' if cell_type == 'yes_no' else 'text')})"
        if name == COVARIATES:
            kept = "c.previous->'covariates'"
        return f"CASE WHEN jsonb_exists(c.previous, {_text(name)}) THEN {kept} ELSE {now} END"
    path = _text(f'$."{name}"')
    return f"CASE WHEN json_type(c.previous, {path}) IS NULL THEN {now} ELSE json_extract(c.previous, {path}) END"


def later_imports(kind: RowShape, staged: StagedImport) -> list[StagedImport]:
    """Imports that changed rows this one inserted or changed, after it did: they have to be withdrawn first."""
    inserted = kind.rows.filter(organisation_id=staged.organisation_id, source=staged).values("pk")
    changed = RowChange.objects.filter(staged_import=staged).values("row_id")
    theirs = RowChange.objects.filter(organisation_id=staged.organisation_id, staged_import__kind=kind.name).exclude(
        staged_import=staged
    )
    later = theirs.filter(staged_import__applied_at__gte=staged.applied_at)
    ids = set(later.filter(row_id__in=inserted).values_list("staged_import_id", flat=True).distinct())
    ids |= set(later.filter(row_id__in=changed).values_list("staged_import_id", flat=True).distinct())
    return list(StagedImport.objects.filter(pk__in=ids).order_by("-applied_at"))
