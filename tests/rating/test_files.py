"""Raters get the files of their question, and never whose they are."""

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.storage import private_storage
from rating.models import Rubric, Skip
from rating.privacy import PARTS
from tests.factories import UserFactory
from tests.rating.factories import answer_by_file, file_question, give, rater

pytestmark = pytest.mark.django_db


@pytest.fixture
def item():
    return file_question()


@pytest.fixture
def place(item, client):
    made = rater(item)
    client.force_login(made.user)
    return made


def address(work, item=None):
    return reverse("rating:answer_file", args=[(item or work.item).uuid, work.uuid])


def test_the_desk_has_the_file_and_nothing_of_whose_it_is(client, place):
    author = UserFactory(first_name="Zenobia", last_name="Quartz")
    work = answer_by_file(place.item, user=author)

    page = client.get(reverse("rating:queue", args=[place.item.uuid])).content.decode()
    answer = client.get(address(work))

    assert f'href="{address(work)}" download="answer.pdf" data-key="d"' in page
    assert "d downloads the answer" in page
    for word in ("Zenobia", "Quartz", str(work.response.attempt.uuid), work.response.chosen[0]):
        assert word not in page
    assert answer["Content-Disposition"] == 'attachment; filename="answer.pdf"'
    assert b"Zenobia" not in answer.content
    assert "no-store" in answer["Cache-Control"]


def test_a_recording_is_played_on_the_page(client):
    item = file_question(by="audio")
    place = rater(item)
    client.force_login(place.user)
    work = answer_by_file(item, "webm", name="recording.webm")

    page = client.get(reverse("rating:queue", args=[item.uuid])).content.decode()
    answer = client.get(address(work), headers={"Range": "bytes=0-3"})

    assert f'<audio class="answer-audio" controls preload="metadata" src="{address(work)}"' in page
    assert 'data-key="p"' in page
    assert "Rate what is said within the first 3 minutes" in page
    assert (answer.status_code, answer["Content-Type"]) == (206, "audio/webm")
    assert answer.content == b"\x1aE\xdf\xa3"


def test_a_picture_is_shown_on_the_page(client, place):
    work = answer_by_file(place.item, "jpg", name="me.jpg")

    page = client.get(reverse("rating:queue", args=[place.item.uuid])).content.decode()

    assert f'<img class="answer-picture" src="{address(work)}" alt="The answer, as a picture">' in page
    assert client.get(address(work))["Content-Disposition"].startswith("inline")


def test_training_shows_the_words_of_the_anchors(client, item):
    place = rater(item, is_trained=False)
    client.force_login(place.user)

    page = client.get(reverse("rating:training", args=[item.uuid]))

    assert page.context["anchor"]["text"] in page.content.decode()


def test_whoever_has_rated_it_may_look_again(client, place):
    work = answer_by_file(place.item)
    give(work, place, 3)
    give(work, rater(place.item), 3)

    assert client.get(address(work)).status_code == 200


def _not_a_rater(work, place):
    place.ended_at = timezone.now()
    place.save()


def _not_trained(work, place):
    place.rounds.all().delete()


def _paused(work, place):
    Rubric.objects.update(paused_at=timezone.now())


def _left_to_others(work, place):
    Skip.objects.create(work=work, rater=place, reason="conflict")


def _rated_by_two_others(work, place):
    give(work, rater(place.item), 3)
    give(work, rater(place.item), 3)


def _own(work, place):
    type(work.response.attempt).objects.update(user=place.user)


def _gone(work, place):
    private_storage().delete(work.response.file.file.name)


@pytest.mark.parametrize("change", [_not_a_rater, _not_trained, _paused, _left_to_others, _rated_by_two_others, _own, _gone])
def test_for_whom_it_does_not_wait_there_is_no_such_file(client, place, change):
    work = answer_by_file(place.item)
    assert client.get(address(work)).status_code == 200

    change(work, place)

    assert client.get(address(work)).status_code == 404


def test_a_rater_of_another_question_gets_nothing(client, place):
    other = file_question(place.item.course, "open-2")
    work = answer_by_file(other)

    assert [client.get(address(work)).status_code, client.get(address(work, place.item)).status_code] == [404, 404]
    client.logout()
    assert client.get(address(work)).status_code == 302


def test_its_learner_finds_it_beside_what_raters_say(client, item):
    work = answer_by_file(item)
    client.force_login(work.response.attempt.user)

    page = client.get(reverse("rating:results", args=[work.response.attempt.uuid])).content.decode()

    assert reverse("assessments:own_file", args=[work.response.file.uuid]) in page
    assert "Zenobia&#x27;s answer.pdf" in page
    assert "Your text" not in page
    assert work.response.chosen[0] not in page


def test_a_copy_of_one_s_data_has_no_id_in_place_of_a_text(item):
    work = answer_by_file(item)

    part = next(part for part in PARTS if part.name == "rated texts")

    assert [row["text"] for row in part.export(work.response.attempt.user)] == [""]
