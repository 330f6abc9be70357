"""Content files of a small course: `listen-first`, free, with lessons ask, wait and repeat."""

from pathlib import Path

SKILLS = """
id: accord
title: Skills
version: 1
skills:
  - id: discover-expectations
    name: Discover expectations
    summary: Find out.
    levels:
""" + "".join(f"      - {{level: {n}, name: Level {n}, behaviour: You do it at level {n}.}}\n" for n in range(1, 6))

COURSE = """---
id: listen-first
title: Listen first
summary: Find out what is meant before you answer.
audience: Anybody.
outcomes:
  - Ask one open question
  - Wait for the answer
  - Repeat what you heard
skills:
  discover-expectations: 2
colour: "#0B5D57"
price: free
open_for_enrolment: true
---
A short course about *listening*.
"""

MODULE = """---
id: {key}
title: {title}
outcome: Ask and wait.
manager_questions:
  - What did you hear?
---
An introduction.
"""

LESSON = """---
id: les-{slug}
title: The lesson {slug}
minutes: 5
sample: {sample}
sources: []
---
First **{slug}**, then go on.

## A heading

- one
- two
{check}
"""

CHECK = """
::: check
id: chk-{slug}
skill: discover-expectations
kind: single
prompt: |
  What do you do first about
  {slug}?
options:
  - id: a
    text: Answer
    correct: false
    feedback: Too early.
  - id: b
    text: Ask
    correct: true
    feedback: Yes.
:::

Last words.
"""


def check(slug: str) -> str:
    return CHECK.format(slug=slug)


def lesson(slug: str, *, more: str | None = None, sample: str = "false") -> str:
    return LESSON.format(slug=slug, check=check(slug) if more is None else more, sample=sample)


def form(key: str, items: list[str], *, question: str = "What would you do?") -> str:
    text = f"id: {key}\ntitle: Form {key}\nitems:\n"
    for item in items:
        text += f"""  - id: {item}
    skill: discover-expectations
    relationship: customer
    industry: hospitality
    situation: |
      Something happened
      to {item}.
    question: {question}
    options:
      - {{id: a, text: This, rationale: No., misconception: haste}}
      - {{id: b, text: That, key: true, rationale: Yes.}}
    concept: silence
"""
    return text


def write(root: Path, name: str, text: str) -> Path:
    path = root / "courses" / "listen-first" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def write_course(root: Path) -> None:
    (root / "skills.yaml").write_text(SKILLS)
    write(root, "course.md", COURSE)
    write(root, "01-hear/module.md", MODULE.format(key="mod-hear", title="Hear"))
    write(root, "01-hear/01-ask.md", lesson("ask", sample="true"))
    write(root, "01-hear/02-wait.md", lesson("wait"))
    write(root, "02-answer/module.md", MODULE.format(key="mod-answer", title="Answer"))
    write(root, "02-answer/01-repeat.md", lesson("repeat", more=""))
    write(root, "assessment/form-a.yaml", form("form-a", ["a1", "a2"]))
    write(root, "assessment/form-b.yaml", form("form-b", ["b1", "b2"]))
