"""Forms behind the editor. What learners' progress hangs on is made here, on the first save, not in `save()` of a model."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminPageForm

from courses.models import Course


class CoursePageForm(WagtailAdminPageForm):
    """Gives a new course page its course, so that everything under it has one to belong to."""

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if Course.objects.filter(slug=slug).exclude(uuid=self.instance.translation_key).exists():
            raise ValidationError(_("Another course has this slug. Choose a different one."))
        return slug

    def save(self, commit: bool = True) -> Any:
        self.instance.ensure_course()
        return super().save(commit=commit)


class LessonPageForm(WagtailAdminPageForm):
    """A lesson's slug is unique in its course: its address stays right when it moves to another module."""

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if self.parent_page is not None and self._others().filter(slug=slug).exists():
            raise ValidationError(_("Another lesson of this course has this slug. Choose a different one."))
        return slug

    def _others(self) -> Any:
        """The other lessons of the course."""
        course_page = self.parent_page.get_parent()
        return type(self.instance).objects.descendant_of(course_page).exclude(pk=self.instance.pk)
