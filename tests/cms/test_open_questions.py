"""Open questions in the CMS: who writes them, what saving does, what the page of raters shows and to whom."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from assessments.models import Item
from cms.open_drafts.models import OpenQuestionDraft
from cms.questions.drafting import draft_of
from cms.site import AUTHORS, REVIEWERS, ensure_site
from rating.figures import FEWEST_DOUBLE
from rating.models import Rater, Rubric, Skip
from rating.queries import rubric_of, waiting_for
from rating.services import decide_works
from tests.cms.open_questions import edit, form_of
from tests.factories import UserFactory
from tests.rating.factories import file_question, give, open_question, rater, works

pytestmark = pytest.mark.django_db
ADD = "wagtailsnippets_rating_openquestion:add"
EDIT = "wagtailsnippets_rating_openquestion:edit"


def signed_in(client, group):
    ensure_site()
    user = UserFactory()
    if group:
        user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return user


def test_an_author_reads_and_does_not_appoint(client):
    item = open_question()
    place = rater(item)
    signed_in(client, AUTHORS)
    desk = reverse("open_question_rating", args=[item.pk])

    page = client.get(desk)

    assert page.status_code == 200
    assert place.user.display_name not in page.content.decode()
    for action in ("appoint", "train", "end"):
        refused = client.post(desk, {"action": action, "email": "x@example.org", "rater": place.uuid})
        assert (refused.status_code, refused["Location"]) == (302, "/cms/")
    assert (Rater.objects.get().ended_at, Rubric.objects.count()) == (None, 1)


def test_the_list_tells_of_changes_that_are_not_published(client):
    item = open_question()
    signed_in(client, AUTHORS)
    listed = reverse("wagtailsnippets_rating_openquestion:list")
    assert "changes not published" not in client.get(listed).content.decode()
    draft = draft_of(item, OpenQuestionDraft)
    client.post(edit(draft), form_of(draft, prompt="Mine?"))
    assert client.get(listed).content.decode().count("changes not published") == 1


def test_who_reads_a_question_sees_how_it_is_answered(client):
    item = file_question(kinds=("pdf", "txt"))
    signed_in(client, AUTHORS)
    page = client.get(reverse("wagtailsnippets_rating_openquestion:inspect", args=[item.pk])).content.decode()
    assert "Answer with a file: PDF, TXT; at most 1.0" in page.replace("\xa0", " ")


def test_learners_and_visitors_reach_none_of_it(client):
    item = open_question()
    desk = reverse("open_question_rating", args=[item.pk])
    assert client.get(desk).status_code == 302
    signed_in(client, None)
    assert client.get(desk).status_code in (302, 403)
    assert client.post(desk, {"action": "train"}).status_code in (302, 403)
    assert Rubric.objects.count() == 1


def test_a_reviewer_appoints_ends_and_has_all_train_again(client):
    item, user = open_question(), UserFactory(first_name="Ola", email="ola@example.org")
    lead = signed_in(client, REVIEWERS)
    desk = reverse("open_question_rating", args=[item.pk])

    refused = client.post(desk, {"action": "appoint", "email": "nobody@example.org"})
    client.post(desk, {"action": "appoint", "email": "ola@example.org"})
    place = Rater.objects.get()
    page = client.get(desk).content.decode()
    client.post(desk, {"action": "train"})
    client.post(desk, {"action": "end", "rater": place.uuid})

    assert refused.status_code == 422
    assert 'value="nobody@example.org"' in refused.content.decode()
    assert (place.user, place.appointed_by) == (user, lead)
    assert "1 · Ola" in page
    place.refresh_from_db()
    assert (place.ended_at is None, rubric_of(item).number) == (False, 2)


def test_a_rater_of_another_question_is_not_ended_here(client):
    item = open_question()
    elsewhere = rater(open_question(item.course, "open-2"))
    signed_in(client, REVIEWERS)

    response = client.post(reverse("open_question_rating", args=[item.pk]), {"action": "end", "rater": elsewhere.uuid})

    elsewhere.refresh_from_db()
    assert (response.status_code, elsewhere.ended_at) == (404, None)


def test_the_page_says_how_raters_agree_and_that_a_rubric_is_paused(client):
    item = open_question()
    one, other = rater(item), rater(item)
    for place, work in enumerate(works(item, FEWEST_DOUBLE)):
        give(work, one, place % 5 + 1)
        give(work, other, place * 3 % 5 + 1)
    decide_works()
    signed_in(client, AUTHORS)

    page = client.get(reverse("open_question_rating", args=[item.pk])).content.decode()

    assert "Weighted kappa" in page
    assert "Paused: the weighted kappa of its raters is 0.50 over 30 answers" in page
    assert "No answer has been rated by two yet" not in page


def test_the_page_says_what_waits_for_nobody(client):
    item = open_question()
    one, other = rater(item), rater(item)
    free, begun, left = works(item, 3)
    give(begun, one, 3)
    Skip.objects.create(work=begun, rater=other, reason="conflict")
    for place in (one, other):
        Skip.objects.create(work=left, rater=place, reason="language")
    signed_in(client, AUTHORS)

    page = client.get(reverse("open_question_rating", args=[item.pk])).content.decode()

    assert "2 answers wait for somebody who may rate them" in page
    assert "I cannot judge this language (2)" in page
    assert set(waiting_for(other, rubric_of(item), timezone.now())) == {free}


def test_open_questions_are_not_in_the_list_of_keyed_ones(client):
    item = open_question()
    signed_in(client, REVIEWERS)

    assert client.get(reverse("wagtailsnippets_assessments_item:edit", args=[item.pk])).status_code == 404
    assert Item.objects.filter(pk=item.pk).exists()
