"""Taking a seat back, from the list of seats, a cohort or a person, and giving seats to those in a cohort who have none."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access.models import SeatPool
from access.queries import free_seats, seats_held
from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_manage_people
from common.errors import UserError
from common.queues import Queue
from jobs.services import MAX_IN_REQUEST, start_job
from learning.figures import forget_progress
from learning.jobs import SEATS_JOB, seated_in_words
from learning.queries import RELEASABLE_UP_TO, taken_on_seat, without_seat
from learning.services.seats import give_seats, release_seat
from learning.views.cohorts import refuse_archived


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def seat_free(request: HttpRequest, organisation: Organisation, uuid: UUID, number: int) -> HttpResponse:
    """Says what taking a seat back means, or why it cannot be (GET), and takes it back (POST)."""
    pool = get_object_or_404(SeatPool, uuid=uuid, organisation=organisation)
    seat = get_object_or_404(seats_held(organisation, pool), number=number)
    person = seat.membership
    if request.method == "POST" and person:
        try:
            release_seat(seat=seat, actor=signed_in(request))
        except UserError as error:
            messages.error(request, str(error))
        else:
            words = _("The seat of %(person)s has been released. It can be given to someone else.")
            messages.success(request, words % {"person": person.display_name})
        return redirect("org:person", organisation.slug, person.uuid)
    taken = taken_on_seat(seat)
    context = {
        "organisation": organisation,
        "active": "people",
        "seat": seat,
        "taken": taken,
        "may_release": taken <= RELEASABLE_UP_TO,
    }
    return render(request, "console/seats_free.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def cohort_seats(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Says how many in the cohort have no seat (GET), and gives each of them one (POST): hundreds as a job."""
    cohort = get_object_or_404(organisation.cohorts.select_related("course", "organisation"), uuid=uuid)
    if cohort.is_archived:
        return refuse_archived(request, cohort)
    seatless = without_seat(cohort).count()
    if request.method != "POST":
        free = free_seats(organisation, cohort.course)
        context = {"organisation": organisation, "active": "cohorts", "cohort": cohort, "seatless": seatless, "free": free}
        return render(request, "console/cohort_seats.html", context)
    if seatless > MAX_IN_REQUEST:
        job = start_job(
            kind=SEATS_JOB,
            title=_("Giving seats to people in “%(cohort)s”") % {"cohort": cohort.name[:150]},
            parameters={"cohort": str(cohort.uuid), "actor": request.user.pk},
            organisation=organisation,
            requested_by=signed_in(request),
            result_url=cohort.get_absolute_url(),
            queue=Queue.BULK,
        )
        return redirect("job", job.uuid)
    try:
        given = give_seats(cohort=cohort, actor=signed_in(request))
    except UserError as error:
        messages.error(request, str(error))
        return redirect(cohort)
    forget_progress(cohort)
    messages.success(request, seated_in_words(given))
    return redirect(cohort)
