"""What learners wrote to a short text and its author did not foresee, in the CMS: counted as right, as wrong, or left."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.console import signed_in
from accounts.rules import is_operator
from assessments.enums import ItemKind, ItemUse
from assessments.models import Item
from assessments.services.typed_answers import settle_wordings, typed_answers
from cms.analyses import may_analyse
from cms.items import page_of
from cms.rescoring import address_of
from common.errors import UserError

ADDRESS = "typed-answers/"
RIGHT, WRONG = "right", "wrong"


@require_http_methods(["GET", "HEAD", "POST"])
def typed(request: HttpRequest, item_id: int) -> HttpResponse:
    """For those who may see the question bank; for those who may change it also a form."""
    user = signed_in(request)
    if not may_analyse(user):
        raise PermissionDenied
    items = Item.objects.filter(use=ItemUse.FORM, kind=ItemKind.TEXT).select_related("current_version", "course")
    item = get_object_or_404(items, pk=item_id)
    may_change = user.has_perm("assessments.change_item")
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        return _settle(request, item)
    found = typed_answers(item)
    version = item.current_version
    known = version.options if version else []
    title = _("What learners wrote")
    context = {
        "item": item,
        "found": found,
        "lines": list(enumerate(found.unknown or [])),
        "known": [(option["text"], version is not None and option["id"] in version.correct) for option in known],
        "may_change": may_change,
        "scoring_again": address_of(item.course) if item.course and is_operator(user) else "",
        "breadcrumbs_items": [
            {"url": reverse("wagtailsnippets_assessments_item:list"), "label": _("Questions")},
            {"url": page_of(item), "label": item.key},
            {"url": "", "label": title},
        ],
        "header_title": title,
        "header_icon": "edit",
    }
    return TemplateResponse(request, "cms/typed_answers.html", context)


def _settle(request: HttpRequest, item: Item) -> HttpResponse:
    said: dict[str, list[str]] = {RIGHT: [], WRONG: []}
    for number, text in enumerate(request.POST.getlist("wording")):
        verdict = request.POST.get(f"verdict-{number}", "")
        if verdict in said:
            said[verdict].append(text)
    try:
        added = settle_wordings(item=item, right=said[RIGHT], wrong=said[WRONG])
    except UserError as error:
        messages.error(request, str(error))
        return redirect(request.path)
    if not added:
        messages.info(request, _("Nothing was changed: say of a wording whether it is right or wrong."))
    else:
        words = ngettext(
            "%(n)s wording is part of the key now. Whoever answers from now on is scored by it.",
            "%(n)s wordings are part of the key now. Whoever answers from now on is scored by them.",
            added,
        )
        messages.success(request, words % {"n": added})
    return redirect(request.path)


urlpatterns = [path(ADDRESS + "<int:item_id>/", typed, name="typed_answers")]
