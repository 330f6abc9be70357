"""The words in which an organisation's people read of skills: its own framework, in its console."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_manage_framework, can_see_shared_evidence
from common.errors import UserError
from common.kept_forms import keeps_form, show_kept
from skills import services
from skills.errors import WordsChanged
from skills.forms import OwnSkillForm
from skills.models import Framework, Skill
from skills.queries import own_framework_of, skills_of

VERSIONS_PER_PAGE = 20


def _page(request: HttpRequest, template: str, organisation: Organisation, status: int = 200, **context: Any) -> HttpResponse:
    return render(
        request,
        f"console/{template}.html",
        {"organisation": organisation, "active": "framework", **context},
        status=status,
    )


def _own(organisation: Organisation) -> Framework:
    framework = own_framework_of(organisation)
    if framework is None:
        raise Http404
    return framework


def _skill(organisation: Organisation, slug: str) -> Skill:
    skills = Skill.objects.filter(framework=_own(organisation)).select_related("framework__organisation", "measured_as")
    return get_object_or_404(skills, slug=slug)


def _moved_to(organisation: Organisation, skill: Skill) -> HttpResponse:
    """Back to the list, at its row."""
    response = redirect("org:framework", organisation.slug)
    response["Location"] += f"#{skill.slug}"
    return response


@require_safe
@console_view(can_manage_framework)
def framework(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """What members read now, and what can be done about it."""
    own = own_framework_of(organisation)
    is_read = own is not None and own.put_away_at is None
    own_skills = list(own.skills.select_related("measured_as")) if own else []
    named = {skill.measured_as_id for skill in own_skills if not skill.is_hidden}
    accords = list(skills_of())
    return _page(
        request,
        "framework",
        organisation,
        own=own,
        is_read=is_read,
        skills=own_skills if is_read else accords,
        hidden=sum(skill.is_hidden for skill in own_skills),
        unnamed=[skill for skill in accords if skill.pk not in named] if is_read else [],
        may_see_shared=can_see_shared_evidence(request.user, organisation),
    )


@require_POST
@console_view(can_manage_framework)
def framework_begin(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    services.begin_framework(organisation=organisation, actor=signed_in(request))
    messages.success(request, _("You have a framework of your own. It still says what Accord says: reword it skill by skill."))
    return redirect("org:framework", organisation.slug)


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_framework)
def framework_add(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    own = _own(organisation)
    form = OwnSkillForm(request.POST if request.method == "POST" else None, framework=own)
    if form.is_valid():
        data = form.cleaned_data
        try:
            skill = services.add_skill(
                framework=own, words=form.words, measured_as=data["measured_as"], actor=signed_in(request)
            )
        except UserError as error:
            form.add_error("measured_as", str(error))
        else:
            messages.success(request, _("“%(skill)s” was added. Members read it now.") % {"skill": skill})
            return _moved_to(organisation, skill)
    status = 422 if form.is_bound else 200
    return _page(request, "framework_skill", organisation, status, form=form, is_kept=show_kept(request, form))


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_framework)
def framework_skill(request: HttpRequest, organisation: Organisation, skill: str) -> HttpResponse:
    """The words of one skill, to be changed, and as they were before."""
    found = _skill(organisation, skill)
    form = OwnSkillForm(request.POST if request.method == "POST" else None, framework=found.framework, skill=found)
    if form.is_valid() and _is_reworded(request, found, form):
        messages.success(request, _("“%(skill)s” saved. Members read these words now.") % {"skill": form.words.name})
        return _moved_to(organisation, found)
    status = 422 if form.is_bound else 200
    page = Paginator(found.versions.all(), VERSIONS_PER_PAGE).get_page(request.GET.get("page"))
    kept = show_kept(request, form)
    return _page(request, "framework_skill", organisation, status, form=form, skill=found, page=page, is_kept=kept)


def _is_reworded(request: HttpRequest, skill: Skill, form: OwnSkillForm) -> bool:
    data = form.cleaned_data
    try:
        services.reword_skill(
            skill=skill,
            words=form.words,
            measured_as=data["measured_as"],
            seen=data["version"] or 0,
            actor=signed_in(request),
        )
    except WordsChanged as error:
        form.add_error(None, str(error))
        # Sent once more, it replaces what the other has written, which stays as a version.
        form.see_version(skill.versions.first())
        return False
    except UserError as error:
        form.add_error("measured_as", str(error))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_framework)
def framework_version(request: HttpRequest, organisation: Organisation, skill: str, number: int) -> HttpResponse:
    """Earlier words in full, beside those of today; POST takes them up again."""
    found = _skill(organisation, skill)
    version = get_object_or_404(found.versions, number=number)
    if request.method == "POST":
        services.use_words_again(skill=found, number=number, actor=signed_in(request))
        messages.success(request, _("“%(skill)s”: members read these words again.") % {"skill": version.name})
        return _moved_to(organisation, found)
    is_current = version == found.versions.first()
    return _page(request, "framework_version", organisation, skill=found, version=version, is_current=is_current)


@require_POST
@console_view(can_manage_framework)
def framework_move(request: HttpRequest, organisation: Organisation, skill: str) -> HttpResponse:
    found = _skill(organisation, skill)
    services.move_skill(skill=found, is_up=request.POST.get("to") == "up", actor=signed_in(request))
    return _moved_to(organisation, found)


@require_POST
@console_view(can_manage_framework)
def framework_hide(request: HttpRequest, organisation: Organisation, skill: str) -> HttpResponse:
    found, is_hidden = _skill(organisation, skill), request.POST.get("hide") == "yes"
    services.hide_skill(skill=found, is_hidden=is_hidden, actor=signed_in(request))
    words = _("“%(skill)s” is hidden.") if is_hidden else _("“%(skill)s” is shown again.")
    messages.success(request, words % {"skill": found})
    return _moved_to(organisation, found)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_framework)
def framework_away(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """What members read once Accord's words are given back; POST gives them back."""
    own = _own(organisation)
    if request.method == "POST":
        services.put_framework_away(framework=own, actor=signed_in(request))
        messages.success(request, _("Members read the words of Accord again. Yours are kept: you can use them again here."))
        return redirect("org:framework", organisation.slug)
    if own.put_away_at is not None:
        return redirect("org:framework", organisation.slug)
    skills = own.skills.select_related("measured_as")
    return _page(request, "framework_switch", organisation, own=own, rows=_changes(skills), is_back=True)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_framework)
def framework_again(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """What members read once the organisation's own words are used again; POST does it."""
    own = _own(organisation)
    if request.method == "POST":
        services.take_framework_up(framework=own, actor=signed_in(request))
        messages.success(request, _("Members read your own words again."))
        return redirect("org:framework", organisation.slug)
    if own.put_away_at is None:
        return redirect("org:framework", organisation.slug)
    skills = own.skills.select_related("measured_as")
    return _page(request, "framework_switch", organisation, own=own, rows=_changes(skills), is_back=False)


def _changes(skills: Any) -> list[dict[str, str]]:
    """Skill by skill: what the organisation calls it, and what Accord does; empty where one of them does not show it."""
    own = list(skills)
    named = {skill.measured_as_id for skill in own if not skill.is_hidden}
    shown = [(skill.name, skill.measured_as) for skill in own if not skill.is_hidden]
    rows = [{"own": name, "accord": accord.name if accord else ""} for name, accord in shown]
    return rows + [{"own": "", "accord": skill.name} for skill in skills_of() if skill.pk not in named]
