"""The skill check for everybody. By its token a sitting belongs to one browser; for others it does not exist."""

import math
from dataclasses import dataclass
from typing import Any

from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from assessments.errors import AssessmentNotOpen, SkillCheckNotKept
from assessments.models import ItemVersion, SkillCheck
from assessments.placements import placements_by_skill
from assessments.services import skill_checks
from assessments.services.scoring import is_provisional, scored
from common.errors import UserError
from skills.queries import called, framework_of

COOKIE = "skill_check"


def _check(request: HttpRequest) -> SkillCheck | None:
    return skill_checks.find_check(request.COOKIES.get(COOKIE, ""))


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """What it is; POST begins, or goes on with one that is begun."""
    check = _check(request)
    if request.method == "POST" and (check is None or check.submitted_at):
        return _begin(request, check)
    if request.method == "POST":
        return redirect("skill_check:questions")
    return render(request, "assessments/skill_check.html", _start_context(request, check))


def _start_context(request: HttpRequest, check: SkillCheck | None) -> dict[str, Any]:
    form = skill_checks.current_check()
    user = _user(request)
    count = form.blueprint_length if form else 0
    return {
        "form": form,
        "check": check,
        "why_not": skill_checks.why_not(user=user, previous=check) if check is None or check.submitted_at else "",
        "has_kept": user is not None and SkillCheck.objects.filter(user=user).exists(),
        "question_count": count,
        "minutes": max(5, math.ceil(count / 5) * 5),  # a minute each: all are answered by one choice
        "days": settings.ACCORD_KEEP_DAYS["skill_checks"],
    }


def _begin(request: HttpRequest, previous: SkillCheck | None) -> HttpResponse:
    user = _user(request)
    if user is not None and SkillCheck.objects.filter(user=user).exists():
        return redirect("skill_check:start")
    if not consume(request, action="skill_check"):
        problem = _("Many skill checks have been started from your network just now. Wait a few minutes, then start yours.")
        return _not_begun(request, previous, problem, status=429)
    try:
        check, token = skill_checks.start_check(user=user, previous=previous)
    except AssessmentNotOpen as error:
        return _not_begun(request, previous, str(error), status=409)
    response = redirect("skill_check:questions")
    response.set_cookie(
        COOKIE,
        token,
        expires=check.expires_at,
        path=reverse("skill_check:start"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _not_begun(request: HttpRequest, previous: SkillCheck | None, problem: str, *, status: int) -> HttpResponse:
    context = _start_context(request, previous) | {"problem": problem}
    return render(request, "assessments/skill_check.html", context, status=status)


@dataclass(frozen=True)
class CheckQuestion:
    """`options`: id, text and whether it is chosen, in the order of this sitting."""

    number: int
    version: ItemVersion
    options: list[tuple[str, str, bool]]

    @property
    def field(self) -> str:
        return f"answer-{self.version.pk}"

    @property
    def shown_field(self) -> str:
        return f"shown-{self.version.pk}"

    @property
    def chosen(self) -> str:
        return next((name for name, _text, is_chosen in self.options if is_chosen), "")

    @property
    def is_answered(self) -> bool:
        return any(is_chosen for _id, _text, is_chosen in self.options)


def _questions(check: SkillCheck) -> list[CheckQuestion]:
    orders = dict(check.questions)
    found = []
    for number, version in enumerate(skill_checks.versions_of(check), start=1):
        texts = {option["id"]: option["text"] for option in version.options}
        chosen = check.answers.get(str(version.pk), [])
        options = [(option_id, texts[option_id], option_id in chosen) for option_id in orders[version.pk]]
        found.append(CheckQuestion(number, version, options))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest) -> HttpResponse:
    """All questions on one page: each saved as it is answered, or all as they are sent; submitted once."""
    check = _check(request)
    if request.method == "POST" and request.headers.get("HX-Request"):
        return _save_one(request, check)
    if request.method == "POST" and (unsaved := _why_unsaved(request, check)):
        messages.warning(request, unsaved)
        return redirect(_where(check))
    if check is None or check.submitted_at:
        return redirect(_where(check))
    sent = _save_or_submit(request, check) if request.method == "POST" else Sent()
    if check.submitted_at:
        return redirect("skill_check:result")
    asked = _questions(check)
    context = {
        "check": check,
        "questions": asked,
        "problem": sent.problem,
        "differing": [question for question in asked if question.version.pk in sent.differing],
        "open_questions": [question for question in asked if not question.is_answered],
        "is_review": sent.is_saved and request.POST.get("action") != "save",
        "is_saved": sent.is_saved and request.POST.get("action") == "save",
    }
    status = 422 if sent.problem else 200
    return render(request, "assessments/skill_check_questions.html", context, status=status)


def _where(check: SkillCheck | None) -> str:
    if check is None:
        return "skill_check:start"
    return "skill_check:result" if check.submitted_at else "skill_check:questions"


def _why_unsaved(request: HttpRequest, check: SkillCheck | None) -> str:
    """Why nothing that a page sent can count any more, in words; empty where it can, and where it is what was submitted."""
    if check is None:
        return _("Your answers were not saved: this skill check has been kept already, or deleted.")
    if request.POST.get("check", str(check.uuid)) != str(check.uuid):
        return _("Your answers were not saved: this browser has begun another skill check since.")
    if check.submitted_at and any(check.answers.get(str(pk), []) != chosen for pk, chosen in _given(request, check).items()):
        return _("Your answers were not saved: you had submitted this skill check before. Here is its result.")
    return ""


def _given(request: HttpRequest, check: SkillCheck) -> dict[int, list[str]]:
    ids = [version for version, _order in check.questions]
    return {pk: request.POST.getlist(f"answer-{pk}") for pk in ids if f"answer-{pk}" in request.POST}


@dataclass(frozen=True)
class Sent:
    """What became of answers that were sent. `problem`: what is wrong, in words; `differing`: ids of the versions of which
    another tab had saved another answer since the page was opened.
    """

    problem: str = ""
    differing: frozenset[int] = frozenset()
    is_saved: bool = False


def _save_or_submit(request: HttpRequest, check: SkillCheck) -> Sent:
    """Where answers differ from what another tab has saved since, the newer ones stay and nothing is submitted yet."""
    given = _given(request, check)
    seen = {pk: [shown] if shown else [] for pk in given if (shown := request.POST.get(f"shown-{pk}")) is not None}
    changed = {pk: chosen for pk, chosen in given.items() if chosen != seen.get(pk)}
    try:
        skill_checks.save_check(check=check, answers=changed, seen=seen)
    except UserError as error:
        return Sent(problem=str(error))
    differing = frozenset(pk for pk, chosen in given.items() if check.answers.get(str(pk), []) != chosen)
    action = request.POST.get("action", "submit")
    is_complete = all(check.answers.get(str(pk)) for pk, _order in check.questions)
    is_anything = any(check.answers.values())
    if not differing and ((action == "submit" and is_complete) or (action == "submit-open" and is_anything)):
        skill_checks.submit_check(check=check)
    return Sent(differing=differing, is_saved=True)


def _save_one(request: HttpRequest, check: SkillCheck | None) -> HttpResponse:
    """What autosave sends: the answer to one question; with the line below it that says what became of it."""
    unsaved = _why_unsaved(request, check)
    if check is None or unsaved:
        return render(request, "assessments/skill_check_questions.html#saved", {"problem": unsaved})
    sent = _save_or_submit(request, check)
    question = next((asked for asked in _questions(check) if asked.field in request.POST), None)
    if question is None:
        raise Http404
    problem = sent.problem
    if question.version.pk in sent.differing:
        problem = _("Not saved: this was answered in another tab since. Choose again to have your answer here count.")
    context = {"question": question, "problem": problem, "is_saved_now": not problem}
    return render(request, "assessments/skill_check_questions.html#saved", context)


@require_http_methods(["GET", "HEAD", "POST"])
def result(request: HttpRequest) -> HttpResponse:
    """The level that the answers look most like; POST keeps it for whoever is signed in."""
    check = _check(request)
    if check is None:
        if request.method == "POST":
            messages.warning(request, _("This result has been kept already, or deleted."))
        return redirect("skill_check:start")
    if not check.submitted_at:
        return redirect("skill_check:questions")
    user = _user(request)
    if check.user_id is not None and (user is None or check.user_id != user.pk):
        # Kept: from now on it is for its owner alone, whoever else uses this browser.
        messages.info(request, _kept_words(user))
        return _forget(redirect("skill_check:start"))
    if request.method == "POST":
        return _keep(request, check, user)
    answers = skill_checks.answers_in_check(check)
    skills = called(framework_of(user) if user else None)
    placements = placements_by_skill(scored(None, answers).detail["skills"], skills)
    context = {
        "check": check,
        "placements": placements,
        "told": [placement for placement in placements if placement.latest],
        "answered": sum(bool(answer.chosen) for answer in answers),
        "asked": len(answers),
        "is_provisional": is_provisional(answers),
        "is_kept": check.user_id is not None,
    }
    return render(request, "assessments/skill_check_result.html", context)


def _kept_words(user: User | None) -> str:
    if user is None:
        return _("This result has been kept. Sign in to see it among your skills.")
    return _("This result has been kept in another account.")


def _keep(request: HttpRequest, check: SkillCheck, user: User | None) -> HttpResponse:
    here = reverse("skill_check:result")
    if user is None:
        return redirect(f"{reverse('account_signup')}?next={here}")
    try:
        skill_checks.keep_check(check=check, user=user)
    except SkillCheckNotKept as error:
        messages.error(request, str(error))
        return redirect(here)
    messages.success(request, _("The result is kept. It is part of your skills now, and only you can see it."))
    return _forget(redirect("skills"))


def _forget(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, path=reverse("skill_check:start"), samesite="Lax")
    return response
