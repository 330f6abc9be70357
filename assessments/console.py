"""What those who manage people set for somebody's assessments. They see no answer and no result here."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.console import console_view, signed_in
from accounts.models import Membership, Organisation
from accounts.rules import can_manage_people
from assessments import services
from assessments.models import MOST_EXTRA, ExtraTime
from common.errors import UserError
from common.kept_forms import keeps_form, show_kept


class ExtraTimeForm(forms.Form):
    percent = forms.IntegerField(
        label=gettext_lazy("Extra time in per cent"),
        min_value=0,
        max_value=MOST_EXTRA,
        help_text=gettext_lazy("25 gives 38 minutes where others have 30. 0 is no extra time."),
    )


@keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@console_view(can_manage_people)
def extra_time(request: HttpRequest, organisation: Organisation, uuid: UUID) -> HttpResponse:
    """How much longer a member may take in assessments with a time limit."""
    memberships = Membership.objects.current().select_related("organisation")
    membership = get_object_or_404(memberships, organisation=organisation, uuid=uuid)
    percent = ExtraTime.objects.filter(membership=membership).values_list("percent", flat=True).first() or 0
    form = ExtraTimeForm(request.POST or None, initial={"percent": percent})
    if request.method == "POST" and form.is_valid():
        try:
            services.give_extra_time(membership=membership, percent=form.cleaned_data["percent"], actor=signed_in(request))
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The extra time of %(person)s has been saved.") % {"person": membership})
            return redirect("org:person", organisation.slug, membership.uuid)
    context = {"organisation": organisation, "active": "people", "membership": membership, "form": form}
    context["is_kept"] = show_kept(request, form)
    return render(request, "console/people_extra_time.html", context)
