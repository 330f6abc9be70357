"""A new kind of activity is one type, one block and one template, and everything else follows."""

import pytest
from django.test import override_settings
from django.urls import reverse
from wagtail import blocks

from accounts.personal_data import erase, export_of, privacy_parts
from cms.blocks.base import PublishedBlock, lesson_block, lesson_blocks
from cms.content_files import load
from cms.models import LessonPage
from cms.publishing import publish_changed_courses
from courses.activity_types import WrittenType, activity_types
from courses.models import Activity, Course
from learning.models import ActivityState
from learning.services import finish_activity, start_free
from tests.cms import files
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TEMPLATE = """
<div class="activity" id="b-{{ block.id }}">
  <h3>{{ block.value.prompt }}</h3>
  <form method="post"{% if lesson_address %} action="{{ lesson_address }}entries/{{ block.id }}/"{% endif %}>
    {% include "courses/activities/_form.html" %}
    <input name="pledge" maxlength="{{ block.value.longest }}" value="{{ block.data.pledge }}">
    {% include "courses/activities/_foot.html" %}
  </form>
</div>
{% partialdef written %}<q>{{ block.data.pledge }}</q>{% endpartialdef %}
"""

FILE_BLOCK = """
::: pledge
id: plg-one
prompt: What will you do on Monday?
longest: 80
:::
"""


class Pledge(WrittenType):
    name = "pledge"
    label = "Pledge"
    template = "toys/pledge.html"
    is_required = True

    def read_post(self, value, fields):
        return {"pledge": str(fields.get("pledge", "")).strip()[: value["longest"]]}

    def state_lines(self, value, data):
        return [(value.get("prompt", ""), data["pledge"])]

    def erased(self, data):
        return {"pledge": ""}


@pytest.fixture
def pledges(tmp_path_factory, settings):
    """The toy kind, declared as an app would do it."""
    folder = tmp_path_factory.mktemp("templates")
    (folder / "toys").mkdir()
    (folder / "toys" / "pledge.html").write_text(TEMPLATE)
    activity_types.register(Pledge())

    @lesson_block("pledge")
    class PledgeBlock(PublishedBlock):
        prompt = blocks.CharBlock(max_length=200)
        longest = blocks.IntegerBlock(default=100)

        def as_content(self, value):
            return {"prompt": value["prompt"], "longest": value["longest"]}

    # The stream of lessons was made when the models were loaded; a block of an app is there before.
    stream = LessonPage.body.field.stream_block
    block = PledgeBlock()
    block.set_name("pledge")
    stream.child_blocks["pledge"] = block
    changed = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], folder]}]
    with override_settings(TEMPLATES=changed):
        yield
    del stream.child_blocks["pledge"]
    lesson_blocks.unregister("pledge")
    activity_types.unregister("pledge")


@pytest.fixture
def course(db, tmp_path, pledges):
    """A course from files, one lesson of which ends with a pledge."""
    files.write_course(tmp_path)
    first = sorted(tmp_path.rglob("*ask.md"))[0]
    first.write_text(first.read_text() + FILE_BLOCK)
    load(tmp_path)
    publish_changed_courses()
    return Course.objects.get(key="listen-first")


@pytest.fixture
def pledge(course):
    return Activity.objects.get(course=course, kind="pledge")


@pytest.fixture
def enrolment(course):
    return start_free(user=UserFactory(), course=course)


def page_of(course, client):
    module = course.current_version.content["modules"][0]
    return client.get(reverse("courses:lesson", args=[course.slug, module["slug"], module["lessons"][0]["slug"]]))


def test_a_new_kind_is_published_from_a_file_and_required(course, pledge):
    required = {(requirement["activity"], requirement["kind"]) for requirement in course.current_version.requirements}
    assert (str(pledge.block_id), "pledge") in required


def test_a_new_kind_is_shown_saved_and_shown_again(course, pledge, enrolment, sign_in):
    client = sign_in(enrolment.user)
    page = page_of(course, client)
    html = page.content.decode()
    assert "<h3>What will you do on Monday?</h3>" in html
    address = f"{page.wsgi_request.path}entries/{pledge.block_id}/"
    assert f'action="{address}"' in html
    client.post(address, {"pledge": " Ask Ann first ", "revision": "0"})
    assert ActivityState.objects.get(activity=pledge).data == {"pledge": "Ask Ann first"}
    assert 'value="Ask Ann first"' in page_of(course, client).content.decode()
    again = client.post(address, {"pledge": "Ask Bo", "revision": "0"})
    assert (again.status_code, "<q>Ask Ann first</q>" in again.content.decode()) == (409, True)


def test_a_new_kind_counts_towards_completion(course, pledge, enrolment):
    for requirement in course.current_version.requirements:
        if requirement["kind"] != "pledge":
            finish_activity(enrolment=enrolment, block_id=requirement["activity"])
    assert enrolment.completed_at is None
    finish_activity(enrolment=enrolment, block_id=pledge.block_id)
    assert enrolment.completed_at is not None


def test_a_new_kind_is_exported_and_erased(course, pledge, enrolment, sign_in):
    client = sign_in(enrolment.user)
    client.post(f"{page_of(course, client).wsgi_request.path}entries/{pledge.block_id}/", {"pledge": "Ask Ann"})
    (entry,) = export_of(enrolment.user)["words in lessons"]
    assert (entry["activity"], entry["lines"]) == ("Pledge", [["What will you do on Monday?", "Ask Ann"]])
    # This part by itself: with the whole account, an enrolment on one's own goes altogether.
    assert privacy_parts["words in lessons"].erase(enrolment.user) == 1
    assert ActivityState.objects.get(activity=pledge).data == {"pledge": ""}


def test_a_new_kind_is_offered_in_the_editor_and_previewed(course, pledges, sign_in):
    block = LessonPage.body.field.stream_block.child_blocks["pledge"]
    assert block.get_preview_template(None) == "cms/block_preview.html"
    value = block.to_python({"prompt": "What now?", "longest": 5})
    (shown,) = block.get_preview_context(value)["blocks"]
    assert (shown["type"], shown["html"], shown["value"]) == ("pledge", None, {"prompt": "What now?", "longest": 5})


def test_every_kind_that_is_a_block_has_a_template_and_a_block():
    assert sorted(kind.name for kind in activity_types if kind.template) == sorted(
        name for name in lesson_blocks.names if name in activity_types
    )


def test_words_of_others_are_neither_exported_nor_erased(course, pledge, enrolment, sign_in):
    client = sign_in(enrolment.user)
    client.post(f"{page_of(course, client).wsgi_request.path}entries/{pledge.block_id}/", {"pledge": "Ask Ann"})
    other = UserFactory()
    assert export_of(other)["words in lessons"] == []
    assert erase(other)["words in lessons"] == 0
    assert ActivityState.objects.get(activity=pledge).data == {"pledge": "Ask Ann"}
