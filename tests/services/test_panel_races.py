"""Experts who finish in the moment in which their panel closes: they count before it, or they do not."""

import pytest

from panels.content import option_ids
from panels.errors import PanelClosed
from panels.services import close_panel, submit
from panels.services.judging import save_judgement
from tests.assessments.factories import course_with_forms
from tests.panels.factories import AGREED, experts, opened, points_of
from tests.services.threads import overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_who_finishes_while_the_panel_closes_is_told_so_and_does_not_count():
    course = course_with_forms()
    panel = opened(course.items.get(key="a1"))
    [expert, *_others] = experts(panel)
    for item in panel.items.select_related("item_version__item"):
        points = points_of(0, {option: AGREED[option] for option in option_ids(item.item_version)})
        save_judgement(expert=expert, panel_item=item, points=points, best="b", levels={})

    def finish():
        try:
            submit(expert=expert, name="", is_named=False, expertise="Ten years of buying", consents=True)
        except PanelClosed:
            return "closed"
        return "counted"

    _panel, told = overlapping(lambda: close_panel(panel=panel), finish)
    expert.refresh_from_db()
    assert (told, expert.submitted_at) == ("closed", None)
