"""What authors find in lists, searches and reports, and what they may do there."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone
from wagtail.images.forms import get_image_form
from wagtail.models import GroupCollectionPermission, Page
from wagtail.search.index import insert_or_update_object

from assessments.models import Item
from cms.models import AccordImage
from cms.part_titles import name_courses
from cms.site import AUTHORS, REVIEWERS
from tests.web.files import uploaded_image

pytestmark = pytest.mark.django_db
migration = import_module("cms.migrations.0007_reviewers_describe_images")
LIST = "wagtailsnippets_assessments_item:list"


def test_the_tree_finds_the_words_of_a_lesson_by_their_beginning(loaded, lesson_page, author, sign_in):
    page = lesson_page("wait")
    insert_or_update_object(page)
    address = reverse("wagtailadmin_explore", args=[page.get_parent().pk])
    client = sign_in(author)
    assert page.title in client.get(address, {"q": "headi"}).content.decode()
    assert page.title not in client.get(address, {"q": "nowhere"}).content.decode()


def test_reviewers_correct_the_description_of_an_image_of_somebody_else(author, reviewer, sign_in):
    image = uploaded_image(uploaded_by_user=author)
    address = reverse("wagtailimages:edit", args=[image.pk])
    form = {"title": "Diagram", "alt_text": "Three circles that meet", "credit": "", "tags": "", "collection": "1"}
    assert sign_in(reviewer).post(address, form).status_code == 302
    image.refresh_from_db()
    assert image.alt_text == "Three circles that meet"


def test_an_image_is_described_in_one_field_and_keeps_what_was_written_in_the_other(reviewer, sign_in):
    image = AccordImage(title="Diagram", description="Three circles")
    form = get_image_form(AccordImage)(instance=image, user=reviewer)
    described = {name: field.label for name, field in form.fields.items() if "escription" in f"{name}{field.label}"}
    assert described == {"alt_text": "Image description (alternative text)"}
    assert form["alt_text"].value() == "Three circles"
    shown = sign_in(reviewer).get(reverse("wagtailimages:add")).text
    assert ("Image description (alternative text)" in shown, 'id="id_description"' in shown) == (True, False)


def test_another_author_does_not(author, reviewer, sign_in):
    image = uploaded_image(uploaded_by_user=reviewer)
    assert sign_in(author).get(reverse("wagtailimages:edit", args=[image.pk])).status_code == 302


def test_reviewers_of_an_installation_that_exists_get_that_right_too(reviewer):
    rights = GroupCollectionPermission.objects.filter(permission__codename="change_image", group__name__in=[AUTHORS, REVIEWERS])
    expected = list(rights.values_list("group__name", "collection"))
    assert [name for name, _collection in expected] == [REVIEWERS]
    rights.delete()
    for _time in range(2):
        migration.let_reviewers_change_images(apps, None)
        assert list(rights.values_list("group__name", "collection")) == expected
    # Where an operator took images from them, they stay without.
    GroupCollectionPermission.objects.filter(group__name=REVIEWERS).delete()
    migration.let_reviewers_change_images(apps, None)
    assert not rights.exists()


def test_images_are_called_images():
    assert (str(AccordImage._meta.verbose_name), str(AccordImage._meta.verbose_name_plural)) == ("image", "images")


def test_the_list_of_questions_shows_what_they_ask(loaded, author, sign_in):
    shown = sign_in(author).get(reverse(LIST)).content.decode()
    version = Item.objects.get(key="a1").current_version
    assert " ".join(f"{version.situation} {version.prompt}".split())[:60] in shown
    assert ">Items<" not in shown


def test_an_author_reads_a_question_whole(loaded, author, sign_in):
    item = Item.objects.get(key="a1")
    shown = sign_in(author).get(reverse("wagtailsnippets_assessments_item:inspect", args=[item.pk])).content.decode()
    version = item.current_version
    for words in (version.situation.strip(), version.prompt.strip(), *(option["text"] for option in version.options)):
        assert words in shown


@pytest.mark.parametrize("kind", ["course", "module", "lesson"])
def test_nothing_of_a_course_is_copied_as_an_alias(loaded, course_page, module_page, lesson_page, reviewer, sign_in, kind):
    page = {"course": course_page, "module": module_page("hear"), "lesson": lesson_page("ask")}[kind]
    address = reverse("wagtailadmin_pages:copy", args=[page.pk])
    client = sign_in(reviewer)
    assert 'name="alias"' not in client.get(address).content.decode()
    form = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": str(page.get_parent().pk), "alias": "on"}
    assert client.post(address, form).status_code == 302
    assert Page.objects.get(slug="copy").alias_of is None


def test_authors_find_an_edit_link_where_they_read_and_nobody_else_does(loaded, author, sign_in, user):
    address = loaded.get_absolute_url()
    client = sign_in(author)
    assert "Edit this course" not in client.get(address).content.decode()  # has not been in the CMS yet
    client.get("/cms/")
    lesson = loaded.current_version.content["modules"][0]["lessons"][0]
    lesson_address = f"{address}{loaded.current_version.content['modules'][0]['slug']}/{lesson['slug']}/"
    assert "Edit this course" in client.get(address).content.decode()
    assert "Edit this lesson" in client.get(lesson_address).content.decode()
    author.groups.clear()
    assert "Edit this course" not in client.get(address).content.decode()
    assert "Edit this course" not in sign_in(user).get(address).content.decode()


@pytest.mark.parametrize("kind", ["course", "module", "lesson"])
def test_the_editor_offers_no_field_that_has_no_effect(loaded, course_page, module_page, lesson_page, author, sign_in, kind):
    page = {"course": course_page, "module": module_page("hear"), "lesson": lesson_page("ask")}[kind]
    shown = sign_in(author).get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text
    names = {name for name in ("slug", "seo_title", "search_description", "show_in_menus") if f'name="{name}"' in shown}
    assert names == {"slug"}


def test_lists_on_the_first_page_name_the_course_of_lessons_and_modules(
    loaded, module_page, lesson_page, author, reviewer, sign_in
):
    parts = [module_page("hear"), lesson_page("ask"), lesson_page("wait")]
    for page in parts:
        page.save_revision(user=author, log_action=True)
        page.get_workflow().start(page, author)
        page.locked, page.locked_by, page.locked_at = True, reviewer, timezone.now()
        page.save()
    for user, lists in ((author, 2), (reviewer, 2)):  # edited and own under review; awaiting their review and locked by them
        shown = sign_in(user).get(reverse("wagtailadmin_home")).text
        assert {page.title: shown.count(f">{page.title} (Listen first)<") for page in parts} == dict.fromkeys(
            [page.title for page in parts], lists
        )


def test_courses_of_parts_cost_one_query(loaded, module_page, lesson_page, django_assert_num_queries):
    parts = [module_page("hear"), lesson_page("ask"), lesson_page("wait")]
    for shown in (parts[:1], parts):
        ContentType.objects.get_for_models(*map(type, parts))
        with django_assert_num_queries(1):
            name_courses(shown)
        assert {page.course_title for page in shown} == {"Listen first"}
    with django_assert_num_queries(0):
        name_courses([])
