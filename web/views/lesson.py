"""The lesson player: reading, answering, writing, finishing. Everything works as a plain form; scripts make it smoother."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from assessments import services as assessments
from assessments.answers import accepted_options
from assessments.enums import ItemKind
from assessments.errors import AnswerNotAccepted
from assessments.forms import posted_answer
from assessments.models import CheckAnswer
from common.errors import UserError
from common.http import HtmxRequest, wants_json, whole_number
from common.kept_forms import OWNER_FIELD, keeps_form, keeps_own_form, take_kept, was_made_for_somebody
from common.shown import SHOWN, mark_of
from courses import content
from courses.activity_types import written_type
from courses.content import Block
from courses.models import Activity, Course, Lesson
from learning import services
from learning.completions import completion_of
from learning.errors import ActivityGone, EntryChanged
from learning.templatetags.learning import revealed_template, saved_at
from web.links import lesson_address
from web.reading import Reading, course_or_404, reader_of, show_words, why_closed
from web.views.words import keep_words

# Fields of a form that nobody has typed.
NOT_TYPED = {"csrfmiddlewaretoken", OWNER_FIELD, "revision", "chosen", "block", "order", "deleted", "purged", "act"}


class LessonClosed(Exception):
    """The way out of a view whose lesson this reader may not open: where they go instead, and the words that say why."""

    def __init__(self, address: str, words: str = "") -> None:
        self.address, self.words = address, words


def lesson_view(view: Any, otherwise: Callable[..., HttpResponse | None] | None = None) -> Any:
    """Wrap `view(request, reading, …)`, mounted under /courses/<course>/<module>/<lesson>/.

    `otherwise(request, slug, …)` may answer where the lesson is not there, or not open to this reader.
    """

    def wrapped(request: HtmxRequest, slug: str, module: str, lesson: str, **more: Any) -> HttpResponse:
        try:
            return view(request, _reading(request, slug, module, lesson), **more)
        except (LessonClosed, Http404) as closed:
            answer = otherwise(request, slug=slug, **more) if otherwise else None
            if answer is not None:
                return answer
            if isinstance(closed, Http404):
                raise
            return _turn_away(request, closed)

    return wrapped


def _turn_away(request: HtmxRequest, closed: LessonClosed) -> HttpResponse:
    """Nothing that was typed goes with it: a script keeps it in its field, a browser without one gets it back to be copied."""
    if closed.words and (request.htmx or wants_json(request)):
        return JsonResponse({"words": closed.words}, status=403)
    if written := words_sent(request):
        context = {"why": closed.words, "written": written, "onwards": closed.address}
        return render(request, "courses/closed.html", context, status=403)
    if closed.words:
        messages.info(request, closed.words)
    return HttpResponseRedirect(closed.address)


def _reading(request: HttpRequest, slug: str, module: str, lesson: str) -> Reading:
    course = course_or_404(request, slug)
    version = course.current_version
    if version is None:
        raise Http404
    text = content.lesson_at(version, module, lesson) or content.lesson_formerly_at(version, module, lesson)
    if text is None:
        raise Http404
    if (course.slug, text.module_slug, text.slug) != (slug, module, lesson) and request.method == "GET":
        raise LessonClosed(lesson_address(course.slug, text.module_slug, text.slug))
    standing = reader_of(request.user, course, text.id)
    if standing.enrolment is None and (not text.sample or was_made_for_somebody(request)):
        raise LessonClosed(course.get_absolute_url(), closed_words(request, course))
    return Reading(course, text, standing.enrolment, standing.lesson)


def words_sent(request: HttpRequest) -> list[str]:
    """What somebody typed into the form that arrives, without empty fields."""
    return [text for name, texts in request.POST.lists() if name not in NOT_TYPED for text in texts if text.strip()]


def closed_words(request: HttpRequest, course: Course) -> str:
    """Why the lesson is closed, and, to somebody who sent something from it, that this was not saved."""
    why = why_closed(request.user, course)
    return f"{why} {_('What you just sent was not saved.')}" if was_made_for_somebody(request) else why


def _where_it_is(reading: Reading, block_id: UUID) -> Reading:
    """The lesson that has the block today: it may have moved while the page was open. Visitors stay where they are."""
    found = content.block(reading.version, block_id) if reading.enrolment is not None else None
    if found is None or found[0].id == reading.lesson.id:
        return reading
    return Reading(reading.course, found[0], reading.enrolment)


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
        "problem_at": _problem_at(request, blocks),
    }


def _problem_at(request: HttpRequest, blocks: list[dict[str, Any]]) -> str:
    asked = request.GET.get("problem", "")
    return asked if any(block["id"] == asked for block in blocks) else ""


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
        lesson = reading.row or Lesson.objects.get(course=reading.course, uuid=reading.lesson.id)
    services.open_lesson(enrolment=enrolment, lesson=lesson, block_id=block_id)


# Knowledge checks -----------------------------------------------------------------------------------------------------


@keeps_own_form
@lesson_view
def answer(request: HtmxRequest, reading: Reading, block: UUID) -> HttpResponse:
    """Answer one check; a visitor of a sample lesson gets the feedback, and nothing is kept.

    Whoever was signed out before they answered comes back by GET, and the answer they had sent is saved then.
    """
    sent = request.POST if request.method == "POST" else take_kept(request)
    if sent is None:
        return _back_to(reading, block)
    reading = _where_it_is(reading, block)
    blocks = reading.blocks(only=block)
    if not blocks or blocks[0]["type"] != "check":
        raise Http404
    shown, problem = blocks[0], ""
    was_complete = reading.enrolment is None or reading.enrolment.completed_at is not None
    try:
        _refuse_older(shown, sent)
        shown["answer"] = _answer(reading, shown, posted_answer(sent, "chosen"))
    except UserError as error:
        problem = str(error)
        shown["tried"] = tuple(posted_answer(sent, "chosen"))
    is_completed = not was_complete and reading.enrolment is not None and reading.enrolment.completed_at is not None
    if request.htmx:
        return _answer_fragment(request, reading, shown, problem, is_completed=is_completed)
    if problem:
        return _refused_check(request, reading, shown, problem)
    if reading.enrolment is None:
        return _page(request, reading, _among_all(reading, shown))
    if request.method != "POST":
        messages.success(request, _("You were signed out before your answer arrived. It has been saved now."))
    if is_completed:
        return _to_completion(reading, block)
    if reading.needs_only_assessment:
        messages.success(request, _("You have finished every lesson. The last step is the assessment after the course."))
    return _back_to(reading, block)


def _refuse_older(shown: dict[str, Any], sent: QueryDict) -> None:
    """Of an answer in one's own words a newer one, of another tab, stays: both are shown. Raises AnswerNotAccepted."""
    saved = shown["answer"]
    if saved is None or saved.item_version.format != ItemKind.COMPOSED or sent.get(SHOWN, "") == mark_of(saved.chosen):
        return
    if accepted_options(saved.item_version, posted_answer(sent, "chosen")) != saved.chosen:
        shown["is_older"] = True
        raise AnswerNotAccepted(
            _("Your answer was changed in another tab or on another device. Nothing was saved now: both are shown here.")
        )


def _refused_check(request: HttpRequest, reading: Reading, shown: dict[str, Any], problem: str) -> HttpResponse:
    """An answer of several parts is shown again as it was sent."""
    if shown["version"].is_choice or not shown["tried"]:
        messages.error(request, problem)
        return _back_to(reading, shown["id"], problem=str(shown["id"]))
    return _page(request, reading, _among_all(reading, shown | {"problem": problem}), status=422)


def _among_all(reading: Reading, shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of the lesson with one of them as it is now."""
    return [shown if block["id"] == shown["id"] else block for block in reading.blocks()]


def _to_completion(reading: Reading, block: UUID) -> HttpResponse:
    """What was completed; from there, a link leads back to the feedback on the last answer."""
    back = urlencode({"back": _back_to(reading, block)["Location"]})
    return redirect(f"{reverse('completed', args=[reading.enrolment.uuid])}?{back}")  # type: ignore[union-attr]  # only the enrolled complete


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
    context |= {"block": shown, "problem": problem, "is_fragment": True}
    if is_completed and reading.enrolment is not None:
        services.show_completions(enrolments=[reading.enrolment])
        context["completion"] = completion_of(reading.enrolment)
    return render(request, "courses/_answered.html", context)


# What learners write --------------------------------------------------------------------------------------------------


@keeps_form
@partial(lesson_view, otherwise=keep_words)
def entry(request: HttpRequest, reading: Reading, block: UUID) -> HttpResponse:
    """Save a reflection, a plan or a worksheet. A script gets JSON, a plain form the page.

    Whoever was signed out while writing comes back by GET, and finds the words they had sent.
    """
    lesson_and_block = content.block(reading.course.current_version, block)  # type: ignore[arg-type]  # open courses have one
    kind = written_type(lesson_and_block[1].type) if lesson_and_block else None
    if reading.enrolment is None or lesson_and_block is None or kind is None:
        if was_made_for_somebody(request):  # an author removed it while this was written
            raise LessonClosed(address_of(reading), str(ActivityGone()))
        raise Http404
    enrolment, reading = reading.enrolment, _where_it_is(reading, block)
    if request.method != "POST":
        return _kept_entry(request, reading, lesson_and_block[1])
    try:
        state = services.save_entry(
            enrolment=enrolment,
            block_id=block,
            data=kind.read_post(_with_earlier(reading, lesson_and_block[1]), request.POST),
            revision=_revision(request.POST),
        )
    except EntryChanged as error:
        return _changed(request, reading, lesson_and_block[1], error)
    except UserError as error:
        if wants_json(request):
            return JsonResponse({"words": str(error)}, status=422)
        messages.error(request, str(error))
        return _with_words(request, reading, lesson_and_block[1], request.POST, status=422)
    if wants_json(request):
        revealed = _revealed(request, reading, lesson_and_block[1]) if kind.reveals else {}
        return JsonResponse({"revision": state.revision, "words": saved_at(state)} | revealed)
    place = kind.lands_at(request.POST)
    return _back_to(reading, f"{block}-{place}" if place else block)


def _revealed(request: HttpRequest, reading: Reading, block: Block) -> dict[str, str]:
    """What its author would have written, beside what is saved now."""
    shown = _one_block(reading, block)
    return {"revealed": render_to_string(revealed_template(block.type), {"block": shown}, request)}


def _with_earlier(reading: Reading, block: Block) -> dict[str, Any]:
    """What the block says, with the parts it had when the page that sends words may have been opened."""
    kind = written_type(block.type)
    activity = Activity.objects.filter(course=reading.course, block_id=block.id).first()
    return kind.with_earlier(block.value, activity.parts) if kind and activity else dict(block.value)


def _revision(fields: QueryDict) -> int | None:
    return whole_number(fields.get("revision", ""))


def _changed(request: HttpRequest, reading: Reading, block: Block, error: EntryChanged) -> HttpResponse:
    """Two tabs wrote: the words just sent stay in the field, the other ones stand below."""
    if not wants_json(request):
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
    if kind is not None:
        shown["value"] = _with_earlier(reading, block)
        words = kind.merged(shown["value"], shown["data"], kind.read_post(shown["value"], fields))
        if shown["state"] and shown["data"] != words:
            shown["other"] = dict(shown)
        shown["carried"] = kind.carried(shown["value"], fields)
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
    """Finish this lesson and go on to what is next; also what was sent while signed out, after signing in again."""
    if reading.enrolment is None:
        return redirect(reading.course)
    if request.method != "POST":
        if take_kept(request) is None:
            return redirect(address_of(reading))
        text = _("You were signed out before “%(lesson)s” was finished. It is finished now.")
        messages.success(request, text % {"lesson": reading.lesson.title})
    was_complete = reading.enrolment.completed_at is not None
    services.finish_activity(enrolment=reading.enrolment, block_id=reading.lesson.id)
    if reading.enrolment.completed_at and not was_complete:
        return redirect("completed", reading.enrolment.uuid)
    return _onwards(request, reading)


def _onwards(request: HttpRequest, reading: Reading) -> HttpResponse:
    _say_what_is_open(request, reading)
    if reading.next is not None:
        return redirect("courses:lesson", reading.course.slug, reading.next.module_slug, reading.next.slug)
    if reading.enrolment is not None and reading.needs_only_assessment:
        return redirect("assessments:start", reading.enrolment.uuid, "after")
    if left := reading.open_elsewhere:
        messages.info(request, _("That was the last lesson. “%(lesson)s” is not finished yet.") % {"lesson": left.title})
        return HttpResponseRedirect(reading.open_elsewhere_address)
    if reading.progress and reading.progress.next_lesson is None and reading.text.is_preview:
        text = _("You have finished all that is here of “%(course)s”. The modules to follow open for you when they appear.")
        messages.success(request, text % {"course": reading.course})
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
