"""Open questions as drafts: who writes and who publishes them, what is missing, and what publishing does."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision, WorkflowContentType

from assessments.models import Item
from cms.open_drafts.models import OpenQuestionDraft
from cms.questions.drafting import draft_of
from cms.schedule import publish_scheduled
from cms.site import AUTHORS, REVIEWERS
from rating.models import OpenQuestion, Rubric
from rating.queries import rubric_of
from rating.services import train_again
from skills.queries import skill
from skills.services import LevelWords, SkillWords, add_own_skill, give_own_framework
from tests.assessments.factories import SKILLS, course_with_forms
from tests.assessments.test_views import text
from tests.cms.open_questions import address, edit, form_of, new_form, newest
from tests.cms.test_question_drafts import said
from tests.factories import OrganisationFactory, UserFactory
from tests.rating.factories import ASKED, anchors, levels, open_question, rater

pytestmark = pytest.mark.django_db
rights = import_module("cms.migrations.0026_authors_write_open_questions")
PUBLISH = {"action-publish": "1"}
ASKED_EDITOR = "wagtailsnippets_rating_openquestion"


@pytest.fixture
def course(author):
    return course_with_forms()


@pytest.fixture
def question(course):
    return open_question(course)


@pytest.fixture
def draft(question):
    return draft_of(question, OpenQuestionDraft)


def fresh(item):
    return OpenQuestion.objects.select_related("current_version").get(pk=item.pk)


# A new one ----------------------------------------------------------------------------------------------------------------


def test_a_new_question_begins_as_a_draft_with_a_place_for_each_level(author, sign_in):
    client = sign_in(author)
    assert client.get(reverse(f"{ASKED_EDITOR}:add")).url == address("add")
    form = client.get(address("add")).context["form"]
    assert [child.block_type for child in form.initial["levels"]] == ["level"] * 5
    assert [form[name].initial for name in ("fewest", "most", "kinds")] == [60, 250, ("pdf", "docx", "odt")]


def test_an_author_writes_it_and_a_reviewer_has_it_asked(course, author, reviewer, sign_in):
    sign_in(author).post(address("add"), new_form(course))
    draft = OpenQuestionDraft.objects.get()
    sign_in(author).post(edit(draft), form_of(newest(draft), **PUBLISH))
    assert (OpenQuestion.objects.count(), newest(draft).prompt, draft.live) == (0, "What do you write?", False)
    page = sign_in(reviewer).post(edit(draft), form_of(newest(draft), **PUBLISH), follow=True)
    item = OpenQuestion.objects.get()
    version, rubric = item.current_version, rubric_of(item)
    assert (item.key, item.occasion, item.course, item.uuid) == ("open-1", "after", course, draft.uuid)
    assert (version.prompt, version.correct) == ("What do you write?", ["fewest:20", "most:120"])
    assert [level["words"] for level in rubric.levels] == ["Words 1", "Words 2", "Words 3", "Words 4", "Words 5"]
    assert [(anchor["text"], anchor["score"]) for anchor in rubric.anchors] == [
        (f"Anchor {n}", score) for n, score in enumerate((1, 2, 3, 3, 4, 5), 1)
    ]
    draft.refresh_from_db()
    assert (draft.item_id, draft.key, draft.live) == (item.pk, "open-1", True)
    assert "Learners who have started an assessment keep the wording they saw." in text(page)


def test_publishing_it_leads_to_its_raters(draft, question, reviewer, sign_in):
    assert reverse("open_question_rating", args=[question.pk]) in sign_in(reviewer).get(edit(draft)).content.decode()


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"by": "file", "kinds": ["txt", "pdf"], "megabytes": "4"}, ["by:file", "kinds:pdf+txt", "megabytes:4"]),
        ({"by": "audio", "minutes": "3", "fewest": ""}, ["by:audio", "minutes:3"]),
    ],
)
def test_it_may_be_answered_by_a_file_or_by_speaking(course, reviewer, sign_in, fields, key):
    sign_in(reviewer).post(address("add"), new_form(course, **fields, **PUBLISH))
    assert OpenQuestion.objects.get().current_version.correct == key


ANCHORS = {"anchors-0-value-text": "", "anchors-1-value-score": "", "anchors-2-value-reason": " "}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (
            {"course": "", "prompt": " "},
            {"course": ["Choose the course whose learners are asked."], "prompt": ["Write the question."]},
        ),
        (
            {"fewest": "", "most": ""},
            {"fewest": ["Give the fewest words, from 1 to 2000."], "most": ["Give the most words, from 1 to 2000."]},
        ),
        ({"fewest": "120", "most": "20"}, {"most": ["Give more words here than as the fewest."]}),
        ({"by": "file", "megabytes": "4"}, {"kinds": ["Choose at least one kind of file."]}),
        (
            {"by": "file", "kinds": ["pdf"], "megabytes": "11"},
            {"megabytes": ["Give the most megabytes, from 1 to 10: this installation takes no larger files."]},
        ),
        ({"by": "audio", "minutes": "11"}, {"minutes": ["Give the most minutes, from 1 to 10."]}),
        ({"by": "audio"}, {"minutes": ["Give the most minutes, from 1 to 10."]}),
        (
            {"levels-1-value-name": "", "levels-1-value-words": " "},
            {(1, "name"): ["Name the level in a few words."], (1, "words"): ["Say how one knows an answer of this level."]},
        ),
        (
            {"levels-4-deleted": "1"},
            {"levels": ["Write 5 levels, from the lowest to the highest."]},
        ),
        (
            ANCHORS,
            {
                (0, "text"): ["Write the answer, or take it away."],
                (1, "score"): ["Choose the level that you and colleagues have agreed."],
                (2, "reason"): ["Say why it is this level and not the next."],
            },
        ),
        (
            {"anchors-5-deleted": "1"},
            {"anchors": ["Raters train on anchors: give at least 6 answers with an agreed level."]},
        ),
        (
            {f"anchors-{place}-value-score": "3" for place in range(4)}
            | {f"anchors-{place}-value-score": "4" for place in (4, 5)},
            {"anchors": ["The anchors need at least 3 different levels. Where they are alike, agreeing says nothing."]},
        ),
    ],
)
def test_what_is_unfinished_is_saved_and_said_beside_its_field(course, reviewer, sign_in, fields, found):
    client = sign_in(reviewer)
    page = client.post(address("add"), new_form(course) | fields | PUBLISH, follow=True)
    draft = OpenQuestionDraft.objects.get()
    assert page.redirect_chain[-1] == (edit(draft), 302)
    assert {name: words for name, words in said(page).items() if words} == {
        name: words for name, words in found.items() if words
    }
    assert "It was not published. Your draft is saved" in text(page)
    assert (Item.objects.filter(kind="open").count(), newest(draft).situation) == (0, "The trolleys are late.")
    assert len(newest(draft).anchors) == (5 if "anchors-5-deleted" in fields else 6)


def test_an_empty_draft_is_saved_and_its_preview_says_what_is_missing(author, sign_in):
    client = sign_in(author)
    client.post(address("add"), new_form(prompt="", situation="", fewest="") | {"anchors-count": "0", "levels-count": "0"})
    draft = OpenQuestionDraft.objects.get()
    assert str(draft) == ""
    sent = client.post(address("preview_on_edit", draft.pk), form_of(newest(draft)))
    assert sent.json() == {"is_valid": True, "is_available": True}
    shown = text(client.get(address("preview_on_edit", draft.pk)))
    assert "It cannot be published yet" in shown
    assert "Write 5 levels, from the lowest to the highest." in shown


def test_the_preview_shows_what_learners_and_what_raters_read(draft, author, sign_in):
    client = sign_in(author)
    client.post(address("preview_on_edit", draft.pk), form_of(draft, prompt="What do you <write>?"))
    page = client.get(address("preview_on_edit", draft.pk)).content.decode()
    assert ("What do you &lt;write&gt;?" in page, 'name="answer-0"' in page) == (True, True)
    assert [f"How one knows level {n}." in page for n in range(1, 6)] == [True] * 5
    assert [f"Anchor {n}" in page for n in range(1, 7)] == [True] * 6
    assert "It cannot be published yet" not in page


def test_what_it_does_not_know_is_no_choice(course, reviewer, sign_in):
    """Skills of organisations are their own words; and of the form nothing is lost where one is sent all the same."""
    framework = give_own_framework(organisation=OrganisationFactory(name="Rival"), title="Rival")
    words = SkillWords("Rival secret skill", "", tuple(LevelWords(n, f"Level {n}", "Seen.") for n in range(1, 6)))
    own = add_own_skill(framework=framework, words=words, measured_as=None, position=9)
    client = sign_in(reviewer)
    pages = [client.get(place) for place in (address("list"), address("add"), reverse(f"{ASKED_EDITOR}:list"))]
    assert ["Rival secret skill" in page.content.decode() for page in pages] == [False] * 3
    assert pages[1].content.decode().count(f">{skill(SKILLS[0]).name}<") == 1
    for fields in ({"skill": str(own.pk)}, {"by": "smoke"}, {"kinds": ["exe"]}, {"occasion": "never"}):
        refused = client.post(address("add"), new_form(course) | fields)
        assert (refused.status_code, OpenQuestionDraft.objects.count()) == (200, 0)
        assert "The trolleys are late." in refused.content.decode()


# One that is asked ----------------------------------------------------------------------------------------------------------


def test_opening_and_publishing_it_unchanged_changes_nothing(question, reviewer, sign_in):
    """Also where its words have lines, which browsers end otherwise than files do."""
    written = [level | {"words": "One line.\nAnother."} for level in levels()]
    train = [anchor | {"text": "Dear Joy,\nwe are late.\n"} for anchor in anchors()]
    open_question(
        question.course, uuid=question.uuid, asked=replace(ASKED, situation="Late.\nAgain."), levels=written, anchors=train
    )
    before = (fresh(question).current_version_id, rubric_of(question), fresh(question).state)
    client = sign_in(reviewer)
    opened = client.get(reverse(f"{ASKED_EDITOR}:edit", args=[question.pk]), follow=True)
    draft = OpenQuestionDraft.objects.get(item=question)
    assert (opened.redirect_chain, said(opened), draft.live) == ([(edit(draft), 302)], {}, True)
    sent = {
        name: value if name == "kinds" else str(value).replace("\n", "\r\n")
        for name, value in form_of(draft, **PUBLISH).items()
    }
    assert client.post(edit(draft), sent).status_code == 302
    assert (fresh(question).current_version_id, rubric_of(question), fresh(question).state) == before
    assert (Rubric.objects.count(), newest(draft).live) == (2, True)


def test_another_wording_is_a_version_and_another_rubric_an_edition(question, draft, reviewer, sign_in):
    client = sign_in(reviewer)
    page = client.post(edit(draft), form_of(draft, prompt="What now?") | PUBLISH, follow=True)
    assert "Where levels or anchors have changed, all raters train again before they rate." in text(page)
    assert (fresh(question).current_version.prompt, Rubric.objects.count()) == ("What now?", 1)
    client.post(edit(draft), form_of(newest(draft)) | {"anchors-0-value-reason": "Otherwise."} | PUBLISH)
    assert [rubric.number for rubric in Rubric.objects.order_by("number")] == [1, 2]
    assert [anchor["id"] for anchor in rubric_of(question).anchors] == [anchor["id"] for anchor in anchors()]
    assert (fresh(question).versions.count(), rubric_of(question).anchors[0]["reason"]) == (2, "Otherwise.")


def test_that_raters_train_again_makes_no_draft_old(question, draft, author, sign_in):
    sign_in(author).post(edit(draft), form_of(draft, prompt="Mine?"))
    train_again(item=question)
    assert newest(draft).is_outdated is False


def test_what_a_file_changed_meanwhile_is_seen_before_it_is_replaced(question, draft, reviewer, sign_in):
    client = sign_in(reviewer)
    client.post(edit(draft), form_of(draft, prompt="Mine?"))
    open_question(question.course, uuid=question.uuid, asked=replace(ASKED, prompt="From a file?"))
    refused = client.post(edit(draft), form_of(newest(draft), **PUBLISH), follow=True)
    newer = reverse("openquestiondraft_newer", args=[draft.pk])
    assert ("changed elsewhere since this draft was begun" in text(refused), newer in refused.content.decode()) == (True, True)
    assert fresh(question).current_version.prompt == "From a file?"
    shown = client.get(newer)
    assert ("From a file?" in text(shown), [one.field_label() for one in shown.context["differences"]]) == (True, ["Question"])
    client.post(newer, {"act": "keep"})
    client.post(edit(draft), form_of(newest(draft), **PUBLISH))
    assert fresh(question).current_version.prompt == "Mine?"


def test_the_newer_one_can_be_taken_over_and_what_was_written_stays_in_the_history(question, draft, reviewer, sign_in):
    client = sign_in(reviewer)
    client.post(edit(draft), form_of(draft, prompt="Mine?"))
    open_question(question.course, uuid=question.uuid, anchors=anchors((1, 1, 2, 3, 4, 5)))
    newer = reverse("openquestiondraft_newer", args=[draft.pk])
    labels = {str(one.field_label()) for one in client.get(newer).context["differences"]}
    assert labels == {"Question", "Anchors"}
    client.post(newer, {"act": "take"})
    now = newest(draft)
    assert (now.prompt, [child.value["score"] for child in now.anchors]) == (ASKED.prompt, ["1", "1", "2", "3", "4", "5"])
    assert "Mine?" in {revision.content["prompt"] for revision in Revision.objects.for_instance(draft)}


def test_retired_it_is_asked_of_nobody_and_publishing_takes_it_back(question, draft, reviewer, sign_in):
    client = sign_in(reviewer)
    client.post(address("unpublish", draft.pk))
    assert (fresh(question).is_retired, OpenQuestionDraft.objects.get().live) == (True, False)
    client.post(edit(draft), form_of(newest(draft), **PUBLISH))
    assert fresh(question).is_retired is False


def test_it_is_published_and_retired_on_its_days(question, draft, reviewer, sign_in):
    client, now = sign_in(reviewer), timezone.now()
    fields = form_of(draft, prompt="Tomorrow?", go_live_at=f"{now + timedelta(days=1):%Y-%m-%d %H:%M}")
    client.post(edit(draft), fields | PUBLISH)
    assert fresh(question).current_version.prompt == ASKED.prompt
    revision = Revision.objects.for_instance(draft).exclude(approved_go_live_at=None).get()
    revision.content["go_live_at"] = (now - timedelta(hours=1)).isoformat()
    revision.approved_go_live_at = now - timedelta(hours=1)
    revision.save()
    publish_scheduled()
    assert fresh(question).current_version.prompt == "Tomorrow?"
    OpenQuestionDraft.objects.update(expire_at=now - timedelta(minutes=1))
    publish_scheduled()
    assert (fresh(question).is_retired, OpenQuestionDraft.objects.get().live) == (True, False)


def test_a_reviewer_approves_what_an_author_has_submitted(question, draft, author, reviewer, sign_in):
    sign_in(author).post(edit(draft), form_of(draft, prompt="Better?") | {"action-submit": "1"})
    task = OpenQuestionDraft.objects.get().current_workflow_task_state
    client = sign_in(reviewer)
    client.post(address("workflow_action", draft.pk, "approve", task.pk), {"comment": "Good."})
    assert (fresh(question).current_version.prompt, OpenQuestionDraft.objects.get().live) == ("Better?", True)


def test_a_copy_is_a_question_of_its_own_that_is_not_asked_yet(question, draft, reviewer, sign_in):
    client = sign_in(reviewer)
    form = client.get(address("copy", draft.pk)).context["form"]
    assert (form.initial["prompt"], form.initial["occasion"], len(form.initial["anchors"])) == (ASKED.prompt, "", 6)
    copied = form_of(newest(draft), occasion="", base="")
    client.post(address("copy", draft.pk), copied | PUBLISH)
    assert sorted(Item.objects.filter(kind="open").values_list("key", "occasion")) == [("open-1", "before"), ("open-2", "")]


# Who may --------------------------------------------------------------------------------------------------------------------


def test_who_may_not_write_gets_in_nowhere(question, draft, author, sign_in):
    places = [edit(draft), address("list"), address("add"), address("history", draft.pk)]
    places += [reverse(f"{ASKED_EDITOR}:edit", args=[question.pk]), reverse("openquestiondraft_newer", args=[draft.pk])]
    outside = sign_in(UserFactory())
    assert {outside.get(place).status_code for place in places} <= {302, 403}
    assert {outside.post(place).status_code for place in places} <= {302, 403}
    writer = sign_in(author)
    assert writer.post(address("unpublish", draft.pk)).status_code in (302, 403)
    assert writer.post(address("delete", draft.pk)).status_code in (302, 403)
    assert (fresh(question).is_retired, OpenQuestionDraft.objects.count()) == (False, 1)


def test_an_author_writes_and_neither_publishes_nor_appoints(question, draft, author, sign_in):
    place = rater(question)
    client, desk = sign_in(author), reverse("open_question_rating", args=[question.pk])
    page = client.get(desk)
    assert (page.status_code, place.user.display_name in page.content.decode()) == (200, False)
    client.post(edit(draft), form_of(draft, prompt="Mine?", **PUBLISH))
    assert (fresh(question).current_version.prompt, newest(draft).prompt) == (ASKED.prompt, "Mine?")


def test_a_draft_that_nobody_published_can_be_deleted(author, sign_in):
    client = sign_in(author)
    client.post(address("add"), new_form())
    client.post(address("delete", OpenQuestionDraft.objects.get().pk))
    assert OpenQuestionDraft.objects.count() == 0


def test_groups_of_an_installation_that_exists_get_the_rights_they_have_to_other_questions(author):
    def acts(group, model):
        found = Group.objects.get(name=group).permissions.filter(content_type__model=model)
        return sorted(name.removesuffix(f"_{model}") for name in found.values_list("codename", flat=True))

    for group in Group.objects.all():
        group.permissions.remove(*group.permissions.filter(content_type__model="openquestiondraft"))
    ways = WorkflowContentType.objects.filter(content_type__model="openquestiondraft")
    ways.delete()
    for _time in range(2):
        rights.give_the_same_rights(apps, None)
        assert [acts(group, "openquestiondraft") for group in (AUTHORS, REVIEWERS)] == [
            acts(group, "questiondraft") for group in (AUTHORS, REVIEWERS)
        ]
        assert ways.count() == 1
    assert len(acts(REVIEWERS, "openquestiondraft")) == 6
