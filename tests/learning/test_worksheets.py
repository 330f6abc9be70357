"""Rows are added, moved, deleted and put back, and no word is lost on the way."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning import worksheets
from learning.activity_types import Worksheet
from learning.errors import TooManyDeletedRows, TooManyRows

KIND = Worksheet()
VALUE = {
    "title": "Inventory",
    "columns": [
        {"id": "who", "label": "Who", "hint": ""},
        {"id": "status", "label": "Status", "hint": "", "kind": "choice", "options": ["Known", "Assumed"]},
    ],
    "rows": 8,
}
OLD = {"rows": [{"who": "Anjali", "status": "known"}, {"who": "Tom", "status": ""}]}


def sent(order="", deleted="", purged="", act="", **cells) -> dict:
    """A form: `sent("0 1", c0_who="Anjali")`."""
    named = {"cell-" + name[1:].replace("_", "-", 1): text for name, text in cells.items()}
    return {"order": order, "deleted": deleted, "purged": purged, "act": act} | named


def save(before: dict, fields: dict, value: dict = VALUE) -> dict:
    data = KIND.merged(value, before, KIND.read_post(value, fields))
    assert json.loads(json.dumps(data)) == data
    return data


def names(data: dict) -> list[str]:
    return [row.cells.get("who", "") for row in worksheets.read(data).rows]


def deleted(data: dict) -> list[str]:
    return [row.cells.get("who", "") for row in worksheets.read(data).deleted]


THREE = {"rows": [{"who": "A"}, {"who": "B"}, {"who": "C"}]}
CELLS = {"c0_who": "A", "c1_who": "B", "c2_who": "C", "c3_who": ""}


def test_what_was_stored_before_rows_had_ids_is_read_and_saved_as_it_was():
    rows = worksheets.ShownSheet(VALUE, worksheets.read(OLD)).rows
    assert [(row.id, [cell.text for cell in row.cells]) for row in rows] == [
        (0, ["Anjali", "known"]),
        (1, ["Tom", ""]),
        (2, ["", ""]),
    ]
    same = sent("0 1 2", c0_who="Anjali", c0_status="known", c1_who="Tom", c1_status="", c2_who="", c2_status="")
    assert save(OLD, same) == OLD


def test_a_page_that_was_opened_before_rows_had_ids_still_saves_by_position():
    fields = {"cell-0-who": "Anjali B.", "cell-1-who": "Tom", "cell-2-who": "Mia"}
    assert save(OLD, fields)["rows"] == [{"who": "Anjali B.", "status": "known"}, {"who": "Tom", "status": ""}, {"who": "Mia"}]
    moved = {"rows": [{"who": "B"}, {"who": "A"}], "ids": [1, 0]}
    assert save(moved, {"cell-0-who": "b"}) == {"rows": [{"who": "b"}, {"who": "A"}], "ids": [1, 0]}


@pytest.mark.parametrize(
    ("act", "wanted"),
    [
        ("up 1", ["B", "A", "C"]),
        ("down 1", ["A", "C", "B"]),
        ("up 0", ["A", "B", "C"]),
        ("down 2", ["A", "B", "", "C"]),
        ("delete 1", ["A", "C"]),
        ("add", ["A", "B", "C"]),
        ("up 9", ["A", "B", "C"]),
        ("delete", ["A", "B", "C"]),
        ("restore 1", ["A", "B", "C"]),
        ("purge 1", ["A", "B", "C"]),
        ("dance 1", ["A", "B", "C"]),
        ("up ١", ["A", "B", "C"]),
    ],
)
def test_a_button_does_what_it_says_and_nothing_where_there_is_no_such_row(act, wanted):
    assert names(save(THREE, sent("0 1 2 3", act=act, **CELLS))) == wanted


def test_a_row_that_is_deleted_goes_back_to_where_it_was():
    without = save(THREE, sent("0 1 2 3", act="delete 1", **CELLS))
    assert (names(without), deleted(without)) == (["A", "C"], ["B"])
    back = save(without, sent("0 2 3", "1@1", act="restore 1", c0_who="A", c2_who="C", c3_who=""))
    assert back == THREE


def test_an_empty_row_leaves_nothing_behind():
    assert save(THREE, sent("0 1 2 3", act="delete 3", **CELLS)) == THREE


def test_a_deleted_row_takes_along_what_stands_in_columns_that_were_removed():
    before = {"rows": [{"who": "A", "where": "Porto"}, {"who": "B", "where": "Lisbon"}]}
    without = save(before, sent("0 1", act="delete 0", c0_who="A", c1_who="B"))
    assert without["rows"] == [{"who": "B", "where": "Lisbon"}]
    back = save(without, sent("1", "0@0", act="restore 0", c1_who="B"))
    assert back == before


def test_moving_a_row_moves_what_stands_in_columns_that_were_removed():
    before = {"rows": [{"who": "A", "where": "Porto"}, {"who": "B"}]}
    assert save(before, sent("0 1", act="down 0", c0_who="A", c1_who="B")) == {
        "rows": [{"who": "B"}, {"who": "A", "where": "Porto"}],
        "ids": [1, 0],
    }


def test_what_is_deleted_for_good_is_gone_and_its_id_is_not_used_at_once():
    without = save(THREE, sent("0 1 2 3", act="delete 2", **CELLS))
    gone = save(without, sent("0 1 3", "2@2", act="purge 2", c0_who="A", c1_who="B", c3_who=""))
    assert gone == {"rows": [{"who": "A"}, {"who": "B"}]}
    assert "C" not in json.dumps(gone)


def test_rows_that_a_form_did_not_know_of_stay():
    assert names(save(THREE, sent("1 0", c0_who="a", c1_who="b"))) == ["b", "a", "C"]
    without = save(THREE, sent("0 1 2", act="delete 2", **CELLS))
    assert deleted(save(without, sent("0 1", c0_who="a", c1_who="b"))) == ["C"]


def test_a_row_that_one_page_has_deleted_and_another_still_shows_comes_back_with_the_other():
    without = save(THREE, sent("0 1 2", act="delete 2", **CELLS))
    assert save(without, sent("0 1 2", **CELLS)) == THREE


def test_fields_that_the_arrangement_does_not_name_are_kept_at_the_end():
    assert names(save(THREE, sent("1 0", **CELLS, c7_who="D"))) == ["B", "A", "C", "", "D"]
    assert names(save({}, sent("", c4_who="A", cx_who="B", c9="C"))) == ["A"]


def test_nonsense_in_the_arrangement_is_passed_over():
    assert save(THREE, sent("0 0 x 1 -1 2 99999999", "0@zz 2 y@1", **CELLS)) == THREE


def test_new_rows_are_kept_after_one_with_the_last_number_there_is():
    last = save(THREE, sent("0 1 2 999999", **CELLS, c999999_who="Z"))
    assert names(last) == ["A", "B", "C", "Z"]
    assert worksheets.read(last).next_id == 3
    assert names(save(last, sent("0 1 2 999999 3", c3_who="Y"))) == ["A", "B", "C", "Z", "Y"]


def test_there_is_an_end_to_rows_and_to_deleted_ones():
    many = {"rows": [{"who": "A"}] * (worksheets.MAX_ROWS + 1)}
    with pytest.raises(TooManyRows, match="100 rows at most"):
        KIND.check(many, 100_000)
    KIND.check({"rows": many["rows"][1:]}, 100_000)
    gone = {"rows": [], "deleted": [{"id": n, "at": 0, "cells": {"who": "A"}} for n in range(worksheets.MAX_DELETED + 1)]}
    with pytest.raises(TooManyDeletedRows):
        KIND.check(gone, 100_000)
    with pytest.raises(TooManyDeletedRows):
        KIND.check({"rows": [], "deleted": [{"id": 0, "at": 0, "cells": {"who": "A" * 11}}]}, 10)


def test_a_choice_keeps_words_that_are_no_option():
    column = VALUE["columns"][1]
    assert worksheets.options_of(column, "") == [("Known", False), ("Assumed", False)]
    assert worksheets.options_of(column, " known") == [("Known", True), ("Assumed", False)]
    assert worksheets.options_of(column, "I do not know") == [("Known", False), ("Assumed", False), ("I do not know", True)]
    assert worksheets.options_of(VALUE["columns"][0], "Anjali") == []


def test_what_is_printed_and_exported_has_deleted_rows_too():
    without = save(OLD, sent("0 1", act="delete 0", c0_who="Anjali", c0_status="known", c1_who="Tom", c1_status=""))
    assert KIND.state_lines(VALUE, without) == [
        ("Who", "Tom"),
        ("Who (in a row that you deleted)", "Anjali"),
        ("Status (in a row that you deleted)", "known"),
    ]
    assert not KIND.is_empty(save(without, sent("1", "0@0", act="delete 1", c1_who="Tom", c1_status="")))


# No word is lost ------------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.sampled_from(["type", "up", "down", "delete", "restore", "old page"]), st.integers(0, 5)), max_size=25
)


def form_of(data: dict, act: str = "", **cells) -> dict:
    """As the page sends it, in which `data` is shown."""
    shown = worksheets.ShownSheet(VALUE, worksheets.read(data))
    fields = {cell.name: cell.text for row in shown.rows for cell in row.cells}
    return {"order": shown.order, "deleted": shown.deleted_order, "purged": "", "act": act} | fields | cells


@given(STEPS)
def test_whatever_is_done_in_whatever_order_every_word_is_in_a_row_or_a_deleted_one(steps):
    data: dict = {"rows": []}
    wanted: Counter[str] = Counter()
    for number, (step, which) in enumerate(steps):
        sheet = worksheets.ShownSheet(VALUE, worksheets.read(data))
        rows = sheet.deleted if step == "restore" else sheet.rows
        if not rows:
            continue
        row = rows[which % len(rows)]
        if step == "type":
            name, word = f"cell-{row.id}-who", f"word {number}"
            wanted -= Counter([cell.text for cell in row.cells if cell.name == name])
            wanted[word] += 1
            data = save(data, form_of(data, **{name: word}))
        elif step == "old page":
            data = save(data, {f"cell-{n}-who": shown.cells[0].text for n, shown in enumerate(sheet.rows)})
        else:
            data = save(data, form_of(data, act=f"{step} {row.id}"))
        found = worksheets.read(data)
        ids = [row.id for row in (*found.rows, *found.deleted)]
        assert len(ids) == len(set(ids))
        words = (text for row in (*found.rows, *found.deleted) for text in row.cells.values() if text)
        assert Counter(words) == +wanted


def test_a_new_row_takes_no_id_that_a_refused_form_deletes_for_good():
    sheet = worksheets.read({"rows": [{"who": "A"}], "ids": [0], "purged": [7]})
    assert (sheet.next_id, worksheets.ShownSheet(VALUE, sheet).rows[1].id) == (8, 8)
