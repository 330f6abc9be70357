"""What the link in a reminder shows (GET) and does (POST): stop them, and have them again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from learning.services import reminders
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
