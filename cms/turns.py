"""Whoever acts on a page of the CMS waits until nobody else does, and what they do ends whole or not at all.

Wagtail reads a page, then writes what it has read: two requests at the same moment, such as an approval and the autosave of
the same tab, write over each other (docs/decisions/0029). Here each holds the rows of its pages from its first look to its
last word. Mails go to the outbox in the same transaction.
"""

from collections.abc import Iterable

from django.apps import apps
from django.http import HttpRequest
from django.urls import ResolverMatch
from wagtail.models import Page

PAGES = "wagtailadmin_pages"
# What is no page and is published from drafts: its models by the addresses of its editor.
DRAFTS = {
    "wagtailsnippets_cms_questiondraft": "cms.QuestionDraft",
    "wagtailsnippets_cms_openquestiondraft": "cms.OpenQuestionDraft",
    "wagtailsnippets_cms_simulationcase": "cms.SimulationCase",
}
BULK_ACT = "wagtail_bulk_action"
# What is sent to these addresses changes no page.
HARMLESS = {"preview_on_add", "preview_on_edit", "collect_workflow_action_data", "confirm_workflow_cancellation"}
NAMES_A_PAGE = ("page_id", "page_to_move_id", "parent_page_id", "destination_id")
# These also change what stands under the parent.
IN_THE_TREE = {"copy", "delete", "move_confirm", "set_page_position"}


def is_an_act(match: ResolverMatch) -> bool:
    """Whether what is sent there may change pages, or drafts of something else."""
    is_editor = match.namespace == PAGES or match.namespace in DRAFTS
    return match.view_name == BULK_ACT or (is_editor and match.url_name not in HARMLESS)


def pages_of(request: HttpRequest, match: ResolverMatch) -> set[int]:
    """Ids of the pages that a request acts on."""
    if match.view_name == BULK_ACT:
        is_of_pages = (match.kwargs.get("app_label"), match.kwargs.get("model_name")) == ("wagtailcore", "page")
        return {int(key) for key in request.GET.getlist("id") if key.isdecimal()} if is_of_pages else set()
    return {match.kwargs[name] for name in NAMES_A_PAGE if name in match.kwargs}


def lock_for(request: HttpRequest, match: ResolverMatch) -> None:
    if match.namespace in DRAFTS:
        rows = apps.get_model(DRAFTS[match.namespace]).objects.filter(pk=match.kwargs.get("pk"))
        list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
        return
    page_ids = pages_of(request, match)
    if match.url_name in IN_THE_TREE:
        paths = Page.objects.filter(pk__in=page_ids).values_list("path", flat=True)
        parents = [path[: -Page.steplen] for path in paths]
        page_ids |= set(Page.objects.filter(path__in=parents).values_list("pk", flat=True))
    lock_pages(page_ids)


def lock_pages(page_ids: Iterable[int]) -> None:
    """Until the transaction ends; from the top of the tree down, so that nobody waits in a circle."""
    rows = Page.objects.filter(pk__in=list(page_ids)).order_by("path").select_for_update(no_key=True)
    list(rows.values_list("pk", flat=True))
