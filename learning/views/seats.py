"""Taking a seat back, from the list of seats, a cohort or a person, and giving seats to those in a cohort who have none."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from access.models import SeatPool
from access.queries import seats_held
from accounts.console import console_view, signed_in
from accounts.models import Organisation
from accounts.rules import can_manage_people
from common.errors import UserError
from learning.figures import forget_progress
from learning.queries import RELEASABLE_UP_TO, taken_on_seat
from learning.services.seats import give_seats, release_seat


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


@require_POST
@console_view(can_manage_people)
def cohort_seats(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """Give everybody in the cohort a seat who has none."""
    cohort = get_object_or_404(organisation.cohorts.select_related("course", "organisation"), uuid=uuid)
    try:
        given = give_seats(cohort=cohort, actor=signed_in(request))
    except UserError as error:
        messages.error(request, str(error))
        return redirect(cohort)
    forget_progress(cohort)
    words = ngettext("%(n)s person now has a seat.", "%(n)s people now have a seat.", given)
    messages.success(request, words % {"n": f"{given:,}"})
    return redirect(cohort)
