"""A preview writes nothing, whatever is previewed; and what previews of earlier releases left behind is deleted."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from wagtail.models import Page, get_page_models
from wagtail.users.models import UserProfile

from access.models import AccessGrant, CourseSet
from assessments.models import Item
from billing.models import Price, PriceKind
from cms.models import CourseIndexPage, CoursePage
from cms.questions.drafting import draft_of
from cms.questions.models import QuestionDraft
from cms.site import ensure_site
from courses.models import Course, CourseVersion
from courses.services import ensure_course
from tests.cms.editing import course_form, lesson_form, module_form, text_page_form
from tests.cms.questions import form_of, new_form
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
migration = import_module("cms.migrations.0004_delete_courses_of_previews")
# What was typed waits here for the preview to be shown.
KEPT_ANYWAY = {"sessions.Session", "wagtailadmin.FormState"}


def everything() -> dict[str, list[str]]:
    """Every row of every table, as the database holds it."""
    rows = {}
    for model in apps.get_models():
        if model._meta.managed and model._meta.label not in KEPT_ANYWAY:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
                rows[model._meta.label] = sorted(map(repr, cursor.fetchall()))
    return rows


@pytest.fixture
def operator(loaded):
    user = UserFactory(is_superuser=True, is_staff=True)
    UserProfile.get_for_user(user)  # how they like the editor, made when they first come
    return user


@pytest.fixture
def pages(loaded, course_page, module_page, lesson_page) -> dict[str, tuple[Page, Page, dict]]:
    """By type: under what a new one is added, one that exists, and what the editor sends."""
    home = ensure_site().home
    text = home.add_child(instance=apps.get_model("cms", "StandardPage")(title="About us", slug="about", body="<p>Us.</p>"))
    return {
        "coursepage": (CourseIndexPage.objects.get(), course_page, course_form()),
        "modulepage": (course_page, module_page("hear"), module_form()),
        "lessonpage": (module_page("hear"), lesson_page("ask"), lesson_form(lesson_page("ask"), slug="new-one")),
        "standardpage": (home, text, text_page_form()),
    }


@pytest.mark.parametrize("kind", ["coursepage", "modulepage", "lessonpage", "standardpage"])
def test_a_preview_writes_nothing(pages, operator, sign_in, kind):
    parent, page, form = pages[kind]
    client = sign_in(operator)
    addresses = [
        reverse("wagtailadmin_pages:preview_on_add", args=["cms", kind, parent.pk]),
        reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk]),
    ]
    for address in addresses:
        client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
        before = everything()
        for _time in range(2):
            assert client.post(address, form).json() == {"is_valid": True, "is_available": True}, address
            assert client.get(address).status_code == 200
        assert everything() == before


def test_every_type_of_page_is_previewed_in_these_tests():
    previewed = {model.__name__.lower() for model in get_page_models() if model is not Page and model().preview_modes}
    assert previewed == {"coursepage", "modulepage", "lessonpage", "standardpage"}


def test_a_course_that_was_previewed_while_it_was_new_is_saved(loaded, author, sign_in):
    client, index = sign_in(author), CourseIndexPage.objects.get()
    add = [reverse(f"wagtailadmin_pages:{name}", args=["cms", "coursepage", index.pk]) for name in ("preview_on_add", "add")]
    client.post(add[0], course_form())
    client.get(add[0])
    assert client.post(add[1], course_form()).status_code == 302
    page = CoursePage.objects.get(slug="say-no")
    assert page.course == Course.objects.get(slug="say-no")
    assert page.get_latest_revision_as_object().course == page.course


def test_a_preview_of_a_question_writes_nothing(loaded, operator, sign_in):
    client, draft = sign_in(operator), draft_of(Item.objects.get(key="a1"), QuestionDraft)
    forms = {
        reverse("wagtailsnippets_cms_questiondraft:preview_on_add"): new_form(key="new-1"),
        reverse("wagtailsnippets_cms_questiondraft:preview_on_edit", args=[draft.pk]): form_of(draft, prompt="Another?"),
    }
    for address, form in forms.items():
        client.get(address)
        before = everything()
        for _time in range(2):
            assert client.post(address, form).json() == {"is_valid": True, "is_available": True}, address
            assert client.get(address, {"mode": "", "answered": "1", "answer-0": "b"}).status_code == 200
        assert everything() == before


# What earlier previews left ------------------------------------------------------------------------------------------


def phantom(key: str) -> Course:
    return ensure_course(key=key, slug=key, title="Say what you mean")


def named_by(what: str) -> Course:
    """A course without a page that something names."""
    course = phantom(f"named-by-{what}")
    own_set = CourseSet.objects.get(own_course=course)
    if what == "version":
        CourseVersion.objects.create(course=course, number=1, digest="", content={}, requirements=[])
    elif what == "grant":
        AccessGrant.objects.create(user=UserFactory(), course_set=own_set, source="free", source_key="course:x")
    elif what == "price":
        Price.objects.create(course_set=own_set, kind=PriceKind.PERSON, currency="EUR", amount=4900)
    elif what == "bundle":
        CourseSet.objects.create(slug="two-courses", title="Two").courses.add(course)
    elif what == "set of two":
        own_set.courses.add(Course.objects.get(key="listen-first"))
    return course


def test_courses_that_only_a_preview_made_are_deleted_with_their_sets(loaded, course_page):
    gone = [phantom("say-what-you-mean"), phantom("placeholder-title")]
    draft = CoursePage(title="A draft", slug="draft", summary="s", audience="a", outcomes="o", description="d", live=False)
    CourseIndexPage.objects.get().add_child(instance=draft)
    kept = {named_by(what) for what in ("version", "grant", "price", "bundle", "set of two")} | {loaded, draft.ensure_course()}
    for _time in range(2):
        migration.delete_phantoms(apps, None)
        assert set(Course.objects.all()) == kept
    assert not CourseSet.objects.filter(slug__in=[course.slug for course in gone]).exists()
    assert CourseSet.objects.filter(own_course__in=kept).count() == len(kept)
