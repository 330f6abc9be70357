"""Forms behind the editor. They write pages and nothing else: a preview goes through them too (`wagtail_hooks.give_course`).

What a page may be called is said by the page (`cms.addresses`), so that copies and files are asked the same.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from wagtail.admin.forms.pages import CopyForm as WagtailCopyForm
from wagtail.admin.forms.pages import WagtailAdminPageForm

from cms.addresses import holder_of, slug_under, taken_words
from cms.course_rules import problems_of


class ColourField(forms.CharField):
    """Browsers write the digits of a colour small, which is no change."""

    widget = forms.ColorInput

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).upper()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(str(initial or "").upper(), data)


class CourseForm(WagtailAdminPageForm):
    """A course in the editor. Wagtail defers what only counts once it is submitted or published, and so does this."""

    class Meta(WagtailAdminPageForm.Meta):
        field_classes = {"colour": ColourField}

    def _post_clean(self) -> None:
        super()._post_clean()
        if not self.is_deferred_validation:
            for field, words in problems_of(self.instance).items():
                if field not in self.errors:
                    self.add_error(field, words)


class CopyForm(WagtailCopyForm):
    """Without aliases: an alias of a course or a lesson would be a second page for one identity."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("alias", None)


class PartCopyForm(CopyForm):
    """Proposes a slug that is free."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        slug = self.fields["new_slug"]
        slug.initial = slug_under(self.page.get_parent(), self.page.slug, type(self.page.specific)(slug=self.page.slug))
        slug.allow_unicode = False


class CourseCopyForm(PartCopyForm):
    """The address of a course is its own on the whole site, whatever stands beside it in the tree."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_slug"].label = _("Address of the copy")
        self.fields["new_slug"].help_text = _("Learners will find it at /courses/…/, once it is published.")

    def clean_new_slug(self) -> str:
        slug: str = self.cleaned_data["new_slug"]
        if holder := holder_of(slug, type(self.page.specific)(slug=slug)):
            self.add_error("new_slug", taken_words(holder))
        return slug
