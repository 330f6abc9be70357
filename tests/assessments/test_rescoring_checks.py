"""Kept skill checks scored again: only those that are kept, once, with their evidence, and by whom."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.personal_data import moment
from assessments.jobs import PLAN_JOB, RESCORE_JOB
from assessments.models import Item, ItemVersion, SkillCheck
from assessments.privacy import PARTS
from assessments.services import keep_check, plan_rescoring_of_checks, rescore_checks, start_check, submit_check, upsert_item
from assessments.services.skill_checks import save_check
from jobs.enums import JobState
from jobs.models import Job
from jobs.services import perform
from skills.models import Evidence
from tests.assessments.test_skill_check import form  # noqa: F401
from tests.assessments.test_views import text
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("form")]


def sit(*, user=None, chosen="b"):
    """Answer everything with one option; keep it where somebody does."""
    check, _token = start_check(user=None)
    save_check(check=check, answers={version: [chosen] for version, _order in check.questions})
    submit_check(check=check)
    if user is not None:
        keep_check(check=check, user=user)
    return SkillCheck.objects.get(pk=check.pk)


def rekey(check, *, levels=None, correct=None):
    """Another key for what it asked, and not a word else; the keys of those questions."""
    changed = []
    for version in ItemVersion.objects.filter(pk__in=[pk for pk, _order in check.questions]).select_related("item__skill"):
        options = [
            option | ({"level": levels[option["id"]]} if levels and "level" in option else {}) for option in version.options
        ]
        upsert_item(
            course=None,
            key=version.item.key,
            uuid=version.item.uuid,
            use="form",
            kind=version.item.kind,
            skill_slug=version.item.skill.slug,
            situation=version.situation,
            prompt=version.prompt,
            options=options,
            correct=correct or version.correct,
            boundary=version.item.boundary,
            relationship=version.item.relationship,
        )
        changed.append(version.item.key)
    return sorted(changed)


def in_force(user):
    return Evidence.objects.in_force().get(user=user)


def test_a_kept_check_is_scored_again_once_and_its_evidence_corrected():
    user = UserFactory()
    check = sit(user=user)
    before = in_force(user)
    wrong = next(option["id"] for option in Item.objects.first().current_version.options if option["id"] != "b")
    assert before.share in (0, 1)
    keys = rekey(check, correct=[wrong] if before.share else ["b"])
    plan = plan_rescoring_of_checks()
    assert (plan.questions, plan.attempts, plan.as_json()["learners"]) == (keys, 1, "1–9")
    assert (SkillCheck.objects.get().keyed_by, Evidence.objects.count()) == ({}, 1)
    assert rescore_checks() == 1
    after = in_force(user)
    assert (after.replaces_id, after.share, after.source) == (before.pk, 1 - before.share, f"skill-check:{check.uuid}")
    check.refresh_from_db()
    assert sorted(check.keyed_by) == sorted(str(version) for version, _order in check.questions)
    assert (check.rekeyed["best"], check.rekeyed["agreed"]) == (4, 4 * before.share)
    assert (rescore_checks(), plan_rescoring_of_checks().attempts, Evidence.objects.count()) == (0, 0, 2)


def test_a_key_that_is_changed_back_is_scored_again_too():
    user = UserFactory()
    check = sit(user=user)
    before, current = in_force(user).share, Item.objects.get(current_version=check.questions[0][0]).current_version.correct
    rekey(check, correct=["c"] if current != ["c"] else ["b"])
    assert rescore_checks() == 1
    rekey(check, correct=current)
    assert rescore_checks() == 1
    assert in_force(user).share == before


def test_what_nobody_has_kept_stays_as_it_is():
    check = sit()
    rekey(check, correct=["c"])
    assert (rescore_checks(), plan_rescoring_of_checks().attempts) == (0, 0)
    check.refresh_from_db()
    assert (check.keyed_by, check.scored_again_at) == ({}, None)


def test_how_many_queries_a_look_takes_does_not_depend_on_checks(django_assert_num_queries):
    check = sit(user=UserFactory())
    rekey(check, correct=["c"])
    with django_assert_num_queries(5) as few:
        plan_rescoring_of_checks()
    for _person in range(3):
        SkillCheck.objects.create(
            instrument=check.instrument,
            token_digest=f"{_person}",
            user=UserFactory(),
            questions=check.questions,
            answers=check.answers,
            submitted_at=check.submitted_at,
            expires_at=check.expires_at,
        )
    with django_assert_num_queries(len(few)):
        assert plan_rescoring_of_checks().attempts == 4


def test_it_goes_on_where_it_was_stopped():
    first, second = sit(user=UserFactory()), sit(user=UserFactory())
    rekey(first, correct=["c"])
    rekey(second, correct=["c"])

    class Stopped(Exception):
        pass

    def stop(done, total):
        raise Stopped

    with pytest.raises(Stopped):
        rescore_checks(report=stop)
    rescore_checks()
    assert all(SkillCheck.objects.values_list("scored_again_at", flat=True))
    assert rescore_checks() == 0
    sources = Evidence.objects.filter(replaces__isnull=False).values_list("source", flat=True)
    assert sorted(sources) == sorted(set(sources))


def test_a_copy_of_ones_data_says_when():
    user = UserFactory()
    check = sit(user=user)
    part = next(part for part in PARTS if part.name == "skill check")
    assert [row["scored_again_at"] for row in part.export(user)] == [None]
    rekey(check, correct=["c"])
    rescore_checks()
    check.refresh_from_db()
    assert [row["scored_again_at"] for row in part.export(user)] == [moment(check.scored_again_at)]


# The command and the pages --------------------------------------------------------------------------------------------


def said(capsys, *arguments):
    call_command("rescore", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


def test_the_command_scores_kept_checks(capsys):
    rekey(sit(user=UserFactory()), correct=["c"])
    assert said(capsys, "--skill-checks", "--dry-run")["attempts"] == "1–9"
    assert said(capsys, "--skill-checks") == {"course": None, "rescored": 1}


@pytest.mark.parametrize("arguments", [[], ["bench", "--skill-checks"]])
def test_the_command_takes_a_course_or_kept_checks(arguments):
    with pytest.raises(CommandError, match="Name either a course or --skill-checks"):
        call_command("rescore", *arguments)


@pytest.fixture
def operates(sign_in):
    return sign_in(UserFactory(is_staff=True, is_superuser=True))


ADDRESS = "/cms/scoring-again/0/"


def test_an_operator_looks_and_scores_kept_checks(operates):
    rekey(sit(user=UserFactory()), correct=["c"])
    listing = operates.get(reverse("rescoring"))
    assert "Kept skill checks 1" in text(listing)
    assert f'href="{ADDRESS}"' in listing.content.decode()
    operates.post(f"{ADDRESS}look/")
    perform(Job.objects.get(kind=PLAN_JOB).pk)
    assert "Attempts scored again 1–9" in text(operates.get(ADDRESS))
    operates.post(f"{ADDRESS}score/")
    assert "Kept skill checks are being scored again now." in text(operates.get(ADDRESS))
    job = Job.objects.get(kind=RESCORE_JOB)
    perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["message"]) == (JobState.DONE, "1 kept skill check was scored again.")
    assert "Done: 1 kept skill check was scored again, on" in text(operates.get(ADDRESS))


def test_the_page_says_how_far_the_work_is(operates):
    sit(user=UserFactory())
    operates.post(f"{ADDRESS}look/")
    job = Job.objects.get(kind=PLAN_JOB)
    assert "A worker is looking who would move. Waiting for its turn" in text(operates.get(ADDRESS))
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, done=1500, total=6000)
    page = operates.get(ADDRESS)
    assert "1,500 of 6,000 looked at (25%)" in text(page)
    assert 'max="100" value="25"' in page.content.decode()
