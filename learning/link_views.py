"""What the links in mails of learning show (GET) and do (POST)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from learning.services import reminders, subscribing
from mail.models import MailLink


def reminder(request: HttpRequest, link: MailLink) -> HttpResponse:
    membership = reminders.membership_of_link(link)
    if membership is None:
        return render(request, "mail/link_closed.html", {"reason": "revoked", "link": link}, status=410)
    if request.method == "POST":
        if request.POST.get("action") == "want":
            reminders.want_reminders(membership=membership)
        else:
            reminders.stop_reminders(membership=membership)
    context = {
        "organisation": membership.organisation,
        "is_stopped": reminders.has_stopped(membership),
        "is_changed": request.method == "POST",
    }
    return render(request, "learning/reminders.html", context)


def course_complete(request: HttpRequest, link: MailLink) -> HttpResponse:
    """Somebody who was told that a course is complete leaves the list."""
    subscriber = subscribing.subscriber_of_link(link)
    if request.method == "POST":
        subscribing.stop_by_link(link)
    is_off = subscriber is None or request.method == "POST"
    course = subscriber.course if subscriber else None
    return render(request, "learning/tell_me_stop.html", {"course": course, "is_off": is_off})
