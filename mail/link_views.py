"""What the link in a mail that may be stopped shows (GET) and does (POST): stop that kind, and have it again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mail.models import MailLink
from mail.queries import stopped_choices
from mail.services import choices


def choice(request: HttpRequest, link: MailLink) -> HttpResponse:
    found = choices.choice_of_link(link)
    if found is None:
        return render(request, "mail/link_closed.html", {"reason": "revoked", "link": link}, status=410)
    user_id, chosen = found
    if request.method == "POST":
        act = choices.want_mails if request.POST.get("action") == "want" else choices.stop_mails
        act(user_id=user_id, choice=chosen.name)
    context = {
        "choice": chosen,
        "is_stopped": chosen.name in stopped_choices(user_id),
        "is_changed": request.method == "POST",
    }
    return render(request, "mail/choice.html", context)
