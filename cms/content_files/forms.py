"""The assessment forms of a course: their items and the instruments they make up."""

import hashlib
from dataclasses import asdict

from django.db.models import Q
from django.utils.translation import gettext as _

from assessments.enums import ItemKind, ItemUse, ReviewRule
from assessments.errors import InvalidInstrument
from assessments.item_rules.model import AloneForm, FormSettings
from assessments.models import Instrument, Item
from assessments.services import (
    AloneSettings,
    Asks,
    Plan,
    Settings,
    change_settings,
    retire_instruments,
    settings_of,
    upsert_alone,
    upsert_drawn_instrument,
    upsert_instrument,
    upsert_item,
)
from cms.content_files import kinds
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
    """Those that are made of questions which belong to no course, or drawn from them."""
    of_bank = Q(entries__item__course=None) & Q(entries__isnull=False) | ~Q(blueprint={})
    forms = course.instruments.filter(of_bank, loaded_file__isnull=False)
    return list(forms.distinct().values_list("key", flat=True))


def load_form(form: FormSource, course: Course | None, *, force: Force, report: Report) -> None:
    """Items and instrument of one form, unless nothing has changed or an author has edited an item since the last load."""
    loaded = LoadedFile.objects.filter(instrument__course=course, instrument__key=form.key).first()
    if loaded and loaded.digest == form.digest:
        report.unchanged.append(form.path)
        return
    is_of_bank = bool(form.bank_keys) or form.blueprint is not None
    is_edited = loaded and not is_of_bank and _item_versions(loaded.instrument) != loaded.item_versions
    if is_edited and not is_forced(force, form.path):
        report.conflicts.append(form.path)
        return
    instrument = _instrument(form, course)
    LoadedFile.objects.update_or_create(
        instrument=instrument,
        defaults={"path": form.path, "digest": form.digest, "item_versions": _item_versions(instrument)},
    )
    (report.updated if loaded else report.created).append(form.path)


def load_alone(path: str, written: AloneForm, *, report: Report) -> None:
    """An assessment that is taken by itself, unless its file says what it said; then what the CMS says since stays."""
    digest = hashlib.sha256(
        kinds.canonical(asdict(written) | {"blueprint": Plan(written.blueprint).as_json}).encode()
    ).hexdigest()
    loaded = LoadedFile.objects.filter(instrument__course=None, instrument__key=written.id).first()
    if loaded and loaded.digest == digest:
        report.unchanged.append(f"{path} ({written.id})")
        return
    settings = AloneSettings(
        time_limit=written.time_limit,
        presentation=written.layout,
        shuffles_options=written.shuffle,
        review=ReviewRule.SUBMITTED if written.shows_keys else ReviewRule.NEVER,
        attempts_allowed=written.attempts,
        wait_days=written.wait_days,
        counts=written.counts,
    )
    instrument = upsert_alone(key=written.id, title=written.title, asks=Asks(plan=Plan(written.blueprint)), settings=settings)
    LoadedFile.objects.update_or_create(instrument=instrument, defaults={"path": path, "digest": digest, "item_versions": []})
    (report.updated if loaded else report.created).append(f"{path} ({written.id})")


def _instrument(form: FormSource, course: Course | None) -> Instrument:
    if form.blueprint is not None:
        return upsert_drawn_instrument(course=course, key=form.key, title=form.title, plan=Plan(form.blueprint))
    if course is None:
        raise InvalidInstrument(_("Only a drawn form can do without a course."))
    for item in form.items:
        upsert_item(course=course, uuid=block_uuid(course.uuid, item["key"]), use=ItemUse.FORM, kind=ItemKind.SINGLE, **item)
    return upsert_instrument(
        course=course,
        key=form.key,
        title=form.title,
        item_keys=form.bank_keys or [item["key"] for item in form.items],
        is_from_bank=bool(form.bank_keys),
    )


def load_settings(path: str, written: FormSettings, course: Course, *, force: Force, report: Report) -> None:
    """How the forms of the course are taken, unless the CMS says otherwise since the last load."""
    name = f"{path} ({written.course})"
    settings = Settings(
        time_limit=written.time_limit,
        presentation=written.layout,
        shuffles_options=written.shuffle,
        opens_on=written.opens_on,
        closes_on=written.closes_on,
        review=written.review,
    )
    forms = list(course.instruments.filter(is_active=True))
    loaded = next((form.loaded_settings for form in forms if form.loaded_settings), None)
    if not forms or loaded == settings.as_json:
        report.unchanged.append(name)
        return
    is_edited = loaded is not None and any(settings_of(form).as_json != loaded for form in forms)
    if is_edited and not is_forced(force, path):
        report.conflicts.append(name)
        return
    change_settings(course=course, settings=settings, is_from_file=True)
    (report.updated if loaded else report.created).append(name)


def _item_versions(instrument: Instrument | None) -> list[int]:
    items = Item.objects.filter(instrument_entries__instrument=instrument).order_by("instrument_entries__position")
    return list(items.values_list("current_version_id", flat=True))
