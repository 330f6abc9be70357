"""The pages of an expert: a link from a mail, no account, no script."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from mail.links import token_of
from mail.models import MailDelivery
from mail.services.delivering import send
from panels.contacts import has_stopped
from panels.models import Expert, Judgement
from panels.services import close_panel
from tests.assessments.factories import item, skills
from tests.assessments.test_views import text
from tests.courses.factories import published_course
from tests.panels.factories import AGREED, experts, judged, levelled_options, link_of, opened

pytestmark = pytest.mark.django_db
ABOUT = {"is_named": "no", "name": "", "expertise": "18 years of buying", "consents": "on"}


@pytest.fixture
def panel():
    skills()
    course = published_course([["l1"]])
    return opened(*(item(course, key, options=levelled_options()) for key in ("q1", "q2")))


@pytest.fixture
def expert(panel):
    return experts(panel, 1)[0]


def address(expert):
    return reverse("mail_link", args=[token_of(link_of(expert))])


def rated(number=1, **other):
    points = {f"points-{option}": point for option, point in AGREED.items()}
    return {"action": "save", "q": number, "best": "b", **points} | other


def test_an_expert_rates_finishes_and_changes_their_mind(client, expert):
    page = client.get(address(expert))
    assert "2 situations from work" in text(page)
    assert "Finished: 0 of 2" in text(page)
    assert client.post(address(expert), rated(1)).url == f"{address(expert)}?q=2"
    assert client.post(address(expert), rated(2)).url == f"{address(expert)}?done=saved"
    done = client.post(address(expert), ABOUT | {"action": "finish"})
    assert done.url == f"{address(expert)}?done=finished"
    expert.refresh_from_db()
    assert (expert.submitted_at == expert.consented_at, expert.expertise, expert.name) == (True, "18 years of buying", "")
    page = text(client.get(done.url))
    assert "Thank you. Your ratings are counted." in page
    assert "Change my ratings" in page
    client.post(address(expert), {"action": "change"})
    expert.refresh_from_db()
    assert expert.submitted_at is None


def test_a_question_shows_neither_key_nor_level_nor_reason(client, expert):
    page = client.get(f"{address(expert)}?q=1").content.decode()
    assert "What about q1?" in page
    assert all(f"Text {option}" in page for option in "abcd")
    assert "Because" not in page
    assert not re.search(r"<input[^>]* checked", page)


def test_a_draft_is_there_again_and_says_what_is_missing(client, expert):
    client.post(address(expert), {"action": "save", "q": 1, "points-a": "2", "level-a": "3", "then": "all"})
    page = client.get(f"{address(expert)}?q=1")
    assert re.findall(r'name="points-a" value="(\d)" checked', page.content.decode()) == ["2"]
    said = text(page)
    assert "Answers without a rating: 3. Choose the best answer. Give every answer a level, or none." in said
    assert "begun" in text(client.get(address(expert)))


def test_options_stand_in_another_order_for_others_and_stay_in_it(client, panel):
    everybody = experts(panel, 8)

    def order(expert):
        return tuple(re.findall(r'id="points-(\w)"', client.get(f"{address(expert)}?q=1").content.decode()))

    orders = {order(expert) for expert in everybody}
    assert len(orders) > 1
    assert {tuple(sorted(found)) for found in orders} == {("a", "b", "c", "d")}
    assert order(everybody[0]) == order(everybody[0])


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"consents": ""}, "only if you agree to it"),
        ({"is_named": "yes"}, "Enter your name"),
        ({"is_named": "yes", "consents": ""}, "There are 2 problems"),
        ({"expertise": ""}, "This field is required"),
        ({"expertise": "See www.buy.example"}, "web address"),
    ],
)
def test_a_refused_finish_keeps_what_was_typed(client, expert, other, words):
    for number in (1, 2):
        client.post(address(expert), rated(number))
    page = client.post(address(expert), ABOUT | {"action": "finish"} | other)
    assert words in text(page)
    assert 'tabindex="-1" autofocus' in page.content.decode()
    if other.get("expertise") is None:
        assert "18 years of buying" in page.content.decode()
    expert.refresh_from_db()
    assert expert.submitted_at is None


def test_finishing_too_early_names_what_is_open(client, expert):
    client.post(address(expert), rated(1))
    page = client.post(address(expert), ABOUT | {"action": "finish"})
    assert "1 question is not finished: number 2." in text(page)


def test_a_named_expert_is_named(client, expert):
    for number in (1, 2):
        client.post(address(expert), rated(number))
    client.post(address(expert), ABOUT | {"action": "finish", "is_named": "yes", "name": "Nora Named"})
    expert.refresh_from_db()
    assert (expert.name, expert.is_named) == ("Nora Named", True)


def test_declining_and_asking_for_no_more_mail(client, expert):
    client.post(address(expert), {"action": "decline", "no_more": "on"})
    expert.refresh_from_db()
    assert (expert.declined_at is None, has_stopped(expert.email)) == (False, True)
    assert "no panel will write to this address again" in text(client.get(f"{address(expert)}?done=declined"))


def test_the_button_of_a_mail_program_works_without_a_cookie(client, expert):
    response = client.post(address(expert), {"List-Unsubscribe": "One-Click"})
    assert (response.status_code, has_stopped(expert.email)) == (200, True)


def test_a_closed_panel_says_so_and_takes_nothing(client, panel, expert):
    client.post(address(expert), rated(1))
    close_panel(panel=panel)
    assert "This panel is closed." in text(client.get(f"{address(expert)}?q=1"))
    page = client.post(address(expert), rated(1, best="c"))
    assert (page.status_code, "This panel is closed" in text(page)) == (200, True)
    assert re.findall(r'name="best" value="(\w)" checked', page.content.decode()) == ["c"]
    assert Judgement.objects.get().best == "b"


def test_the_link_still_says_so_a_year_later(client, expert):
    later = timezone.now() + timedelta(days=400)
    with time_machine.travel(later, tick=False):
        page = client.get(address(expert))
    assert (page.status_code, "This panel is closed." in text(page)) == (200, True)


def test_taking_name_and_address_out(client, expert):
    judged(expert)
    page = client.post(address(expert), {"action": "forget"})
    assert "Your ratings stay in the means, as those of nobody." in text(page)
    assert (Expert.objects.get().email, Judgement.objects.count()) == ("", 2)


def test_a_link_that_was_withdrawn_opens_nothing(client, expert):
    where = address(expert)
    client.post(where, {"action": "forget"})
    assert [client.get(where).status_code, client.post(where, rated()).status_code] == [410, 410]


def test_the_mail_says_who_asks_and_how_to_stop(expert, mailoutbox):
    send(MailDelivery.objects.filter(template="panel_invitation").values_list("pk", flat=True))
    [mail] = mailoutbox
    assert mail.to == [expert.email]
    assert "asks for your judgement: Demonstration: expectations" in mail.subject
    assert f"{address(expert)}\n" in mail.body
    assert "There are 2 situations" in mail.body
    assert "This is a demonstration; its experts are made up." in mail.body
    assert f"{address(expert)}#decline" in mail.body
    assert "List-Unsubscribe" in mail.extra_headers


def test_no_mail_goes_out_once_the_panel_is_closed(panel, expert, mailoutbox):
    close_panel(panel=panel)
    send(MailDelivery.objects.values_list("pk", flat=True))
    assert mailoutbox == []
    assert MailDelivery.objects.get().state == "cancelled"


def test_an_older_tab_does_not_replace_newer_ratings(client, expert):
    mark = client.get(f"{address(expert)}?q=1").context["mark"]
    client.post(address(expert), rated(1) | {"shown": mark})
    shown = client.post(address(expert), {"action": "save", "q": 1, "points-a": "1", "shown": mark})
    [kept] = Judgement.objects.all()
    assert (kept.points, kept.best) == (dict(AGREED), "b")
    assert "These ratings were changed in another tab" in text(shown)
    assert "What is saved" in text(shown)
    assert shown.context["form"].points == {"a": 1}
    client.post(address(expert), {"action": "save", "q": 1, "points-a": "1", "shown": shown.context["mark"]})
    kept.refresh_from_db()
    assert kept.points == {"a": 1}


def test_ratings_are_saved_as_they_are_given(client, expert):
    script = {"HX-Request": "true"}
    line = client.post(address(expert), {"action": "save", "q": 1, "points-a": "2", "shown": ""}, headers=script)
    mark = re.search(r'name="shown" value="(\w+)"', line.content.decode())[1]
    again = {"action": "save", "q": 1, "points-a": "2", "points-b": "5", "shown": mark}
    assert "Saved" in text(client.post(address(expert), again, headers=script))
    assert Judgement.objects.get().points == {"a": 2, "b": 5}
    late = client.post(address(expert), {"action": "save", "q": 1, "points-a": "4", "shown": ""}, headers=script)
    assert "Not saved. These ratings were changed" in text(late)
    assert Judgement.objects.get().points == {"a": 2, "b": 5}
