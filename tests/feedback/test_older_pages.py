"""A page of feedback that is older than what is saved: only what was changed on it is kept, and the newer answer stays."""

import re

import pytest
from django.urls import reverse

from feedback.answers import Answers, fields_of, merge, unseal
from feedback.services import close_round
from tests.factories import UserFactory
from tests.feedback.factories import all_say, page_of, raters, running

pytestmark = pytest.mark.django_db
HIDDEN = re.compile(r'name="(shown-\w+|again)" value="(\w*)"')


class Tab:
    """A page with what it showed, and what it sends."""

    def __init__(self, client, address, post=None) -> None:
        self.client, self.address, self.post = client, address, post or address
        page = client.get(address)
        self.fields = dict(HIDDEN.findall(page.content.decode()))
        self.fields |= {name: str(value) for name, value in page.context["form"].initial.items() if value}

    def send(self, *, script=False, **changed):
        self.fields |= {name: str(value) for name, value in changed.items()}
        response = self.client.post(self.post, self.fields, headers={"HX-Request": "true"} if script else {})
        self.fields |= dict(HIDDEN.findall(response.content.decode())) if script else {}
        return response


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def rater(db):
    return raters(running(customers=3))[0]


def names(rater) -> list[str]:
    return [f"b{one.pk}" for row in rater.feedback_round.skills.all() for one in row.behaviours.all()]


def kept(rater) -> dict[str, str]:
    rater.refresh_from_db()
    return fields_of(unseal(rater.answers))


def test_a_click_in_an_older_tab_keeps_what_a_newer_one_has_saved(client, rater):
    first, second, third = names(rater)
    new, old = (Tab(client, page_of(rater)) for _tab in range(2))
    new.send(script=True, **{first: 4, second: 3, "keep": "Go on asking."})
    assert "Draft saved" in text_of(old.send(script=True, **{third: 2}))
    assert kept(rater) == {first: "4", second: "3", third: "2", "keep": "Go on asking."}
    old.send(script=True, **{third: 5})
    assert kept(rater)[third] == "5"


def test_of_one_answer_changed_in_two_tabs_the_newer_stays_and_the_other_is_named(client, rater):
    first, _second, _third = names(rater)
    new, old = (Tab(client, page_of(rater)) for _tab in range(2))
    new.send(script=True, **{first: 4, "keep": "The newer words."})
    line = old.send(script=True, keep="Words of the older tab.")
    assert "Saved, except what was changed in another tab" in text_of(line)
    shown = old.send(action="draft")
    assert kept(rater) == {first: "4", "keep": "The newer words."}
    assert "Words of the older tab." in text_of(shown)
    assert "The newer words." in shown.context["form"]["keep"].value()


def test_nothing_is_sent_that_its_page_did_not_show(client, rater):
    new, old = (Tab(client, page_of(rater)) for _tab in range(2))
    new.send(script=True, keep="From the phone")
    shown = old.send(action="send", **dict.fromkeys(names(rater), 3))
    rater.refresh_from_db()
    assert rater.is_submitted is False
    assert "Answers were changed in another tab" in text_of(shown)
    assert kept(rater) == dict.fromkeys(names(rater), "3") | {"keep": "From the phone"}


def test_an_older_tab_does_not_replace_what_was_sent(client, rater):
    sent, old = (Tab(client, page_of(rater)) for _tab in range(2))
    for _click in range(2):
        assert sent.send(action="send", **dict.fromkeys(names(rater), 4)).status_code == 302
    asked = old.send(action="send", **dict.fromkeys(names(rater), 1))
    assert "You have sent answers in another tab." in text_of(asked)
    assert set(kept(rater).values()) == {"4"}
    old.send(action="send", again=1)
    assert set(kept(rater).values()) == {"1"}


def test_the_own_view_of_an_older_tab_is_put_into_the_newer_one(client):
    learner = UserFactory()
    feedback_round = running(learner, peers=3)
    client.force_login(learner)
    first, second, third = names(raters(feedback_round)[0])
    address = reverse("feedback:own", args=[feedback_round.uuid])
    new, old = (Tab(client, address) for _tab in range(2))
    assert new.send(**{first: 4, second: 4, third: 4}).status_code == 302
    shown = old.send(**{first: 1})
    feedback_round.refresh_from_db()
    assert set(fields_of(unseal(feedback_round.own_answers)).values()) == {"4"}
    assert "What you answered here, which was not saved" in text_of(shown)


@pytest.mark.parametrize(("n", "own"), [(1, None), (3, 2.0)])
def test_an_own_view_that_is_not_whole_is_compared_with_nothing(client, n, own):
    learner = UserFactory()
    feedback_round = running(learner, peers=3)
    client.force_login(learner)
    Tab(client, reverse("feedback:own", args=[feedback_round.uuid])).send(
        **dict.fromkeys(names(raters(feedback_round)[0])[:n], 2)
    )
    all_say(feedback_round, 5)
    closed = close_round(feedback_round=feedback_round)
    assert closed.skills.get().own_mean == own
    told = text_of(client.get(closed.get_absolute_url()))
    assert ("You have not answered every sentence for yourself" in told) is (own is None)
    assert ("You do more of this than you think." in told) is (own is not None)


def test_after_the_close_a_link_promises_only_what_is_true(client, rater):
    address = page_of(rater)
    Tab(client, address).send(action="send", **dict.fromkeys(names(rater), 4))
    close_round(feedback_round=rater.feedback_round)
    assert "was counted if enough people had answered, and has been deleted" in text_of(client.get(address))


def test_an_answer_that_was_taken_away_is_taken_away():
    saved = Answers({1: 3}, {"keep": "Words"}, may_be_named=True)
    marks = dict.fromkeys(("b1", "keep", "may_be_named"), "")
    assert merge(Answers(), saved, marks).answers == saved
    assert merge(saved, Answers(), marks).answers == saved
