"""How the assessments of a course are taken, as the CMS and content files say it."""

import pytest
from django.urls import reverse

from assessments.models import Instrument
from cms.content_files import ContentError, load
from tests.cms.bank import write_bank

pytestmark = pytest.mark.django_db
FORMS = """
forms:
  - {id: bank-a, title: A, course: listen-first, items: [dx-001]}
  - {id: bank-b, title: B, course: listen-first, items: [dx-003]}
"""
DRAWN = """
drawn:
  - {id: drawn-a, title: A, course: listen-first, cells: [{skill: discover-expectations, boundary: 2|3, count: 1}]}
  - {id: drawn-b, title: B, course: listen-first, cells: [{skill: discover-expectations, relationship: customer, count: 1}]}
"""
SETTINGS = "settings:\n  - {course: listen-first, time_limit: %s, layout: single, closes_on: 2027-03-31, review: closed}\n"


def write(folder, forms):
    write_bank(folder, forms=forms)


def settings_of_forms():
    return set(
        Instrument.objects.filter(is_active=True, course__isnull=False).values_list("time_limit", "presentation", "review")
    )


def posted(**changes):
    return {"time_limit": "30", "presentation": "page", "shuffles_options": "on", "review": "submitted"} | changes


def edit(form):
    return reverse("wagtailsnippets_assessments_instrument:edit", args=[form.pk])


def test_a_file_says_how_forms_are_taken_until_the_cms_does(with_bank):
    write(with_bank, FORMS + SETTINGS % 30)
    load(with_bank)
    assert settings_of_forms() == {(30, "single", "closed")}
    Instrument.objects.update(time_limit=45)
    assert not load(with_bank).conflicts
    write(with_bank, FORMS + SETTINGS % 20)
    assert load(with_bank).conflicts == ["items/forms.yaml (listen-first)"]
    assert settings_of_forms() == {(45, "single", "closed")}
    load(with_bank, force=True)
    assert settings_of_forms() == {(20, "single", "closed")}


def test_forms_of_a_course_may_be_drawn_and_a_skill_check_names_none(with_bank):
    check = "  - {id: check, title: Check, cells: [{skill: discover-expectations, count: 2}]}\n"
    write(with_bank, DRAWN + check)
    assert "items/forms.yaml" in load(with_bank).created
    drawn = Instrument.objects.filter(is_active=True).order_by("key")
    assert [(form.key, form.course_id is None, form.blueprint_length) for form in drawn] == [
        ("check", True, 2),
        ("drawn-a", False, 1),
        ("drawn-b", False, 1),
    ]
    assert not load(with_bank).updated
    write(with_bank, DRAWN)
    load(with_bank)
    assert set(Instrument.objects.filter(is_active=True).values_list("key", flat=True)) == {"drawn-a", "drawn-b"}


def test_a_blueprint_that_cannot_be_filled_is_refused_with_its_cell(with_bank):
    write(with_bank, DRAWN.replace("count: 1", "count: 9"))
    # Of four questions two are enemies.
    with pytest.raises(ContentError, match=r"discover-expectations · 2\|3 lacks 6 questions"):
        load(with_bank)


def test_a_reviewer_changes_both_forms_and_an_author_reads_them(with_bank, reviewer, author, sign_in):
    write(with_bank, FORMS)
    load(with_bank)
    form = Instrument.objects.get(key="bank-a")
    client = sign_in(reviewer)
    assert client.get(edit(form)).status_code == 200
    saved = client.post(edit(form), posted(), follow=True).content.decode()
    assert f"Settings of the assessment of “{form.course}” saved, for both forms." in saved
    assert "Instrument" not in saved
    assert settings_of_forms() == {(30, "page", "submitted")}
    refused = client.post(edit(form), posted(review="closed")).content.decode()
    assert "need a last day" in refused
    assert settings_of_forms() == {(30, "page", "submitted")}
    assert sign_in(author).post(edit(form), posted(time_limit="99")).status_code in (302, 403)
    assert settings_of_forms() == {(30, "page", "submitted")}


def test_the_page_of_a_drawn_form_says_what_it_can_do(with_bank, author, sign_in):
    write(with_bank, DRAWN)
    load(with_bank)
    form = Instrument.objects.get(key="drawn-a")
    page = sign_in(author).get(reverse("wagtailsnippets_assessments_instrument:inspect", args=[form.pk])).content.decode()
    assert "The bank fills it, for 4 sittings" in page
    assert "no level is awarded to anybody" in page
