"""Any sequence of edits of a worksheet while a learner has it open in two tabs: what stands in a cell stays there.

By pages and plain forms, as a browser without scripts sends them, and as a script does. `WORD_EXAMPLES` says how many sequences
to try; more than by default are tried before a release.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Locale

from cms.models import CoursePage, LessonPage
from cms.publishing import publish_course_page
from courses import content
from courses.models import Course
from learning import worksheets
from learning.models import ActivityState, Enrolment
from learning.privacy import export_words
from learning.services import start_free
from tests.cms.learners import write_course
from tests.factories import UserFactory
from tests.web.sheets import form
from web.links import lesson_address
from web.words import Words

EXAMPLES = int(os.environ.get("WORD_EXAMPLES", "5"))
LEARNING = ("open", "open", "type", "type", "type", "save", "save", "act", "save by script", "save signed out")
AUTHORING = (
    *("rename", "name as a removed one", "name as another", "swap names", "remove", "remove", "add in the middle", "reorder"),
    *("to choice", "to choice", "to text", "reword options"),
    *("move block", "move block to another lesson", "drop block", "restore revision", "copy lesson", "translate"),
)
ACTS = ("up", "down", "delete", "restore", "add")
DONE = (200, 302)
Columns = list[dict[str, Any]]
Cells = dict[tuple[str, str], str]


@pytest.fixture
def folder(tmp_path):
    write_course(tmp_path)
    return tmp_path


@pytest.fixture
def loaded(course_to_write_in) -> Course:
    return Course.objects.get(key="listen-first")


@dataclass
class Tab:
    """A page that a learner has open. `typed`: names of the fields in which they wrote since."""

    action: str
    fields: dict[str, str]
    typed: set[str] = field(default_factory=set)


@dataclass
class World:
    enrolment: Enrolment
    sheet_id: str
    client: Client = field(default_factory=Client)
    tabs: dict[int, Tab] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self._sign_in()
        self._note_names()

    def act(self, name: str, number: int) -> None:
        before = self.cells()
        getattr(self, f"do_{name.replace(' ', '_')}")(number)
        if name in AUTHORING:
            for page in CoursePage.objects.order_by("pk"):
                publish_course_page(page)
            self._note_names()
            assert self.cells() == before

    # The learner

    def do_open(self, number: int) -> None:
        if address := self._address():
            self.tabs[number % 2] = Tab(f"{address}entries/{self.sheet_id}/", form(self._page(address)))

    def do_type(self, number: int) -> None:
        tab = self.tabs.get(number % 2)
        names = [name for name in tab.fields if name.startswith("cell-")] if tab else []
        if tab and names:
            name = names[number % len(names)]
            tab.fields[name] = f"word {next(self.numbers)}\n\n  and <more>" if number % 3 else "Known"
            tab.typed.add(name)

    def do_save(self, number: int, act: str = "") -> None:
        if tab := self.tabs.pop(number % 2, None):
            fields = tab.fields | ({"act": act} if act else {})
            self._kept(tab, lambda: self.client.post(tab.action, fields))

    def do_act(self, number: int) -> None:
        self.do_save(number, f"{ACTS[number % len(ACTS)]} {number % 4}")

    def do_save_signed_out(self, number: int) -> None:
        if tab := self.tabs.pop(number % 2, None):
            self.client.logout()
            assert self.client.post(tab.action, tab.fields)["Location"].startswith("/accounts/login/")
            self._sign_in()
            self._kept(tab, lambda: self.client.get(tab.action))

    def do_save_by_script(self, number: int) -> None:
        if tab := self.tabs.get(number % 2):
            headers = {"Accept": "application/json"}
            before = self.cells()
            answer = self.client.post(tab.action, tab.fields, headers=headers)
            if answer.status_code == 409:
                tab.fields["revision"] = str(json.loads(answer.content)["revision"])
                answer = self.client.post(tab.action, tab.fields, headers=headers)
            assert answer.status_code == 200
            tab.fields["revision"] = str(json.loads(answer.content)["revision"])
            self._check_saved(tab, before, tab.fields)

    def _kept(self, tab: Tab, send: Callable[[], Any]) -> None:
        """Until it is saved: a page that says that it is not is sent as it stands, by its own button."""
        before, sent = self.cells(), tab.fields
        answer = send()
        if answer.status_code != 302:
            page = answer.content.decode()
            sent, action = self._shown_again(page, tab.action)
            answer = self.client.post(action, sent)
            assert answer.status_code == 302
        self._check_saved(tab, before, sent)

    def _shown_again(self, page: str, action: str) -> tuple[dict[str, str], str]:
        if "activity--wide" in page:
            return form(page), unescape(re.findall(rf'action="([^"]+/entries/{self.sheet_id}/)"', page)[0])
        section = page.split('aria-labelledby="unsaved"')[1].split("</form>")[0]
        fields = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', section)
        return {name: unescape(text) for name, text in fields if name != "csrfmiddlewaretoken"}, action

    def _check_saved(self, tab: Tab, before: Cells, sent: dict[str, str]) -> None:
        """What was typed is there, and whatever the form had no field for is as it was."""
        after = self.cells()
        typed = {place(name): tab.fields[name].strip() for name in tab.typed}
        assert typed.items() <= after.items()
        untouched = {cell: text for cell, text in before.items() if f"cell-{cell[0]}-{cell[1]}" not in sent}
        assert untouched.items() <= after.items()
        tab.typed.clear()

    # The author

    def do_rename(self, number: int) -> None:
        self._name(number, lambda columns: f"Name {next(self.numbers)}")

    def do_name_as_a_removed_one(self, number: int) -> None:
        known = sorted(name for names in self.names.values() for name in names)
        self._name(number, lambda columns: known[number % len(known)])

    def do_name_as_another(self, number: int) -> None:
        self._name(number, lambda columns: columns[number % len(columns)]["value"]["label"])

    def _name(self, number: int, named: Callable[[Columns], str]) -> None:
        def change(columns: Columns) -> Columns:
            columns[number // 2 % len(columns)]["value"]["label"] = named(columns)
            return columns

        self._change_columns(change)

    def do_swap_names(self, number: int) -> None:
        def change(columns: Columns) -> Columns:
            first, last = columns[0]["value"], columns[-1]["value"]
            first["label"], last["label"] = last["label"], first["label"]
            return columns

        self._change_columns(change)

    def do_remove(self, number: int) -> None:
        at = number % 6
        self._change_columns(lambda columns: [*columns[:at], *columns[at + 1 :]] if len(columns) > 1 else columns)

    def do_add_in_the_middle(self, number: int) -> None:
        value = {"label": f"Name {next(self.numbers)}", "hint": "", "kind": ("text", "long")[number % 2], "options": ""}
        added = {"type": "item", "id": f"column-{next(self.numbers)}", "value": value | {"example": ""}}
        self._change_columns(lambda columns: [*columns[:1], added, *columns[1:]][:6])

    def do_reorder(self, number: int) -> None:
        self._change_columns(lambda columns: columns[number % len(columns) :] + columns[: number % len(columns)])

    def do_to_choice(self, number: int) -> None:
        self._make(number, kind="choice", options="Known\nAssumed")

    def do_reword_options(self, number: int) -> None:
        self._make(number, kind="choice", options=f"known\nOption {next(self.numbers)}")

    def do_to_text(self, number: int) -> None:
        self._make(number, kind=("text", "long")[number % 2], options="")

    def _make(self, number: int, **fields: str) -> None:
        def change(columns: Columns) -> Columns:
            columns[number % len(columns)]["value"] |= fields
            return columns

        self._change_columns(change)

    def do_move_block(self, number: int) -> None:
        self._change_blocks(lambda blocks: blocks[1:] + blocks[:1])

    def do_move_block_to_another_lesson(self, number: int) -> None:
        page = self._page_of_sheet()
        other = LessonPage.objects.filter(live=True, locale=Locale.get_default()).exclude(pk=page and page.pk)
        if page is not None:
            sheet = [block for block in page.body.get_prep_value() if block["id"] == self.sheet_id]
            target = other[number % len(other)]
            rest = [block for block in target.body.get_prep_value() if block["type"] != "worksheet"]
            save(target, [*rest, *sheet])
            self._change_blocks(lambda blocks: [block for block in blocks if block["id"] != self.sheet_id], page)

    def do_drop_block(self, number: int) -> None:
        self._change_blocks(lambda blocks: [block for block in blocks if block["id"] != self.sheet_id])

    def do_restore_revision(self, number: int) -> None:
        page = LessonPage.objects.get(slug="ask", locale=Locale.get_default())
        revisions = list(page.revisions.order_by("pk"))
        if self._page_of_sheet() in (page, None) and revisions:
            save(page, revisions[number % len(revisions)].as_object().body.get_prep_value())

    def do_copy_lesson(self, number: int) -> None:
        if page := self._page_of_sheet():
            name = f"copy-{next(self.numbers)}"
            page.copy(update_attrs={"slug": name, "title": name})

    def do_translate(self, number: int) -> None:
        """And change the translation, which stands in for nothing that learners see."""
        locale, _is_new = Locale.objects.get_or_create(language_code="de")
        page = self._page_of_sheet()
        if page is not None:
            made = page.get_translation_or_none(locale) or page.copy_for_translation(locale, copy_parents=True)
            blocks = made.specific.body.get_prep_value()
            for block in blocks:
                if block["id"] == self.sheet_id:
                    block["value"]["columns"] = block["value"]["columns"][-1:]
                    block["value"]["columns"][0]["value"]["label"] = f"Auf Deutsch {number}"
            save(made.specific, blocks)

    def _change_columns(self, change: Callable[[Columns], Columns]) -> None:
        def blocks_with(blocks: list[dict]) -> list[dict]:
            for block in blocks:
                if block["id"] == self.sheet_id:
                    block["value"]["columns"] = change(block["value"]["columns"])
            return blocks

        self._change_blocks(blocks_with)

    def _change_blocks(self, change: Callable[[list[dict]], list[dict]], page: LessonPage | None = None) -> None:
        page = page or self._page_of_sheet()
        if page is not None:
            save(page, change(page.body.get_prep_value()))

    def _page_of_sheet(self) -> LessonPage | None:
        pages = LessonPage.objects.filter(live=True, locale=Locale.get_default()).order_by("pk")
        return next((page for page in pages if any(child.id == self.sheet_id for child in page.body)), None)

    # What is there

    def _sign_in(self) -> None:
        self.client.force_login(self.enrolment.user, backend="django.contrib.auth.backends.ModelBackend")

    def _page(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200
        return answer.content.decode()

    def _found(self) -> tuple[content.LessonText, content.Block] | None:
        course = Course.objects.get(pk=self.enrolment.course_id)
        return content.block(course.current_version, self.sheet_id)

    def _address(self) -> str:
        found = self._found()
        return lesson_address(self.enrolment.course.slug, found[0].module_slug, found[0].slug) if found else ""

    def _note_names(self) -> None:
        """Each name that a column ever had."""
        for column in self._columns():
            self.names.setdefault(column["id"], set()).add(column["label"])

    def _columns(self) -> Columns:
        found = self._found()
        return found[1].value["columns"] if found else []

    def cells(self) -> Cells:
        """What stands where, by row and column; the only words that this learner has."""
        cells: Cells = {}
        for state in ActivityState.objects.filter(enrolment=self.enrolment).exclude(data={}):
            assert str(state.activity.block_id) == self.sheet_id
            sheet = worksheets.read(state.data)
            cells |= {(str(row.id), column): row.cells[column] for row in (*sheet.rows, *sheet.deleted) for column in row.cells}
        return {cell: text for cell, text in cells.items() if text}

    # What must hold

    def check(self) -> None:
        cells, today = self.cells(), {column["id"]: column["label"] for column in self._columns()}
        names = {text: self.names[column] for (_row, column), text in cells.items() if text != "Known"}
        wanted = {text: {today[column]} for (_row, column), text in cells.items() if text != "Known" and column in today}
        for readable in (self._on_the_page_of_words(), self._exported()):
            assert Counter(text for _label, text in readable) == Counter(cells.values())
            for label, text in readable:
                assert text == "Known" or label in wanted.get(text, names[text])
        if address := self._address():
            fields = form(self._page(address))
            stands = {cell: fields[f"cell-{cell[0]}-{cell[1]}"] for cell in cells if f"cell-{cell[0]}-{cell[1]}" in fields}
            assert {cell: text.casefold() for cell, text in stands.items()} == {
                cell: cells[cell].casefold() for cell in cells if cell[1] in today and self._is_in_order(cell, fields)
            }

    def _is_in_order(self, cell: tuple[str, str], fields: dict[str, str]) -> bool:
        return cell[0] in fields["order"].split()

    def _on_the_page_of_words(self) -> list[tuple[str, str]]:
        words = Words(self.enrolment.user, Course.objects.get(pk=self.enrolment.course_id), may_open=True)
        found = []
        for block in [written.block for lesson in words.lessons for written in lesson.written if written.block]:
            rows = [*block["sheet"].filled, *block["sheet"].deleted]
            found += [(cell.label, cell.text) for row in rows for cell in row.written]
            found += [(entry["label"], entry["text"]) for entry in block["earlier"]]
        return found

    def _exported(self) -> list[tuple[str, str]]:
        lines = [line for entry in export_words(self.enrolment.user) for line in entry["lines"]]
        return [(label.removesuffix(" (in a row that you deleted)"), text) for label, text in lines]


def place(name: str) -> tuple[str, str]:
    """Row and column of a field."""
    _cell, row, column = name.split("-", 2)
    return row, column


def save(page: LessonPage, blocks: list[dict]) -> None:
    page = LessonPage.objects.get(pk=page.pk)
    page.body = page.body.stream_block.to_python(blocks)
    page.save_revision().publish()


STEPS = st.lists(st.tuples(st.sampled_from(LEARNING + AUTHORING), st.integers(0, 23)), min_size=4, max_size=14)


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_no_sequence_of_edits_takes_a_word_out_of_its_column(loaded, steps):
    with transaction.atomic():
        page = LessonPage.objects.get(slug="ask")
        sheet_id = next(child.id for child in page.body if child.block_type == "worksheet")
        world = World(start_free(user=UserFactory(), course=loaded), sheet_id)
        for name, number in [("open", 0), ("type", 2), ("open", 1), *steps]:
            world.act(name, number)
        world.do_save(0)
        world.do_save(1)
        world.check()
        transaction.set_rollback(True)
