"""How each course stands with learners, as publishing noted it (`cms.publishing`): none fails, or goes nowhere, in silence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.models import Page

from cms.models import CoursePage, CoursePublication


class Stage(Enum):
    DRAFT = "draft"
    EMPTY = "empty"
    PENDING = "pending"
    FAILING = "failing"
    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True)
class State:
    """How a course stands with learners. `words` say it, `remedy` what its author can do.

    `since`: how long it has failed, or when it was published.
    """

    stage: Stage
    words: str
    remedy: str = ""
    version: int | None = None
    since: datetime | None = None

    @property
    def is_failing(self) -> bool:
        return self.stage in (Stage.FAILING, Stage.EMPTY)


def state_of(page: CoursePage) -> State:
    return states_of([page])[page.pk]


def states_of(pages: Sequence[CoursePage]) -> dict[int, State]:
    """By key of the page. Two queries, however many courses there are."""
    publications = CoursePublication.objects.filter(page__in=pages).select_related("version")
    known = {publication.page_id: publication for publication in publications}
    parts = _live_parts(pages)
    return {page.pk: _state(page, known.get(page.pk), parts[page.pk]) for page in pages}


@dataclass
class _Parts:
    """What is live of a course in the page tree."""

    modules: list[str]
    lessons: list[str]
    changed_at: datetime | None = None

    @property
    def has_lesson(self) -> bool:
        return any(path.startswith(tuple(self.modules)) for path in self.lessons) if self.modules else False


def _live_parts(pages: Sequence[CoursePage]) -> dict[int, _Parts]:
    below = Q(pk__in=[])
    for page in pages:
        below |= Q(path__startswith=page.path)
    found = {page.pk: _Parts([], []) for page in pages}
    rows = list(Page.objects.filter(below, live=True).values_list("path", "depth", "last_published_at"))
    for page in pages:
        parts = found[page.pk]
        own = [row for row in rows if row[0].startswith(page.path)]
        parts.modules = [path for path, depth, _at in own if depth == page.depth + 1]
        parts.lessons = [path for path, depth, _at in own if depth == page.depth + 2]
        parts.changed_at = max((at for _path, _depth, at in own if at), default=None)
    return found


def _state(page: CoursePage, publication: CoursePublication | None, parts: _Parts) -> State:
    version = publication.version.number if publication and publication.version else None
    if publication and publication.error:
        return State(Stage.FAILING, _("Publishing fails"), publication.error, version, publication.failing_since)
    if not page.live:
        return State(Stage.DRAFT, _("Draft"), _("Learners see nothing of it."), version)
    if not parts.has_lesson:
        remedy = _("Publish at least one module with one lesson: until then nobody sees the course.")
        return State(Stage.EMPTY, _("Published without a lesson"), remedy, version)
    published_at = publication.published_at if publication else None
    if published_at is None or (parts.changed_at and published_at < parts.changed_at):
        return State(Stage.PENDING, _("Being published"), _("It takes a moment. Load this page again."), version)
    if page.open_for_enrolment:
        return State(Stage.OPEN, _("Open for enrolment"), "", version, published_at)
    remedy = _("Newcomers are let in when you open it for enrolment.")
    return State(Stage.CLOSED, _("Published, not open for enrolment"), remedy, version, published_at)
