"""A week after a plan: what came of it. To anybody but its writer it does not exist."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.console import signed_in
from common.kept_forms import keeps_form, show_kept
from courses import content
from learning.forms import PlanFollowUpForm
from learning.models import PlanFollowUp
from learning.services.follow_up import answer_plan_follow_up


@keeps_form
def plan_follow_up(request: HttpRequest, uuid: UUID) -> HttpResponse:
    notes = PlanFollowUp.objects.select_related("state__activity", "state__enrolment__course__current_version")
    note = get_object_or_404(notes, uuid=uuid, state__enrolment__user=signed_in(request))
    form = PlanFollowUpForm(request.POST if request.method == "POST" else None, note=note)
    if request.method == "POST" and form.is_valid():
        answer_plan_follow_up(note=note, **form.cleaned_data)
        messages.success(request, _("Your answer is kept with your plan."))
        return redirect("plan_follow_up", note.uuid)
    course = note.state.enrolment.course
    found = content.block(course.current_version, note.state.activity.block_id) if course.current_version else None
    context = {"note": note, "form": form, "kept": show_kept(request, form)}
    context |= {"course": course, "lesson": found[0] if found else None}
    return render(request, "learning/plan_follow_up.html", context)
