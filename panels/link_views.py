"""What an expert sees and does, without an account. GET shows, POST acts."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from common.errors import UserError
from common.shown import SHOWN
from mail.models import MailLink
from panels import services
from panels.contacts import has_stopped
from panels.errors import JudgementChanged
from panels.forms import DeclineForm, FinishForm, JudgementForm
from panels.models import Expert, Judgement, PanelItem
from panels.services.opening import minutes_of


@dataclass(frozen=True)
class Step:
    """A question in the list of an expert's questions."""

    item: PanelItem
    judgement: Judgement | None

    @property
    def is_finished(self) -> bool:
        return services.is_finished(self.item, self.judgement)

    @property
    def is_begun(self) -> bool:
        return self.judgement is not None and not self.is_finished


def answer(request: HttpRequest, link: MailLink) -> HttpResponse:
    """The panel, one of its questions (`?q=`), or what has become of it."""
    expert = Expert.objects.select_related("panel__opened_by").filter(pk=link.target_id).exclude(email="").first()
    if expert is None or link.revoked_at is not None:
        return render(request, "mail/link_closed.html", {"reason": "revoked", "link": link}, status=410)
    if request.method == "POST":
        return _act(request, expert)
    return _show(request, expert)


def _show(request: HttpRequest, expert: Expert, **more: Any) -> HttpResponse:
    steps = _steps(expert)
    step = _asked(request.GET.get("q", ""), steps)
    if step is not None and expert.panel.is_open and expert.submitted_at is None:
        return _question(request, expert, step, steps, **more)
    return _overview(request, expert, steps, **more)


def _steps(expert: Expert) -> list[Step]:
    said = {judgement.panel_item_id: judgement for judgement in expert.judgements.all()}
    items = expert.panel.items.select_related("item_version__item")
    return [Step(item, said.get(item.pk)) for item in items]


def _asked(number: str, steps: list[Step]) -> Step | None:
    return next((step for step in steps if str(step.item.position) == number), None)


def _overview(request: HttpRequest, expert: Expert, steps: list[Step], **more: Any) -> HttpResponse:
    panel = expert.panel
    finished = sum(step.is_finished for step in steps)
    about = {"name": expert.name, "expertise": expert.expertise, "is_named": "yes" if expert.is_named else "no"}
    context = {
        "panel": panel,
        "expert": expert,
        "steps": steps,
        "finished": finished,
        "share": round(100 * finished / len(steps)),
        "next": next((step for step in steps if not step.is_finished), None),
        "minutes": minutes_of(panel),
        "has_stopped": has_stopped(expert.email),
        "form": FinishForm(initial=about),
        "decline_form": DeclineForm(),
        "done": request.GET.get("done", ""),
    }
    return render(request, "panels/panel.html", context | more)


def _question(request: HttpRequest, expert: Expert, step: Step, steps: list[Step], **more: Any) -> HttpResponse:
    form = more.pop("form", None) or JudgementForm(step.item.item_version, expert, step.judgement)
    position = step.item.position
    context = {
        "panel": expert.panel,
        "step": step,
        "version": step.item.item_version,
        "form": form,
        "total": len(steps),
        "previous": position - 1,
        "is_last": position == len(steps),
        "missing": form.missing() if step.judgement is not None else [],
        "mark": services.mark_of_judgement(step.judgement),
    }
    return render(request, "panels/question.html", context | more)


# Acts -------------------------------------------------------------------------------------------------------------------


def _act(request: HttpRequest, expert: Expert) -> HttpResponse:
    act = {
        "save": _save,
        "finish": _finish,
        "change": _change,
        "decline": _decline,
        "forget": _forget,
    }.get(request.POST.get("action", ""))
    return act(request, expert) if act is not None else redirect(request.path)


def _save(request: HttpRequest, expert: Expert) -> HttpResponse:
    """Whatever was answered is kept, also where something is missing; then the next question, or the page of all."""
    steps, is_script = _steps(expert), bool(request.headers.get("HX-Request"))
    step = _asked(request.POST.get("q", ""), steps)
    if step is None:
        return redirect(request.path)
    form = JudgementForm(step.item.item_version, expert, step.judgement, request.POST)
    try:
        judgement = services.save_judgement(
            expert=expert,
            panel_item=step.item,
            points=form.points,
            best=form.best,
            levels=form.levels,
            seen=request.POST.get(SHOWN, ""),
        )
    except UserError as error:
        if is_script:
            return _saved_line(request, request.POST.get(SHOWN, ""), problem=str(error))
        if isinstance(error, JudgementChanged):
            saved = JudgementForm(step.item.item_version, expert, step.judgement)
            return _question(request, expert, step, steps, form=form, problem=str(error), saved=saved)
        return _question(request, expert, step, steps, form=form, problem=str(error))
    if is_script:
        return _saved_line(request, services.mark_of_judgement(judgement))
    then = request.POST.get("then", "next")
    if then == "all" or step.item.position == len(steps):
        return redirect(f"{request.path}?done=saved")
    return redirect(f"{request.path}?q={step.item.position + 1}")


def _saved_line(request: HttpRequest, mark: str, problem: str = "") -> HttpResponse:
    return render(request, "panels/question.html#saved", {"mark": mark, "problem": problem, "is_saved": not problem})


def _finish(request: HttpRequest, expert: Expert) -> HttpResponse:
    form = FinishForm(request.POST)
    if form.is_valid():
        try:
            services.submit(expert=expert, **form.cleaned_data)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            return redirect(f"{request.path}?done=finished")
    return _overview(request, expert, _steps(expert), form=form)


def _change(request: HttpRequest, expert: Expert) -> HttpResponse:
    try:
        services.change_ratings(expert=expert)
    except UserError as error:
        return _overview(request, expert, _steps(expert), problem=str(error))
    return redirect(f"{request.path}?done=change")


def _decline(request: HttpRequest, expert: Expert) -> HttpResponse:
    form = DeclineForm(request.POST)
    form.is_valid()
    if expert.submitted_at is None:
        services.decline(expert=expert, no_more=form.cleaned_data["no_more"])
    return redirect(f"{request.path}?done=declined")


def _forget(request: HttpRequest, expert: Expert) -> HttpResponse:
    had_finished = expert.submitted_at is not None
    services.forget_expert(expert=expert)
    return render(request, "panels/forgotten.html", {"had_finished": had_finished})
