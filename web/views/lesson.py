"""The lesson player: reading, answering, writing, finishing. Everything works as a plain form; scripts make it smoother."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from assessments import services as assessments
from assessments.models import CheckAnswer
from common.errors import UserError
from common.http import HtmxRequest, whole_number
from common.kept_forms import keeps_form, take_kept
from courses import content
from courses.activity_types import written_type
from courses.content import Block
from courses.models import Lesson
from learning import services
from learning.errors import EntryChanged
from learning.queries import certificate_of
from learning.templatetags.learning import saved_at
from web.links import lesson_address
from web.reading import Reading, course_or_404, reader_of, show_words, why_closed


class LessonClosed(Exception):
    """The way out of a view whose lesson this reader may not open; `way` is where they go instead."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response


def lesson_view(view: Any) -> Any:
    """Wrap `view(request, reading, …)`, mounted under /courses/<course>/<module>/<lesson>/."""

    def wrapped(request: HttpRequest, slug: str, module: str, lesson: str, **more: Any) -> HttpResponse:
        try:
            return view(request, _reading(request, slug, module, lesson), **more)
        except LessonClosed as closed:
            return closed.response

    return wrapped


def _reading(request: HttpRequest, slug: str, module: str, lesson: str) -> Reading:
    course = course_or_404(request, slug)
    text = content.lesson_by_slug(course.current_version, lesson)  # type: ignore[arg-type]  # open courses have one
    if text is None:
        raise Http404
    if text.module_slug != module and request.method == "GET":
        raise LessonClosed(redirect("courses:lesson", course.slug, text.module_slug, text.slug))
    enrolment = reader_of(request.user, course)
    if enrolment is None and not text.sample:
        messages.info(request, why_closed(request.user, course))
        raise LessonClosed(redirect(course))
    return Reading(course, text, enrolment)


def address_of(reading: Reading) -> str:
    return lesson_address(reading.course.slug, reading.lesson.module_slug, reading.lesson.slug)


def _back_to(reading: Reading, block_id: Any, **query: str) -> HttpResponseRedirect:
    """Back to the block on the page, as a browser without scripts goes."""
    address = address_of(reading)
    if query:
        address += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    return HttpResponseRedirect(f"{address}#b-{block_id}")


def _context(request: HttpRequest, reading: Reading, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "reading": reading,
        "course": reading.course,
        "lesson": reading.lesson,
        "enrolment": reading.enrolment,
        "progress": reading.progress,
        "blocks": blocks,
        "activities": [block for block in blocks if block["html"] is None],
        "lesson_address": address_of(reading),
        "problem_at": request.GET.get("problem", ""),
    }


def _page(request: HttpRequest, reading: Reading, blocks: list[dict[str, Any]], status: int = 200) -> HttpResponse:
    return render(request, "courses/lesson.html", _context(request, reading, blocks), status=status)


@require_GET
@lesson_view
def lesson(request: HttpRequest, reading: Reading) -> HttpResponse:
    blocks = reading.blocks()
    if reading.enrolment is not None:
        _remember(reading)
    return _page(request, reading, blocks)


def _remember(reading: Reading, block_id: Any = None) -> None:
    enrolment = reading.enrolment
    if enrolment is None:
        return
    lesson = enrolment.last_lesson
    if lesson is None or str(lesson.uuid) != reading.lesson.id:
        lesson = Lesson.objects.get(course=reading.course, uuid=reading.lesson.id)
    services.open_lesson(enrolment=enrolment, lesson=lesson, block_id=block_id)


# Knowledge checks -----------------------------------------------------------------------------------------------------


@require_POST
@lesson_view
def answer(request: HtmxRequest, reading: Reading, block: UUID) -> HttpResponse:
    """Answer one check; a visitor of a sample lesson gets the feedback, and nothing is kept."""
    blocks = reading.blocks(only=block)
    if not blocks or blocks[0]["type"] != "check":
        raise Http404
    shown, problem = blocks[0], ""
    was_complete = reading.enrolment is None or reading.enrolment.completed_at is not None
    try:
        shown["answer"] = _answer(reading, shown, request.POST.getlist("chosen"))
    except UserError as error:
        problem = str(error)
    is_completed = not was_complete and reading.enrolment is not None and reading.enrolment.completed_at is not None
    if request.htmx:
        return _answer_fragment(request, reading, shown, problem, is_completed=is_completed)
    if problem:
        messages.error(request, problem)
        return _back_to(reading, block, problem=str(block))
    if reading.enrolment is None:
        everything = [shown if block["id"] == shown["id"] else block for block in reading.blocks()]
        return _page(request, reading, everything)
    if is_completed:
        messages.success(request, _("You have completed the course. Your certificate is under My learning."))
    return _back_to(reading, block)


def _answer(reading: Reading, shown: dict[str, Any], chosen: list[str]) -> CheckAnswer:
    version = shown["version"]
    if reading.enrolment is not None:
        return assessments.answer_check(
            enrolment=reading.enrolment, item_uuid=version.item.uuid, chosen=chosen, block_id=shown["id"]
        )
    return assessments.mark_check(version, chosen)


def _answer_fragment(
    request: HttpRequest, reading: Reading, shown: dict[str, Any], problem: str, *, is_completed: bool
) -> HttpResponse:
    context = _context(request, reading, [shown])
    context |= {"block": shown, "problem": problem, "is_fragment": True, "is_completed": is_completed}
    return render(request, "courses/_answered.html", context)


# What learners write --------------------------------------------------------------------------------------------------


@keeps_form
@lesson_view
def entry(request: HttpRequest, reading: Reading, block: UUID) -> HttpResponse:
    """Save a reflection, a plan or a worksheet. A script gets JSON, a plain form the page.

    Whoever was signed out while writing comes back by GET, and finds the words they had sent.
    """
    lesson_and_block = content.block(reading.course.current_version, block)  # type: ignore[arg-type]  # open courses have one
    kind = written_type(lesson_and_block[1].type) if lesson_and_block else None
    if reading.enrolment is None or lesson_and_block is None or kind is None:
        raise Http404
    if request.method != "POST":
        return _kept_entry(request, reading, lesson_and_block[1])
    try:
        state = services.save_entry(
            enrolment=reading.enrolment,
            block_id=block,
            data=kind.read_post(lesson_and_block[1].value, request.POST),
            revision=_revision(request.POST),
        )
    except EntryChanged as error:
        return _changed(request, reading, lesson_and_block[1], error)
    except UserError as error:
        if _wants_json(request):
            return JsonResponse({"words": str(error)}, status=422)
        messages.error(request, str(error))
        return _with_words(request, reading, lesson_and_block[1], request.POST, status=422)
    if _wants_json(request):
        return JsonResponse({"revision": state.revision, "words": saved_at(state)})
    return _back_to(reading, block)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _revision(fields: QueryDict) -> int | None:
    return whole_number(fields.get("revision", ""))


def _changed(request: HttpRequest, reading: Reading, block: Block, error: EntryChanged) -> HttpResponse:
    """Two tabs wrote: the words just sent stay in the field, the other ones stand below."""
    if not _wants_json(request):
        return _with_words(request, reading, block, request.POST, status=409)
    shown = _one_block(reading, block)
    other = render_to_string("courses/activities/_other.html", {"block": shown}, request)
    return JsonResponse({"revision": error.state.revision, "words": _("Not saved yet."), "other": other}, status=409)


def _one_block(reading: Reading, block: Block) -> dict[str, Any]:
    return reading.blocks(only=block.id)[0]


def _with_words(request: HttpRequest, reading: Reading, block: Block, fields: QueryDict, status: int) -> HttpResponse:
    """The page with words in the field that are not saved; what is saved is shown beside them where it differs."""
    blocks = reading.blocks()
    shown = next(candidate for candidate in blocks if candidate["id"] == block.id)
    kind = written_type(block.type)
    words = kind.read_post(block.value, fields) if kind else {}
    if shown["state"] and shown["data"] != words:
        shown["other"] = dict(shown)
    show_words(shown, words)
    shown["is_unsaved"] = True
    return _page(request, reading, blocks, status=status)


def _kept_entry(request: HttpRequest, reading: Reading, block: Block) -> HttpResponse:
    kept = take_kept(request)
    if kept is None:
        return _back_to(reading, block.id)
    messages.warning(request, _("You were signed out. Your text is filled in below but has not been saved yet. Save it now."))
    return _with_words(request, reading, block, kept, status=200)


# Finishing, and where somebody was ------------------------------------------------------------------------------------


@keeps_form
@lesson_view
def finish(request: HttpRequest, reading: Reading) -> HttpResponse:
    """Finish this lesson and go on to what is next."""
    if reading.enrolment is None:
        return redirect(reading.course)
    if request.method != "POST":
        return redirect(address_of(reading))
    was_complete = reading.enrolment.completed_at is not None
    services.finish_activity(enrolment=reading.enrolment, block_id=reading.lesson.id)
    if reading.enrolment.completed_at and not was_complete:
        messages.success(request, _("You have completed “%(course)s”. Here is your certificate.") % {"course": reading.course})
        return redirect(certificate_of(reading.enrolment))
    return _onwards(request, reading)


def _onwards(request: HttpRequest, reading: Reading) -> HttpResponse:
    _say_what_is_open(request, reading)
    if reading.next is not None:
        return redirect("courses:lesson", reading.course.slug, reading.next.module_slug, reading.next.slug)
    progress, enrolment = reading.progress, reading.enrolment
    if progress and enrolment and progress.next_lesson is None and progress.needs_after_assessment:
        return redirect("assessments:start", enrolment.uuid, "after")
    return redirect("learn")


def _say_what_is_open(request: HttpRequest, reading: Reading) -> None:
    share = reading.progress.lessons[reading.lesson.id] if reading.progress else None
    if share and not share.is_finished:
        left = share.total - share.done
        text = ngettext(
            "One knowledge check in “%(lesson)s” is still open. It counts towards completing the course; any answer will do.",
            "%(n)s knowledge checks in “%(lesson)s” are still open. They count towards completing the course; any answer "
            "will do.",
            left,
        )
        messages.info(request, text % {"n": left, "lesson": reading.lesson.title})


@require_POST
@lesson_view
def position(request: HttpRequest, reading: Reading) -> HttpResponse:
    """Where in the lesson somebody is, said by the page as they read."""
    block_id = request.POST.get("block", "")
    if reading.enrolment is not None and any(block.id == block_id for block in reading.lesson.blocks):
        _remember(reading, block_id)
    return HttpResponse(status=204)
