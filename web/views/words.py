"""What you wrote: everything a learner left in one course, for as long as they have an account."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from access import queries as access_queries
from accounts.console import signed_in
from common.errors import UserError
from common.http import wants_json, whole_number
from common.kept_forms import OWNER_FIELD, take_kept
from courses import content
from courses.activity_types import WrittenType, written_type
from courses.models import Activity, Course
from learning import queries, services
from learning.errors import EntryChanged, SavedEntry
from learning.models import ActivityState
from learning.templatetags.learning import saved_at
from web.links import lesson_address
from web.reading import course_or_404, show_words
from web.words import Words


@require_safe
@login_required
def words(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, _own_course(request, slug))


def _own_course(request: HttpRequest, slug: str) -> Course:
    """A course that they are or were on, whether or not they may still open it."""
    course = course_or_404(request, slug)
    if not queries.is_or_was_on(request.user, course):
        raise Http404
    return course


def _page(request: HttpRequest, course: Course, status: int = 200, **more: Any) -> HttpResponse:
    may_open = access_queries.may_open(request.user, course)
    context = {"course": course, "may_open": may_open, "words": Words(signed_in(request), course, may_open=may_open)}
    return render(request, "courses/words.html", context | more, status=status)


# Words for an exercise that its writer cannot reach any more ----------------------------------------------------------


def keep_words(request: HttpRequest, *, slug: str, block: UUID) -> HttpResponse | None:
    """Keep what was sent for an exercise that has left its lesson, or whose lesson is closed to its writer meanwhile.

    None where there is nothing to keep: no words were sent, or not by somebody who was on the course.
    """
    course = course_or_404(request, slug)
    enrolment = queries.current_enrolment(request.user, course)
    activity = Activity.objects.filter(course=course, block_id=block).first()
    kind = written_type(activity.kind) if activity else None
    if enrolment is None or activity is None or kind is None:
        return None
    fields = request.POST if request.method == "POST" else take_kept(request)
    if fields is None:
        return None
    if request.method != "POST":
        messages.warning(request, _("You were signed out. Your text is below but has not been saved yet. Save it now."))
        return _page(request, course, unsaved=_unsaved(activity, kind, fields), hidden=_hidden(fields))
    try:
        revision = whole_number(fields.get("revision", ""))
        state = services.save_entry(enrolment=enrolment, block_id=block, data=_read(activity, kind, fields), revision=revision)
    except EntryChanged as error:
        return _changed(request, course, activity, kind, error.state)
    except UserError as error:
        if wants_json(request):
            return JsonResponse({"words": str(error)}, status=422)
        messages.error(request, str(error))
        return _page(request, course, status=422, unsaved=_unsaved(activity, kind, fields))
    return _kept(request, course, state)


def _read(activity: Activity, kind: WrittenType, fields: QueryDict) -> dict[str, Any]:
    return kind.read_post(kind.with_earlier(activity.value, activity.parts), fields)


def _kept(request: HttpRequest, course: Course, state: ActivityState) -> HttpResponse:
    if wants_json(request):
        where = _("You find it under “What you wrote”: this exercise is no longer here.")
        return JsonResponse({"revision": state.revision, "words": f"{saved_at(state)}. {where}"})
    place = content.block(course.current_version, state.activity.block_id) if course.current_version else None
    if place is not None and access_queries.may_open(request.user, course):
        return redirect(f"{lesson_address(course.slug, place[0].module_slug, place[0].slug)}#b-{place[1].id}")
    messages.success(request, _("This exercise is no longer open to you. What you wrote in it has been saved here."))
    return redirect("courses:words", course.slug)


def _changed(request: HttpRequest, course: Course, activity: Activity, kind: WrittenType, saved: SavedEntry) -> HttpResponse:
    """Two tabs wrote: what is saved stands on the page, what has just been sent above it."""
    if not wants_json(request):
        hidden = [(name, text) for name, text in _hidden(request.POST) if name != "revision"]
        return _page(request, course, status=409, unsaved=_unsaved(activity, kind, request.POST), hidden=hidden)
    shown = _shown(activity, saved.data)
    other = render_to_string("courses/activities/_other.html", {"block": shown}, request)
    return JsonResponse({"revision": saved.revision, "words": _("Not saved yet."), "other": other}, status=409)


def _unsaved(activity: Activity, kind: WrittenType, fields: QueryDict) -> dict[str, Any]:
    return _shown(activity, _read(activity, kind, fields))


def _shown(activity: Activity, data: dict[str, Any]) -> dict[str, Any]:
    block = {"type": activity.kind, "id": str(activity.block_id), "value": activity.value}
    show_words(block, data, activity.parts)
    return block


def _hidden(fields: QueryDict) -> list[tuple[str, str]]:
    """The fields of a form, to be sent once more."""
    return [(name, str(text)) for name, text in fields.items() if name not in ("csrfmiddlewaretoken", OWNER_FIELD)]
