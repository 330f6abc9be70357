"""Panels in the CMS: who may open one, what they read of it and when, and who takes its keys."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Item
from assessments.services import upsert_instrument
from panels.models import Expert, Panel
from panels.services import close_panel
from tests.assessments.factories import item, skills
from tests.assessments.test_views import text
from tests.cms.conftest import author, reviewer  # noqa: F401
from tests.courses.factories import published_course
from tests.factories import UserFactory
from tests.panels.factories import experts, finished_panel, judged, levelled_options, opened

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demonstration(settings):
    settings.ACCORD_DEMO = True


@pytest.fixture
def question():
    skills()
    return item(published_course([["l1"]]), "q1", options=levelled_options())


def address(panel, name="expert_panel", *more):
    return reverse(name, args=[panel.uuid, *more])


def in_days(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_only_those_who_see_the_bank(question, sign_in):
    panel, client = opened(question), sign_in(UserFactory())
    pages = (reverse("expert_panels"), reverse("expert_panel_new"), address(panel))
    assert [client.get(page).status_code for page in pages] == [403, 403, 403]
    for name in ("invite", "go_on", "close"):
        client.post(address(panel, f"expert_panel_{name}"), {"emails": "one@example.org", "closes_on": in_days(5)})
    panel.refresh_from_db()
    assert (panel.is_open, Expert.objects.count()) == (True, 0)


def test_an_author_opens_a_panel_from_the_list_of_questions(question, author, sign_in):  # noqa: F811
    client = sign_in(author)
    listed = client.get(reverse("wagtailsnippets_assessments_item:list")).content.decode()
    action = reverse("wagtail_bulk_action", args=["assessments", "item", "expert_panel"])
    assert action in listed
    form = client.get(f"{action}?id={question.pk}&next=/cms/")
    assert form.url == f"{reverse('expert_panel_new')}?item={question.pk}"
    assert "A situation. What about q1?" in text(client.get(form.url))
    made = client.post(form.url, {"title": "Expectations", "words": "Buyers", "closes_on": in_days(14)})
    panel = Panel.objects.get()
    assert made.url == address(panel)
    assert (panel.opened_by, [one.item_version.item for one in panel.items.all()]) == (author, [question])


def test_a_refused_panel_keeps_what_was_typed(question, author, sign_in):  # noqa: F811
    page = sign_in(author).post(
        f"{reverse('expert_panel_new')}?item={question.pk}", {"title": "Expectations", "closes_on": in_days(0)}
    )
    assert "The last day has to be after today." in text(page)
    assert 'value="Expectations"' in page.content.decode()
    assert Panel.objects.count() == 0


def test_experts_are_invited_and_wrong_addresses_named(question, author, sign_in):  # noqa: F811
    client, panel = sign_in(author), opened(question)
    where = address(panel, "expert_panel_invite")
    page = client.post(where, {"emails": "one@example.org\nnot an address"})
    assert "no complete e-mail addresses: not, an, address" in text(page)
    assert "one@example.org" in page.content.decode()
    assert Expert.objects.count() == 0
    client.post(where, {"emails": "one@example.org, two@example.org"})
    assert "0 of 2 experts have finished" in text(client.get(address(panel)))


def test_nothing_of_what_was_said_is_read_while_it_is_open(question, author, sign_in):  # noqa: F811
    panel = opened(question)
    for number, expert in enumerate(experts(panel, 8)):
        judged(expert, number)
    client = sign_in(author)
    page = text(client.get(address(panel)))
    assert "8 of 8 experts have finished" in page
    assert all(words not in page for words in ("alpha", "Mean", "This is a key", "Ten years of buying"))
    client.post(address(panel, "expert_panel_close"))
    page = text(client.get(address(panel)))
    assert "Closed. 8 experts have finished; 1 of 1 questions have a key." in page
    assert "Unnamed: Ten years of buying" in page
    assert "This is a key. The best answer is “Text b”." in page
    assert "4.75" in page


def test_no_page_tells_who_rated_what(question, author, sign_in):  # noqa: F811
    page = text(sign_in(author).get(address(finished_panel(question))))
    who = page[page.index("Who took part") : page.index("How it is decided")]
    assert "@" not in who


def test_a_reviewer_takes_the_key_and_an_author_does_not(question, author, reviewer, sign_in):  # noqa: F811
    panel = finished_panel(question)
    take = address(panel, "expert_panel_take", 1)
    writes, reviews = sign_in(author), sign_in(reviewer)
    assert "A reviewer can take the panel's key." in text(writes.get(address(panel))).replace("&#x27;", "'")
    writes.post(take)
    assert Item.objects.get().current_version.key_provenance == "author"
    done = reviews.post(take, follow=True)
    assert "is keyed by the panel" in text(done)
    assert Item.objects.get().current_version.key_provenance == "panel"
    assert "by a panel of 8 experts" in text(
        reviews.get(reverse("wagtailsnippets_assessments_item:inspect", args=[question.pk]))
    )
    assert "Its key was taken: version 2" in text(reviews.get(address(panel)))


def test_a_panel_without_a_key_says_why(question, author, sign_in):  # noqa: F811
    panel = opened(question)
    for number, expert in enumerate(experts(panel, 8)):
        judged(expert, number, best="c" if number < 3 else "b")
    close_panel(panel=panel)
    page = text(sign_in(author).get(address(panel)))
    assert "5 of 8 experts chose the best answer (62%); 75% are needed." in page


def test_nobody_reads_what_one_expert_rated(question, author, sign_in):  # noqa: F811
    """Of one who has finished, or of one more than before: the page says how many are missing, and shows no mean of theirs."""
    panel, client = finished_panel(question, count=1), sign_in(author)
    page = text(client.get(address(panel)))
    assert "What experts rated is shown once 8 of them have finished" in page
    assert "1 has so far: go on until a later day, and ask more." in page
    assert "Closed. 1 expert has finished; 0 of 1 questions have a key." in page
    assert all(words not in page for words in ("Mean", "5.00", "1.00"))


def test_a_panel_that_nobody_finished_says_how_many_it_takes(question, author, sign_in):  # noqa: F811
    page = text(sign_in(author).get(address(finished_panel(question, count=0))))
    assert "so that nobody can read what one of them rated. 0 have so far: go on until a later day, and ask more." in page


def test_one_more_expert_changes_no_mean(question, author, sign_in):  # noqa: F811
    panel, client = finished_panel(question), sign_in(author)
    client.post(address(panel, "expert_panel_go_on"), {"closes_on": in_days(7)})
    client.post(address(panel, "expert_panel_invite"), {"emails": "late@example.org"})
    judged(panel.experts.get(email="late@example.org"), agreed={"a": 5, "b": 1, "c": 1, "d": 5})
    client.post(address(panel, "expert_panel_close"))
    page = text(client.get(address(panel)))
    assert "The means are those of the 8 experts who had finished before. 1 more has finished since" in page
    assert "Closed. 9 experts have finished; 1 of 1 questions have a key." in page
    assert "4.75" in page


def test_a_level_that_few_gave_is_not_shown(question, author, sign_in):  # noqa: F811
    panel = opened(question)
    for number, expert in enumerate(experts(panel, 8)):
        judged(expert, number, levels={"a": 2, "b": 5, "c": 3, "d": 1} if number == 0 else None)
    close_panel(panel=panel)
    page = text(sign_in(author).get(address(panel)))
    assert ("4.75" in page, "(1 experts)" in page, "(1 expert" in page) == (True, False, False)


@pytest.mark.parametrize("item", ["99999999999999999999999", "²", "-1", "x"])
def test_a_question_that_is_not_there_is_left_out(item, author, sign_in):  # noqa: F811
    assert sign_in(author).get(f"{reverse('expert_panel_new')}?item={item}").status_code == 200


def test_it_goes_on_until_a_later_day(question, author, sign_in):  # noqa: F811
    panel, client = finished_panel(question, count=2), sign_in(author)
    page = client.post(address(panel, "expert_panel_go_on"), {"closes_on": in_days(0)})
    assert "The last day has to be after today." in text(page)
    client.post(address(panel, "expert_panel_go_on"), {"closes_on": in_days(7)})
    panel.refresh_from_db()
    assert (panel.is_open, panel.closes_on.isoformat()) == (True, in_days(7))
    assert "when authors could have read what it said until then" in text(client.get(address(panel)))
    asked = panel.experts.first()
    client.post(address(panel, "expert_panel_withdraw", asked.uuid))
    assert panel.experts.count() == 2


def test_an_expert_of_another_panel_is_not_there(question, author, sign_in):  # noqa: F811
    panel, other = opened(question), opened(question)
    [expert] = experts(other, 1)
    client = sign_in(author)
    assert client.post(address(panel, "expert_panel_withdraw", expert.uuid)).status_code == 404
    assert client.get(reverse("expert_panel", args=[expert.uuid])).status_code == 404
    assert Expert.objects.count() == 1


def test_the_page_of_a_form_tells_what_it_will_award(question, author, sign_in):  # noqa: F811
    form = upsert_instrument(course=question.course, key="form-a", title="Form A", item_keys=["q1"])
    page = text(sign_in(author).get(reverse("wagtailsnippets_assessments_instrument:inspect", args=[form.pk])))
    assert "no level is awarded to anybody, because some keys are their author&#x27;s alone." in page
