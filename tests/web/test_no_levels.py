"""Nobody is promised a level: none is awarded until the key of the assessments has been confirmed."""

import re

import pytest
from django.urls import reverse

from tests.factories import UserFactory
from tests.skills.factories import measured
from tests.web.learner import address, enrolled, rich_course

pytestmark = pytest.mark.django_db

# All that is said of them: that there are none, and what the words about one rest on.
SAID = {
    "No levels are awarded.",
    "So far, only the author of each question has said which level an answer belongs to; no panel of experts has confirmed it.",
    "How sharply the questions tell levels apart is not known; the band allows for blunt and for sharp ones.",
    "No level is awarded, because so far only the author of the course has decided which answers are best.",
    "Practice, agreements and what others say of you stand beside the level and weigh nothing in it.",
    "It is kept beside the level and does not change it.",
    "none: it tells no level",
}


def sentences(response) -> list[str]:
    page = re.sub(r"(?s)<head>.*?</head>", "", response.content.decode())
    texts = [re.sub(r"\s+", " ", text).strip() for text in re.split(r"<[^>]+>", page)]
    return [
        sentence for text in texts for sentence in re.split(r"(?<=[.!?]) ", text) if re.search(r"\blevels?\b", sentence, re.I)
    ]


def test_no_page_of_a_learner_or_visitor_promises_a_level(user, client, sign_in):
    """The names of the levels in these data say so themselves, and stand with what one sees people do."""
    enrolment = enrolled(user, rich_course(has_assessment=True))
    measured(user)
    learner = sign_in(user)
    public = [
        reverse(name) for name in ("home", "courses:catalogue", "for_organisations", "privacy", "terms", "account_signup")
    ]
    own = [reverse(name) for name in ("learn", "skills", "profile", "practice:list")]
    pages = [client.get(page) for page in [*public, "/courses/rich/", address("l1")]]
    pages += [learner.get(page) for page in [*own, "/courses/rich/", address("l2")]]
    pages.append(learner.get(reverse("skill", args=["discover-expectations"])))
    pages.append(learner.get(reverse("assessments:start", args=[enrolment.uuid, "before"])))
    said = {sentence for page in pages for sentence in sentences(page)}
    assert {sentence for sentence in said if not re.fullmatch(r"Level name \d", sentence)} == SAID


def test_the_course_says_what_it_works_towards_without_a_number(client):
    enrolled(UserFactory(), rich_course())
    assert sentences(client.get("/courses/rich/")) == []
