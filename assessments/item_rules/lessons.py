"""Lessons of a content folder as plain text, for the rules that compare items with them."""

import re
from pathlib import Path

from assessments.item_rules.model import Lesson

_ID = re.compile(r"^id:\s*([a-z0-9-]+)\s*$", re.M)
_CLAIMS = re.compile(r"^claims:\s*\[([^\]]*)\]\s*$", re.M)
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.S)
# Ids, kinds and flags of blocks: said to the machine. Titles, prompts and options are read by people.
_MACHINE = re.compile(
    r"^\s*(?:- )?(?:id|skill|kind|correct|relationship|industry|tone|rows|minutes|sample|columns|options|items|lines):.*$"
    r"|^:::.*$|^-+$",
    re.M,
)
_LABEL = re.compile(
    r"^\s*(?:- )?(?:text|feedback|prompt|title|who|says|note|help|label|hint|example|caption|intro)\s*:[ |>-]*", re.M
)


def read_lessons(folder: Path) -> list[Lesson]:
    """Every *.md file with an id, but those that describe a module or a course."""
    lessons = []
    for path in sorted(folder.rglob("*.md")):
        if path.name in ("module.md", "course.md"):
            continue
        raw = path.read_text(encoding="utf-8")
        front = _FRONT.match(raw)
        found = _ID.search(front.group(1)) if front else None
        if front is None or found is None:
            continue
        claims = _CLAIMS.search(front.group(1))
        ids = tuple(part.strip() for part in claims.group(1).split(",") if part.strip()) if claims else ()
        lessons.append(Lesson(found.group(1), path.relative_to(folder).as_posix(), plain_text(raw[front.end() :]), ids))
    return lessons


def plain_text(body: str) -> str:
    """What people read of a lesson: without block marks, field names, emphasis and links."""
    text = _LABEL.sub("", _MACHINE.sub("", body))
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*_#|\[\]]", " ", text)
