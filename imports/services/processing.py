"""Takes a file through: read once and checked whole, its rows kept as one private file, then applied whole or not at all.

The kept rows are a line of JSON that says what follows, then CSV, packed: they work wherever private files are stored, need
no database, and are staged again when they are applied. Kinds with a table of their own are then written by a few statements in
one transaction, others by `imports.services.parts`.
"""

import csv
import gzip
import io
import json
import logging
import tempfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, BinaryIO, cast

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.enums import AuditVerb
from accounts.errors import PeopleHeld
from accounts.models import Organisation
from accounts.types import Actor
from common.cells import is_blank_word
from common.dates import OrderNeeded, Orders, OrderVotes, looks_like_date, settle
from common.errors import UserError
from common.private_columns import WHAT, told_by_name
from common.pulse import Pulse, no_pulse
from imports.enums import ENDED, ImportState
from imports.errors import ChangedSinceCheck, NotReady, Overtaken
from imports.kinds import FileCheck, ImportKind, Report, Row, import_kinds, silent
from imports.models import ImportProblem, StagedImport, look_of, with_unreadable
from imports.rows import read_rows
from imports.services.files import forget_file, forget_rows, forget_skipped, import_of_file, lock_import, require_checked
from imports.services.parts import COUNTS, apply_in_parts
from imports.staging import BATCH_SIZE, Staging, count_rows, note_missing, staged_rows, write_rows
from imports.tables.errors import MAX_PROBLEMS, EncodingError, HeaderError, Problem, ProblemLog
from imports.tables.layout import LEFT_OUT, Columns, plain
from imports.tables.reading import Table, look_at, name_columns
from jobs.services import Complete, Progress, unasked

logger = logging.getLogger(__name__)

# What a reading finds out about a file.
FOUND = (
    "rows_file",
    "skipped_file",
    "findings",
    "look",
    "encoding",
    "delimiter",
    "notes",
    "options",
    "rows_total",
    "rows_refused",
    *COUNTS,
)
# Raised when the same line of the file would mean something else.
ROWS_FORMAT = 1
_NOT_WHOLE = (EOFError, OSError, zlib.error, UnicodeDecodeError, csv.Error, ValueError, KeyError, TypeError)


# Checking -------------------------------------------------------------------------------------------------------------------


@dataclass
class FileReading:
    """A file that has been read to its end. `table`, `staging`, `check` are None as far as it could not be read as a table."""

    staged: StagedImport
    problems: ProblemLog
    table: Table | None = None
    staging: Staging | None = None
    check: FileCheck | None = None
    lacks_columns: bool = False
    lacks_encoding: bool = False


def check_import(staged: StagedImport, *, report: Report = silent, pulse: Pulse = no_pulse) -> StagedImport:
    """Go through the whole file and note every problem; afterwards the import is ready or refused. Safe to repeat.

    The database is written to in short transactions only, so that nobody waits for a long one.
    """
    if staged.state not in ENDED:
        with open_file(staged) as file:
            begin_check(staged)
            with parsed_rows(staged, file, report=report, pulse=pulse) as reading:
                finish_reading(reading)
    return staged


def check_job(progress: Progress) -> dict[str, Any]:
    return {"message": check_import(import_of(progress), report=progress.report, pulse=progress.pulse).summary}


def import_of(progress: Progress) -> StagedImport:
    """What a job works on. Raises `NotReady` where it is gone, or another job has been started since this one was given up."""
    imports = StagedImport.objects.select_related("organisation", "job")
    staged = imports.filter(pk=progress.parameters["import"], job=progress.job).first()
    if staged is None:
        raise Overtaken
    return staged


def open_file(staged: StagedImport) -> BinaryIO:
    if not staged.file:
        raise NotReady(_("The file is no longer stored. Upload it again."))
    return cast(BinaryIO, staged.file.open("rb"))


@transaction.atomic
def begin_check(staged: StagedImport) -> None:
    lock_unended(staged)
    StagedImport.objects.filter(pk=staged.pk).update(state=ImportState.CHECKING, updated_at=timezone.now())
    forget_problems(staged)
    forget_rows(staged)
    staged.options.pop("skip", None)
    forget_skipped(staged)


@contextmanager
def parsed_rows(
    staged: StagedImport,
    file: BinaryIO,
    *,
    report: Report = silent,
    pulse: Pulse = no_pulse,
    skip: Collection[int] = frozenset(),
    max_problems: int = MAX_PROBLEMS,
    remedy_for_dates: str = "",
) -> Iterator[FileReading]:
    """The file, read to its end as if the rows of `skip` were not in it; its rows are staged as long as the context lasts.

    `remedy_for_dates` says what to do where dates can be read two ways.
    """
    reading = FileReading(staged, ProblemLog(limit=max_problems))
    remedy_for_dates = remedy_for_dates or _("Say below which comes first.")

    def read(stack: ExitStack, orders: Orders | None = None) -> None:
        kind = import_kinds[staged.kind]
        reading.problems = ProblemLog(limit=max_problems)
        table = reading.table = _open(staged, file, pulse)
        table.problems, table.skip = reading.problems, frozenset(skip)
        has_covariates = kind.keeps_others and bool(table.others(kind.names))
        staging = reading.staging = stack.enter_context(
            staged_rows(kind, kind.staged_names(table), has_covariates=has_covariates)
        )
        check = reading.check = FileCheck(staged, table, staging, report, orders=orders, remedy_for_dates=remedy_for_dates)
        if kind.read:
            kind.read(check)
        else:
            read_rows(check, kind, staging)

    with ExitStack() as stack:
        try:
            try:
                read(stack)
            except OrderNeeded:
                stack.close()
                report(0, 0, _("Finding out how dates are written"))
                read(stack, _orders_in(_open(staged, file, pulse), import_kinds[staged.kind]))
        except UserError as error:
            reading.problems.add(0, str(error))
            reading.lacks_columns = isinstance(error, HeaderError)
            reading.lacks_encoding = isinstance(error, EncodingError)
        yield reading


def _orders_in(table: Table, kind: ImportKind) -> Orders:
    """What the whole file says about the order of day and month. Rows that are skipped say it too, so that it stays the same.

    Columns that are not ours, or are left out, are asked as well, where all that is in them is written as a date.
    """
    ours = {name for name in kind.names if kind.column(name).type == "date"}
    others = {name for name in kind.names if name not in ours}
    asked = {position: name or f" {position}" for position, name in enumerate(table.columns) if name not in others}
    votes = {position: OrderVotes() for position in asked}
    for _first, rows in table.chunks():
        columns = list(zip(*rows, strict=True))
        for position in list(votes):
            texts = {text for text in set(columns[position]) if text.strip() and not is_blank_word(text)}
            if asked[position] in ours or all(map(looks_like_date, texts)):
                votes[position].see(texts)
            else:
                del votes[position]
    return settle({asked[position]: vote for position, vote in votes.items()}, ours)


def _open(staged: StagedImport, file: BinaryIO, pulse: Pulse) -> Table:
    """The file with its columns named; what the pages need of it is noted, also where its columns cannot be named."""
    columns, how_read = import_kinds[staged.kind].header, staged.how_read
    try:
        table = look_at(file, file_name=staged.file_name, columns=columns, pulse=pulse, **how_read)
    except EncodingError:
        staged.look = with_unreadable(staged.look, how_read["encoding"])
        raise
    staged.look = look_of(table, staged.look, is_analysed=import_kinds[staged.kind].keeps_others)
    name_columns(table, columns, staged.mapping_for(table.header))
    if import_kinds[staged.kind].keeps_others:
        leave_out_private(table, columns, staged)
    return table


def leave_out_private(table: Table, columns: Columns, staged: StagedImport) -> None:
    """Leave out columns that tell of a person what an analysis seldom needs, unless somebody has said why they are kept."""
    reasons = {plain(name): reason for name, reason in (staged.options.get("reasons") or {}).items()}
    told = {
        plain(name): values[-1] for (name, _shown), values in zip(staged.look["columns"], staged.look["values"], strict=True)
    }
    names, left = list(table.columns), []
    for position, theirs in enumerate(table.header):
        # Of very wide files the values of the last columns are not looked at.
        what = told[plain(theirs)] if plain(theirs) in told else told_by_name(theirs)
        if not what or names[position] in ("", *columns.known):
            continue
        said = {"column": theirs.strip(), "what": WHAT[what]}
        if reason := reasons.get(plain(theirs)):
            note = _("“%(column)s” seems to hold %(what)s and is kept. The reason given: %(reason)s")
            table.notes.append(note % (said | {"reason": reason}))
        else:
            names[position] = LEFT_OUT
            left.append(_("“%(column)s” (%(what)s)") % said)
    table.columns = tuple(names)
    if left:
        note = _("Left out because of what they seem to hold: %(columns)s. To keep one, say why under “Map columns”.")
        table.notes.append(note % {"columns": ", ".join(left)})


def finish_reading(reading: FileReading, said: Iterable[Problem] = (), *, counts: bool = True, keeps: bool = True) -> None:
    """Count what applying would do, keep the rows, and save what was found: the import is ready, or refused.

    `said` are problems of skipped rows, which are reported and refuse nothing. Rows that are applied at once are neither
    counted beforehand nor kept.
    """
    check, staging = reading.check, reading.staging
    if check and staging and not reading.problems:
        if counts and import_kinds[reading.staged.kind].model:
            counted = count_rows(staging, reading.staged.organisation_id)
            check.new, check.changed, check.unchanged = counted.new, counted.changed, counted.unchanged + staging.repeated
        if keeps:
            keep_rows(reading.staged, staging)
    look = import_kinds[reading.staged.kind].look
    looked = look(check) if check and look and not reading.problems else {}
    if not keeps:
        reading.staged.look = {}
    note_findings(reading)  # after the look, which has notes too
    reading.staged.findings |= looked
    try:
        finish_check(reading.staged, [*reading.problems, *said], is_refused=bool(reading.problems))
    except NotReady:
        for kept in (reading.staged.rows_file, reading.staged.skipped_file):
            if kept:
                kept.delete(save=False)
        raise


def note_findings(reading: FileReading) -> None:
    staged, problems = reading.staged, reading.problems
    staged.rows_refused = problems.rows_refused
    staged.findings = {"columns": True} if reading.lacks_columns else {"encoding": True} if reading.lacks_encoding else {}
    if table := reading.table:
        staged.rows_refused += table.rows_passed_over
        staged.encoding, staged.delimiter, staged.notes = table.encoding, table.delimiter, [*table.notes]
        staged.rows_total = table.rows_read + table.rows_ragged + table.rows_passed_over
        could_go = len(problems.rows) if problems.is_divisible else 0
        staged.findings |= {"skippable": could_go if could_go < staged.rows_total else 0}
    if check := reading.check:
        staged.rows_new, staged.rows_changed, staged.rows_unchanged = check.new, check.changed, check.unchanged
        staged.options = staged.options | ({"result": check.result} if check.result else {})
        staged.findings |= {"words": check.unknown_words, "elsewhere": check.is_mended_elsewhere}
        if check.orders and check.orders.open:
            staged.findings |= {"dates": check.orders.open}
    if problems.total > len(problems):
        staged.notes += [
            _("%(total)s problems were found; the first %(shown)s are listed.")
            % {"total": f"{problems.total:,}", "shown": f"{len(problems):,}"}
        ]


@transaction.atomic
def finish_check(staged: StagedImport, problems: Iterable[Problem], *, is_refused: bool) -> None:
    """Save what was found. A file may be ready and have problems: those of the rows that are skipped.

    Raises `NotReady` where the import was applied, discarded or checked again while this check was under way.
    """
    lock_unended(staged)
    if is_refused:
        forget_rows(staged)
        forget_skipped(staged)
        staged.options = {name: value for name, value in staged.options.items() if name != "skip"}
    forget_problems(staged)
    _store_problems(staged, problems)
    staged.state = ImportState.REFUSED if is_refused else ImportState.READY
    staged.save(update_fields=["state", "updated_at", *FOUND])


def lock_unended(staged: StagedImport) -> None:
    """The import that a check is about, locked to the end of the transaction. Raises `NotReady` where it went on."""
    rows = StagedImport.objects.select_for_update(of=("self",), no_key=True)
    if not rows.filter(pk=staged.pk, job=staged.job_id, marker={}).exclude(state__in=ENDED):
        raise Overtaken


def _store_problems(staged: StagedImport, problems: Iterable[Problem]) -> None:
    ImportProblem.objects.bulk_create(
        [
            ImportProblem(
                staged_import=staged,
                row_number=problem.row,
                column=problem.column[:100],
                value=problem.value[:200],
                message=problem.message,
            )
            for problem in islice(problems, MAX_PROBLEMS)
        ]
    )


def forget_problems(staged: StagedImport) -> None:
    staged.problems.all()._raw_delete(staged.problems.db)


# The kept rows --------------------------------------------------------------------------------------------------------------


def keep_rows(staged: StagedImport, staging: Staging) -> None:
    """Store what is staged; the caller saves `staged`."""
    with tempfile.TemporaryFile() as packed:
        with gzip.open(packed, "wb", compresslevel=1) as raw, io.TextIOWrapper(raw, "utf-8", newline="") as text:
            text.write(json.dumps(_description(staged, staging)) + "\n")
            # The longer end of a line: only characters of it are quoted before Python 3.13, and cells hold both.
            writer = csv.writer(text, lineterminator="\r\n")
            for rows in staging.batches():
                writer.writerows(rows)
        packed.seek(0)
        staged.rows_file.save(f"{staged.uuid.hex}-rows.csv.gz", File(packed), save=False)


def _description(staged: StagedImport, staging: Staging) -> dict[str, Any]:
    return {
        "format": ROWS_FORMAT,
        "kind": staging.kind.name,
        "names": list(staging.names),
        "covariates": staging.has_covariates,
        "clears": staging.clears,
        # Amounts without a currency of their own were read in this one.
        "currency": staged.organisation.currency,
    }


@contextmanager
def loaded_rows(staged: StagedImport) -> Iterator[Staging]:
    """The kept rows, staged again as long as the context lasts. Raises `NotReady` where they are gone, or not to be read."""
    kind = import_kinds[staged.kind]
    with _opened(staged) as text:
        described = _read_description(text, staged, kind)
        with staged_rows(kind, described["names"], has_covariates=described["covariates"]) as staging:
            staging.clears = described["clears"]
            try:
                _load(text, staging)
            except _NOT_WHOLE:
                raise NotReady(_check_again()) from None
            yield staging


def first_rows_kept(staged: StagedImport, most: int) -> list[tuple[int, dict[str, str]]]:
    """The first rows that would be imported, as they were understood, with their numbers; none where they are gone."""
    try:
        with _opened(staged) as text:
            names = _read_description(text, staged, import_kinds[staged.kind])["names"]
            rows = islice(csv.reader(text), most)
            return [(int(number), dict(zip(names, cells, strict=False))) for number, *cells in rows]
    except (NotReady, *_NOT_WHOLE):
        return []


@contextmanager
def _opened(staged: StagedImport) -> Iterator[IO[str]]:
    try:
        if not staged.rows_file:
            raise FileNotFoundError
        packed = staged.rows_file.open("rb")
    except OSError:
        raise NotReady(_check_again()) from None
    with packed, gzip.open(cast(IO[bytes], packed), "rt", encoding="utf-8", newline="") as text:
        yield cast(IO[str], text)


def _read_description(text: IO[str], staged: StagedImport, kind: ImportKind) -> dict[str, Any]:
    """Refuses rows that would mean something else today: kept by another version, or read in another currency."""
    try:
        described: dict[str, Any] = json.loads(text.readline())
        is_ours = (described["format"], described["kind"]) == (ROWS_FORMAT, kind.name)
        is_ours = is_ours and set(kind.kept) <= set(described["names"]) <= {*kind.names, *kind.kept}
        currency = described["currency"]
    except _NOT_WHOLE:
        is_ours = False
    if not is_ours:
        raise NotReady(_check_again())
    if currency != staged.organisation.currency:
        raise NotReady(other_currency())
    return described


def _load(text: IO[str], staging: Staging) -> None:
    reader = csv.reader(text)
    while rows := list(islice(reader, BATCH_SIZE)):
        staging.add(list(_numbered(rows, len(staging.stored) + 1)))


def _numbered(rows: list[list[str]], width: int) -> Iterator[Row]:
    for row in rows:
        if len(row) != width:
            raise ValueError("A stored row does not have one value for each column.")
        yield (int(row[0]), *row[1:])


def _check_again() -> str:
    return _(
        "The checked rows of this file are no longer stored, so nothing was changed. Check the file again, then import it."
    )


def other_currency() -> str:
    return _("Your organisation's currency changed after this file was checked, so nothing was changed. Check the file again.")


# Applying -------------------------------------------------------------------------------------------------------------------


def apply_import(
    staged: StagedImport, *, actor: Actor = None, report: Report = silent, complete: Complete = unasked
) -> dict[str, Any]:
    """Apply a checked file whole or not at all; returns what the kind has to say.

    Applying it again changes nothing and says the same, and forgets what is still kept of the file.

    A `UserError` of the kind leaves everything as it was and the import refused, with the message as its problem.
    """
    if staged.state == ImportState.APPLIED:
        _forget(staged)
        return _result_of(staged)
    require_checked(staged)
    with loaded_rows(staged) as staging:
        return _apply(staged, staging, actor, report, complete)


def apply_job(progress: Progress) -> dict[str, Any]:
    return apply_import(
        import_of(progress), actor=progress.job.requested_by, report=progress.report, complete=progress.complete
    )


def import_file(
    *,
    organisation: Organisation,
    kind: str,
    file: BinaryIO,
    file_name: str,
    actor: Actor = None,
    options: Mapping[str, Any] | None = None,
    apply: bool = True,
    report: Report = silent,
    remedy_for_dates: str = "",
) -> StagedImport:
    """Check a file that is at hand and, unless `apply` is false, apply the rows as they were read; nothing of it is kept.

    `file` must be binary and seekable. Raises `TableError` for a file that is empty or too large.
    """
    staged = import_of_file(organisation=organisation, kind=kind, file=file, file_name=file_name, actor=actor, options=options)
    staged.save()
    remedy = remedy_for_dates or _("Give the format of its dates.")
    with parsed_rows(staged, file, report=report, remedy_for_dates=remedy) as reading:
        applies = apply and not reading.problems
        finish_reading(reading, counts=not applies, keeps=False)
        if applies and reading.staging:
            _apply(staged, reading.staging, actor, report)
    return staged


def _apply(
    staged: StagedImport, staging: Staging, actor: Actor, report: Report, complete: Complete = unasked
) -> dict[str, Any]:
    report(0, 0, _("Saving all rows"))
    kind = import_kinds[staged.kind]
    try:
        if kind.parts:
            applied = apply_in_parts(staged, staging, actor=actor, report=report, complete=complete)
        else:
            applied = _apply_at_once(staged, staging, actor, complete)
    except ChangedSinceCheck:
        _ask_for_check(staged)
        raise
    except PeopleHeld:
        _ask_for_decision(staged)
        raise
    except NotReady:
        raise
    except UserError as error:
        _refuse(staged, str(error))
        raise
    except IntegrityError:
        message = _("Your data changed while the file was waiting, so nothing was imported. Check the file again.")
        _refuse(staged, message)
        raise UserError(message) from None
    _copy(applied, staged, ("state", "applied_at", "results", "marker", *COUNTS))
    _forget(staged)
    return _result_of(staged)


def _forget(staged: StagedImport) -> None:
    """After the commit. What fails here, or is never come to, `forget_left_files` does."""
    try:
        forget_file(staged)
        forget_rows(staged)
    except Exception:
        logger.exception("The files of import %s could not be deleted", staged.uuid)


def _ask_for_check(staged: StagedImport) -> None:
    """What was checked holds no more; file and rows stay, and nothing but another check leads on."""
    staged.state = ImportState.UPLOADED
    checked = StagedImport.objects.filter(pk=staged.pk, state__in=[ImportState.READY, ImportState.APPLYING])
    checked.update(state=ImportState.UPLOADED, updated_at=timezone.now())


def _ask_for_decision(staged: StagedImport) -> None:
    """Another file has the people of the organisation just now. This one has been checked, and can be applied afterwards."""
    staged.state = ImportState.READY
    StagedImport.objects.filter(pk=staged.pk, state=ImportState.APPLYING, marker={}).update(
        state=ImportState.READY, updated_at=timezone.now()
    )


@transaction.atomic
def _apply_at_once(staged: StagedImport, staging: Staging, actor: Actor, complete: Complete) -> StagedImport:
    """Insert and update the rows of a kind that has a table of its own; a few statements, however many rows."""
    locked = lock_import(staged)
    if locked.state != ImportState.APPLIED:
        require_checked(locked)
        if locked.organisation.currency != staged.organisation.currency:
            raise NotReady(other_currency())
        locked.state, locked.applied_at = ImportState.APPLIED, timezone.now()
        applied = _write(locked, staging, actor)
        locked.results = locked.results | {"applied": applied}
        locked.save(update_fields=["state", "applied_at", "results", "updated_at", *COUNTS])
        complete(_result_of(locked))
    return locked


def _result_of(staged: StagedImport) -> dict[str, Any]:
    """What was committed with the rows, now or before."""
    return staged.results.get("applied") or {"message": staged.result_message}


def _write(staged: StagedImport, staging: Staging, actor: Actor) -> dict[str, Any]:
    kind = import_kinds[staged.kind]
    if kind.has_window and kind.span:
        staged.results |= {"missing": note_missing(staging, staged, kind.span[1])}
    counted = write_rows(staging, staged)
    staged.rows_new, staged.rows_changed = counted.new, counted.changed
    # All other rows that were not refused repeat one of these.
    staged.rows_unchanged = staged.rows_total - staged.rows_refused - counted.new - counted.changed
    audit.record(
        verb=AuditVerb.OUTCOMES_IMPORTED,
        summary=_("Imported %(kind)s: %(new)s new, %(changed)s changed")
        % {"kind": kind.title, "new": f"{counted.new:,}", "changed": f"{counted.changed:,}"},
        organisation=staged.organisation,
        actor=actor,
        target=staged,
        after={"checksum": staged.checksum, "rows": staged.rows_total, "set_aside": staged.skipped_rows},
    )
    return {"message": staged.summary}


def _copy(source: StagedImport, target: StagedImport, names: Iterable[str]) -> None:
    for name in names:
        setattr(target, name, getattr(source, name))


def _refuse(staged: StagedImport, message: str) -> None:
    staged.rows_refused, staged.findings = 0, {}
    finish_check(staged, [Problem(0, "", "", message)], is_refused=True)
