"""Several at one question in the same moment: one draft, one version each, and nothing overwritten unseen."""

import pytest

from assessments.errors import QuestionNotPublished
from assessments.models import Item
from cms.questions.drafting import draft_of
from cms.questions.models import QuestionDraft
from tests.assessments.factories import course_with_forms
from tests.cms.questions import reworded
from tests.services.threads import at_once, overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
TOGETHER = pytest.mark.parametrize("together", [overlapping, lambda *acts: at_once(acts)], ids=["overlapping", "at once"])


@pytest.fixture
def question(tops_of_trees):
    course_with_forms()
    Item.objects.update(relationship="customer")
    return Item.objects.get(key="a1")


def attempt(act):
    def run():
        try:
            return act()
        except QuestionNotPublished as error:
            return error

    return run


def published(revision):
    return attempt(lambda: revision.publish())


def written(draft, prompt):
    draft.prompt = prompt
    return draft.save_revision(clean=False)


@TOGETHER
def test_two_who_open_a_question_get_one_draft(question, together):
    drafts = together(lambda: draft_of(question, QuestionDraft), lambda: draft_of(question, QuestionDraft))
    assert [draft.pk for draft in drafts] == [QuestionDraft.objects.get().pk] * 2
    assert QuestionDraft.objects.get().revisions.count() == 1


@TOGETHER
def test_a_publication_that_is_sent_twice_is_one_version(question, together):
    revision = written(draft_of(question, QuestionDraft), "What first?")
    assert len(together(published(revision), published(revision))) == 2
    versions = list(Item.objects.get(pk=question.pk).versions.order_by("number").values_list("number", "prompt"))
    assert versions == [(1, "What about a1?"), (2, "What first?")]


@TOGETHER
def test_a_file_and_a_publication_leave_both_versions_or_refuse_the_later(question, together):
    revision = written(draft_of(question, QuestionDraft), "What first?")
    _file, said = together(lambda: reworded(question, "From a file?"), published(revision))
    prompts = list(Item.objects.get(pk=question.pk).versions.order_by("number").values_list("prompt", flat=True))
    if isinstance(said, QuestionNotPublished):
        assert prompts == ["What about a1?", "From a file?"]
    else:
        assert prompts == ["What about a1?", "What first?", "From a file?"]


def test_a_draft_that_waits_for_a_file_is_refused(question):
    revision = written(draft_of(question, QuestionDraft), "What first?")
    _file, said = overlapping(lambda: reworded(question, "From a file?"), published(revision))
    assert isinstance(said, QuestionNotPublished)
    assert Item.objects.get(pk=question.pk).current_version.prompt == "From a file?"
