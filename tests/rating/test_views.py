"""The pages of raters and of those whose texts they rate."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Instrument
from assessments.services import start_attempt, submit_attempt
from rating.models import Rating, Rubric, Skip, TrainingRound, Work
from rating.queries import rubric_of
from rating.services import decide_works
from tests.assessments.factories import learner
from tests.factories import UserFactory
from tests.rating.factories import give, open_question, rater, works, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def item():
    return open_question()


@pytest.fixture
def place(item, client):
    made = rater(item)
    client.force_login(made.user)
    return made


def queue(item, query=""):
    return reverse("rating:queue", args=[item.uuid]) + query


# Who gets in --------------------------------------------------------------------------------------------------------------


def test_for_others_there_are_no_such_pages(client, item):
    work = write(item)
    addresses = [reverse("rating:questions"), queue(item), reverse("rating:training", args=[item.uuid])]
    assert all(client.get(address).status_code == 302 for address in addresses)
    client.force_login(UserFactory())

    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    assert client.post(queue(item), {"answer": work.uuid, "action": "score-3"}).status_code == 404
    assert Rating.objects.count() == 0


def test_a_rater_of_one_question_is_none_of_another(client, place):
    other = open_question(place.item.course, "open-2")
    work = write(other)

    assert client.get(queue(other)).status_code == 404
    assert client.post(queue(place.item), {"answer": work.uuid, "action": "score-3"}).status_code == 404
    assert Rating.objects.count() == 0


def test_whoever_rates_no_more_is_out(client, place):
    place.ended_at = timezone.now()
    place.save()

    assert client.get(queue(place.item)).status_code == 404


# Rating -------------------------------------------------------------------------------------------------------------------


def test_a_rater_sees_the_text_and_nothing_of_who_wrote_it_or_what_another_said(client, place):
    author = UserFactory(first_name="Zenobia", last_name="Quartz", email="zenobia@example.org")
    work = write(place.item, "We will ask them since when.", user=author)
    give(work, rater(place.item), 2)

    page = client.get(queue(place.item)).content.decode()

    assert "We will ask them since when." in page
    assert "What do you write to the home?" in page
    for word in ("Zenobia", "Quartz", "zenobia@", str(work.response.attempt.uuid), "level 2)"):
        assert word not in page
    assert page.count('name="action" value="score-') == 5


def test_rating_goes_on_to_the_next_and_can_be_taken_back(client, place):
    first, second = works(place.item, 2)
    shown = client.get(queue(place.item)).context["work"]

    client.post(queue(place.item), {"answer": shown.uuid, "action": "score-4"})
    page = client.get(queue(place.item))
    assert (page.context["work"], page.context["last"].score) == (({first, second} - {shown}).pop(), 4)
    assert "Rated: level 4. You can take it back for ten minutes." in page.content.decode()
    back = client.post(queue(place.item), {"action": "take-back"})

    assert Rating.objects.count() == 0
    assert client.get(back["Location"]).context["work"] == shown


def test_a_text_over_the_limit_is_shown_as_far_as_it_counts(client, place):
    write(place.item, "One two three four five six seven eight nine ten ELEVEN twelve")

    page = client.get(queue(place.item)).content.decode()

    assert "nine ten</p>" in page
    assert "ELEVEN" not in page
    assert "The text goes on after 10 words." in page


def test_next_puts_one_off_and_skipping_leaves_it_to_others(client, place):
    works(place.item, 2)
    first = client.get(queue(place.item)).context["work"]
    second = client.get(queue(place.item, f"?after={first.uuid}")).context["work"]
    assert first != second

    client.post(queue(place.item), {"answer": first.uuid, "action": "skip", "reason": "conflict"})

    assert [(skip.work, skip.rater, skip.reason) for skip in Skip.objects.all()] == [(first, place, "conflict")]
    assert client.get(queue(place.item)).context["work"] == second


@pytest.mark.parametrize("sent", [{"action": "score-9"}, {"action": "score-"}, {"action": "nonsense"}, {"action": "score-²"}])
def test_what_is_no_level_is_refused_in_words(client, place, sent):
    work = write(place.item)

    answer = client.post(queue(place.item), {"answer": work.uuid} | sent, follow=True)

    assert "Choose a level from 1 to 5." in answer.content.decode()
    assert (Rating.objects.count(), answer.context["work"]) == (0, work)


@pytest.mark.parametrize("sent", [{"answer": "x", "action": "score-3"}, {"action": "skip"}])
def test_no_work_no_rating(client, place, sent):
    assert client.post(queue(place.item), sent).status_code == 404


def test_a_paused_rubric_says_so_and_takes_nothing(client, place):
    work = write(place.item)
    Rubric.objects.update(paused_at=timezone.now())

    page = client.get(queue(place.item)).content.decode()
    client.post(queue(place.item), {"answer": work.uuid, "action": "score-3"})

    assert "Nothing is rated at the moment" in page
    assert work.response.chosen[0] not in page
    assert "Paused" in client.get(reverse("rating:questions")).content.decode()
    assert Rating.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_takes_as_many_queries_for_one_as_for_three(client, place, count, django_assert_num_queries):
    works(place.item, count)
    client.get(queue(place.item))

    with django_assert_num_queries(11):
        client.get(queue(place.item))


# Training -----------------------------------------------------------------------------------------------------------------


def test_training_asks_every_anchor_once_and_tells_afterwards_what_was_agreed(client, item):
    place = rater(item, is_trained=False)
    client.force_login(place.user)
    training = reverse("rating:training", args=[item.uuid])
    assert client.get(queue(item))["Location"] == training
    agreed = {anchor["id"]: anchor["score"] for anchor in rubric_of(item).anchors}
    seen = []
    for _n in range(6):
        page = client.get(training)
        anchor = page.context["anchor"]
        assert "Because" not in page.content.decode()
        seen.append(anchor["id"])
        client.post(training, {"anchor": anchor["id"], "action": f"score-{agreed[anchor['id']]}"})

    page = client.get(training)

    assert sorted(seen) == sorted(agreed)
    assert "You may rate" in page.content.decode()
    assert "You gave 6 of 6 anchors the level that was agreed; 4 are needed." in page.content.decode()
    assert "Because 3" in page.content.decode()
    assert client.get(queue(item)).status_code == 200


def test_whoever_did_not_pass_reads_when_they_can_train_again(client, item):
    place = rater(item, is_trained=False)
    client.force_login(place.user)
    training = reverse("rating:training", args=[item.uuid])
    for anchor in rubric_of(item).anchors:
        client.post(training, {"anchor": anchor["id"], "action": "score-1"})

    page = client.get(training).content.decode()
    assert "Not close enough yet" in page
    assert "You can train again from" in page
    assert client.get(f"{training}?again=1").context["has_passed"] is False
    TrainingRound.objects.update(finished_at=timezone.now() - timedelta(days=2))

    assert client.get(f"{training}?again=1").context["number"] == 1


# What learners read -------------------------------------------------------------------------------------------------------


def page_of(client, work):
    attempt = work.response.attempt
    client.force_login(attempt.user)
    return client.get(reverse("rating:results", args=[attempt.uuid]))


def test_a_learner_reads_that_it_waits_then_the_level_then_examples_once_keys_are_shown(client, item):
    work = write(item)
    assert "Not rated yet" in page_of(client, work).content.decode()
    for score in (3, 4):
        give(work, rater(item), score)
    decide_works()

    page = page_of(client, work).content.decode()

    assert "Between level 3 and 4 of 5 of its rubric" in page
    assert "How one knows level 3." in page
    assert "How one knows level 4." in page
    assert "How one knows level 2." not in page
    assert "Anchor 3" not in page
    assert "Other answers of this level are shown when the keys of the assessment are." in page
    Instrument.objects.update(review="submitted")
    shown = page_of(client, work).content.decode()
    assert "Anchor 3" in shown
    assert "Because 5" in shown
    assert "Anchor 1" not in shown


def test_a_result_of_a_paused_rubric_is_withheld_everywhere(client, item):
    work = write(item)
    for _n in range(2):
        give(work, rater(item), 5)
    decide_works()
    Rubric.objects.update(paused_at=timezone.now())

    page = page_of(client, work).content.decode()
    skill = client.get(reverse("skill", args=[item.skill.slug])).content.decode()

    assert "Withheld" in page
    assert "How one knows level 5." not in page
    assert "withheld: its raters agree too little" in skill
    assert "level 5 of 5" not in skill


def test_it_stands_beside_the_level_of_its_skill_and_weighs_nothing(client, item):
    work = write(item)
    for _n in range(2):
        give(work, rater(item), 4)
    decide_works()
    client.force_login(work.response.attempt.user)

    page = client.get(reverse("skill", args=[item.skill.slug])).content.decode()

    assert "level 4 of 5 of its rubric" in page
    assert "none: beside the level" in page
    assert reverse("rating:results", args=[work.response.attempt.uuid]) in page


def test_nobody_else_reads_it(client, item):
    work = write(item)
    address = reverse("rating:results", args=[work.response.attempt.uuid])
    client.force_login(rater(item).user)

    assert client.get(address).status_code == 404


def test_a_sitting_without_a_text_has_no_such_page(client, item):
    item.occasion = ""
    item.save()
    attempt = start_attempt(enrolment=learner(item.course), occasion="before")
    submit_attempt(attempt=attempt)
    client.force_login(attempt.user)

    assert client.get(reverse("rating:results", args=[attempt.uuid])).status_code == 404
    result = client.get(reverse("assessments:result", args=[attempt.enrolment.uuid])).content.decode()
    assert "What you wrote" not in result


def test_the_result_of_the_sitting_leads_to_it(client, item):
    work = write(item)
    attempt = work.response.attempt
    client.force_login(attempt.user)

    result = client.get(reverse("assessments:result", args=[attempt.enrolment.uuid])).content.decode()

    assert reverse("rating:results", args=[attempt.uuid]) in result
    assert "counts in no number on this page" in result
    assert Work.objects.count() == 1
