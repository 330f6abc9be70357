"""Questions as drafts: written, changed and published, with versions that attempts keep."""

import io
import json
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image as PictureFile
from wagtail.models import ModelLogEntry, Revision, Workflow, WorkflowContentType

from assessments.enums import Occasion
from assessments.errors import QuestionNotPublished
from assessments.exchange import FileFormat, read_bytes
from assessments.models import AttemptItem, Instrument, Item, ItemVersion, QuestionPicture
from assessments.scoring.blueprint import Blueprint, Cell
from assessments.services import import_questions, retire_item, start_attempt
from assessments.services.drawing import Plan, bank_for
from assessments.services.exporting import why_not
from cms.models import AccordImage
from cms.questions.advice import advice_on
from cms.questions.conversion import mark_of
from cms.questions.drafting import draft_of
from cms.questions.models import KINDS, QuestionDraft
from cms.schedule import publish_scheduled
from cms.site import AUTHORS, REVIEWERS
from tests.assessments.factories import course_with_forms, learner
from tests.assessments.test_views import text
from tests.cms.questions import KEYS, address, edit, form_of, new_form, newest, of_format, reworded
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
rights = import_module("cms.migrations.0020_authors_write_questions")
rights_to_cases = import_module("cms.migrations.0024_authors_write_cases")
ITEM = "wagtailsnippets_assessments_item"
PUBLISH = {"action-publish": "1"}


@pytest.fixture
def course():
    course = course_with_forms()
    Item.objects.update(relationship="customer")
    return course


@pytest.fixture
def question(course):
    return Item.objects.get(key="a1")


@pytest.fixture
def draft(question):
    return draft_of(question, QuestionDraft)


def fresh(item):
    return Item.objects.select_related("current_version").get(pk=item.pk)


def said(page):
    """Errors of the form by field; of answers by their place and part."""
    found = {}
    for name, errors in page.context["form"].errors.as_data().items():
        for error in errors:
            if not hasattr(error, "as_json_data"):
                found[name] = error.messages
                continue
            data = error.as_json_data()
            found[name] = data.get("messages", [])
            for place, answer in data.get("blockErrors", {}).items():
                for part, wrong in answer["blockErrors"].items():
                    found[place, part] = wrong["messages"]
    return found


# Questions that exist ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KEYS)
def test_opening_and_publishing_a_question_unchanged_makes_no_version(question, reviewer, sign_in, kind):
    item = fresh(of_format(question, kind))
    before = (item.current_version_id, item.current_version.options, item.current_version.correct)
    client = sign_in(reviewer)
    opened = client.get(f"/cms/snippets/assessments/item/edit/{item.pk}/", follow=True)
    draft = QuestionDraft.objects.get(item=item)
    assert (opened.redirect_chain, said(opened)) == ([(edit(draft), 302)], {})
    client.post(edit(draft), {name: str(value).replace("\n", "\r\n") for name, value in form_of(draft, **PUBLISH).items()})
    item = fresh(item)
    assert (item.current_version_id, item.current_version.options, item.current_version.correct) == before
    assert (item.state, newest(draft).live, draft.revisions.count()) == ("trial", True, 2)


def test_every_format_of_assessments_is_written_here():
    assert [kind for kind, _label in KINDS] == list(KEYS)


def test_opening_twice_makes_one_draft_that_is_live(question, author, sign_in):
    client = sign_in(author)
    for _time in range(2):
        client.get(f"/cms/snippets/assessments/item/edit/{question.pk}/", follow=True)
    draft = QuestionDraft.objects.get()
    assert (draft.item, draft.live, draft.has_unpublished_changes, draft.revisions.count()) == (question, True, False, 1)
    assert (draft.key, draft.course, draft.uuid, draft.live_revision) == (
        "a1",
        question.course,
        question.uuid,
        draft.latest_revision,
    )


def test_checks_open_questions_and_what_is_not_there_have_no_draft(course, reviewer, sign_in):
    client = sign_in(reviewer)
    check = Item.objects.get(use="check")
    Item.objects.filter(key="b1").update(kind="open")
    for pk in (check.pk, Item.objects.get(key="b1").pk, 0):
        assert client.get(f"/cms/snippets/assessments/item/edit/{pk}/").status_code == 404
    assert QuestionDraft.objects.count() == 0


def test_a_change_is_asked_once_it_is_published_and_attempts_keep_theirs(question, draft, reviewer, sign_in):
    attempt = start_attempt(enrolment=learner(question.course), occasion=Occasion.BEFORE)
    kept = set(AttemptItem.objects.filter(attempt=attempt).values_list("item_version", flat=True))
    client = sign_in(reviewer)
    client.post(edit(draft), form_of(draft, prompt="What first?"))
    assert (fresh(question).current_version.prompt, newest(draft).prompt) == ("What about a1?", "What first?")
    assert QuestionDraft.objects.get().prompt == "What about a1?"
    page = client.post(edit(draft), form_of(newest(draft), **PUBLISH), follow=True)
    assert "Learners who have started an assessment keep the wording they saw." in text(page)
    version = fresh(question).current_version
    assert (version.number, version.prompt, version.correct) == (2, "What first?", ["b"])
    assert [option["id"] for option in version.options] == ["a", "b", "c", "d"]
    draft.refresh_from_db()
    assert (draft.live, draft.has_unpublished_changes, draft.prompt, draft.is_outdated) == (True, False, "What first?", False)
    assert set(AttemptItem.objects.filter(attempt=attempt).values_list("item_version", flat=True)) == kept
    assert version.pk not in kept


def test_what_only_authors_see_makes_no_version(question, draft, reviewer, sign_in):
    form = form_of(draft, industry="bakery", concept="Ask first", boundary="2|3", enemies="a2", **PUBLISH)
    sign_in(reviewer).post(edit(draft), form)
    item = fresh(question)
    assert (item.industry, item.boundary, item.current_version.concept, item.current_version.number) == (
        "bakery",
        "2|3",
        "Ask first",
        1,
    )
    assert list(item.enemies.values_list("key", flat=True)) == ["a2"]
    assert QuestionDraft.objects.get().is_outdated is False


def test_the_key_and_the_course_of_a_published_question_stay(question, draft, reviewer, sign_in):
    sign_in(reviewer).post(edit(draft), form_of(draft, key="other", course="", prompt="Changed?", **PUBLISH))
    item = fresh(question)
    assert (item.key, item.course_id, item.current_version.prompt) == ("a1", question.course_id, "Changed?")


# From nothing -----------------------------------------------------------------------------------------------------------


def test_a_question_is_written_from_nothing_and_on_trial_once_it_is_published(course, author, reviewer, sign_in):
    client = sign_in(author)
    assert client.get("/cms/snippets/assessments/item/add/").url == address("add")
    assert client.get(address("add")).status_code == 200
    client.post(address("add"), new_form(key="new-1"))
    draft = QuestionDraft.objects.get()
    assert (draft.live, draft.item, draft.key, Item.objects.filter(key="new-1").exists()) == (False, None, "new-1", False)
    client.post(edit(draft), form_of(draft, **PUBLISH))
    assert not Item.objects.filter(key="new-1").exists()  # authors do not publish
    client = sign_in(reviewer)
    client.post(edit(draft), form_of(newest(draft), **PUBLISH))
    item = Item.objects.get(key="new-1")
    draft.refresh_from_db()
    assert (item.state, item.use, item.course, item.current_version.number) == ("trial", "form", None, 1)
    assert (draft.item, draft.uuid, draft.live, item.current_version.key_provenance) == (item, item.uuid, True, "author")
    assert item.current_version.correct == [item.current_version.options[0]["id"]]


def test_an_empty_draft_is_saved_with_a_key_of_its_own_and_says_what_is_missing(author, sign_in):
    client = sign_in(author)
    client.post(address("add"), new_form(0, prompt="", relationship=""))
    draft = QuestionDraft.objects.get()
    assert (draft.key[:2], len(draft.key), draft.live) == ("q-", 10, False)
    found = said(client.get(edit(draft)))
    assert found == {
        "prompt": ["Write the question."],
        "relationship": ["Choose the relationship that it is about."],
        "options": ["Write the answers."],
    }


@pytest.mark.parametrize("key", ["a1", "two words", "a,b"])
def test_a_key_that_cannot_be_had_is_refused_and_nothing_typed_is_lost(course, author, sign_in, key):
    form = new_form(key=key, course=str(course.pk), prompt="Is it kept?")
    page = sign_in(author).post(address("add"), form)
    assert (page.status_code, QuestionDraft.objects.count()) == (200, 0)
    words = "A question with this key exists already." if key == "a1" else "A key has no spaces and no commas."
    assert (words in text(page), "Is it kept?" in text(page)) == (True, True)


def test_two_drafts_never_have_one_key(author, sign_in):
    client = sign_in(author)
    client.post(address("add"), new_form(key="mine"))
    page = client.post(address("add"), new_form(key="mine"))
    assert ("Another draft has this key." in text(page), QuestionDraft.objects.count()) == (True, 1)


def test_a_copy_is_a_question_of_its_own(question, draft, author, sign_in):
    client = sign_in(author)
    client.post(edit(draft), form_of(draft, prompt="The newest words?"))
    page = client.get(address("copy", draft.pk))
    copied = page.context["form"].instance
    assert (copied.pk, copied.key, copied.item_id, copied.prompt) == (None, "", None, "The newest words?")
    client.post(address("copy", draft.pk), form_of(newest(draft), key="", base=""))
    copy = QuestionDraft.objects.exclude(pk=draft.pk).get()
    assert (copy.item, copy.live, copy.prompt, copy.course) == (None, False, "The newest words?", question.course)
    assert copy.uuid != question.uuid
    assert (copy.key[:2], newest(draft).prompt) == ("q-", "The newest words?")


def test_only_what_was_never_published_is_deleted(draft, author, sign_in):
    client = sign_in(author)
    client.post(address("add"), new_form(key="new-1"))
    new = QuestionDraft.objects.get(key="new-1")
    assert address("delete", new.pk) in client.get(edit(new)).content.decode()
    assert address("delete", draft.pk) not in client.get(edit(draft)).content.decode()
    for one in (draft, new):
        client.post(address("delete", one.pk))
    assert list(QuestionDraft.objects.values_list("key", flat=True)) == ["a1"]
    bulk = f"/cms/bulk/cms/questiondraft/delete/?id={draft.pk}"
    client.post(bulk)
    assert list(QuestionDraft.objects.values_list("key", flat=True)) == ["a1"]
    assert not Revision.objects.filter(object_id=str(new.pk)).exists()


# What keeps it from being published -------------------------------------------------------------------------------------


def change_answer(draft, place, **values):
    for name, value in values.items():
        draft.options[place].value[name] = value


@pytest.mark.parametrize(
    ("kind", "answers", "problem"),
    [
        ("single", {0: {"correct": True}}, {"options": ["Mark exactly one answer as the key."]}),
        ("single", {0: {"correct": False}}, {"options": ["Mark exactly one answer as the key."]}),
        (
            "single",
            {0: {"level": 3}},
            {"options": ["Some answers have a level and some have none. Give every answer one, or none."]},
        ),
        ("single", {1: {"level": 9}}, {(1, "level"): ["Give it a level from 1 to 5."]}),
        ("single", {1: {"text": " "}}, {(1, "text"): ["Write the answer, or take it away."]}),
        (
            "single",
            {1: {"feedback": ""}},
            {(1, "feedback"): ["Say why this is or is not the best answer: learners read it afterwards."]},
        ),
        ("rate", {1: {"rating": 7.0}}, {(1, "rating"): ["Give it a rating from 1 to 5."]}),
        ("rate", {1: {"rating": None}}, {"options": ["Give every answer a rating from 1 to 5."]}),
        (
            "best-worst",
            {1: {"rating": 5.0}},
            {"options": ["One answer must have the highest rating and one the lowest. Change those that are equal."]},
        ),
        ("match", {1: {"match": ""}}, {"options": ["Say of every answer what belongs to it."]}),
        ("scale", {2: {"correct": True}}, {"options": ["The points that are right must follow each other."]}),
        (
            "text",
            {1: {"text": "text K3."}},
            {"options": ["“Text k3” is there twice: capitals, spaces and a full stop make no difference. Keep one."]},
        ),
    ],
)
def test_an_unfinished_draft_is_saved_and_refused_beside_its_field(question, reviewer, sign_in, kind, answers, problem):
    item = of_format(question, kind)
    if kind == "single" and answers == {0: {"correct": True}}:
        answers = {1: {"correct": True}}
    draft = draft_of(item, QuestionDraft)
    for place, values in answers.items():
        change_answer(draft, place, **values)
    page = sign_in(reviewer).post(edit(draft), form_of(draft, prompt="Kept?", **PUBLISH), follow=True)
    assert "It was not published. Your draft is saved; what has to change stands beside the fields." in text(page)
    assert {name: words for name, words in said(page).items() if words} == problem
    assert (newest(draft).prompt, fresh(item).current_version.prompt) == ("Kept?", item.current_version.prompt)


@pytest.mark.parametrize(
    ("kind", "answers", "kept"),
    [
        ("rate", {1: {"rating": 3.0}}, ["k3:5", "k1:3", "k2:1"]),
        ("text", {0: {"correct": False}, 2: {"correct": True}}, ["k1", "k2"]),
        ("scale", {1: {"correct": True}}, ["k3", "k1"]),
        ("multiple", {1: {"correct": False}}, ["k3"]),
    ],
)
def test_a_key_is_changed_in_its_format(question, reviewer, sign_in, kind, answers, kept):
    item = of_format(question, kind)
    draft = draft_of(item, QuestionDraft)
    for place, values in answers.items():
        change_answer(draft, place, **values)
    sign_in(reviewer).post(edit(draft), form_of(draft, **PUBLISH))
    version = fresh(item).current_version
    assert (version.correct, version.number) == (kept, item.current_version.number + 1)


def test_steps_are_written_in_their_right_order(question, reviewer, sign_in):
    draft = draft_of(of_format(question, "order"), QuestionDraft)
    assert [child.id for child in draft.options] == ["k2", "k3", "k1"]
    moved = {f"options-{place}-order": str(2 - place) for place in range(3)}
    sign_in(reviewer).post(edit(draft), form_of(draft) | moved | PUBLISH)
    assert fresh(question).current_version.correct == ["k1:1", "k2:3", "k3:2"]


def test_steps_and_matches_need_no_reasons(question):
    for kind in ("order", "match"):
        draft = draft_of(of_format(question, kind), QuestionDraft)
        for place in range(3):
            change_answer(draft, place, feedback="")
        assert draft.findings() == []


def test_an_enemy_that_is_not_there_is_named(draft):
    draft.enemies = "a2, nowhere, a1"
    words = "There is no other question with the key “nowhere”, “a1” beside this one. Correct it, or take it away."
    assert [str(finding) for finding in draft.findings()] == [words]


def test_no_way_round_the_check_publishes(draft, question):
    draft.prompt = ""
    with pytest.raises(QuestionNotPublished, match="It was not published") as refused:
        draft.save_revision(clean=False).publish()
    assert refused.value.findings == ("Write the question.",)
    assert (fresh(question).current_version.number, QuestionDraft.objects.get().prompt) == (1, "What about a1?")


def test_the_rules_advise_and_refuse_nothing(draft, reviewer, sign_in):
    lines = advice_on(draft)
    assert "The situation has 2 words. Write 40 to 70." in lines
    assert "Answer 1: Its rationale has 2 words. Write 20 to 45: what is right or wrong, and what follows." in lines
    client = sign_in(reviewer)
    page = client.get(edit(draft))
    assert ("The rules for questions advise:" in text(page), said(page)) == (True, {})
    change_answer(draft, 0, text="Text " * 30)
    assert any(line.startswith("Answer 1 has 149 characters and answer 2 has 6") for line in advice_on(draft))


# Workflow, locks and history --------------------------------------------------------------------------------------------


def test_an_author_submits_and_a_reviewer_approves(draft, question, author, reviewer, sign_in):
    assert Workflow.objects.filter(workflow_content_types__content_type__model="questiondraft").count() == 1
    client = sign_in(author)
    client.post(edit(draft), form_of(draft, prompt="Submitted?", **{"action-submit": "1"}))
    draft.refresh_from_db()
    assert (draft.current_workflow_state.status, fresh(question).current_version.number) == ("in_progress", 1)
    client = sign_in(reviewer)
    approve = address("workflow_action", draft.pk, "approve", draft.current_workflow_task_state.pk)
    client.post(approve, {"comment": "Good."})
    draft.refresh_from_db()
    assert (draft.live, draft.current_workflow_state, fresh(question).current_version.prompt) == (True, None, "Submitted?")
    assert "Good." in text(client.get(address("history", draft.pk)))


def test_a_reviewer_sends_it_back_with_a_comment(draft, question, author, reviewer, sign_in):
    sign_in(author).post(edit(draft), form_of(draft, prompt="Submitted?", **{"action-submit": "1"}))
    draft.refresh_from_db()
    reject = address("workflow_action", draft.pk, "reject", draft.current_workflow_task_state.pk)
    sign_in(reviewer).post(reject, {"comment": "Shorter, please."})
    draft.refresh_from_db()
    assert (draft.current_workflow_state.status, fresh(question).current_version.number) == ("needs_changes", 1)
    assert "Shorter, please." in text(sign_in(author).get(edit(draft)))


def test_what_cannot_be_published_is_neither_submitted_nor_approved(draft, question, author, reviewer, sign_in):
    client = sign_in(author)
    page = client.post(edit(draft), form_of(draft, prompt="", **{"action-submit": "1"}), follow=True)
    draft.refresh_from_db()
    assert ("Write the question." in text(page), draft.current_workflow_state, newest(draft).prompt) == (True, None, "")
    client.post(edit(draft), form_of(newest(draft), prompt="Whole?", **{"action-submit": "1"}))
    draft.refresh_from_db()
    reviews = sign_in(reviewer)
    reviews.post(edit(draft), form_of(newest(draft), prompt=""))
    approve = address("workflow_action", draft.pk, "approve", draft.current_workflow_task_state.pk)
    page = reviews.post(approve, {"comment": ""}, follow=True)
    from_editor = {"action-workflow-action": "1", "workflow-action-name": "approve", "workflow-action-extra-data": "{}"}
    again = reviews.post(edit(draft), form_of(newest(draft), **from_editor), follow=True)
    draft.refresh_from_db()
    assert ["It was not published." in text(one) for one in (page, again)] == [True, True]
    in_window = reviews.post(approve, {"comment": ""}, headers={"x-requested-with": "XMLHttpRequest"})
    assert in_window.json() == {"step": "success", "redirect": edit(draft)}
    draft.refresh_from_db()
    assert (draft.current_workflow_state.status, fresh(question).current_version.number) == ("in_progress", 1)


def test_two_revisions_are_compared_and_an_earlier_one_comes_back(draft, question, reviewer, sign_in):
    client = sign_in(reviewer)
    change_answer(draft, 0, text="Another text")
    client.post(edit(draft), form_of(draft, prompt="Second words?"))
    first, second = draft.revisions.order_by("pk")
    assert reverse("wagtailsnippets_cms_questiondraft:revisions_revert", args=[draft.pk, first.pk]) in (
        client.get(address("history", draft.pk)).content.decode()
    )
    page = text(client.get(address("revisions_compare", draft.pk, first.pk, second.pk)))
    assert ("Second words?" in page or "Second" in page, "Another" in page) == (True, True)
    back = address("revisions_revert", draft.pk, first.pk)
    assert "What about a1?" in text(client.get(back))
    client.post(back, form_of(first.as_object()))
    assert (newest(draft).prompt, draft.revisions.count()) == ("What about a1?", 3)


def test_a_locked_draft_is_saved_by_nobody_else(draft, author, reviewer, sign_in):
    sign_in(reviewer).post(address("lock", draft.pk))
    sign_in(author).post(edit(draft), form_of(draft, prompt="Too late?"))
    assert (QuestionDraft.objects.get().locked, newest(draft).prompt) == (True, "What about a1?")


# Retired, and asked again -------------------------------------------------------------------------------------------------


def test_unpublishing_retires_it_and_publishing_again_takes_it_back(draft, question, reviewer, sign_in):
    client = sign_in(reviewer)
    told = text(client.post(address("unpublish", draft.pk), follow=True))
    assert "is retired: nobody who begins from now on is asked it." in told
    assert f"“Form A” of “{question.course}” now asks 3 questions." in told
    draft.refresh_from_db()
    assert (fresh(question).state, draft.live, fresh(question).versions.count()) == ("retired", False, 1)
    inspected = text(client.get(f"/cms/snippets/assessments/item/inspect/{question.pk}/"))
    assert "Nobody who begins from now on is asked it." in inspected
    form = Instrument.objects.get(key="form-a")
    assert "Retired, asked of nobody who begins from now on a1" in text(
        client.get(f"/cms/snippets/assessments/instrument/inspect/{form.pk}/")
    )
    back = text(client.post(edit(draft), form_of(newest(draft), **PUBLISH), follow=True))
    assert f"“Form A” of “{question.course}” now asks 4 questions." in back
    draft.refresh_from_db()
    assert (fresh(question).state, draft.live, fresh(question).versions.count()) == ("trial", True, 1)


def test_a_retired_question_and_a_draft_of_a_file_begin_as_drafts(question, reviewer, sign_in):
    retire_item(item=question)
    assert draft_of(question, QuestionDraft).live is False
    text_of_file = "Which of these help?{~%50%Ask#Yes ~%50%Listen#Yes ~Tell#No}"
    import_questions(questions=read_bytes(text_of_file.encode(), FileFormat.GIFT).questions, file_name="bank.gift")
    item = Item.objects.get(state="draft")
    client = sign_in(reviewer)
    assert "Which of these help?" in client.get("/cms/snippets/assessments/item/").content.decode()
    draft = draft_of(item, QuestionDraft)
    assert (draft.live, draft.kind, draft.course) == (False, "multiple", None)
    page = client.post(edit(draft), form_of(draft, **PUBLISH), follow=True)
    assert ("Choose the relationship that it is about." in text(page), fresh(item).state) == (True, "draft")
    client.post(edit(draft), form_of(newest(draft), relationship="customer", prompt="Which help most?", **PUBLISH))
    item = fresh(item)
    assert (item.state, item.current_version.prompt, len(item.current_version.correct)) == ("trial", "Which help most?", 2)


# Its day ------------------------------------------------------------------------------------------------------------------


def schedule(client, draft, **at):
    form = form_of(draft, **PUBLISH)
    client.post(edit(draft), form | {name: f"{instant:%Y-%m-%d %H:%M}" for name, instant in at.items()})


def pass_time(draft):
    """What was to come is past."""
    earlier = timezone.now() - timedelta(minutes=1)
    for revision in draft.revisions.filter(approved_go_live_at__isnull=False):
        revision.content["go_live_at"] = earlier.isoformat()
        revision.approved_go_live_at = earlier
        revision.save()
    QuestionDraft.objects.filter(pk=draft.pk, expire_at__isnull=False).update(expire_at=earlier)


def test_a_question_is_asked_from_its_day_on_and_one_that_fails_stops_no_other(course, reviewer, sign_in):
    client = sign_in(reviewer)
    drafts = [draft_of(Item.objects.get(key=key), QuestionDraft) for key in ("a1", "a2")]
    for draft in drafts:
        draft.prompt = f"From Monday on, {draft.key}?"
        schedule(client, draft, go_live_at=timezone.now() + timedelta(days=2))
    publish_scheduled()
    assert set(Item.objects.filter(use="form").values_list("current_version__number", flat=True)) == {1}
    reworded(drafts[0].item, "From a file?")
    for draft in drafts:
        pass_time(draft)
    publish_scheduled()
    prompts = dict(Item.objects.filter(key__in=["a1", "a2"]).values_list("key", "current_version__prompt"))
    assert prompts == {"a1": "From a file?", "a2": "From Monday on, a2?"}
    left = QuestionDraft.objects.get(key="a1")
    assert (left.approved_schedule, newest(left).prompt, newest(left).is_outdated) == (False, "From Monday on, a1?", True)
    assert ModelLogEntry.objects.filter(object_id=str(left.pk), action="wagtail.schedule.cancel").count() == 1
    versions = ItemVersion.objects.count()
    publish_scheduled()
    assert ItemVersion.objects.count() == versions


def test_a_question_is_retired_on_its_day(draft, question, reviewer, sign_in):
    schedule(sign_in(reviewer), draft, expire_at=timezone.now() + timedelta(days=2))
    publish_scheduled()
    assert fresh(question).state == "trial"
    pass_time(draft)
    publish_scheduled()
    draft.refresh_from_db()
    assert (fresh(question).state, draft.live, draft.expired) == ("retired", False, True)


# Changed elsewhere ----------------------------------------------------------------------------------------------------------


def test_a_draft_without_changes_follows_its_question(draft, question, author, sign_in):
    reworded(question, "From a file?")
    page = sign_in(author).get(edit(draft), follow=True)
    draft.refresh_from_db()
    assert page.redirect_chain == [(edit(draft), 302)]
    assert (draft.prompt, draft.live, draft.has_unpublished_changes, draft.revisions.count()) == (
        "From a file?",
        True,
        False,
        2,
    )
    assert ("changed elsewhere" in text(page), page.context["form"].initial["base"]) == (False, mark_of(fresh(question)))


def begun(draft, question, client):
    """A draft with changes, whose question a file has changed since."""
    client.post(edit(draft), form_of(draft, prompt="Mine?"))
    reworded(question, "From a file?")
    return reverse_newer(draft)


def reverse_newer(draft):
    return f"/cms/questions/{draft.pk}/newer/"


def test_a_draft_with_changes_says_that_its_question_was_changed_and_overwrites_nothing(draft, question, reviewer, sign_in):
    client = sign_in(reviewer)
    where = begun(draft, question, client)
    page = client.get(edit(draft))
    assert ("This question has been changed elsewhere" in text(page), where in page.content.decode()) == (True, True)
    page = client.post(edit(draft), form_of(newest(draft), prompt="Still mine?", **PUBLISH), follow=True)
    assert "It was not published." in text(page)
    assert (fresh(question).current_version.prompt, newest(draft).prompt) == ("From a file?", "Still mine?")
    with pytest.raises(QuestionNotPublished):
        QuestionDraft.objects.get().latest_revision.publish()


def test_what_is_new_is_shown_and_taken_over_and_the_draft_stays_in_the_history(draft, question, author, sign_in):
    client = sign_in(author)
    where = begun(draft, question, client)
    page = client.get(where)
    assert [one.field_label() for one in page.context["differences"]] == ["Question"]
    assert "Learners who begin today get version 2" in text(page)
    client.post(where, {"act": "take"})
    draft.refresh_from_db()
    assert (draft.prompt, draft.has_unpublished_changes, draft.is_outdated) == ("From a file?", False, False)
    assert "Mine?" in [revision.as_object().prompt for revision in draft.revisions.all()]
    assert client.get(where).url == edit(draft)


def test_a_draft_that_is_kept_is_published_over_what_was_new(draft, question, reviewer, sign_in):
    client = sign_in(reviewer)
    where = begun(draft, question, client)
    client.post(where, {"act": "keep"})
    assert (newest(draft).prompt, newest(draft).is_outdated, fresh(question).current_version.prompt) == (
        "Mine?",
        False,
        "From a file?",
    )
    client.post(edit(draft), form_of(newest(draft), **PUBLISH))
    assert (fresh(question).current_version.number, fresh(question).current_version.prompt) == (3, "Mine?")


def test_a_tab_that_was_open_before_it_was_taken_over_overwrites_nothing(draft, question, reviewer, sign_in):
    client = sign_in(reviewer)
    where = begun(draft, question, client)
    old_tab = form_of(newest(draft), **PUBLISH)
    client.post(where, {"act": "take"})
    page = client.post(edit(draft), old_tab, follow=True)
    assert ("It was not published." in text(page), fresh(question).current_version.prompt) == (True, "From a file?")


def test_what_was_published_from_here_is_no_change_from_elsewhere(draft, question, reviewer, sign_in):
    """Whoever goes on writing while a reviewer approves is not asked about it."""
    client = sign_in(reviewer)
    open_tab = form_of(draft, prompt="Third?", **PUBLISH)
    client.post(edit(draft), form_of(draft, prompt="Second?", **PUBLISH))
    client.post(edit(draft), open_tab)
    assert (fresh(question).current_version.number, fresh(question).current_version.prompt) == (3, "Third?")


def test_what_only_authors_see_counts_as_changed_elsewhere_too(draft, question, author, sign_in):
    client = sign_in(author)
    client.post(edit(draft), form_of(draft, prompt="Mine?"))
    Item.objects.filter(pk=question.pk).update(industry="bakery")
    assert newest(draft).is_outdated is True
    assert [one.field_label() for one in client.get(reverse_newer(draft)).context["differences"]] == ["Question", "Industry"]


def test_a_locked_draft_is_not_taken_over_by_somebody_else(draft, question, author, reviewer, sign_in):
    where = begun(draft, question, sign_in(author))
    sign_in(reviewer).post(address("lock", draft.pk))
    told = text(sign_in(author).post(where, {"act": "take"}, follow=True))
    assert ("Somebody else holds this draft" in told, newest(draft).prompt) == (True, "Mine?")


# Autosave -----------------------------------------------------------------------------------------------------------------

JSON = {"Accept": "application/json"}


def saved_by_itself(client, draft, **changes):
    return client.post(edit(draft), form_of(newest(draft), **changes), headers=JSON)


def test_autosave_never_acts(draft, question, reviewer, sign_in):
    client = sign_in(reviewer)
    for act in ("action-publish", "action-submit", "action-workflow-action"):
        refused = saved_by_itself(client, draft, prompt="Mine?", **{act: "1"})
        assert (refused.status_code, refused.json()["error_code"]) == (409, "locked")
    assert client.post(address("add"), new_form(**PUBLISH), headers=JSON).status_code == 409
    assert (fresh(question).current_version.number, draft.revisions.count(), QuestionDraft.objects.count()) == (1, 1, 1)


def test_autosave_saves_a_draft_and_does_not_undo_its_publication(draft, question, reviewer, sign_in):
    client = sign_in(reviewer)
    assert saved_by_itself(client, draft).json() == {"success": True, "pk": draft.pk}
    assert draft.revisions.count() == 1
    revision = saved_by_itself(client, draft, prompt="Mine?").json()["revision_id"]
    client.post(edit(draft), form_of(newest(draft), overwrite_revision_id=str(revision), **PUBLISH))
    assert QuestionDraft.objects.get().live_revision_id == revision
    late = saved_by_itself(client, draft, prompt="Mine, late?", overwrite_revision_id=str(revision))
    assert (late.status_code, late.json()["error_code"]) == (409, "invalid_revision")
    assert (Revision.objects.get(pk=revision).content["prompt"], fresh(question).current_version.prompt) == ("Mine?", "Mine?")


def test_an_approval_that_is_sent_twice_is_done_once(draft, question, author, reviewer, sign_in):
    sign_in(author).post(edit(draft), form_of(draft, prompt="Mine?", **{"action-submit": "1"}))
    client = sign_in(reviewer)
    approve = {"action-workflow-action": "1", "workflow-action-name": "approve", "workflow-action-extra-data": "{}"}
    sent = form_of(newest(draft), **approve)
    client.post(edit(draft), sent)
    told = text(client.post(edit(draft), sent, follow=True))
    assert "This is no longer waiting for review. Nothing was changed." in told
    assert (fresh(question).current_version.number, draft.revisions.count()) == (2, 3)


# Preview ------------------------------------------------------------------------------------------------------------------

RIGHT = {
    "single": {"answer-0": "k3"},
    "multiple": {"answer-0": ["k3", "k1"]},
    "rate": {"answer-0-k3": "k3:5", "answer-0-k1": "k1:2", "answer-0-k2": "k2:1"},
    "best-worst": {"answer-0-best": "best:k3", "answer-0-worst": "worst:k2"},
    "rank": {"answer-0-k3": "k3:1", "answer-0-k1": "k1:2", "answer-0-k2": "k2:3"},
    "order": {"answer-0-k3": "k3:2", "answer-0-k1": "k1:3", "answer-0-k2": "k2:1"},
    "lines": {"answer-0": ["k3", "k2"]},
    "match": {f"answer-0-{answer.split(':')[0]}": answer for answer in KEYS["match"]},
    "scale": {"answer-0": "k3"},
    "text": {"answer-0--text": "text K3."},
}


@pytest.mark.parametrize("kind", KEYS)
def test_the_preview_asks_as_learners_are_asked_and_says_what_they_read(question, author, sign_in, kind):
    draft = draft_of(of_format(question, kind), QuestionDraft)
    client, preview = sign_in(author), address("preview_on_edit", draft.pk)
    form = form_of(draft, prompt="What is **shown**?")
    assert client.post(preview, form).json() == {"is_valid": True, "is_available": True}
    words = client.get(f"{preview}?mode=&in_preview_panel=true").content.decode()
    assert ("<strong>What is <strong>shown</strong>?</strong>" in words, f'action="{preview}"' in words) == (True, True)
    assert ("Text k3" in words, "Because k3." in words) == (kind != "text", False)
    assert "Once the keys are shown" not in words
    empty = client.get(preview, {"mode": "", "answered": "1"}).content.decode()
    assert ('role="alert"' in empty, "Because k3." in empty) == (True, False)
    told = client.get(preview, {"mode": "", "answered": "1"} | RIGHT[kind]).content.decode()
    assert ("Agreed" in told, "Because k3." in told, 'class="disclosure" open' in told) == (True, True, True)
    assert newest(draft).prompt == question.current_version.prompt


def test_the_preview_of_what_is_unfinished_says_what_is_missing(author, sign_in):
    client, preview = sign_in(author), address("preview_on_add")
    assert client.post(preview, new_form(2, prompt="")).json()["is_valid"] is True
    shown = text(client.get(preview))
    assert ("Write the question." in shown, "Answer 2" in shown, "Show what learners read" in shown) == (True, True, False)
    client.post(preview, new_form(0, kind="match"))
    assert "Write the answers." in text(client.get(preview))
    assert (QuestionDraft.objects.count(), Item.objects.count()) == (0, 0)


# Who ------------------------------------------------------------------------------------------------------------------------


def test_who_may_not_write_gets_in_nowhere(draft, question, sign_in, author):
    outside = sign_in(UserFactory())
    addresses = [edit(draft), address("list"), address("add"), address("history", draft.pk), reverse_newer(draft)]
    addresses.append(f"/cms/snippets/assessments/item/edit/{question.pk}/")
    reworded(question, "From a file?")
    assert {outside.get(one).status_code for one in addresses} <= {302, 403}
    assert QuestionDraft.objects.get().revisions.count() == 1
    author.groups.clear()
    assert {sign_in(author).get(one).status_code for one in addresses} <= {302, 403}
    inside = sign_in(author)
    author.groups.add(Group.objects.get(name=AUTHORS))
    assert inside.post(address("unpublish", draft.pk)).status_code in (302, 403)
    assert fresh(question).state == "trial"


@pytest.mark.parametrize(
    ("model", "give"),
    [("questiondraft", rights.let_groups_write_questions), ("simulationcase", rights_to_cases.let_groups_write_cases)],
)
def test_groups_of_an_installation_that_exists_get_their_rights_and_the_workflow(author, model, give):
    def names(group):
        found = Group.objects.get(name=group).permissions.filter(content_type__model=model)
        return sorted(found.values_list("codename", flat=True))

    expected = {group: names(group) for group in (AUTHORS, REVIEWERS)}
    assert [len(found) for found in expected.values()] == [3, 6]
    for group in Group.objects.all():
        group.permissions.remove(*group.permissions.filter(content_type__model=model))
    ways = WorkflowContentType.objects.filter(content_type__model=model)
    ways.delete()
    for _time in range(2):
        give(apps, None)
        assert ({group: names(group) for group in expected}, ways.count()) == (expected, 1)
    for group in Group.objects.all():
        group.permissions.clear()
    give(apps, None)
    assert names(AUTHORS) == []


def test_rights_to_simulations_that_somebody_has_taken_away_stay_away(author):
    writers = Group.objects.get(name=AUTHORS)
    writers.permissions.remove(*writers.permissions.filter(content_type__model="simulationcase"))
    rights_to_cases.let_groups_write_cases(apps, None)
    assert writers.permissions.filter(content_type__model="simulationcase").count() == 0


def test_the_list_of_questions_tells_what_is_not_published(draft, question, author, sign_in):
    client = sign_in(author)
    assert "changes not published" not in text(client.get("/cms/snippets/assessments/item/"))
    client.post(edit(draft), form_of(draft, prompt="Mine?"))
    listed = client.get("/cms/snippets/assessments/item/")
    assert text(listed).count("changes not published") == 1
    assert "Mine?" in text(client.get(address("list")))


def test_ids_of_new_answers_are_kept_from_draft_to_version(author, reviewer, sign_in):
    sign_in(author).post(address("add"), new_form(key="new-1"))
    draft = QuestionDraft.objects.get()
    ids = [child["id"] for child in json.loads(draft.latest_revision.content["options"])]
    sign_in(reviewer).post(edit(draft), form_of(newest(draft), **PUBLISH))
    assert [option["id"] for option in Item.objects.get().current_version.options] == ids
    assert len(set(ids)) == 3


# Tags and translations ------------------------------------------------------------------------------------------------------


def test_tags_are_published_found_and_taken_away(question, draft, reviewer, sign_in):
    client = sign_in(reviewer)
    client.post(edit(draft), form_of(draft, tags="first talk,  night\nfirst talk", **PUBLISH))
    assert (sorted(question.tags.names()), fresh(question).current_version.number) == (["first talk", "night"], 1)
    assert QuestionDraft.objects.get().is_outdated is False
    for query in ("q=night", f"tags={question.tags.get(name='night').pk}"):
        listed = client.get(f"/cms/snippets/assessments/item/?{query}")
        assert [item.key for item in listed.context["object_list"]] == ["a1"]
    client.post(edit(draft), form_of(newest(draft), tags="", **PUBLISH))
    assert list(question.tags.names()) == []


def test_a_question_that_got_tags_elsewhere_makes_its_draft_old(question, draft, author, sign_in):
    sign_in(author).post(edit(draft), form_of(draft, prompt="Mine?"))
    question.tags.add("night")
    assert newest(draft).is_outdated is True


def test_a_translation_is_no_question_beside_the_one_it_translates(course, question, reviewer, sign_in):
    client = sign_in(reviewer)
    fields = {"key": "a1-de", "course": str(course.pk), "language": "de", "translation_of": "a1", "prompt": "Was tut sie?"}
    client.post(address("add"), new_form(**fields, **PUBLISH))
    german = Item.objects.get(key="a1-de")
    assert (german.current_version.language, german.translation_of, list(german.enemies.all())) == ("de", question, [question])
    again = new_form(**(fields | {"key": "a1-fr", "language": "fr", "translation_of": "a1-de"}), **PUBLISH)
    client.post(address("add"), again)
    french = Item.objects.get(key="a1-fr")
    assert (french.translation_of, set(french.enemies.all())) == (question, {question, german})
    opened = client.get(f"/cms/snippets/assessments/item/edit/{german.pk}/", follow=True).context["form"]
    assert [opened.initial[name] for name in ("language", "translation_of", "enemies")] == ["de", "a1", ""]
    client.post(address("preview_on_edit", german.draft.pk), form_of(newest(german.draft)))
    assert (
        '<div id="situation-1" class="prose" lang="de">'
        in client.get(address("preview_on_edit", german.draft.pk)).content.decode()
    )


def test_forms_that_draw_ask_in_the_language_of_the_site(course, question):
    instrument = Instrument.objects.filter(course=course).first()
    plan = Plan(Blueprint((Cell(question.skill.slug, 1),)), ("trial", "live"))
    Instrument.objects.filter(course=course).update(is_active=False)
    assert str(question.pk) in {item.key for item in bank_for(instrument, plan)}
    ItemVersion.objects.filter(item=question).update(language="de")
    assert str(question.pk) not in {item.key for item in bank_for(instrument, plan)}


NO_SUCH = "There is no other question with the key “%s” beside this one. Correct it, or take it away."


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"language": "German"}, {"language": ["This is no code of a language. Write one such as de, ar or pt-BR."]}),
        (
            {"language": "de", "translation_of": "a9"},
            {"translation_of": [NO_SUCH % "a9"]},
        ),
        ({"translation_of": "a2"}, {"language": ["The question “a2” is in the same language. Say in which one this is."]}),
        (
            {"language": "de", "translation_of": "a1"},
            {"translation_of": [NO_SUCH % "a1"]},
        ),
    ],
)
def test_a_translation_says_of_what_and_in_which_language(draft, reviewer, sign_in, fields, found):
    page = sign_in(reviewer).post(edit(draft), form_of(draft, **fields, **PUBLISH), follow=True)
    assert said(page) == found


# Pictures -------------------------------------------------------------------------------------------------------------------


# Wagtail leaves the file open in which it draws what its chooser shows.
of_chooser = (
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
)


def drawn_by_wagtail(test):
    for mark in of_chooser:
        test = mark(test)
    return test


def picture(kind="PNG", size=(64, 48), title="Rota"):
    file = io.BytesIO()
    PictureFile.new("RGB", size, "navy").save(file, kind)
    ending = {"PNG": "png", "JPEG": "jpg", "GIF": "gif"}[kind]
    return AccordImage.objects.create(title=title, file=SimpleUploadedFile(f"{title}.{ending}", file.getvalue()))


@drawn_by_wagtail
def test_a_picture_is_shown_to_learners_as_it_was_published(course, question, draft, reviewer, sign_in, client):
    image = picture(size=(2000, 500))
    sign_in(reviewer).post(address("preview_on_edit", draft.pk), form_of(draft, image=image.pk, image_alt="Three names."))
    tried = sign_in(reviewer).get(address("preview_on_edit", draft.pk)).content.decode()
    assert f'<img src="{image.file.url}" alt="Three names." width="2000" height="500"' in tried
    assert sign_in(reviewer).get(image.file.url).status_code == 200
    page = sign_in(reviewer).post(edit(draft), form_of(draft, image=image.pk, image_alt="Three names, two nights.", **PUBLISH))
    assert page.status_code == 302
    version = fresh(question).current_version
    kept = QuestionPicture.objects.get()
    assert (version.number, version.picture["alt"], version.picture["width"], version.picture["height"]) == (
        *(2, "Three names, two nights."),
        *(1600, 400),
    )
    attempts = [start_attempt(enrolment=learner(course), occasion=Occasion.BEFORE) for _form in range(4)]
    attempt = next(one for one in attempts if AttemptItem.objects.filter(attempt=one, item_version=version).exists())
    asked = sign_in(attempt.user).get(reverse("assessments:attempt", args=[attempt.uuid]))
    address_of_picture = reverse("assessments:picture", args=[kept.uuid])
    assert f'<img src="{address_of_picture}" alt="Three names, two nights." width="1600" height="400"' in asked.content.decode()
    image.delete()
    shown = client.get(address_of_picture)
    assert (shown.status_code, shown["Content-Type"], shown["Cache-Control"]) == (200, "image/png", "private, no-store")
    assert PictureFile.open(io.BytesIO(shown.content)).size == (1600, 400)
    assert client.get(reverse("assessments:picture", args=[uuid4()])).status_code == 404


@drawn_by_wagtail
def test_published_unchanged_a_picture_makes_no_version_and_taken_away_it_does(question, draft, reviewer, sign_in):
    client, image = sign_in(reviewer), picture()
    client.post(edit(draft), form_of(draft, image=image.pk, image_alt="A rota.", **PUBLISH))
    client.post(edit(draft), form_of(newest(draft), **PUBLISH))
    assert (fresh(question).current_version.number, QuestionPicture.objects.count()) == (2, 1)
    client.post(edit(draft), form_of(newest(draft), image="", image_alt="", **PUBLISH))
    assert (fresh(question).current_version.number, fresh(question).current_version.picture) == (3, {})


@drawn_by_wagtail
@pytest.mark.parametrize(
    ("kind", "alt", "found"),
    [
        ("PNG", " ", {"image_alt": ["Say what the picture shows: some learners do not see it."]}),
        ("GIF", "A rota.", {"image": ["Choose a PNG or a JPEG: questions show no other pictures yet."]}),
        (None, "A rota.", {"image_alt": ["Choose the picture that this describes, or take the words away."]}),
    ],
)
def test_a_picture_is_described_and_of_a_kind_that_is_shown(question, draft, reviewer, sign_in, kind, alt, found):
    image = picture(kind).pk if kind else ""
    page = sign_in(reviewer).post(edit(draft), form_of(draft, image=image, image_alt=alt, **PUBLISH), follow=True)
    assert (said(page), fresh(question).current_version.number) == (found, 1)


@drawn_by_wagtail
def test_a_picture_whose_file_is_gone_is_not_published_and_the_draft_stays(question, draft, reviewer, sign_in):
    image = picture()
    image.file.storage.delete(image.file.name)
    page = sign_in(reviewer).post(edit(draft), form_of(draft, image=image.pk, image_alt="A rota.", **PUBLISH), follow=True)
    assert "the file of its picture cannot be read. Choose another image." in text(page)
    assert (newest(draft).image_alt, fresh(question).current_version.number) == ("A rota.", 1)


def test_a_question_with_a_picture_says_why_it_is_in_no_file(question, draft, reviewer, sign_in):
    sign_in(reviewer).post(edit(draft), form_of(draft, image=picture("JPEG").pk, image_alt="A rota.", **PUBLISH))
    assert why_not(fresh(question)) == "It shows a picture, which these files cannot carry yet."
