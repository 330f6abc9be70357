"""The skill check for everybody: without an account, kept by signing in, forgotten otherwise."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from assessments.models import Item, SkillCheck
from assessments.scoring.blueprint import Blueprint, Cell
from assessments.services import Plan, keep_check, start_attempt, start_check, submit_check, upsert_drawn_instrument
from assessments.services.skill_checks import forget_skill_checks, met_by, versions_of
from skills.models import Evidence, Level, Skill
from tests.assessments.factories import SKILLS, course_with_forms, item, learner
from tests.assessments.test_drawing import bank
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
START, QUESTIONS, RESULT = (f"/skill-check/{name}" for name in ("", "questions/", "result/"))


@pytest.fixture
def form():
    bank(6)
    for skill in Skill.objects.all():
        for number in range(1, 6):
            Level.objects.create(skill=skill, number=number, name=f"Name {number}")
    return upsert_drawn_instrument(
        course=None,
        key="check",
        title="Skill check",
        plan=Plan(Blueprint((Cell(SKILLS[0], 2, "1|2"), Cell(SKILLS[0], 2, "2|3")))),
    )


def sit(client, *, chosen="b", action="submit"):
    """Begin, and answer all that is asked."""
    client.post(START)
    check = SkillCheck.objects.latest("pk")
    client.post(QUESTIONS, {f"answer-{version}": chosen for version, _order in check.questions} | {"action": action})
    check.refresh_from_db()
    return check


def test_a_visitor_sees_a_level_with_its_band_and_leaves_nothing_that_says_who_they_are(client, form):
    assert "4 questions" in client.get(START).content.decode()
    check = sit(client)
    cookie = client.cookies["skill_check"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", START)
    assert cookie.value not in (str(check.uuid), check.token_digest)
    assert len(cookie.value) > 40
    page = client.get(RESULT).content.decode()
    assert "Your answers look most like level" in page
    assert "is likely" in page
    assert "Provisional" in page
    assert (check.user, Evidence.objects.count()) == (None, 0)
    assert "sessionid" not in client.cookies


def test_pages_are_kept_by_no_shared_cache_and_no_search_engine(client, form):
    sit(client)
    assert {client.get(address)["Cache-Control"] for address in (START, RESULT)} == {"private, no-cache"}
    robots = client.get("/robots.txt").content.decode()
    assert "Disallow: /skill-check/questions/" in robots
    assert "Disallow: /skill-check/\n" not in robots


def test_without_its_token_a_sitting_does_not_exist(client, form, sign_in, user):
    sit(client)
    other = sign_in(user)
    for address in (QUESTIONS, RESULT):
        assert other.get(address)["Location"] == START
    other.cookies["skill_check"] = SkillCheck.objects.get().token_digest
    assert other.get(RESULT)["Location"] == START


def test_it_is_submitted_once_whoever_goes_back(client, form):
    check = sit(client)
    again = client.post(QUESTIONS, {f"answer-{version}": "a" for version, _order in check.questions})
    assert again["Location"] == RESULT
    check.refresh_from_db()
    assert {tuple(chosen) for chosen in check.answers.values()} == {("b",)}


def test_open_questions_are_named_and_nothing_answered_shows_no_result(client, form):
    client.post(START)
    check = SkillCheck.objects.get()
    assert "nothing to look at yet" in client.post(QUESTIONS, {"action": "submit-open"}).content.decode()
    [first, *_rest] = [version for version, _order in check.questions]
    page = client.post(QUESTIONS, {f"answer-{first}": "b"}).content.decode()
    assert "3 questions are unanswered" in page
    assert "checked" in page
    refused = client.post(QUESTIONS, {f"answer-{first}": "nonsense"})
    assert refused.status_code == 422
    assert client.post(QUESTIONS, {"action": "submit-open"})["Location"] == RESULT
    assert client.post(START)["Location"] == QUESTIONS, "another one begins"
    asked = [{version for version, _order in check.questions} for check in SkillCheck.objects.all()]
    assert len(asked) == 2
    assert asked[0].isdisjoint(asked[1])


def test_a_result_is_kept_once_by_whoever_signs_in_with_the_same_browser(client, form, user):
    check = sit(client)
    assert client.post(RESULT)["Location"] == f"{reverse('account_signup')}?next={RESULT}"
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    token = client.cookies["skill_check"].value
    for _twice in range(2):
        client.cookies["skill_check"] = token
        assert client.post(RESULT)["Location"] == reverse("skills")
    evidence = Evidence.objects.get()
    assert (evidence.user, evidence.kind, evidence.items, evidence.is_provisional, evidence.level) == (
        user,
        "assessment",
        4,
        True,
        None,
    )
    assert evidence.occurred_at == SkillCheck.objects.get(pk=check.pk).submitted_at
    assert client.cookies["skill_check"].value == ""
    client.logout()
    client.cookies["skill_check"] = token
    assert client.get(RESULT)["Location"] == START, "from then on it is its owner's alone"


def test_of_two_devices_one_result_is_kept(client, form, user):
    first, second = sit(client), None
    client.cookies.clear()
    second = sit(client)
    keep_check(check=first, user=user)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert "A second one would say less" in client.post(RESULT, follow=True).content.decode()
    assert (SkillCheck.objects.get(pk=second.pk).user, Evidence.objects.count()) == (None, 1)


def test_nobody_keeps_what_another_kept(form):
    check, _token = start_check(user=None)
    submit_check(check=check)
    keep_check(check=check, user=UserFactory())
    with pytest.raises(Exception, match="another account"):
        keep_check(check=check, user=UserFactory())


def test_questions_of_forms_are_not_asked_and_what_was_asked_is_met(form, user):
    check, _token = start_check(user=None)
    asked = {version.item_id for version in versions_of(check)}
    submit_check(check=check)
    keep_check(check=check, user=user)
    assert met_by(user) == asked
    again, _token = start_check(user=user)
    assert asked.isdisjoint(version.item_id for version in versions_of(again))
    course = course_with_forms(length=1)
    attempt = start_attempt(enrolment=learner(course, user=user), occasion="before")
    assert asked.isdisjoint(attempt.items.values_list("item_id", flat=True))


def test_a_result_with_questions_that_were_met_in_a_course_is_not_kept(form, user):
    check, _token = start_check(user=None)
    submit_check(check=check)
    course = course_with_forms(length=1)
    attempt = start_attempt(enrolment=learner(course, user=user), occasion="before")
    met = versions_of(check)[0]
    attempt.items.update(item=met.item_id, item_version=met.pk)
    with pytest.raises(Exception, match="met 1 of these questions before"):
        keep_check(check=check, user=user)
    assert not Evidence.objects.exists()


def test_what_nobody_keeps_is_forgotten_and_cannot_be_opened_before(client, form, user):
    sit(client)
    kept, _token = start_check(user=None)
    submit_check(check=kept)
    keep_check(check=kept, user=user)
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert client.get(RESULT)["Location"] == START
        forget_skill_checks()
    assert SkillCheck.objects.get() == kept


def test_beginning_is_slowed_down(client, form, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"skill_check": "2/m/ip"}
    statuses = []
    for _time in range(3):
        client.cookies.clear()
        statuses.append(client.post(START).status_code)
    assert statuses == [302, 302, 429]
    assert SkillCheck.objects.count() == 2


def test_without_content_there_is_no_skill_check_and_the_page_says_so(client):
    assert "There is no skill check at the moment" in client.get(START).content.decode()
    assert client.post(START).status_code == 409


def test_a_bank_that_is_used_up_says_so(client, form, user):
    item(course_with_forms(length=1), "spare")
    form.blueprint = Plan(Blueprint((Cell(SKILLS[0], 99),))).as_json
    form.save()
    assert "not enough questions" in client.post(START).content.decode()


# What is said where nothing can be done ---------------------------------------------------------------------------------------


def test_another_one_is_offered_only_while_there_are_questions_for_it(client, form):
    sit(client)
    assert "Start again with other questions" in client.get(START).content.decode()
    form.blueprint = Plan(Blueprint((Cell(SKILLS[0], 4, "1|2"), Cell(SKILLS[0], 4, "2|3")))).as_json
    form.save()
    client.cookies.clear()
    sit(client)
    assert "Start again with other questions" not in client.get(START).content.decode()
    refused = client.post(START)
    assert (refused.status_code, "there are not enough others" in refused.content.decode()) == (409, True)
    assert "try again later" not in refused.content.decode()


def test_whoever_met_most_questions_in_courses_is_told_so_in_place_of_a_button(client, form, user):
    course = course_with_forms(length=10)
    attempt = start_attempt(enrolment=learner(course, user=user), occasion="before")
    for entry, spare in zip(attempt.items.all(), Item.objects.filter(course=None), strict=False):
        attempt.items.filter(pk=entry.pk).update(item=spare, item_version=spare.current_version)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(START).content.decode()
    assert "there are not enough others" in page
    assert "Start the" not in page


def test_the_second_who_claims_a_result_is_told_that_another_account_has_it(client, form, user):
    check = sit(client)
    token = client.cookies["skill_check"].value
    keep_check(check=check, user=UserFactory())
    assert "This result has been kept. Sign in" in client.get(RESULT, follow=True).content.decode()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["skill_check"] = token
    assert "kept in another account" in client.post(RESULT, follow=True).content.decode()


def test_answers_of_a_late_tab_are_not_lost_without_a_word(client, form):
    check = sit(client)
    answers = {f"answer-{version}": "a" for version, _order in check.questions}
    assert "you had submitted this skill check before" in client.post(QUESTIONS, answers, follow=True).content.decode()
    same = {f"answer-{version}": "b" for version, _order in check.questions}
    assert "Your answers were not saved" not in client.post(QUESTIONS, same, follow=True).content.decode(), "sent twice"
    client.post(START)
    other = client.post(QUESTIONS, answers | {"check": str(check.uuid)}, follow=True).content.decode()
    assert "has begun another skill check since" in other
    client.cookies.clear()
    assert "kept already, or deleted" in client.post(QUESTIONS, answers, follow=True).content.decode()
    assert "kept already, or deleted" in client.post(RESULT, follow=True).content.decode()


def test_an_old_tab_leaves_the_newer_answer_and_says_so(client, form):
    client.post(START)
    check = SkillCheck.objects.get()
    versions = [version for version, _order in check.questions]
    first = {f"answer-{version}": "b" for version in versions}
    shown = {f"shown-{version}": "" for version in versions}
    client.post(QUESTIONS, first | shown | {"action": "save"})
    page = client.post(QUESTIONS, first | shown | {f"answer-{versions[0]}": "c", "action": "submit"}).content.decode()
    assert "An answer was changed in another tab; the latest one is shown below:" in page
    assert f'name="shown-{versions[0]}" value="b"' in page
    check.refresh_from_db()
    assert (check.submitted_at, check.answers[str(versions[0])]) == (None, ["b"])
    untouched = client.post(QUESTIONS, {f"answer-{versions[1]}": "c", f"shown-{versions[1]}": "c", "action": "submit"})
    assert "was changed in another tab" in untouched.content.decode(), "also where it is not this tab that changed it"
    again = {f"answer-{versions[0]}": "c", f"shown-{versions[0]}": "b", "action": "submit"}
    assert client.post(QUESTIONS, again)["Location"] == RESULT


def autosave(client, version, chosen, *, shown, check):
    sent = {f"answer-{version}": chosen, f"shown-{version}": shown, "check": str(check.uuid), "action": "save"}
    return client.post(QUESTIONS, sent, headers={"HX-Request": "true"}).content.decode()


def test_each_answer_is_saved_as_it_is_chosen_and_never_over_a_newer_one(client, form):
    client.post(START)
    check = SkillCheck.objects.get()
    version, other = (found for found, _order in check.questions[:2])
    saved = autosave(client, version, "b", shown="", check=check)
    assert (f'name="shown-{version}" value="b"' in saved, "Saved" in saved, "<form" in saved) == (True, True, False)
    page = client.get(QUESTIONS).content.decode()
    assert f'name="answer-{version}" value="b" checked' in page
    assert f'name="answer-{other}" value="b" checked' not in page
    late = autosave(client, version, "c", shown="", check=check)
    assert "this was answered in another tab since" in late
    assert f'name="shown-{version}" value="b"' in late
    assert "Saved" in autosave(client, version, "c", shown="b", check=check)
    check.refresh_from_db()
    assert (check.answers, check.submitted_at) == ({str(version): ["c"]}, None)
    refused = autosave(client, version, "no option", shown="c", check=check)
    assert ("status--danger" in refused, "Saved" in refused) == (True, False)
    client.cookies.clear()
    assert "kept already, or deleted" in autosave(client, version, "a", shown="c", check=check)


def test_a_class_behind_one_address_begins_at_once_and_more_are_told_to_wait(client, form, settings):
    statuses = set()
    for _person in range(40):
        client.cookies.clear()
        statuses.add(client.post(START).status_code)
    assert statuses == {302}
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"skill_check": "1/m/ip"}
    client.cookies.clear()
    client.post(START)
    client.cookies.clear()
    page = client.post(START)
    assert page.status_code == 429
    assert "started from your network" in page.content.decode()
    assert "password" not in page.content.decode().split("<main")[1].split("</main>")[0]
