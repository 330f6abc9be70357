"""Everything that is held of somebody, in one file for them alone: data for programs, a page to read, and what they uploaded.

Rows go from the database into the file a few hundred at a time: memory stays flat however much somebody wrote.
"""

import json
import logging
import shutil
import tempfile
import zipfile
import zoneinfo
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import IO

from celery import shared_task
from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import DataExport, User, export_path
from accounts.personal_data import PrivacyPart, Row, moment, privacy_parts
from accounts.services.export_page import ExportPage
from accounts.storage import private_storage
from accounts.types import Actor
from common.retention import expired_before
from common.time_zones import known_zone
from jobs.services import start_job
from mail import services as mail

logger = logging.getLogger(__name__)
KIND = "accounts.export"
READY_MAIL = "export_ready"
# The shape of data.json; docs/export-format.md says what stands where.
SCHEMA = 1
FOLDER = "exports"
ROWS_BETWEEN_LOOKS = 100
LEFT_AFTER = timedelta(days=1)


@transaction.atomic
def start_export(*, user: User, title: str, result_url: str) -> DataExport:
    """Begin one, unless one is being made; a finished one stays until the new one is there."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if (underway := export_underway(user)) is not None:
        return underway
    _delete(user.data_exports.filter(ready_at=None))
    export = DataExport.objects.create(user=user)
    export.job = start_job(kind=KIND, title=title, parameters={"export": export.pk}, requested_by=user, result_url=result_url)
    export.save(update_fields=["job", "updated_at"])
    record(verb=AuditVerb.ACCOUNT_EXPORTED, summary=_("Asked for a copy of their data"), actor=user, target=user)
    return export


def export_underway(user: User) -> DataExport | None:
    waiting = user.data_exports.filter(ready_at=None, job__finished_at=None).exclude(job=None)
    return waiting.select_related("job").first()


def make_export(export: DataExport, look: Callable[[int, int], None]) -> None:
    """Write the file and tell whose it is. Repeating it makes it anew."""
    user = export.user
    name = export_path(export, "")
    private_storage().delete(name)
    with tempfile.TemporaryFile() as file:
        write_archive(user, file, look)
        size = file.tell()
        file.seek(0)
        export.file.name = private_storage().save(name, File(file))
    now = timezone.now()
    with transaction.atomic():
        days = settings.ACCORD_KEEP_DAYS["exports"]
        kept = DataExport.objects.filter(pk=export.pk, user__is_active=True).update(
            file=export.file.name, size=size, ready_at=now, expires_at=now + timedelta(days=days), updated_at=now
        )
        if not kept:  # erased while it was being made
            private_storage().delete(name)
            return
        _delete(user.data_exports.exclude(pk=export.pk))
        mail.enqueue_mail(template=READY_MAIL, recipient=user.email, context={"days": days})


def _delete(exports: Iterable[DataExport]) -> None:
    for export in exports:
        if export.file:
            private_storage().delete(str(export.file.name))
        export.delete()


@shared_task(name="accounts.forget_exports")
def forget_exports() -> None:
    """Those that are a week old, and files that a killed worker has left."""
    old = DataExport.objects.filter(created_at__lt=expired_before("exports"))
    count = len(old)
    _delete(old)
    logger.info("Retention: %s files with somebody's data deleted", count + _forget_left(private_storage()))


def _forget_left(storage: Storage) -> int:
    try:
        names = [f"{FOLDER}/{name}" for name in storage.listdir(FOLDER)[1]]
    except FileNotFoundError:
        return 0
    before = timezone.now() - LEFT_AFTER
    known = set(DataExport.objects.exclude(file="").values_list("file", flat=True))
    left = [name for name in names if name not in known and storage.get_modified_time(name) < before]
    for name in left:
        storage.delete(name)
    return len(left)


# The archive ----------------------------------------------------------------------------------------------------------


def write_archive(user: User, target: IO[bytes], look: Callable[[int, int], None] = lambda done, total: None) -> None:
    """`look` is told how many parts of how many are done; whatever it raises ends the work."""
    zone = known_zone(user.time_zone)
    with (
        timezone.override(zoneinfo.ZoneInfo(zone) if zone else None),
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive,
        tempfile.TemporaryFile() as readable,
    ):
        page = ExportPage(readable, user)
        with archive.open("data.json", "w", force_zip64=True) as data:
            _write_data(user, data, page, look)
        page.finish()
        readable.seek(0)
        with archive.open("index.html", "w", force_zip64=True) as written:
            shutil.copyfileobj(readable, written)
        _write_files(user, archive)


def _write_data(user: User, data: IO[bytes], page: ExportPage, look: Callable[[int, int], None]) -> None:
    about = {"schema": SCHEMA, "site": settings.ACCORD_BASE_URL, "made_at": moment(timezone.now())}
    data.write(json.dumps(about).encode()[:-1] + b', "parts": {')
    parts = list(privacy_parts)
    for number, part in enumerate(parts):
        data.write((", " if number else "").encode() + json.dumps(part.name).encode() + b": [")
        _write_rows(user, part, data, page, partial(look, number, len(parts)))
        data.write(b"]")
    data.write(b"}}\n")


def _write_rows(user: User, part: PrivacyPart, data: IO[bytes], page: ExportPage, look: Callable[[], None]) -> None:
    page.begin(part)
    look()
    for number, row in enumerate(part.export(user)):
        data.write((",\n" if number else "\n").encode() + _as_json(row))
        page.add(row)
        if number % ROWS_BETWEEN_LOOKS == ROWS_BETWEEN_LOOKS - 1:
            look()


def _as_json(row: Row) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _write_files(user: User, archive: zipfile.ZipFile) -> None:
    for part in privacy_parts:
        for file in part.files(user):
            try:
                source = file.open()
            except OSError:
                logger.warning("A file of an export is missing.")
                continue
            with source, archive.open(f"files/{_safe(file.name)}", "w", force_zip64=True) as copy:
                shutil.copyfileobj(source, copy)


def _safe(name: str) -> str:
    """Below its folder on every system: no way up, no drive, no sign that a system forbids."""
    parts = ["".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in part) for part in name.split("/")]
    return "/".join(part.strip(". ")[-100:] or "_" for part in parts)


def export_to(*, user: User, target: IO[bytes], actor: Actor = None) -> None:
    """For operators, who hand it to whoever asked them."""
    write_archive(user, target)
    record(verb=AuditVerb.ACCOUNT_EXPORTED, summary=_("Made a copy of somebody's data"), actor=actor, target=user)
