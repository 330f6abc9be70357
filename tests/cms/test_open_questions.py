"""Open questions in the CMS: who writes them, what saving does, what the page of raters shows and to whom."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import nested_form_data

from assessments.models import Item
from cms.open_questions import texts_of
from cms.site import AUTHORS, REVIEWERS, ensure_site
from rating.figures import FEWEST_DOUBLE
from rating.models import OpenQuestion, Rater, Rubric, Skip
from rating.queries import rubric_of, waiting_for
from rating.services import decide_works
from skills.queries import skill
from skills.services import LevelWords, SkillWords, add_own_skill, give_own_framework
from tests.assessments.factories import SKILLS, course_with_forms
from tests.assessments.test_views import text
from tests.cms.test_skills import seen_in
from tests.factories import OrganisationFactory, UserFactory
from tests.rating.factories import anchors, give, open_question, rater, works

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


def listed(name, values):
    """A list of blocks as its form sends it."""
    sent = {f"{name}-count": str(len(values))}
    for place, (block_id, value) in enumerate(values):
        head = f"{name}-{place}"
        sent |= {f"{head}-type": "", f"{head}-order": str(place), f"{head}-deleted": "", f"{head}-id": block_id}
        sent |= {f"{head}-value-{field}": str(text) for field, text in value.items()}
    return sent


def sent(course, scores=(1, 2, 3, 3, 4, 5), **fields):
    given = {
        "course": str(course.pk),
        "skill": "",
        "occasion": "after",
        "situation": "The trolleys are late.",
        "prompt": "What do you write?",
        "by": "words",
        "fewest": "20",
        "most": "120",
        "concept": "",
    }
    levels = [("", {"name": f"Level {n}", "words": f"Words {n}"}) for n in range(1, 6)]
    written = [
        (anchor["id"], {"text": anchor["text"], "score": anchor["score"], "reason": anchor["reason"]})
        for anchor in anchors(scores)
    ]
    kinds = fields.pop("kinds", [])
    return nested_form_data(given | fields) | {"kinds": kinds} | listed("levels", levels) | listed("anchors", written)


def test_a_reviewer_writes_one_with_its_rubric_and_its_anchors(client):
    course = course_with_forms()
    signed_in(client, REVIEWERS)

    response = client.post(reverse(ADD), sent(course))

    item = OpenQuestion.objects.get()
    assert response["Location"] == reverse("open_question_rating", args=[item.pk])
    version, rubric = item.current_version, rubric_of(item)
    assert (item.key, item.kind, item.occasion, item.course) == ("open-1", "open", "after", course)
    assert (version.prompt, version.correct) == ("What do you write?", ["fewest:20", "most:120"])
    assert [level["words"] for level in rubric.levels] == ["Words 1", "Words 2", "Words 3", "Words 4", "Words 5"]
    assert [(anchor["text"], anchor["score"]) for anchor in rubric.anchors] == [
        (f"Anchor {n}", score) for n, score in enumerate((1, 2, 3, 3, 4, 5), 1)
    ]


@pytest.mark.parametrize(
    ("fields", "key", "words"),
    [
        (
            {"by": "file", "kinds": ["txt", "pdf"], "megabytes": "4", "fewest": "", "most": ""},
            ["by:file", "kinds:pdf+txt", "megabytes:4"],
            "Answer with a file: PDF, TXT; at most 4.0",
        ),
        (
            {"by": "audio", "minutes": "3", "fewest": "x"},
            ["by:audio", "minutes:3"],
            "Answer by speaking, for at most 3 minutes.",
        ),
    ],
)
def test_a_reviewer_has_it_answered_by_a_file_or_by_speaking(client, fields, key, words):
    course = course_with_forms()
    signed_in(client, REVIEWERS)

    client.post(reverse(ADD), sent(course, **fields))
    item = OpenQuestion.objects.get()
    page = client.get(reverse(EDIT, args=[item.pk]))

    assert item.current_version.correct == key
    said = next(value for name, value in texts_of(item) if name == "How learners answer")
    assert said.replace("\xa0", " ").startswith(words)
    form = page.context["form"]
    assert [form.initial[name] for name in fields if name in ("by", "minutes")] == [
        int(value) if value.isdecimal() else value for name, value in fields.items() if name in ("by", "minutes")
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"by": "file", "kinds": [], "megabytes": "4"}, "This field is required."),
        ({"by": "file", "kinds": ["pdf"], "megabytes": ""}, "This field is required."),
        ({"by": "file", "kinds": ["pdf"], "megabytes": "11"}, "This installation takes files of 10 MB at the most."),
        ({"by": "file", "kinds": ["exe"], "megabytes": "1"}, "exe is not one of the available choices."),
        ({"by": "audio", "minutes": "11"}, "less than or equal to 10"),
        ({"by": "audio", "minutes": ""}, "This field is required."),
        ({"by": "smoke"}, "smoke is not one of the available choices."),
    ],
)
def test_limits_that_nobody_could_keep_are_refused_in_the_editor(client, fields, words):
    course = course_with_forms()
    signed_in(client, REVIEWERS)

    page = client.post(reverse(ADD), sent(course, **fields)).content.decode()

    assert words in page
    assert "The trolleys are late." in page
    assert OpenQuestion.objects.count() == 0


def test_the_editor_shows_what_is_there_and_saving_it_unchanged_changes_nothing(client):
    item = open_question()
    version, rubric = item.current_version, rubric_of(item)
    signed_in(client, REVIEWERS)

    page = client.get(reverse(EDIT, args=[item.pk])).content.decode()
    response = client.post(
        reverse(EDIT, args=[item.pk]),
        sent(
            item.course,
            skill=str(item.skill.pk),
            occasion="before",
            situation=version.situation,
            prompt=version.prompt,
            fewest="3",
            most="10",
        )
        | listed("levels", [("", {"name": level["name"], "words": level["words"]}) for level in rubric.levels]),
    )

    assert all(anchor["text"] in page for anchor in rubric.anchors)
    assert response.status_code == 302
    item.refresh_from_db()
    assert (item.versions.count(), Rubric.objects.count(), item.current_version) == (1, 1, version)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"scores": (3, 3, 3, 3, 4, 4)}, "at least 3 different levels"),
        ({"fewest": "120", "most": "20"}, "Give more words here than as the fewest"),
    ],
)
def test_what_cannot_be_rated_is_refused_with_what_was_written(client, fields, words):
    course = course_with_forms()
    signed_in(client, REVIEWERS)

    page = client.post(reverse(ADD), sent(course, **fields)).content.decode()

    assert words in page
    assert "The trolleys are late." in page
    assert "Anchor 6" in page
    assert not OpenQuestion.objects.exists()


def test_skills_of_organisations_are_no_choice(client):
    """Their names are theirs; and of the form nothing is lost where one is sent all the same."""
    course = course_with_forms()
    framework = give_own_framework(organisation=OrganisationFactory(name="Rival"), title="Rival")
    words = SkillWords("Rival secret skill", "", tuple(LevelWords(n, f"Level {n}", "Seen.") for n in range(1, 6)))
    own = add_own_skill(framework=framework, words=words, measured_as=None, position=9)
    signed_in(client, REVIEWERS)
    pages = [client.get(reverse(f"wagtailsnippets_{name}:list")) for name in ("rating_openquestion", "assessments_item")]
    pages += [client.get(reverse(ADD)), client.get(reverse("export_questions"))]
    assert ["Rival secret skill" in page.content.decode() for page in pages] == [False] * 4
    assert [page.content.decode().count(f">{skill(SKILLS[0]).name}<") for page in pages[2:]] == [1] * 2
    refused = client.post(reverse(ADD), sent(course, skill=str(own.pk)))
    assert (refused.status_code, OpenQuestion.objects.count()) == (200, 0)
    assert "The trolleys are late." in refused.content.decode()
    assert "Select a valid choice" in text(refused)


def test_a_tab_that_was_left_open_does_not_undo_what_a_colleague_wrote(client):
    question = open_question()
    signed_in(client, REVIEWERS)
    edit = reverse(EDIT, args=[question.pk])
    seen = seen_in(client.get(edit))
    client.post(edit, sent(question.course, seen=seen, prompt="A colleague asks this."))
    refused = client.post(edit, sent(question.course, seen=seen, situation="What I typed."))
    page = refused.content.decode()
    assert "Somebody has changed this since you opened it, so nothing was saved." in page
    assert "It says now: “A colleague asks this.”" in page
    assert "What I typed." in page
    now = OpenQuestion.objects.get().current_version
    assert (now.prompt, now.situation) == ("A colleague asks this.", "The trolleys are late.")
    mine = sent(question.course, seen=seen_in(refused), situation="What I typed.")
    assert client.post(edit, mine).status_code == 302
    assert OpenQuestion.objects.get().current_version.situation == "What I typed."


def test_a_tab_that_was_left_open_does_not_take_a_retired_question_back(client):
    question = open_question()
    signed_in(client, REVIEWERS)
    edit = reverse(EDIT, args=[question.pk])
    seen = seen_in(client.get(edit))
    client.post(edit, sent(question.course, seen=seen, is_retired="on"))
    assert "Somebody has changed this" in text(client.post(edit, sent(question.course, seen=seen)))
    assert OpenQuestion.objects.get().is_retired is True


def test_an_author_reads_and_neither_writes_nor_appoints(client):
    item = open_question()
    place = rater(item)
    signed_in(client, AUTHORS)
    desk = reverse("open_question_rating", args=[item.pk])

    page = client.get(desk)

    assert page.status_code == 200
    assert place.user.display_name not in page.content.decode()
    assert client.get(reverse(EDIT, args=[item.pk])).status_code == 302
    assert client.get(reverse(ADD)).status_code == 302
    for action in ("appoint", "train", "end"):
        refused = client.post(desk, {"action": action, "email": "x@example.org", "rater": place.uuid})
        assert (refused.status_code, refused["Location"]) == (302, "/cms/")
    assert (Rater.objects.get().ended_at, Rubric.objects.count()) == (None, 1)


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
