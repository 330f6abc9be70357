"""The page of a job."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from common.http import HtmxRequest
from jobs.models import Job
from jobs.services import may_work_on, restart_job, stop_job


def _job_or_404(request: HttpRequest, uuid: str) -> Job:
    """A job to the person who asked for it, as long as they may do what it does."""
    found = get_object_or_404(Job.objects.visible_to(request.user), uuid=uuid)
    if request.user.pk is None or not may_work_on(request.user.pk, found):
        raise Http404
    return found


@login_required
def job(request: HtmxRequest, uuid: str) -> HttpResponse:
    """Progress of a job, to the person who asked for it and, of an organisation's job, may still do that there."""
    job = _job_or_404(request, uuid)
    template = "jobs/job.html#progress" if request.htmx else "jobs/job.html"
    return render(request, template, {"job": job})


@require_POST
@login_required
def stop(request: HttpRequest, uuid: str) -> HttpResponse:
    """To whoever asked for it."""
    stop_job(_job_or_404(request, uuid))
    return redirect("job", uuid)


@require_POST
@login_required
def restart(request: HttpRequest, uuid: str) -> HttpResponse:
    """To whoever asked for it: begin again what is stuck."""
    restart_job(_job_or_404(request, uuid))
    return redirect("job", uuid)
