"""Where checked rows wait: a temporary table of the session, on disk, that nobody else sees and no lock guards.

A file is read for seconds and written in one; only the writing needs the database to itself. Nothing is left to clear up
when a worker is killed. All staged columns are text.
"""

# ruff: noqa: S608 - names of tables and columns come from outcomes.kinds, never from a file

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count
from typing import Any

from django.db import connection

from stakeholders.kinds import Kind

COVARIATES = "covariates"
CACHE_SIZE = -8000  # KiB, as a negative number says
Columns = Sequence[Sequence[str]]


class Staging:
    """The rows of one file: `rn` (row number in the file), `names`, and covariates as a JSON object."""

    def __init__(self, kind: Kind, names: Sequence[str], *, has_covariates: bool) -> None:
        self.kind = kind
        self.names = tuple(names)
        self.has_covariates = has_covariates
        self.clears = False
        self.repeated = 0
        self._some_repeat: bool | None = None
        self.table = f"stakeholders_staged_{kind.name}"

    @property
    def stored(self) -> tuple[str, ...]:
        return (*self.names, COVARIATES) if self.has_covariates else self.names

    @property
    def at_once(self) -> int:
        """From how many rows on it pays to stage them: at once in this process, some thousands for a server."""
        return 1 if connection.vendor == "sqlite" else 5_000

    def create(self) -> None:
        columns = ", ".join(f"{name} text NOT NULL" for name in self.stored)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.table}")
            cursor.execute(f"CREATE TEMPORARY TABLE {self.table} (rn integer PRIMARY KEY, {columns})")

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.table}")

    def add(self, chunks: Sequence[tuple[int, Columns]]) -> None:
        """Add some hundreds or thousands of rows: (number of the first, columns in the order of `stored`)."""
        rows = chain.from_iterable(zip(count(first), *columns, strict=False) for first, columns in chunks)
        if connection.vendor == "sqlite":
            self._insert(rows)
        else:
            self._copy(rows)

    def _insert(self, rows: Iterator[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * (len(self.stored) + 1))
        # Django's own executemany looks at every row; an outermost savepoint begins a transaction without the write lock.
        database = connection.connection
        database.execute("SAVEPOINT stakeholders_stage")
        database.executemany(f"INSERT INTO {self.table} VALUES ({marks})", rows)
        database.execute("RELEASE stakeholders_stage")

    def _copy(self, rows: Iterator[tuple[Any, ...]]) -> None:
        with connection.cursor() as cursor, cursor.copy(f"COPY {self.table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def index(self) -> None:
        """Call once, after the last row."""
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE INDEX stakeholders_staged_key ON {self.table} ({', '.join(self.kind.key)})")
            if connection.vendor == "postgresql":
                cursor.execute(f"ANALYZE {self.table}")

    def conflicts(self, limit: int) -> list[list[int]]:
        """Groups of rows that say different things about the same key; rows that say the same are made one."""
        if not self._repeats(self.kind.key[0]):
            return []
        by_key = f"FROM {self.table} GROUP BY {', '.join(self.kind.key)} HAVING COUNT(*) > 1"
        others = [name for name in self.stored if name not in self.kind.key]
        differs = " OR ".join(f"MIN({name}) <> MAX({name})" for name in others) or "1 = 0"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM (SELECT 1 {by_key}) AS repeated")
            self.repeated = cursor.fetchone()[0]
            if not self.repeated:
                return []
            rows = "STRING_AGG(rn::text, ',')" if connection.vendor == "postgresql" else "GROUP_CONCAT(rn)"
            cursor.execute(f"SELECT {rows} {by_key} AND ({differs}) ORDER BY MAX(rn) LIMIT {limit}")
            found = [sorted(map(int, text.split(","))) for (text,) in cursor.fetchall()]
            first = f"SELECT MIN(rn) FROM {self.table} GROUP BY {', '.join(self.kind.key)}"
            cursor.execute(f"DELETE FROM {self.table} WHERE rn NOT IN ({first})")
        return found

    def overlaps(self, begin: str, end: str) -> int:
        """How many rows reach beyond the `begin` of the next row of the same first key."""
        unit = self.kind.key[0]
        if not self._repeats(unit):
            return 0
        until = f"COALESCE(NULLIF({end}, ''), '9999')" if end in self.names else "'9999'"
        following = f"LEAD({begin}) OVER (PARTITION BY {unit} ORDER BY {begin})"
        pairs = f"SELECT {following} AS following, {until} AS until FROM {self.table}"
        return self._ask(f"SELECT COUNT(*) FROM ({pairs}) AS pairs WHERE following < until")

    def series_with_gaps(self) -> int:
        """How many series of months, by all of the key but the month, lack one between their first and last."""
        number = "CAST(SUBSTR({0}, 1, 4) AS integer) * 12 + CAST(SUBSTR({0}, 6, 2) AS integer)"
        span = f"{number.format('MAX(month)')} - ({number.format('MIN(month)')}) + 1"
        series = ", ".join(name for name in self.kind.key if name != "month")
        return self._ask(
            f"SELECT COUNT(*) FROM (SELECT 1 FROM {self.table} GROUP BY {series} HAVING COUNT(*) < {span}) AS series"
        )

    def _repeats(self, name: str) -> bool:
        """Whether any value of the first column of the key comes twice; asked once, of the index alone."""
        if self._some_repeat is None:
            self._some_repeat = self._ask(f"SELECT COUNT(*) - COUNT(DISTINCT {name}) FROM {self.table}") > 0
        return self._some_repeat

    def _ask(self, sql: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return int(cursor.fetchone()[0])


@contextmanager
def staged_rows(kind: Kind, names: Sequence[str], *, has_covariates: bool) -> Iterator[Staging]:
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
