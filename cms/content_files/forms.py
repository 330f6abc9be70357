"""The assessment forms of a course: their items and the instruments they make up."""

from assessments.enums import ItemKind, ItemUse
from assessments.models import Instrument, Item
from assessments.services import retire_instruments, upsert_instrument, upsert_item
from cms.content_files.force import Force, is_forced
from cms.content_files.report import Report
from cms.content_files.sources import FormSource
from cms.identities import block_uuid
from cms.models import LoadedFile
from courses.models import Course


def retire_forms(course: Course, *, keep: list[str], report: Report) -> None:
    """Take out of use the forms that came from files which are gone; what was answered on them stays."""
    gone = LoadedFile.objects.filter(instrument__course=course).exclude(instrument__key__in=keep)
    report.unpublished += gone.values_list("path", flat=True)
    others = course.instruments.exclude(loaded_file__in=gone).values_list("key", flat=True)
    retire_instruments(course=course, keep=[*keep, *others])
    # Should the file come back, it is loaded like a new one.
    gone.delete()


def keys_of_bank_forms(course: Course) -> list[str]:
    """Those that are made of questions which belong to no course."""
    return list(course.instruments.filter(loaded_file__isnull=False, entries__item__course=None).values_list("key", flat=True))


def load_form(form: FormSource, course: Course, *, force: Force, report: Report) -> None:
    """Items and instrument of one form, unless nothing has changed or an author has edited an item since the last load."""
    loaded = LoadedFile.objects.filter(instrument__course=course, instrument__key=form.key).first()
    if loaded and loaded.digest == form.digest:
        report.unchanged.append(form.path)
        return
    is_edited = loaded and not form.bank_keys and _item_versions(loaded.instrument) != loaded.item_versions
    if is_edited and not is_forced(force, form.path):
        report.conflicts.append(form.path)
        return
    for item in form.items:
        upsert_item(course=course, uuid=block_uuid(course.uuid, item["key"]), use=ItemUse.FORM, kind=ItemKind.SINGLE, **item)
    instrument = upsert_instrument(
        course=course,
        key=form.key,
        title=form.title,
        item_keys=form.bank_keys or [item["key"] for item in form.items],
        is_from_bank=bool(form.bank_keys),
    )
    LoadedFile.objects.update_or_create(
        instrument=instrument,
        defaults={"path": form.path, "digest": form.digest, "item_versions": _item_versions(instrument)},
    )
    (report.updated if loaded else report.created).append(form.path)


def _item_versions(instrument: Instrument | None) -> list[int]:
    items = Item.objects.filter(instrument_entries__instrument=instrument).order_by("instrument_entries__position")
    return list(items.values_list("current_version_id", flat=True))
