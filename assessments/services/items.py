"""What authors put into the item bank. Called whenever a course is published, so everything here may be repeated."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from assessments.enums import ItemKind, ItemState, ItemUse, KeyProvenance
from assessments.errors import InvalidInstrument, InvalidItem, ItemUseConflict
from assessments.formats import CHOICES
from assessments.models import Instrument, InstrumentItem, Item, ItemVersion
from assessments.services.instruments import settings_of
from assessments.services.keys import Option, options_and_key
from assessments.services.panel_keys import has_key_of_panel
from courses.models import Course
from skills import queries as skill_queries
from skills.models import Skill

ADDED_LATER = ("language", "picture")
"""What learners see of a question that versions of before it existed have not."""


@transaction.atomic
def upsert_item(
    *,
    course: Course | None,
    key: str,
    uuid: UUID | str,
    use: str,
    kind: str,
    skill_slug: str | None,
    situation: str,
    prompt: str,
    options: Sequence[Option],
    correct: Sequence[str],
    concept: str = "",
    relationship: str = "",
    industry: str = "",
    boundary: str = "",
    region: str = "",
    key_provenance: str = KeyProvenance.AUTHOR,
    panel_experts: int | None = None,
    state: str = ItemState.TRIAL,
    tags: Sequence[str] = (),
    language: str = "",
    translation_of: Item | None = None,
    picture: Mapping[str, Any] | None = None,
) -> Item:
    """The item as its author now writes it; a new version only when what a learner sees, or the key, has changed.

    `options`: {"id", "text", "feedback", "misconception"} each, "level" where the question is keyed by level, and
    of matching "is_target" for those that the others are matched with; `correct`: the key, as `assessments.formats` writes it.
    `state`: that of a new item; one that is there keeps its own. `language`: BCP 47, empty for that of the installation; a
    question and its translation are enemies. `picture`: as `services.pictures` gives it. A key that a panel gave stays the
    panel's as long as neither it nor what the panel read is changed. `panel_experts`: how many they were.
    Raises InvalidItem for a question that cannot be asked, ItemUseConflict when a check and a form would share it.
    """
    if kind == ItemKind.COMPOSED and use != ItemUse.CHECK:
        raise InvalidItem(
            _("Question “%(key)s” is answered by a composed text, which is not scored. Ask it in a lesson.") % {"key": key}
        )
    options, correct = options_and_key(key, kind, options, correct)
    item = _item(course=course, key=key, uuid=UUID(str(uuid)), use=use, state=state)
    if item.pk is not None and item.kind != kind:
        # Versions that are older than their own format were asked in that of the item until now.
        item.versions.filter(kind="").update(kind=item.kind)
    described = {
        "key": key,
        "kind": kind,
        "skill": _skill(key, skill_slug),
        "relationship": relationship,
        "industry": industry,
        "boundary": boundary,
        "region": region,
        "translation_of": translation_of.translation_of or translation_of if translation_of is not None else None,
    }
    changed = [name for name, value in described.items() if getattr(item, name) != value]
    for name in changed:
        setattr(item, name, described[name])
    if changed or item.pk is None:
        item.save()
    if sorted(item.tags.names()) != sorted(set(tags)):
        item.tags.set(list(tags))
    shown = {"situation": situation, "prompt": prompt, "options": options, "correct": correct}
    beside = {"language": language, "picture": dict(picture or {})}
    item.enemies.add(*translations_of(item))
    ensure_version(item, concept=concept, key_provenance=key_provenance, panel_experts=panel_experts, **shown, **beside)
    return item


@transaction.atomic
def set_enemies(*, items: Mapping[str, Item], enemies: Mapping[str, Sequence[str]]) -> None:
    """Of each of `items` (by key) the keys of those that nobody should meet beside it; what was said before is replaced.

    One naming the other is enough. Raises InvalidItem for a key that is not among `items`.
    """
    for key, others in enemies.items():
        if unknown := [other for other in others if other not in items]:
            raise InvalidItem(
                _("Question “%(key)s” names enemies that do not exist: %(keys)s.") % {"key": key, "keys": ", ".join(unknown)}
            )
    pairs = {frozenset({key, other}) for key, others in enemies.items() for other in others if other != key}
    for key, item in items.items():
        wanted = {items[other].pk for pair in pairs if key in pair for other in pair - {key}}
        item.enemies.set(wanted | set(translations_of(item).values_list("pk", flat=True)))


def translations_of(item: Item) -> QuerySet[Item]:
    """The questions that say the same as this one in other languages."""
    origin = item.translation_of_id or item.pk
    return Item.objects.filter(Q(pk=origin) | Q(translation_of=origin)).exclude(pk=item.pk)


def _item(*, course: Course | None, key: str, uuid: UUID, use: str, state: str) -> Item:
    item = Item.objects.select_for_update(no_key=True).filter(uuid=uuid).first()
    if Item.objects.filter(course=course, key=key).exclude(uuid=uuid).exists():
        raise ItemUseConflict(
            _("The id “%(key)s” already belongs to another question in this course. Give this one its own id.") % {"key": key}
        )
    if item is None:
        return Item(uuid=uuid, course=course, use=use, state=state)
    if item.course_id != (course.pk if course else None):
        raise ItemUseConflict(
            _("Question “%(key)s” belongs to another course. Give the copied question its own identity.") % {"key": key}
        )
    if item.use != use:
        raise ItemUseConflict(
            _(
                "Question “%(key)s” is already used as: %(use)s. A knowledge check and an assessment cannot share a "
                "question; write a different one."
            )
            % {"key": key, "use": item.get_use_display()}
        )
    return item


def _skill(key: str, slug: str | None) -> Skill | None:
    if not slug:
        return None
    try:
        return skill_queries.skill(slug)
    except Skill.DoesNotExist as error:
        raise InvalidItem(
            _("Question “%(key)s” names the skill “%(slug)s”, which does not exist.") % {"key": key, "slug": slug}
        ) from error


def ensure_version(
    item: Item, *, concept: str, key_provenance: str, panel_experts: int | None = None, **shown: Any
) -> ItemVersion:
    """The version of an item that is locked; a new one where what a learner sees, the key or who decided it has changed."""
    current = item.current_version
    if key_provenance == KeyProvenance.AUTHOR and current is not None and has_key_of_panel(current, item.kind, shown):
        key_provenance, panel_experts = current.key_provenance, current.panel_experts
    keyed_by = {} if key_provenance == KeyProvenance.AUTHOR else {"key_provenance": key_provenance}
    if panel_experts is not None:
        keyed_by["panel_experts"] = str(panel_experts)
    asked_as = {} if item.kind in CHOICES else {"kind": item.kind}
    # What an older version did not have, it did not say: its digest stays.
    said = {name: value for name, value in shown.items() if value or name not in ADDED_LATER}
    digest = _digest(said | keyed_by | asked_as)
    if current is not None and current.digest == digest and current.kind in ("", item.kind):
        if current.concept != concept:  # a note for authors, no part of what a learner saw
            current.concept = concept
            current.save(update_fields=["concept", "updated_at"])
        return current
    last = ItemVersion.objects.filter(item=item).order_by("-number").first()
    version = ItemVersion.objects.create(
        item=item,
        number=last.number + 1 if last else 1,
        kind=item.kind,
        key_provenance=key_provenance,
        panel_experts=panel_experts,
        concept=concept,
        digest=digest,
        **shown,
    )
    item.current_version = version
    item.save(update_fields=["current_version", "updated_at"])
    return version


def _digest(shown: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of what a learner sees and of the key."""
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def upsert_instrument(
    *, course: Course, key: str, title: str, item_keys: Sequence[str], is_from_bank: bool = False
) -> Instrument:
    """The form with exactly these questions, in this order. Attempts under way keep the questions they began with.

    The questions are those of the course, or with `is_from_bank` those that belong to no course. Raises InvalidInstrument when
    a question is unknown, stands twice or in another form of the course, or two are enemies; ItemUseConflict when it is a
    knowledge check.
    """
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    told = {"title": title, "is_active": True, "blueprint": {}}
    instrument, _created = Instrument.objects.update_or_create(
        course=course, key=key, defaults=told, create_defaults=told | new_instrument_settings(course, key)
    )
    items = _items_of_form(instrument, item_keys, None if is_from_bank else course)
    entries = [(entry.item_id, entry.position) for entry in instrument.entries.all()]
    wanted = [(item.pk, position) for position, item in enumerate(items, start=1)]
    if entries != wanted:
        instrument.entries.all().delete()
        InstrumentItem.objects.bulk_create(
            InstrumentItem(instrument=instrument, item_id=item_id, position=position) for item_id, position in wanted
        )
    return instrument


def new_instrument_settings(course: Course, key: str) -> dict[str, Any]:
    """Those of the other forms of the course."""
    sibling = Instrument.objects.filter(course=course).exclude(key=key).order_by("-is_active", "-pk").first()
    return asdict(settings_of(sibling)) if sibling else {}


@transaction.atomic
def retire_instruments(*, course: Course, keep: Sequence[str]) -> int:
    """Take every form out of use whose key is not in `keep`; what was answered on it stays. Returns how many.

    Call it before the forms that stay are written: a renamed form shares its questions with the one it replaces.
    """
    return Instrument.objects.filter(course=course, is_active=True).exclude(key__in=keep).update(is_active=False)


def _items_of_form(instrument: Instrument, item_keys: Sequence[str], course: Course | None) -> list[Item]:
    if len(set(item_keys)) != len(item_keys) or not item_keys:
        raise InvalidInstrument(_("A form needs questions, and each of them only once: %(form)s.") % {"form": instrument.title})
    items = {item.key: item for item in Item.objects.filter(course=course, key__in=item_keys)}
    missing = [key for key in item_keys if key not in items]
    if missing:
        raise InvalidInstrument(
            _("%(form)s names questions that do not exist: %(keys)s.") % {"form": instrument.title, "keys": ", ".join(missing)}
        )
    checks = [key for key in item_keys if items[key].use != ItemUse.FORM]
    if checks:
        raise ItemUseConflict(
            _("%(form)s uses questions that are knowledge checks in a lesson: %(keys)s. Write different ones for the form.")
            % {"form": instrument.title, "keys": ", ".join(checks)}
        )
    drafts = [key for key in item_keys if items[key].state == ItemState.DRAFT]
    if drafts:
        raise InvalidInstrument(
            _("%(form)s uses questions that are still drafts: %(keys)s. Finish them first.")
            % {"form": instrument.title, "keys": ", ".join(drafts)}
        )
    shared = InstrumentItem.objects.filter(
        instrument__course=instrument.course, instrument__is_active=True, item__in=items.values()
    ).exclude(instrument=instrument)
    keys = sorted(shared.values_list("item__key", flat=True))
    if keys:
        raise InvalidInstrument(
            _(
                "%(form)s repeats questions from another form: %(keys)s. The assessments before and after the "
                "course cannot share questions."
            )
            % {"form": instrument.title, "keys": ", ".join(keys)}
        )
    _refuse_enemies(instrument, list(items.values()))
    return [items[key] for key in item_keys]


def _refuse_enemies(instrument: Instrument, items: Sequence[Item]) -> None:
    between = Item.enemies.through.objects.filter(from_item__in=items, to_item__in=items)
    pairs = {tuple(sorted(keys)) for keys in between.values_list("from_item__key", "to_item__key")}
    if pairs:
        said = ", ".join(_("%(one)s and %(other)s") % {"one": one, "other": other} for one, other in sorted(pairs))
        raise InvalidInstrument(
            _("%(form)s asks questions that give each other away: %(pairs)s. Keep one of each two.")
            % {"form": instrument.title, "pairs": said}
        )
