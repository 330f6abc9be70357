"""Brings files into the page tree. An author's own work in the editor is never written over without being asked to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from wagtail.fields import RichTextField
from wagtail.models import Locale, Page

from assessments.enums import ItemUse
from assessments.services import upsert_item
from cms.addresses import slug_under
from cms.content_files.comparing import what_it_says
from cms.content_files.force import Force, is_forced
from cms.content_files.report import Report
from cms.content_files.sources import CourseSource, LessonSource, PageSource
from cms.content_files.spelling import as_the_editor_stores, stored_stream
from cms.models import CoursePage, LessonPage, LoadedFile, ModulePage
from courses.models import Course, Lesson

STREAMS = {"body", "skills"}


@dataclass
class TreeLoader:
    """Loads one course into the tree under `index`; runs in the caller's transaction."""

    index: Page
    force: Force
    report: Report = field(default_factory=Report)
    seen: set[int] = field(default_factory=set)

    def load(self, source: CourseSource) -> CoursePage | None:
        """The course's page, None when an author has deleted it."""
        if self._was_deleted(CoursePage, source, Course):
            return None
        course_page = self._page(CoursePage, source, self.index)
        course_page.ensure_course()
        modules = []
        for module in source.modules:
            module_page = self._page(ModulePage, module, course_page)
            kept = [lesson for lesson in module.lessons if not self._was_deleted(LessonPage, lesson, Lesson)]
            lessons = [self._lesson(lesson, module_page, course_page.course) for lesson in kept]
            self._order(module_page, lessons, kept)
            modules.append(module_page)
        self._order(course_page, modules, source.modules)
        self._remember_paths(source)
        self._unpublish_gone(course_page)
        return CoursePage.objects.get(pk=course_page.pk)

    def _lesson(self, source: LessonSource, module_page: Page, course: Course) -> Page:
        before = len(self.report.unchanged) + len(self.report.conflicts)
        page = self._page(LessonPage, source, module_page)
        if before == len(self.report.unchanged) + len(self.report.conflicts):
            put_checks_into_bank(page, course, source.check_keys)
        return page

    def _page(self, model: type[Page], source: PageSource, parent: Page) -> Any:
        page = model.objects.filter(translation_key=source.uuid, locale=Locale.get_default()).first()
        if page is None:
            page = self._create(model, source, parent)
        else:
            self._update(page, source)
            page = self._moved_under(page, parent, source)
        self.seen.add(page.pk)
        return page

    def _was_deleted(self, model: type[Page], source: PageSource, identity: type[Course] | type[Lesson]) -> bool:
        """Whether it was published once and has no page any more: an author's act, which a file does not undo."""
        if is_forced(self.force, source.path) or model.objects.filter(translation_key=source.uuid).exists():
            return False
        was_deleted = identity.objects.filter(uuid=source.uuid).exists()
        if was_deleted:
            self.report.conflicts.append(f"{source.path} (deleted)")
        return was_deleted

    def _create(self, model: type[Page], source: PageSource, parent: Page) -> Page:
        page = model(translation_key=source.uuid, locale=Locale.get_default(), live=False)
        _assign(page, source.fields)
        page.slug = slug_under(parent, page.slug, page)
        if isinstance(source, CourseSource):
            page.ensure_course(key=source.key)
        Page.objects.get(pk=parent.pk).add_child(instance=page)
        self._publish(page, source)
        self.report.created.append(source.path)
        return page

    def _update(self, page: Any, source: PageSource) -> None:
        loaded = LoadedFile.objects.filter(page=page).first()
        if loaded and loaded.digest == source.digest:
            self.report.unchanged.append(source.path)
        elif self._was_edited(page, loaded) and not is_forced(self.force, source.path):
            self.report.conflicts.append(source.path)
        else:
            _assign(page, source.fields)
            page.slug = slug_under(page.get_parent(), page.slug, page)
            self._publish(page, source)
            self.report.updated.append(source.path)

    def _was_edited(self, page: Any, loaded: LoadedFile | None) -> bool:
        """Whether it says anything else than was loaded, in a draft or published, or was taken back since."""
        if loaded is None or loaded.revision is None or (loaded.digest and not page.live):
            return True
        if page.latest_revision_id == loaded.revision_id:
            return False
        as_loaded = what_it_says(loaded.revision.as_object())
        return any(what_it_says(version) != as_loaded for version in (page, page.get_latest_revision_as_object()))

    def _publish(self, page: Any, source: PageSource) -> None:
        revision = page.save_revision()
        revision.publish()
        written = {"digest": source.digest, "revision": revision}
        # The path is brought up to date at the end (`_remember_paths`): until then it tells what was renamed.
        LoadedFile.objects.update_or_create(page_id=page.pk, defaults=written, create_defaults=written | {"path": source.path})

    def _moved_under(self, page: Page, parent: Page, source: PageSource) -> Page:
        """A file that went to another folder takes its page along; a page that an author moved stays where it is."""
        loaded = LoadedFile.objects.filter(page=page).first()
        if loaded is None or loaded.path == source.path or page.get_parent().pk == parent.pk:
            return page
        slug = slug_under(parent, page.slug, page)
        if slug != page.slug:
            page.slug = slug
            page.save(clean=False)
        page.move(Page.objects.get(pk=parent.pk), pos="last-child")
        self.report.moved.append(source.path)
        return type(page).objects.get(pk=page.pk)

    def _order(self, parent: Page, pages: Sequence[Page], sources: Sequence[PageSource]) -> None:
        """Put pages in the order of their files when a file's name has changed; otherwise an author's order stands."""
        recorded = dict(LoadedFile.objects.filter(page__in=pages).values_list("page_id", "path"))
        new = set(self.report.created)
        if all(recorded.get(page.pk) == source.path not in new for page, source in zip(pages, sources, strict=True)):
            return
        children = Page.objects.child_of(Page.objects.get(pk=parent.pk)).order_by("path").values_list("pk", flat=True)
        child_ids = set(children)
        wanted = [page.pk for page in pages if page.pk in child_ids]
        if [pk for pk in children if pk in set(wanted)] == wanted:
            return
        for before, pk in pairwise(wanted):
            Page.objects.get(pk=pk).move(Page.objects.get(pk=before), pos="right")
        self.report.moved.extend(source.path for page, source in zip(pages, sources, strict=True) if page.pk in child_ids)

    def _remember_paths(self, source: CourseSource) -> None:
        for part in (source, *source.modules, *(lesson for module in source.modules for lesson in module.lessons)):
            LoadedFile.objects.filter(page__translation_key=part.uuid, page__locale=Locale.get_default()).exclude(
                path=part.path
            ).update(path=part.path)

    def _unpublish_gone(self, course_page: Page) -> None:
        """Pages that came from files which are no longer there. They keep their place, their text and their identity."""
        gone = LoadedFile.objects.filter(page__path__startswith=course_page.path).exclude(digest="").exclude(page__in=self.seen)
        for loaded in gone.order_by("-page__path"):
            page = Page.objects.get(pk=loaded.page_id).specific
            if self._was_edited(page, loaded) and not is_forced(self.force, loaded.path):
                self.report.conflicts.append(f"{loaded.path} (the file no longer exists)")
                continue
            if page.live:
                page.unpublish()
                self.report.unpublished.append(loaded.path)
            loaded.digest = ""
            loaded.save(update_fields=["digest", "updated_at"])


def put_checks_into_bank(page: LessonPage, course: Course, keys: dict[str, str]) -> None:
    """Give the questions of a lesson the ids their author wrote; publishing finds them by their identity."""
    for child in page.body:
        if child.id in keys:
            upsert_item(
                course=course, key=keys[child.id], uuid=UUID(child.id), use=ItemUse.CHECK, **child.block.as_item(child.value)
            )


def _assign(page: Any, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(page, name, _stored(page._meta.get_field(name), value))


def _stored(field: Any, value: Any) -> Any:
    if field.name in STREAMS:
        return json.dumps(stored_stream(field.stream_block, value))
    return as_the_editor_stores(value, field.features) if isinstance(field, RichTextField) else value
