"""Retiring a question in the CMS, and taking it back."""

import pytest
from django.urls import reverse

from assessments.models import Instrument, Item
from tests.assessments.factories import course_with_forms
from tests.assessments.test_views import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return course_with_forms()


def get(key):
    return Item.objects.get(key=key)


def edit(key):
    return reverse("wagtailsnippets_assessments_item:edit", args=[get(key).pk])


def posted(page, **changes):
    """What the form of the CMS would send, as it stands."""
    form = page.context["form"]
    version = form.instance.current_version
    sent = {"situation": version.situation, "prompt": version.prompt, "concept": version.concept, "relationship": "customer"}
    sent |= {"industry": form.instance.industry, "options-count": len(version.options)}
    for place, option in enumerate(version.options):
        name = f"options-{place}"
        sent |= {f"{name}-deleted": "", f"{name}-order": place, f"{name}-type": "item", f"{name}-id": option["id"]}
        sent |= {f"{name}-value-text": option["text"], f"{name}-value-feedback": option["feedback"]}
        sent |= {f"{name}-value-correct": "on"} if option["id"] in version.correct else {}
    return sent | changes


def test_an_author_of_questions_retires_one_and_takes_it_back_in_the_cms(course, reviewer, sign_in):
    client = sign_in(reviewer)
    page = client.get(edit("a1"))
    assert "Learners who have started go on with it" in text(page)
    told = text(client.post(edit("a1"), posted(page, is_retired="on"), follow=True))
    assert f"Question “a1” saved. It is retired. “Form A” of “{course}” now asks 3 questions." in told
    assert (get("a1").is_retired, get("a1").versions.count()) == (True, 1)
    inspected = text(client.get(reverse("wagtailsnippets_assessments_item:inspect", args=[get("a1").pk])))
    assert "Nobody who begins from now on is asked it." in inspected
    of_form = reverse("wagtailsnippets_assessments_instrument:inspect", args=[Instrument.objects.get(key="form-a").pk])
    assert "Questions a2, a3, a4 Retired, asked of nobody who begins from now on a1" in text(client.get(of_form))
    back = text(client.post(edit("a1"), posted(client.get(edit("a1"))), follow=True))
    assert f"Question “a1” saved. It is asked again. “Form A” of “{course}” now asks 4 questions." in back
    assert not get("a1").is_retired


def test_a_draft_says_in_the_cms_why_it_cannot_be_retired(course, reviewer, sign_in):
    Item.objects.filter(key="a1").update(state="draft")
    client = sign_in(reviewer)
    page = client.post(edit("a1"), posted(client.get(edit("a1")), is_retired="on"))
    assert "A draft is asked nowhere, so it cannot be retired." in text(page)
    assert get("a1").state == "draft"
