"""Pages about oneself."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.console import signed_in
from accounts.forms import MailChoicesForm, ProfileForm
from accounts.models import Membership
from accounts.services.time_zones import choose_zone, note_detected_zone
from common.kept_forms import keeps_form, show_kept
from common.time_zones import known_zone, place_of
from mail.kinds import mail_choices
from mail.queries import stopped_choices
from mail.services import choices


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your profile has been saved."))
        return redirect("profile")
    memberships = Membership.objects.active().filter(user=request.user.pk).select_related("organisation", "team")
    stopped = stopped_choices(signed_in(request).pk)
    mails = MailChoicesForm(initial={"wanted": [choice.name for choice in mail_choices if choice.name not in stopped]})
    context = {"form": form, "is_kept": show_kept(request, form), "mails": mails, "memberships": memberships}
    return render(request, "accounts/profile.html", context)


@require_POST
@login_required
def choose_mails(request: HttpRequest) -> HttpResponse:
    form = MailChoicesForm(request.POST)
    if form.is_valid():
        choices.set_wanted(user_id=signed_in(request).pk, wanted=set(form.cleaned_data["wanted"]))
        messages.success(request, _("Your choice of e-mails has been saved."))
    else:
        messages.error(request, _("Your choice of e-mails was not saved. Choose from the list and save again."))
    return redirect("profile")


@require_POST
@login_required
def time_zone(request: HttpRequest) -> HttpResponse:
    """What a browser says of its zone: taken where none was chosen; else only when the button was pressed."""
    said = known_zone(request.POST.get("time_zone", ""))
    if "replace" not in request.POST:
        note_detected_zone(user=signed_in(request), time_zone=said)
        return HttpResponse(status=204)
    if said:
        choose_zone(user=signed_in(request), time_zone=said)
        messages.success(request, _("Dates and times are now shown as in %(place)s.") % {"place": place_of(said)})
    onwards = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(onwards, {request.get_host()}, require_https=request.is_secure())
    return redirect(onwards if is_ours else "profile")
