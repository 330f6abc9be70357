"""The item bank of a content folder: its questions, and the forms that courses take from it."""

import hashlib
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.db import transaction

from assessments.answers import targets_of
from assessments.enums import ItemUse, KeyProvenance
from assessments.formats import joined
from assessments.formats.matching import target_id
from assessments.item_rules import read_bank
from assessments.item_rules.model import MATCH, ORDER, Bank
from assessments.item_rules.model import Item as ItemSource
from assessments.models import Instrument, Item
from assessments.services import set_enemies, upsert_item
from cms.content_files import kinds
from cms.content_files.force import Force, is_forced
from cms.content_files.forms import load_alone, load_form
from cms.content_files.problems import Problem
from cms.content_files.report import Report
from cms.content_files.sources import CourseSource, FormSource
from cms.identities import block_uuid, course_uuid
from cms.models import LoadedFile
from common.errors import UserError

FOLDER = "items"
IDENTITIES = course_uuid(FOLDER)


def read_items(path: Path, skills: frozenset[str], problems: list[Problem]) -> Bank | None:
    """The bank of `path`, empty where it has none; None, and problems noted, where it cannot be used as it is written."""
    folder = path / FOLDER
    if not folder.is_dir():
        return Bank()
    bank, findings = read_bank(folder)
    found = [Problem(_name(one.file), 1, f"{one.where}: {one.what}", one.remedy) for one in findings if one.severity == "error"]
    named = [(item.id, item.skill, item.file) for item in bank.items]
    named += [(question.id, question.skill, question.file) for question in bank.open]
    for key, skill, file in named:
        if skill not in skills:
            what = f"{key}: there is no skill “{skill}”."
            found.append(Problem(_name(file), 1, what, "Name one of skills.yaml."))
    problems += found
    return None if found else bank


def with_bank_forms(sources: list[CourseSource], bank: Bank, problems: list[Problem]) -> list[CourseSource]:
    """The courses, each with the forms that name it."""
    forms = defaultdict(list)
    known = {source.key for source in sources}
    for form in bank.forms:
        if form.course not in known:
            what = f"{form.id}: there is no course “{form.course}” here."
            problems.append(Problem(_name(form.file), 1, what, "Write the id of a course of this folder."))
            continue
        forms[form.course].append(FormSource(_name(form.file), form.id, form.title, items=[], bank_keys=form.all_ids))
    for drawn in bank.drawn:
        if not drawn.course:
            continue
        if drawn.course not in known:
            what = f"{drawn.id}: there is no course “{drawn.course}” here."
            problems.append(Problem(_name(drawn.file), 1, what, "Write the id of a course of this folder."))
            continue
        forms[drawn.course].append(FormSource(_name(drawn.file), drawn.id, drawn.title, items=[], blueprint=drawn.blueprint))
    for settings in bank.settings:
        if settings.course not in known:
            what = f"There are settings of the course “{settings.course}”, which is not here."
            problems.append(Problem(_name(settings.file), 1, what, "Write the id of a course of this folder."))
    return [replace(source, forms=[*source.forms, *forms[source.key]]) for source in sources]


def load_items(bank: Bank, *, force: Force, report: Report, problems: list[Problem]) -> None:
    """The questions of every file that has changed, all or none of the bank; those that are gone are kept.

    A file whose questions were reworded in the CMS since it was loaded is left alone, and reported.
    """
    sentences = {entry.id: entry.sentence for entry in bank.misconceptions}
    files = defaultdict(list)
    for item in bank.items:
        files[_name(item.file)].append(item)
    try:
        with transaction.atomic():
            for name, items in files.items():
                _load_file(name, items, sentences, force, report)
            _set_enemies(bank)
    except UserError as error:
        problems.append(Problem(FOLDER, 1, str(error), "Correct it and load the files again."))


def load_skill_checks(bank: Bank, *, report: Report, problems: list[Problem]) -> None:
    """The drawn forms that name no course, and assessments that are taken by themselves. One that came from a file of the bank
    and is gone is taken out of use.
    """
    if not bank.items:
        return
    public = [form for form in bank.drawn if not form.course]
    for form in public:
        source = FormSource(_name(form.file), form.id, form.title, items=[], blueprint=form.blueprint)
        try:
            load_form(source, None, force=False, report=report)
        except UserError as error:
            problems.append(Problem(_name(form.file), 1, str(error), "Correct it and load the files again."))
    for alone in bank.alone:
        try:
            load_alone(_name(alone.file), alone, report=report)
        except UserError as error:
            problems.append(Problem(_name(alone.file), 1, str(error), "Correct it and load the files again."))
    gone = LoadedFile.objects.filter(instrument__isnull=False, instrument__course=None)
    gone = gone.exclude(instrument__key__in=[*(form.id for form in public), *(form.id for form in bank.alone)])
    report.unpublished += gone.values_list("path", flat=True)
    Instrument.objects.filter(loaded_file__in=gone).update(is_active=False)
    gone.delete()


def _name(file: str) -> str:
    return f"{FOLDER}/{file}"


def _load_file(name: str, items: list[ItemSource], sentences: dict[str, str], force: Force, report: Report) -> None:
    loaded = LoadedFile.objects.filter(path=name, page=None, instrument=None).first()
    digest = _digest(items, sentences)
    if loaded and loaded.digest == digest:
        report.unchanged.append(name)
        return
    if loaded and not is_forced(force, name) and _versions(items) != loaded.item_versions:
        report.conflicts.append(name)
        return
    for item in items:
        _upsert(item, sentences)
    written = {"digest": digest, "item_versions": _versions(items)}
    LoadedFile.objects.update_or_create(path=name, page=None, instrument=None, defaults=written)
    (report.updated if loaded else report.created).append(name)


def _upsert(item: ItemSource, sentences: dict[str, str]) -> None:
    upsert_item(
        course=None,
        key=item.id,
        uuid=block_uuid(IDENTITIES, item.id),
        use=ItemUse.FORM,
        kind=item.format,
        skill_slug=item.skill,
        situation=item.situation,
        prompt=item.question,
        options=[
            {
                "id": option.id,
                "text": option.text,
                "feedback": option.rationale,
                "misconception": sentences.get(option.misconception, option.misconception),
                "level": option.level,
            }
            for option in item.options
        ]
        + targets_of([*(option.match for option in item.options), *item.others]),
        correct=_key(item),
        relationship=item.relationship,
        industry=item.industry,
        boundary=item.boundary,
        region=item.region,
        tags=item.tags,
        key_provenance=KeyProvenance.AUTHOR if item.state == "trial" else KeyProvenance(item.state),
        panel_experts=item.panel.experts if item.panel is not None and item.state != "trial" else None,
    )


def _key(item: ItemSource) -> list[str]:
    """As `assessments.formats` writes it. What a panel has rated is keyed by its means."""
    if item.is_rated:
        return [joined(option.id, rating) for option, rating in zip(item.options, item.ratings, strict=True)]
    if item.format == MATCH:
        return [joined(option.id, target_id(option.match)) for option in item.options]
    if item.format == ORDER:
        return [joined(option.id, str(option.place)) for option in item.options]
    return [option.id for option in item.options if option.is_key]


def _set_enemies(bank: Bank) -> None:
    uuids = {block_uuid(IDENTITIES, item.id): item.id for item in bank.items}
    items = {uuids[item.uuid]: item for item in Item.objects.filter(uuid__in=uuids).prefetch_related("enemies")}
    set_enemies(items=items, enemies={item.id: item.enemies for item in bank.items})


def _versions(items: list[ItemSource]) -> list[int]:
    """Ids of the current versions, in the order of the file."""
    uuids = [block_uuid(IDENTITIES, item.id) for item in items]
    found = dict(Item.objects.filter(uuid__in=uuids).values_list("uuid", "current_version_id"))
    return [found[uuid] for uuid in uuids if uuid in found]


def _said(item: ItemSource) -> dict[str, Any]:
    """Without what an option does not have, so that a file of before there were formats is still the same."""
    said = asdict(item) | {"file": ""}
    for option in said["options"]:
        for name in ("rating", "place", "match"):
            if option[name] in (None, ""):
                del option[name]
    for name in ("others", "tags"):
        if not said[name]:
            del said[name]
    return said


def _digest(items: list[ItemSource], sentences: dict[str, str]) -> str:
    said: list[Any] = [_said(item) for item in items]
    said.append({option.misconception: sentences.get(option.misconception) for item in items for option in item.options})
    return hashlib.sha256(kinds.canonical(said).encode()).hexdigest()
