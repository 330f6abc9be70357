"""What an assessment asks is kept: where the page cannot say it, and where people take it."""

import pytest
from django.urls import reverse

from assessments.errors import InvalidInstrument
from assessments.models import Instrument
from assessments.scoring.blueprint import Blueprint, Cell
from assessments.services import AdaptivePlan, AloneSettings, Asks, Plan, SkillPlan, upsert_alone, withdraw_assigned
from tests.assessments.calibrated import bank_item, calibrated_bank
from tests.assessments.factories import SKILLS
from tests.assessments.test_assigned import begin, cohort, drawn_instrument, given, member, organisation  # noqa: F401
from tests.assessments.test_views import text
from tests.cms.test_alone import DRAWN, author, client  # noqa: F401

pytestmark = pytest.mark.django_db

CELLS = (Cell(SKILLS[0], 2, boundary="2|3"), Cell(SKILLS[1], 2, relationship="customer"))
REFUSED = "results of different questions do not belong together. Make a new assessment with a key of its own"


def sent(instrument, **fields):
    """The form of an assessment that is there, as its page shows it."""
    changed = {name: value for name, value in DRAWN.items() if name != "key"} | {"title": instrument.title}
    return changed | fields


def change(client, instrument, **fields):  # noqa: F811
    answer = client.post(reverse("alone_edit", args=[instrument.pk]), sent(instrument, **fields))
    instrument.refresh_from_db()
    return text(answer) if answer.status_code == 200 else ""


@pytest.fixture
def cells():
    drawn_instrument(key="another")
    for number in range(8):
        bank_item(f"y{number}", boundary="2|3")
        bank_item(f"z{number}", skill_slug=SKILLS[1], relationship="customer")
    return upsert_alone(key="cells", title="Cells", asks=Asks(plan=Plan(Blueprint(CELLS, frozenset({"k00"}), 1))))


def test_what_the_page_cannot_say_stays_and_the_rest_can_be_changed(cells, client):  # noqa: F811
    before = cells.blueprint
    page = text(client.get(reverse("alone_edit", args=[cells.pk])))
    assert f"What it asks ({CELLS[0].name}: 2, drawn; {CELLS[1].name}: 2, drawn) is written in its content file" in page
    assert change(client, cells, title="Two cells", time_limit=20, skill=SKILLS[1], length=5, asks="adaptive") == ""
    assert (cells.title, cells.time_limit, cells.blueprint, cells.adaptive) == ("Two cells", 20, before, {})


def test_shares_of_an_adaptive_one_stay(client):  # noqa: F811
    calibrated_bank()
    plan = AdaptivePlan((SkillPlan(SKILLS[0], 6, shortest=2, error=0.5),))
    made = upsert_alone(key="adaptive", title="Adaptive", asks=Asks(adaptive=plan))
    assert change(client, made, title="Chosen", asks="adaptive", length=8, error="0") == ""
    assert (made.title, made.adaptive) == ("Chosen", plan.as_json)


def test_what_the_page_can_say_is_changed_there(client):  # noqa: F811
    made = drawn_instrument()
    assert change(client, made, length=6) == ""
    assert [(cell["skill"], cell["count"]) for cell in made.blueprint["cells"]] == [(SKILLS[0], 6)]


def test_what_a_cohort_is_asked_is_not_changed_and_nothing_typed_is_lost(cohort, client):  # noqa: F811
    made = drawn_instrument()
    before, assigned = made.blueprint, given(cohort, made)
    page = change(client, made, title="Renamed", length=6)
    assert REFUSED in page
    assert (
        'value="Renamed"'
        in client.post(reverse("alone_edit", args=[made.pk]), sent(made, title="Renamed", length=6)).content.decode()
    )
    assert (made.title, made.blueprint) == ("Where are you?", before)
    assert change(client, made, title="Renamed", time_limit=30) == ""
    assert (made.title, made.time_limit, made.blueprint) == ("Renamed", 30, before)
    withdraw_assigned(assigned=assigned, actor=None)
    assert change(client, made, length=6) == ""
    assert made.blueprint_length == 6


def test_what_has_been_taken_is_not_changed_by_a_file_either(cohort, client):  # noqa: F811
    made = drawn_instrument()
    assigned = given(cohort, made)
    begin(member(cohort), assigned)
    withdraw_assigned(assigned=assigned, actor=None)
    assert REFUSED in change(client, made, length=6)
    with pytest.raises(InvalidInstrument, match="has been taken, or is given to a cohort"):
        upsert_alone(key=made.key, title="From a file", asks=Asks(plan=Plan(Blueprint(CELLS))))
    same = Asks(plan=Plan(Blueprint((Cell(SKILLS[0], 4),))))
    assert upsert_alone(key=made.key, title="From a file", asks=same, settings=AloneSettings(time_limit=9)).time_limit == 9
    assert Instrument.objects.get(pk=made.pk).title == "From a file"
