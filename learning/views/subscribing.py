"""“Tell me when it is complete”: by one click for people who are signed in, by a confirmed address for everybody else."""

from allauth.core.ratelimit import consume, respond_429
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from courses.models import Course
from learning.errors import ConfirmationExpired, NotAPreview
from learning.forms import AddressForm
from learning.services import subscribing


@require_http_methods(["GET", "POST"])
def tell_me(request: HttpRequest, slug: str) -> HttpResponse:
    """Join or leave the list of a course that is not complete; a visitor is sent a link first."""
    course = get_object_or_404(Course.objects.select_related("current_version"), slug=slug, is_listed=True)
    if not subscribing.is_preview(course):
        raise Http404
    if request.method == "GET":
        return render(request, "learning/tell_me.html", {"course": course, "form": AddressForm()})
    if request.user.is_authenticated:
        return _switch(request, request.user, course)
    return _ask(request, course)


def _switch(request: HttpRequest, user: User, course: Course) -> HttpResponse:
    if request.POST.get("action") == "stop":
        subscribing.unsubscribe(user=user, course=course)
        messages.success(request, _("You are no longer on the list. We will not write to you about this course."))
    else:
        subscribing.subscribe(user=user, course=course)
        messages.success(request, _("You are on the list. We will send you one e-mail when the course is complete."))
    return redirect(course)


def _ask(request: HttpRequest, course: Course) -> HttpResponse:
    form = AddressForm(request.POST)
    if not form.is_valid():
        return render(request, "learning/tell_me.html", {"course": course, "form": form}, status=400)
    email = form.cleaned_data["email"].lower()
    if not consume(request, action="tell_me", key=email):
        return respond_429(request)
    subscribing.ask_to_confirm(course=course, email=email, language=get_language() or "en")
    # Here and not in a message, which would be a cookie with an address in it.
    return render(request, "learning/tell_me_sent.html", {"course": course, "email": email, "days": subscribing.CONFIRM_DAYS})


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail: GET shows, POST joins or leaves."""
    try:
        asked = subscribing.open_request(token)
        if request.method == "POST":
            _confirm_or_withdraw(request, asked)
    except (ConfirmationExpired, NotAPreview) as error:
        return render(request, "learning/tell_me_closed.html", {"message": str(error)}, status=410)
    context = {
        "course": asked.course,
        "email": asked.email,
        "days": settings.ACCORD_KEEP_DAYS["told_subscribers"],
        "is_on_list": asked.rows.exists(),
        "is_changed": request.method == "POST",
    }
    return render(request, "learning/tell_me_confirm.html", context)


def _confirm_or_withdraw(request: HttpRequest, asked: subscribing.Request) -> None:
    if request.POST.get("action") == "stop":
        subscribing.withdraw(asked)
    elif request.POST.get("action") == "tell":
        subscribing.confirm(asked)
