"""A folder of item files as a bank. Files say by their fields what they hold: items, forms, misconceptions, works."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assessments.item_rules.fields import Fields, Notes
from assessments.item_rules.findings import Finding
from assessments.item_rules.keys import FIELDS_OF, check_key
from assessments.item_rules.lessons import read_lessons
from assessments.item_rules.model import (
    ACTS,
    BOUNDARIES,
    COUNTS,
    FORMATS,
    LAYOUTS,
    MATCH,
    MOST_ATTEMPTS,
    MOST_ITEMS,
    MOST_MINUTES,
    MOST_WAIT,
    ORIGINS,
    RATED,
    REGIONS,
    RELATIONSHIPS,
    REVIEWS,
    SEEN,
    SINGLE,
    STATES,
    TEXT,
    TONES,
    AloneForm,
    Bank,
    Claim,
    DrawnForm,
    Form,
    FormSettings,
    Item,
    Misconception,
    Option,
    Panel,
    Work,
)
from assessments.item_rules.open_items import read_open
from assessments.item_rules.yaml_files import BadFile, read_yaml
from assessments.scoring.blueprint import Blueprint, Cell

_TOP = ("items", "open", "forms", "drawn", "settings", "assessments", "misconceptions", "works")
_ITEM = (
    *("id", "skill", "boundary", "relationship", "region", "industry", "format", "enemy", "situation", "question", "options"),
    *("others", "key", "assert", "claims", "terms", "tags"),
)
_OPTION = ("id", "level", "act", "tone", "text", "key", "rating", "place", "match", "misconception", "rationale")
_ONLY_SOME = ("level", "key", "rating", "place", "match")


def read_bank(path: Path, lessons: Path | None = None) -> tuple[Bank, list[Finding]]:
    """The bank of a file or of a folder with its subfolders, and what is wrong with how it is written.

    `lessons` is a folder of courses whose *.md files are lessons; none are compared where it is None.
    """
    bank, findings = Bank(), list[Finding]()
    files = [path] if path.is_file() else sorted(path.rglob("*.yaml"))
    root = path.parent if path.is_file() else path
    for file in files:
        notes = Notes(file.relative_to(root).as_posix(), findings=findings)
        try:
            _read_file(bank, read_yaml(file), notes)
        except BadFile as error:
            notes.note(f"The file was not read: {error}", "Nothing else in it was looked at.")
    if not files:
        Notes(path.name, findings=findings).note("There are no *.yaml files here.", "Name a folder or a file with items.")
    bank.lessons.extend(read_lessons(lessons) if lessons else [])
    findings.extend(_repeated(bank))
    return bank, findings


def _read_file(bank: Bank, data: Any, notes: Notes) -> None:
    fields = Fields(data, "the file", notes, _TOP)
    for entry in fields.list("items"):
        item = read_item(entry, notes)
        if item is not None:
            bank.items.append(item)
    bank.open.extend(filter(None, (read_open(entry, notes) for entry in fields.list("open"))))
    bank.forms.extend(filter(None, (_form(entry, notes) for entry in fields.list("forms"))))
    bank.drawn.extend(filter(None, (_drawn_form(entry, notes) for entry in fields.list("drawn"))))
    bank.settings.extend(filter(None, (_settings(entry, notes) for entry in fields.list("settings"))))
    bank.alone.extend(filter(None, (_alone(entry, notes) for entry in fields.list("assessments"))))
    bank.misconceptions.extend(filter(None, (_misconception(entry, notes) for entry in fields.list("misconceptions"))))
    bank.works.extend(filter(None, (_work(entry, notes) for entry in fields.list("works"))))


def read_item(data: Any, notes: Notes) -> Item | None:
    """None where the item cannot be judged: it has no options, no key, or no text."""
    item_id = str(data.get("id", "?")) if isinstance(data, dict) else "?"
    notes = notes.at(item=item_id)
    fields = Fields(data, "the item", notes, _ITEM)
    format_name = fields.choice("format", FORMATS) or FORMATS[0]
    options = tuple(_option(entry, notes, format_name) for entry in fields.list("options"))
    state, panel = _provenance(fields.data.get("key"), notes)
    item = Item(
        id=fields.id(),
        file=notes.file,
        skill=fields.text("skill"),
        boundary=fields.choice("boundary", BOUNDARIES, required=_needs_boundary(format_name, options)),
        relationship=fields.choice("relationship", RELATIONSHIPS),
        region=fields.choice("region", REGIONS, required=False),
        industry=fields.text("industry"),
        format=format_name,
        enemies=fields.texts("enemy"),
        situation=fields.text("situation"),
        question=fields.text("question"),
        options=options,
        state=state,
        panel=panel,
        sums=fields.texts("assert"),
        claims=fields.texts("claims"),
        terms=fields.texts("terms"),
        others=fields.texts("others"),
        tags=fields.texts("tags"),
    )
    return item if _is_whole(item, notes) else None


def _needs_boundary(format_name: str, options: tuple[Option, ...]) -> bool:
    return format_name == SINGLE and all(option.level is not None for option in options)


def _option(data: Any, notes: Notes, format_name: str) -> Option:
    option_id = str(data.get("id", "?")) if isinstance(data, dict) else "?"
    fields = Fields(data, "the option", notes.at(item=notes.item, option=option_id), _OPTION)
    for name in _ONLY_SOME:
        if name in fields.data and name not in FIELDS_OF[format_name]:
            remedy = f"Take it away; options have: {', '.join(FIELDS_OF[format_name])}."
            fields.notes.note(f"An option of the format “{format_name}” has no “{name}”.", remedy)
    level, is_key = fields.number("level", least=1, most=5), fields.flag("key")
    place = fields.number("place", least=1, most=20)
    is_act = format_name in (SINGLE, *RATED)
    return Option(
        id=fields.id(),
        text=fields.text("text"),
        act=fields.choice("act", ACTS, required=is_act),
        tone=fields.choice("tone", TONES, required=is_act),
        level=None if level is None else int(level),
        is_key=is_key,
        misconception=fields.text("misconception", required=False),
        rationale=fields.text("rationale", required=is_act or is_key),
        rating=fields.number("rating", least=1, most=5),
        place=None if place is None else int(place),
        match=fields.text("match", required=format_name == MATCH),
    )


def _provenance(data: Any, notes: Notes) -> tuple[str, Panel | None]:
    fields = Fields(data, "the key", notes, ("state", "panel"))
    state = fields.choice("state", STATES) or STATES[0]
    if fields.data.get("panel") is None:
        return state, None
    panel = Fields(fields.data["panel"], "the panel", notes, ("experts", "chose_key", "means"))
    means = panel.data.get("means") or {}
    if not isinstance(means, dict):
        notes.note("“means” of the panel is not a list of options.", "Write each as “a: 4.2”.")
        means = {}
    numbers = Fields(means, "the means", notes, tuple(means))
    return state, Panel(
        experts=int(panel.number("experts", least=0, most=10_000) or 0),
        chose_key=panel.number("chose_key", least=0, most=1) or 0.0,
        means={str(name): numbers.number(name, least=1, most=5) or 0.0 for name in means},
    )


def _is_whole(item: Item, notes: Notes) -> bool:
    """Whether rules can be applied: two options or more with ids of their own, and a key as its format has it."""
    before = len(notes.findings)
    ids = [option.id for option in item.options]
    if len(ids) < (1 if item.format == TEXT else 2) or len(set(ids)) != len(ids):
        notes.note("It needs two options or more, each with an id of its own.", "Add options, or give them other ids.")
    check_key(item, notes)
    acts = (text for option in item.options for text in (option.act, option.tone)) if item.has_one_key or item.is_rated else ()
    texts = [item.id, item.situation, item.question, *(option.text for option in item.options), *acts]
    return len(notes.findings) == before and all(texts)


def _form(data: Any, notes: Notes) -> Form | None:
    fields = Fields(data, "the form", notes, ("id", "title", "course", "items", "anchors"))
    form_id, items = fields.id(), fields.texts("items")
    if not items:
        notes.note(f"The form “{form_id}” has no items.", "List the ids of its items.")
        return None
    return Form(form_id, notes.file, fields.text("title"), fields.text("course"), items, fields.texts("anchors"))


def _drawn_form(data: Any, notes: Notes) -> DrawnForm | None:
    fields = Fields(data, "the drawn form", notes, ("id", "title", "course", "cells", "anchors"))
    form_id, cells = fields.id(), tuple(filter(None, (_cell(entry, notes) for entry in fields.list("cells"))))
    anchors = Fields(fields.data.get("anchors") or {}, "the anchors", notes, ("count", "items"))
    keys, count = frozenset(anchors.texts("items")), int(anchors.number("count", least=0, most=MOST_ITEMS) or 0)
    if not cells:
        notes.note(f"The drawn form “{form_id}” has no cells.", "Write what it asks: “skill”, “count”, and what narrows it.")
        return None
    if len(keys) < count:
        notes.note(f"“{form_id}” asks {count} anchors of {len(keys)}.", "Name more anchors, or ask fewer.")
    blueprint = Blueprint(cells, keys, count)
    if blueprint.length > MOST_ITEMS:
        notes.note(f"“{form_id}” asks {blueprint.length} items.", f"Ask {MOST_ITEMS} at the most.")
    return DrawnForm(form_id, notes.file, fields.text("title"), fields.text("course", required=False), blueprint)


def _alone(data: Any, notes: Notes) -> AloneForm | None:
    known = ("id", "title", "cells", "attempts", "wait_days", "counts", "time_limit", "layout", "shuffle", "shows_keys")
    fields = Fields(data, "the assessment", notes, known)
    form_id, cells = fields.id(), tuple(filter(None, (_cell(entry, notes) for entry in fields.list("cells"))))
    if not cells:
        notes.note(f"The assessment “{form_id}” has no cells.", "Write what it asks: “skill”, “count”, and what narrows it.")
        return None
    blueprint = Blueprint(cells, frozenset(), 0)
    if blueprint.length > MOST_ITEMS:
        notes.note(f"“{form_id}” asks {blueprint.length} items.", f"Ask {MOST_ITEMS} at the most.")
    minutes = fields.number("time_limit", least=1, most=MOST_MINUTES)
    return AloneForm(
        form_id,
        notes.file,
        fields.text("title"),
        blueprint,
        attempts=int(fields.number("attempts", least=1, most=MOST_ATTEMPTS) or 1),
        wait_days=int(fields.number("wait_days", least=0, most=MOST_WAIT) or 0),
        counts=fields.choice("counts", COUNTS, required=False) or COUNTS[0],
        time_limit=None if minutes is None else int(minutes),
        layout=fields.choice("layout", LAYOUTS, required=False) or LAYOUTS[0],
        shuffle=fields.flag("shuffle") if "shuffle" in fields.data else True,
        shows_keys=fields.flag("shows_keys"),
    )


def _cell(data: Any, notes: Notes) -> Cell | None:
    fields = Fields(data, "the cell", notes, ("skill", "boundary", "relationship", "count"))
    skill, count = fields.text("skill"), fields.number("count", least=1, most=MOST_ITEMS)
    if count is None and "count" not in fields.data:
        notes.note("“count” of the cell is missing.", "Write how many items it asks.")
    boundary = fields.choice("boundary", BOUNDARIES, required=False)
    relationship = fields.choice("relationship", RELATIONSHIPS, required=False)
    return Cell(skill, int(count), boundary, relationship) if skill and count else None


def _settings(data: Any, notes: Notes) -> FormSettings | None:
    known = ("course", "time_limit", "layout", "shuffle", "opens_on", "closes_on", "review")
    fields = Fields(data, "the settings", notes, known)
    course, minutes = fields.text("course"), fields.number("time_limit", least=1, most=MOST_MINUTES)
    return FormSettings(
        course=course,
        file=notes.file,
        time_limit=None if minutes is None else int(minutes),
        layout=fields.choice("layout", LAYOUTS, required=False) or LAYOUTS[0],
        shuffle=fields.flag("shuffle") if "shuffle" in fields.data else True,
        opens_on=fields.day("opens_on"),
        closes_on=fields.day("closes_on"),
        review=fields.choice("review", REVIEWS, required=False) or REVIEWS[0],
    )


def _misconception(data: Any, notes: Notes) -> Misconception | None:
    fields = Fields(data, "the misconception", notes, ("id", "sentence", "lesson", "origin", "claim"))
    entry = Misconception(
        fields.id(),
        notes.file,
        fields.text("sentence"),
        fields.text("lesson"),
        fields.choice("origin", ORIGINS),
        fields.text("claim", required=False),
    )
    return entry if entry.id else None


def _work(data: Any, notes: Notes) -> Work | None:
    fields = Fields(data, "the work", notes, ("id", "citation", "doi", "isbn", "seen", "limits", "claims"))
    claims = [Fields(entry, "the claim", notes, ("id", "says")) for entry in fields.list("claims")]
    entry = Work(
        fields.id(),
        notes.file,
        fields.text("citation"),
        fields.text("doi", required=False),
        fields.text("isbn", required=False),
        fields.choice("seen", SEEN),
        fields.text("limits"),
        tuple(Claim(claim.id(), claim.text("says")) for claim in claims),
    )
    return entry if entry.id else None


def _repeated(bank: Bank) -> list[Finding]:
    """Ids that are given twice, and forms that name items which no file has."""
    findings = list[Finding]()
    claims = [claim.id for work in bank.works for claim in work.claims]
    kinds = {
        "item": [*(item.id for item in bank.items), *(question.id for question in bank.open)],
        "form": [*(form.id for form in bank.forms), *(form.id for form in bank.drawn), *(form.id for form in bank.alone)],
        "settings of the course": [settings.course for settings in bank.settings],
        "misconception": [entry.id for entry in bank.misconceptions],
        "work": [work.id for work in bank.works],
        "claim": claims,
    }
    for kind, ids in kinds.items():
        findings.extend(
            Finding(0, "error", f"The {kind} id “{name}” is there more than once.", "Give each its own id.")
            for name in _twice(ids)
        )
    known = {item.id for item in bank.items}
    for drawn in bank.drawn:
        for missing in sorted(drawn.blueprint.anchors - known):
            what = f"The anchor “{missing}” is in no file."
            findings.append(Finding(0, "error", what, "Write the item, or take it off.", drawn.file, group=drawn.id))
    for form in bank.forms:
        for missing in [item_id for item_id in form.all_ids if item_id not in known]:
            what = f"The form names the item “{missing}”, which no file has."
            findings.append(Finding(0, "error", what, "Write the item, or take it off the form.", form.file, group=form.id))
        for repeated in _twice(form.all_ids):
            what = f"The form names the item “{repeated}” more than once."
            findings.append(Finding(0, "error", what, "Keep one of them.", form.file, group=form.id))
    return findings


def _twice(ids: Iterable[str]) -> list[str]:
    return sorted(name for name, times in Counter(ids).items() if times > 1)
