"""Goes through a whole file: every cell read, every row weighed, every problem with its row, column, value and remedy."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, count
from operator import and_, gt, lt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.cells import LeadingZeros
from imports.cells import REMEMBERED, Amount, Covariate, HowRead, Reader, Worded, reader_for
from imports.kinds import CLEAR, UNREAD, Column, FileCheck, ImportKind, Order, Row
from imports.remarks import either_reading, mixed_readings
from imports.staging import Staging
from imports.tables.errors import MAX_SKIPPED, HeaderError, TableError
from imports.tables.layout import enumerate_names
from imports.tables.reading import Table

# Few enough rows at a time that they stay in the processor's cache: twice as fast as chunks of some thousands.
READ_AT_ONCE = 100
MAX_COVARIATES = 100
# Characters of the name of a further column, and how many of it a complaint repeats.
MAX_NAME, BEGINNING = 100, 40

Complaint = tuple[int, str, str, str]


def refuse_unknown_columns(table: Table, kind: ImportKind) -> None:
    """Kinds without covariates take no column that we do not know; the others take a hundred."""
    others = [name for _position, name in table.others(kind.names)]
    if others and not kind.keeps_others:
        raise HeaderError(
            ngettext(
                "%(kind)s files have no column %(columns)s. Delete it, or rename it to one of: %(known)s.",
                "%(kind)s files have no columns %(columns)s. Delete them, or rename them to any of: %(known)s.",
                len(others),
            )
            % {
                "kind": f"“{kind.name}”",
                "columns": enumerate_names(others),
                "known": ", ".join(kind.names),
            }
        )
    if len(others) > MAX_COVARIATES:
        raise TableError(
            _("The file has %(n)s additional columns; the maximum is %(most)s. Leave some of them out.")
            % {"n": len(others), "most": MAX_COVARIATES}
        )
    for position, name in table.others(kind.names):
        if len(name) > MAX_NAME:
            raise TableError(
                _("The name of column %(number)s has %(n)s characters; the maximum is %(most)s. Shorten “%(name)s…”.")
                % {"number": position + 1, "n": len(name), "most": MAX_NAME, "name": name[:BEGINNING]}
            )


def read_rows(check: FileCheck, kind: ImportKind, staging: Staging) -> None:
    """Read a file whose kind leaves reading to the engine. Raises `TableError` where it has no rows, or columns too many."""
    refuse_unknown_columns(check.table, kind)
    reader = RowReader(check, kind, staging)
    reader.run()
    check.unknown_words = reader.unknown_words


class RowReader:
    """Reads the rows of a table into its staging; complaints go into the problems of the table, remarks into its notes."""

    def __init__(self, check: FileCheck, kind: ImportKind, staging: Staging) -> None:
        self.check, self.kind, self.table, self.staging = check, kind, check.table, staging
        self.today = check.organisation.today.isoformat()
        self.currency = check.organisation.currency
        how = HowRead(
            currency=self.currency,
            decimal_comma=self.table.decimal_comma,
            date_format=check.options.get("date_format") or "",
            orders=check.orders,
            epoch=self.table.epoch,
            words=check.options.get("words") or {},
            headers=dict(zip(self.table.columns, self.table.header, strict=False)),
        )
        self.readers: dict[str, Reader] = {
            name: reader_for(kind.column(name), how, is_key=name in kind.key) for name in self.staging.names
        }
        self.positions = {name: self.table.index(name) for name in self.staging.names}
        of_numbers = self.table.positions_of_numbers()
        self.covariates = [
            (position, name, Covariate(name, decimal_comma=how.decimal_comma, of_numbers=position in of_numbers))
            for position, name in self.table.others(kind.names)
        ]
        staged = {name: kind.column(name) for name in kind.names if name in self.staging.names}
        self.happenings = [name for name, column in staged.items() if column.happens]
        self.in_currencies = [column for column in staged.values() if column.currency_column in staged]
        self.too_late = kind.too_late if kind.too_late and staged.keys() >= set(kind.too_late) else None
        self.ahead: Counter[str] = Counter()
        self.blanks: Counter[str] = Counter()
        self.n_too_late = 0
        self.row_numbers_for = [name for name in self.positions if self._stands_in(name, "row number")]
        self.said_of_file = {name: self._said(name) for name in self.positions if self._stands_in(name, "option")}
        self.zeros = [(name, LeadingZeros(name)) for name in kind.key if name.endswith("_id")]
        self._amounts: dict[tuple[str, str], Amount] = {}
        self._known_objects: dict[tuple[str, ...], str] = {}

    def run(self) -> None:
        """Read the file to its end. Raises `TableError` where it has no rows, `OrderNeeded` as `imports.cells.Date`."""
        self._complain_of_orders()
        waiting: list[tuple[int, Sequence[Sequence[str]]]] = []
        rows = 0
        for first, columns in self._checked_chunks():
            waiting.append((first, columns))
            rows += len(columns[0])
            if rows >= self.staging.at_once:
                self._stage(waiting)
                waiting, rows = [], 0
        self._stage(waiting)
        self.staging.clears = any(reader.clears for reader in self._all_readers())
        self._check_whole_file()
        self._add_notes()

    def _all_readers(self) -> Iterator[Reader]:
        yield from self.readers.values()
        yield from (reader for _position, _name, reader in self.covariates)

    def _worded(self) -> Iterator[Worded]:
        yield from (reader for reader in self.readers.values() if isinstance(reader, Worded))

    @property
    def unknown_words(self) -> dict[str, list[str]]:
        """The words that nobody has explained yet, by column."""
        return {
            reader.column.name: sorted(reader.unknown.values(), key=str.lower) for reader in self._worded() if reader.unknown
        }

    def _stage(self, waiting: list[tuple[int, Sequence[Sequence[str]]]]) -> None:
        """A file with a problem is not going to be applied; its rows are staged to be compared, as far as they have a key."""
        if not waiting:
            return
        rows: Iterator[Row] = chain.from_iterable(zip(count(first), *columns, strict=False) for first, columns in waiting)
        if self.table.problems:
            positions = [1 + self.staging.names.index(name) for name in self.kind.key]
            rows = (row for row in rows if all(row[position] != UNREAD for position in positions))
        self.staging.add(rows)

    def _checked_chunks(self) -> Iterator[tuple[int, Sequence[Sequence[str]]]]:
        for first, rows in self.table.chunks(READ_AT_ONCE):
            yield first, self._check(first, list(zip(*rows, strict=True)))
            self.check.report_position(self._how_far)

    def _how_far(self) -> str:
        return _("Checking: %(n)s rows so far") % {"n": f"{self.table.rows_read:,}"}

    # One chunk --------------------------------------------------------------------------------------------------------

    def _check(self, first: int, cells: list[tuple[str, ...]]) -> Sequence[Sequence[str]]:
        """Staged columns of a chunk; complaints are noted in the order of the rows."""
        complaints: list[Complaint] = []
        values: dict[str, Sequence[str]] = {}
        n_rows = len(cells[0])
        for name, reader in self.readers.items():
            position = self.positions[name]
            if position is None:  # a part of the key that this file does not have
                values[name] = self._standing_in(name, first, n_rows)
                continue
            values[name], problems = reader.read(cells[position])
            if reader.blank_words:
                self.blanks[name] += sum(map(cells[position].count, reader.blank_words))
            if problems:
                complaints += [(i, name, cells[position][i], message) for i, message in problems.items()]
        self._convert_other_currencies(cells, values, complaints)
        objects = self._objects_of(cells, complaints)
        complaints += [
            (i, name, self._as_written(cells, i, name), message) for i, name, message in self._row_complaints(values, n_rows)
        ]
        for i, name, value, message in sorted(complaints, key=lambda complaint: complaint[0]):
            self.table.problems.add(first + i, message, column=name, value=value)
        self._count(values, first)
        staged = [values[name] for name in self.staging.names]
        return [*staged, objects] if self.staging.has_covariates else staged

    def _stands_in(self, name: str, what: str) -> bool:
        return self.positions[name] is None and self.kind.column(name).otherwise == what

    def _said(self, name: str) -> str:
        """Of the whole file, in its options; else it is of the day on which it was brought."""
        return str(self.check.options.get(name) or self.check.organisation.day_of(self.check.staged.created_at).isoformat())

    def _standing_in(self, name: str, first: int, n_rows: int) -> Sequence[str]:
        if name in self.row_numbers_for:
            return list(map(str, range(first, first + n_rows)))
        return (self.said_of_file.get(name, ""),) * n_rows

    def _as_written(self, cells: list[tuple[str, ...]], i: int, name: str) -> str:
        position = self.positions[name]
        return cells[position][i] if position is not None else ""

    def _objects_of(self, cells: list[tuple[str, ...]], complaints: list[Complaint]) -> list[str]:
        """The covariates of each row as a JSON object. Few patterns are common, and then one look-up a row is enough."""
        if not self.covariates:
            return []
        patterns = list(zip(*(cells[position] for position, _name, _covariate in self.covariates), strict=True))
        try:
            return list(map(self._known_objects.__getitem__, patterns))
        except KeyError:
            pass
        pieces = []
        fine = True
        for position, name, covariate in self.covariates:
            column, problems = covariate.read(cells[position])
            pieces.append(column)
            n_blank = sum(map(cells[position].count, covariate.blank_words))
            self.blanks[name] += n_blank
            complaints += [(i, name, cells[position][i], message) for i, message in problems.items()]
            # What is looked up is not counted.
            fine = fine and not problems and not n_blank
        objects = _objects(pieces)
        if fine and len(self._known_objects) < REMEMBERED:
            self._known_objects.update(zip(patterns, objects, strict=True))
        return objects

    def _convert_other_currencies(
        self, cells: list[tuple[str, ...]], values: dict[str, Sequence[str]], complaints: list[Complaint]
    ) -> None:
        """Amounts in a currency that the row names: its minor units may be others, and so is the sign it may carry."""
        for column in self.in_currencies:
            currencies = values[column.currency_column]
            if set(currencies) <= {"", self.currency}:
                continue
            position = self.positions[column.name]
            raw, amounts = cells[position or 0], list(values[column.name])
            for i, code in enumerate(currencies):
                if code not in ("", self.currency) and code != CLEAR:
                    complaints[:] = [one for one in complaints if one[:2] != (i, column.name)]
                    (amounts[i],), problems = self._amount_in(column, code).read((raw[i],))
                    complaints += [(i, column.name, raw[i], message) for message in problems.values()]
            values[column.name] = amounts

    def _amount_in(self, column: Column, currency: str) -> Amount:
        """The reader of amounts in a currency; in one that could not be read, no amount is in the wrong one."""
        key = (column.name, currency)
        if key not in self._amounts:
            known = self.currency if currency == UNREAD else currency
            self._amounts[key] = Amount(
                column, currency=known, decimal_comma=self.table.decimal_comma, of_any=currency == UNREAD
            )
        return self._amounts[key]

    def _row_complaints(self, values: dict[str, Sequence[str]], n_rows: int) -> Iterator[tuple[int, str, str]]:
        if self.kind.any_of:
            yield from self._either_or(*(values[name] for name in self.kind.any_of))
        for order in self.kind.orders:
            if order.earlier in values and order.later in values:
                earlier, later = values[order.earlier], values[order.later]
                if order.of_numbers:
                    yield from self._less(order, earlier, later)
                    continue
                if "" not in earlier and sum(map(lt, later, earlier)) == later.count(""):
                    continue  # nothing but blanks sorts before: the usual case, told without looking at rows
                for i, (one, other) in enumerate(zip(earlier, later, strict=True)):
                    # A blank sorts before every date, CLEAR and UNREAD likewise; they say nothing about order.
                    if other < one and other and not {one, other} & {CLEAR, UNREAD}:
                        yield i, order.later, str(order.message).format(other=one)

    def _less(self, order: Order, earlier: Sequence[str], later: Sequence[str]) -> Iterator[tuple[int, str, str]]:
        silent = {"", CLEAR, UNREAD}
        for i, (one, other) in enumerate(zip(earlier, later, strict=True)):
            if not {one, other} & silent and float(other) < float(one):
                yield i, order.later, str(order.message).format(other=one)

    def _either_or(self, one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[int, str, str]]:
        first, second = self.kind.any_of
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            if not a and not b:
                yield (
                    i,
                    first,
                    _("Neither %(one)s nor %(other)s is filled in. Fill in one of them.")
                    % {
                        "one": first,
                        "other": second,
                    },
                )
            elif a and b and self.kind.only_one and UNREAD not in (a, b):
                yield (
                    i,
                    second,
                    _("Both %(one)s and %(other)s are filled in. Leave one of them empty.")
                    % {
                        "one": first,
                        "other": second,
                    },
                )

    def _count(self, values: dict[str, Sequence[str]], first: int) -> None:
        """What is tolerated but remarked on."""
        for name, zeros in self.zeros:
            if name in values and min(values[name])[:1].isdigit():
                zeros.see(first, values[name])
        for name in self.happenings:
            if max(values[name]) > self.today:
                self.ahead[name] += sum(day > self.today for day in values[name])
        if self.too_late:
            done, left = (values[name] for name in self.too_late)
            later = sum(map(and_, map(gt, done, left), map(bool, left)))
            self.n_too_late += later and sum(
                day > gone and gone[0] not in CLEAR[0] + UNREAD for day, gone in zip(done, left, strict=True) if gone
            )

    # The whole file ---------------------------------------------------------------------------------------------------

    def _check_whole_file(self) -> None:
        self.check.report(100, 100, _("Looking for rows that contradict each other"))
        self.staging.index()
        key = _(" and ").join(self.kind.key)
        for rows in self.staging.conflicts(MAX_SKIPPED + 1):
            first, last = rows[0], rows[-1]
            self.table.problems.add(
                last,
                _("Row %(first)s has the same %(key)s but different values. Keep the correct row.")
                % {"first": first, "key": key},
                column=self.kind.key[0],
            )
            self.table.problems.involve(*rows)
        self._complain_of_overlaps()
        self._complain_of_several_values()
        if self.staging.repeated and not self.table.problems:
            self._note(
                ngettext(
                    "%(n)s row is an exact duplicate and counts once.",
                    "%(n)s rows are exact duplicates and count once.",
                    self.staging.repeated,
                ),
                self.staging.repeated,
            )

    def _complain_of_overlaps(self) -> None:
        """Of periods of one id that may not overlap, the later one is complained of, and both rows can be skipped."""
        if not (self.kind.apart and self.kind.span):
            return
        begin, end = self.kind.span
        for first, second in self.staging.reaching_over(begin, end, MAX_SKIPPED + 1):
            self.table.problems.add(
                second,
                _("This period of the same %(key)s begins before the one in row %(first)s ends. Correct one of the two.")
                % {"key": self.kind.key[0], "first": first},
                column=begin,
            )
            self.table.problems.involve(first, second)

    def _complain_of_several_values(self) -> None:
        """One file says one thing here: of another day there is another file."""
        if not self.kind.one_value:
            return
        known = [(row, value) for row, value in self.staging.first_rows_of_values(self.kind.one_value, 3) if value != UNREAD]
        if len(known) > 1:
            (first, one), (second, other) = known[:2]
            self.table.problems.add(
                0,
                _("%(column)s is %(one)s in row %(first)s and %(other)s in row %(second)s. Bring one file for each.")
                % {"column": self.kind.one_value, "one": one, "first": first, "other": other, "second": second},
                column=self.kind.one_value,
            )

    def _note(self, text: str, n: int) -> None:
        self.table.notes.append(text % {"n": f"{n:,}"})

    def _add_notes(self) -> None:
        """A file that is refused is complained of; only lost zeros, and how cells were read, are worth a remark then."""
        self.table.notes += [note for _name, zeros in self.zeros if (note := zeros.note())]
        self._remark_on_reading()
        if self.table.problems:
            return
        self._remark_on_days()
        self._remark_on_overlaps()
        self._remark_on_gaps()
        self._remark_on_rows_that_say_nothing()

    def _remark_on_reading(self) -> None:
        """What stands in for missing columns, and how words and cells were read."""
        for name in self.row_numbers_for:
            self.table.notes.append(
                _(
                    "The file has no %(name)s, so each row is known by its number. A later file of the same rows changes them "
                    "only if they are in the same order."
                )
                % {"name": name}
            )
        for name, value in self.said_of_file.items():
            self.table.notes.append(_("%(name)s is %(value)s for all rows.") % {"name": name, "value": value})
        for worded in self._worded():
            self.table.notes += [
                _("“%(word)s” in %(column)s is read as %(meaning)s.")
                % {"word": word, "column": worded.column.name, "meaning": meaning or worded.blank_meaning}
                for word, meaning in worded.used.items()
            ]
        for any_reader in self._all_readers():
            self.table.notes += any_reader.remarks(self.blanks[any_reader.column.name])

    def _remark_on_days(self) -> None:
        """Those that have not come, and completions after the exit."""
        for name, n in self.ahead.items():
            self.table.notes.append(
                ngettext(
                    "%(n)s value of %(name)s is in the future. It is kept and counts from that day.",
                    "%(n)s values of %(name)s are in the future. They are kept and count from those days.",
                    n,
                )
                % {"n": f"{n:,}", "name": name}
            )
        if self.n_too_late:
            self._note(
                ngettext(
                    "%(n)s completion is dated after the exit. It is kept but makes no difference.",
                    "%(n)s completions are dated after the exit. They are kept but make no difference.",
                    self.n_too_late,
                ),
                self.n_too_late,
            )

    def _complain_of_orders(self) -> None:
        """One complaint for each column in which nobody knows which of day and month comes first."""
        if not (orders := self.check.orders):
            return
        for name, text in orders.open.items():
            self.table.problems.add(0, either_reading(text, self.check.remedy_for_dates), column=name, value=text)
        for name, (day, month) in orders.mixed.items():
            self.table.problems.add(0, mixed_readings(day, month), column=name, value=f"{day}, {month}")

    def _remark_on_overlaps(self) -> None:
        """Stints of one id that overlap: evidence counts the one that began first."""
        n = self.staging.overlaps(*self.kind.span) if self.kind.span and not self.kind.apart else 0
        if n:
            self._note(
                ngettext(
                    "%(n)s row overlaps a later row with the same ID. Analyses count the one that began first; correct the "
                    "dates if that is wrong.",
                    "%(n)s rows overlap a later row with the same ID. Analyses count those that began first; correct the "
                    "dates if that is wrong.",
                    n,
                ),
                n,
            )

    def _remark_on_rows_that_say_nothing(self) -> None:
        names = self.kind.says_nothing_without
        n = self.staging.blank_in(names) if names else 0
        if n:
            self._note(
                ngettext(
                    "%(n)s row has nothing in %(names)s, so it says of nobody. It is kept and makes no difference.",
                    "%(n)s rows have nothing in %(names)s, so they say of nobody. They are kept and make no difference.",
                    n,
                )
                % {"n": "%(n)s", "names": _(" and ").join(names)},
                n,
            )

    def _remark_on_gaps(self) -> None:
        """Series of months with holes: they stay holes, nothing is filled in."""
        n = self.staging.series_with_gaps() if "month" in self.kind.key else 0
        if n:
            self._note(
                ngettext(
                    "%(n)s series has missing months. They stay missing; nothing is filled in.",
                    "%(n)s series have missing months. They stay missing; nothing is filled in.",
                    n,
                ),
                n,
            )


def _objects(pieces: list[Sequence[str]]) -> list[str]:
    """JSON objects from the pieces of each row; blank pieces are left out. `UNREAD` where a piece is."""
    if any(UNREAD in column for column in pieces):
        return [UNREAD if UNREAD in row else _object(row) for row in zip(*pieces, strict=True)]
    if not any("" in column for column in pieces):
        return ["{" + row + "}" for row in map(",".join, zip(*pieces, strict=True))]
    return [_object(row) for row in zip(*pieces, strict=True)]


def _object(pieces: Sequence[str]) -> str:
    return "{" + ",".join(filter(None, pieces)) + "}"
