"""A worksheet on the page: a grid of rows with buttons that work as a plain form, and nothing typed that is lost."""

import json
import re

import pytest
from django.contrib.auth import get_user
from django.urls import reverse

from courses import services as course_services
from learning.models import ActivityState
from learning.privacy import export_words
from learning.services import save_entry
from learning.services.progress import ENTRY_LIMIT
from learning.worksheets import MAX_ROWS
from tests.courses.factories import block, content, lesson, uid
from tests.web.learner import address, enrolled, rich_course
from tests.web.sheets import form, shown

pytestmark = pytest.mark.django_db
WORDS = reverse("courses:words", args=["rich"])
SHEET = address("l2", "entries", uid("w1"))
MOVED = address("l3", "entries", uid("w1"))
JSON = {"Accept": "application/json"}
WHO = {"id": "who", "label": "Who", "hint": "Name and role"}
STATUS = {"id": "status", "label": "Status", "hint": "", "kind": "choice", "options": ["Known", "Assumed", "Unknown"]}
NOTES = {"id": "notes", "label": "Notes", "hint": "", "kind": "long"}


def publish(course, *columns, in_lesson: str = "l2"):
    value = {"title": "Inventory", "intro": "", "columns": list(columns), "rows": 2}
    sheet = {in_lesson: [block("worksheet", "w1", value)]}
    second, third = (lesson(name, blocks=sheet.get(name, [])) for name in ("l2", "l3"))
    text = content([[lesson("l1", checks=["c1"], sample=True), second], [third]])
    course_services.publish_version(course=course, content=text)
    course.refresh_from_db()


@pytest.fixture
def course():
    course = rich_course()
    publish(course, WHO, STATUS, NOTES)
    return course


@pytest.fixture
def enrolment(user, course):
    return enrolled(user, course)


@pytest.fixture
def learner(user, enrolment, sign_in):
    return sign_in(user)


def html(response) -> str:
    return response.content.decode()


def press(learner, act: str = "", **fields):
    """Send the worksheet as it stands on the page, with these fields changed, by one of its buttons."""
    sent = form(html(learner.get(address("l2")))) | {
        f"cell-{name[1:].replace('_', '-')}": text for name, text in fields.items()
    }
    return learner.post(SHEET, sent | ({"act": act} if act else {}))


def rows() -> list[str]:
    return [cells.get("who", "") for cells in ActivityState.objects.get().data["rows"]]


def test_a_worksheet_is_a_table_with_heads_and_a_label_for_each_field(learner):
    page = html(learner.get(address("l2")))
    assert '<caption class="visually-hidden">Inventory</caption>' in page
    assert page.count('<th scope="col"') == 5
    assert re.search(r'<th scope="col">Who<span class="worksheet__hint" id="hint-[\w-]+-who">Name and role</span></th>', page)
    visible = shown(page)
    assert visible.count('<th scope="row"') == 2
    fields = set(re.findall(r'<(?:textarea|select) class="input"(?: dir="auto")? id="([^"]+)"', visible))
    assert fields == set(re.findall(r'<label class="worksheet__label" for="([^"]+)"', visible))
    assert len(fields) == 6
    for name in ("Move row", "Delete row"):
        assert name in visible


def test_a_choice_is_chosen_from_its_options_and_saved_as_words(learner):
    assert html(learner.get(address("l2"))).count("<option>Assumed</option>") == 3
    press(learner, c0_who="Anjali", c0_status="Assumed", c0_notes="Two\nlines")
    assert ActivityState.objects.get().data["rows"] == [{"who": "Anjali", "status": "Assumed", "notes": "Two\nlines"}]
    assert "<option selected>Assumed</option>" in html(learner.get(address("l2")))


def test_words_of_before_a_column_was_a_choice_stay_and_may_be_kept(course, learner):
    publish(course, WHO, STATUS | {"kind": "text"})
    press(learner, c0_who="Anjali", c0_status="I <think> so")
    press(learner, c1_who="Tom", c1_status="known")
    publish(course, WHO, STATUS)
    page = html(learner.get(address("l2")))
    assert '<option selected value="I &lt;think&gt; so">I &lt;think&gt; so</option>' in page
    assert "<option selected>Known</option>" in page
    press(learner, c0_who="Anjali B.")
    assert ActivityState.objects.get().data["rows"][0] == {"who": "Anjali B.", "status": "I <think> so"}


def test_words_of_several_lines_keep_them_in_what_has_become_a_choice(course, learner):
    press(learner, c0_who="Anjali", c0_notes="First:\n\n  she asked")
    publish(course, WHO, NOTES | {"kind": "choice", "options": ["Known", "Assumed"]})
    press(learner, c0_who="Anjali B.")
    publish(course, WHO, NOTES)
    assert ">First:\n\n  she asked</textarea>" in html(learner.get(address("l2")))
    assert rows() == ["Anjali B."]


def refuse(learner, sent, why: str):
    """The page that shows a worksheet again, which could not be saved as it was sent."""
    if why == "signed out":
        user = get_user(learner)
        learner.logout()
        learner.post(SHEET, sent)
        learner.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return learner.get(SHEET)
    if why == "another tab":
        press(learner, c1_who="Tom")
    return learner.post(SHEET, sent | ({"cell-2-who": "x" * (ENTRY_LIMIT + 1)} if why == "too long" else {}))


REFUSED = {"signed out": 200, "another tab": 409, "too long": 422}


@pytest.mark.parametrize("had_words", [False, True], ids=["first words", "more words"])
@pytest.mark.parametrize("why", REFUSED)
def test_a_form_that_is_shown_again_sends_what_stands_in_columns_that_were_removed(course, learner, why, had_words):
    if had_words:
        press(learner, c0_who="Anjali", c0_notes="Earlier")
    sent = form(html(learner.get(address("l2")))) | {"cell-0-who": "Anjali B.", "cell-0-notes": "Two\nlines"}
    publish(course, WHO, STATUS)
    answer = refuse(learner, sent, why)
    page = html(answer)
    assert answer.status_code == REFUSED[why]
    assert "Row 1, Notes:" in page
    again = form(page) | {"cell-2-who": ""}
    assert again["cell-0-notes"] == "Two\nlines"
    assert learner.post(SHEET, again).status_code == 302
    kept = {"who": "Anjali B.", "status": "", "notes": "Two\nlines"}
    assert ActivityState.objects.get().data["rows"][0] == kept
    assert "Row 1, Notes:" in html(learner.get(WORDS))


@pytest.mark.parametrize("why", [*REFUSED, ""])
def test_a_worksheet_that_moved_to_another_lesson_takes_what_an_open_page_sends(course, learner, why):
    press(learner, c0_who="Anjali")
    sent = form(html(learner.get(address("l2")))) | {"cell-0-notes": "Her own words"}
    if why == "another tab":
        press(learner, c1_who="Tom")
    publish(course, WHO, STATUS, NOTES, in_lesson="l3")
    answer = refuse(learner, sent, why.replace("another tab", ""))
    if why:
        page = html(answer)
        assert answer.status_code == REFUSED[why]
        assert f'action="{MOVED}"' in page
        answer = learner.post(MOVED, form(page) | {"cell-2-who": ""})
    assert answer["Location"] == f"{address('l3')}#b-{uid('w1')}"
    assert ActivityState.objects.get().data["rows"][0] == {"who": "Anjali", "status": "", "notes": "Her own words"}


def test_a_script_hears_of_another_tab_where_the_worksheet_has_moved(course, learner):
    sent = form(html(learner.get(address("l2")))) | {"cell-0-notes": "Her own words"}
    press(learner, c0_who="Anjali")
    publish(course, WHO, STATUS, NOTES, in_lesson="l3")
    answer = learner.post(SHEET, sent, headers=JSON)
    assert answer.status_code == 409
    assert "Anjali" in json.loads(answer.content)["other"]


def test_what_earlier_versions_stored_is_shown_and_kept_as_it_is(enrolment, learner):
    old = {"rows": [{"who": "Anjali", "status": "known"}, {"who": "", "status": ""}, {"who": "Tom"}]}
    state = save_entry(enrolment=enrolment, block_id=uid("w1"), data=old)
    ActivityState.objects.filter(pk=state.pk).update(data=old)
    fields = form(html(learner.get(address("l2"))))
    assert [fields[f"cell-{row}-who"] for row in range(4)] == ["Anjali", "", "Tom", ""]
    press(learner, "up 2")
    assert rows() == ["Anjali", "Tom"]
    assert "Tom" in html(learner.get(WORDS))


def test_rows_are_moved_by_buttons_of_a_plain_form(learner):
    press(learner, c0_who="Anjali", c1_who="Tom")
    response = press(learner, "down 0", c1_who="Tom T.")
    assert rows() == ["Tom T.", "Anjali"]
    assert response["Location"] == f"{address('l2')}#b-{uid('w1')}-row-0"
    assert f'id="b-{uid("w1")}-row-0"' in html(learner.get(address("l2")))


def test_adding_a_row_saves_and_leads_to_an_empty_one(learner):
    response = press(learner, "add", c0_who="Anjali", c1_who="Tom")
    assert response["Location"] == f"{address('l2')}#b-{uid('w1')}-next"
    page = shown(html(learner.get(address("l2"))))
    assert page.count("data-row=") == 3
    (place,) = re.findall(rf'data-row="(\d+)"(?:(?!data-row).)*id="b-{uid("w1")}-next"', page, re.DOTALL)
    assert place == "2"


def test_a_deleted_row_is_kept_and_put_back_where_it_was(learner):
    press(learner, c0_who="Anjali", c1_who="Tom", c2_who="Mia")
    assert press(learner, "delete 1", c1_who="Tom T.")["Location"].endswith("-deleted")
    assert rows() == ["Anjali", "Mia"]
    page = shown(html(learner.get(address("l2"))))
    assert "Deleted rows" in page
    assert '<span class="muted">Who:</span> Tom T.' in page
    assert "Tom T." in html(learner.get(WORDS))
    press(learner, "restore 1", c0_who="Anjali B.")
    assert rows() == ["Anjali B.", "Tom T.", "Mia"]
    assert "Deleted rows" not in html(learner.get(address("l2")))


def test_a_row_is_deleted_for_good_by_a_second_act_alone(user, learner):
    press(learner, c0_who="Anjali", c1_who="Tom")
    press(learner, "delete 0")
    assert [entry["lines"] for entry in export_words(user)] == [[["Who", "Tom"], ["Who (in a row that you deleted)", "Anjali"]]]
    press(learner, "purge 0")
    assert ActivityState.objects.get().data == {"rows": [{"who": "Tom", "status": "", "notes": ""}], "ids": [1]}
    assert "Anjali" not in html(learner.get(address("l2"))) + html(learner.get(WORDS))


def test_words_of_a_row_that_is_deleted_at_once_are_kept_too(learner):
    press(learner, "delete 0", c0_who="Anjali")
    assert rows() == []
    assert "Anjali" in html(learner.get(WORDS))


def test_two_tabs_that_arrange_rows_lose_none(learner):
    press(learner, c0_who="Anjali", c1_who="Tom")
    stale = form(html(learner.get(address("l2"))))
    press(learner, "delete 0")
    response = learner.post(SHEET, stale | {"act": "up 1", "cell-1-who": "Tom T."})
    page = html(response)
    assert response.status_code == 409
    assert "This was changed in another tab" in page
    assert ">Tom T.</textarea>" in page
    assert rows() == ["Tom"]
    again = form(page)
    assert again["order"].startswith("1 0")
    learner.post(SHEET, again)
    assert rows() == ["Tom T.", "Anjali"]
    stale_script = learner.post(SHEET, stale, headers=JSON)
    assert stale_script.status_code == 409
    assert "<table" in json.loads(stale_script.content)["other"]


def test_a_worksheet_that_is_full_says_so_and_a_form_with_more_keeps_its_words(enrolment, learner):
    full = {"rows": [{"who": f"Person {n}"} for n in range(MAX_ROWS)]}
    save_entry(enrolment=enrolment, block_id=uid("w1"), data=full)
    page = html(learner.get(address("l2")))
    assert shown(page).count("data-row=") == MAX_ROWS
    assert "A worksheet can have 100 rows at most." in page
    assert re.search(r'value="add" disabled', page)
    sent = form(page)
    response = learner.post(SHEET, sent | {"order": sent["order"] + " 100", "cell-100-who": "One more"})
    assert response.status_code == 422
    assert "Not saved: a worksheet has 100 rows at most." in html(response)
    assert ">One more</textarea>" in html(response)
    assert len(rows()) == MAX_ROWS


def test_an_example_stands_above_the_rows_and_is_no_field(course, learner):
    publish(course, WHO | {"example": "Karim, can <stop> it"}, STATUS | {"example": "Known"}, NOTES)
    page = shown(html(learner.get(address("l2"))))
    assert '<th scope="rowgroup" colspan="5">For example</th>' in page
    assert "Karim, can &lt;stop&gt; it" in page
    assert page.index("Karim") < page.index("<tbody data-rows>")
    assert "example" not in "".join(form(page))


def test_what_you_wrote_shows_the_table_whole_with_a_label_for_each_cell(learner):
    press(learner, c0_who="Anjali", c0_status="Known", c0_notes="Two\nlines")
    page = html(learner.get(WORDS))
    assert '<td data-label="Status"><span dir="auto">Known</span></td>' in page
    assert "Two<br>lines" in page


def test_a_visitor_sees_the_grid_of_a_sample_and_can_press_nothing(client, course):
    value = {"title": "Inventory", "intro": "", "columns": [WHO, STATUS], "rows": 2}
    text = content([[lesson("l1", sample=True, blocks=[block("worksheet", "w1", value)])]])
    course_services.publish_version(course=course, content=text)
    page = shown(html(client.get(address("l1"))))
    sheet = page.split('<div class="activity activity--wide"')[1].split("</form>")[0]
    tags = re.findall(r"<(?:textarea|select|button)[^>]*>", sheet)
    assert len(tags) == 4 + 6 + 1 + 1
    assert all(" disabled" in tag for tag in tags)


def test_an_arrangement_sent_after_the_session_ended_is_filled_in_again(user, learner, client, course):
    sent = form(html(learner.get(address("l2")))) | {"cell-0-who": "Anjali", "cell-1-who": "Tom", "act": "up 1"}
    response = client.post(SHEET, sent)
    assert response["Location"].startswith("/accounts/login/")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = html(client.get(SHEET))
    assert "has not been saved yet" in page
    fields = form(page)
    assert fields["order"].startswith("1 0")
    assert (fields["cell-1-who"], fields["cell-0-who"]) == ("Tom", "Anjali")
