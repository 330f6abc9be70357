"""Where pages of a course are read: no two at the same address, however one of them came to be where it is.

A lesson is known by its own slug within its module, a module within its course, a course on the whole site. Wagtail keeps
slugs apart among siblings when somebody fills in a form; what comes by another way (an old revision, a file) gets the slug
with a number. The rules stand here and are asked by pages, forms, files and publication alike.
"""

from collections.abc import Container, Iterable
from itertools import count
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.models import Locale, Page

from courses.models import Course

# As long as the columns of `courses`, which addresses are looked up in.
LONGEST_SLUG = 100
LONGEST_TITLE = 200


def free_slug(wanted: str, taken: Container[str]) -> str:
    """`wanted` as an address can hold it, with the first number that makes it different from all in `taken`."""
    base = slugify(wanted)[:LONGEST_SLUG] or "page"
    candidates = (f"{base[: LONGEST_SLUG - 6]}-{number}" for number in count(2))
    return base if base not in taken else next(candidate for candidate in candidates if candidate not in taken)


def slug_under(parent: Page, wanted: str, page: Page | None = None) -> str:
    """`wanted`, or with a number where another page under `parent` has it, or of a course any other course."""
    siblings = Page.objects.child_of(parent)
    if page is not None and page.pk:
        siblings = siblings.exclude(pk=page.pk)
    taken = set(siblings.values_list("slug", flat=True))
    if page is not None and is_course(page):
        taken |= {course.slug for course in _courses_at(page, wanted)}
    return free_slug(wanted, taken)


def distinct_slugs(pages: Iterable[Page]) -> dict[int, str]:
    """An address for each page, by its key; of several alike the page that was there first keeps it."""
    slugs: dict[int, str] = {}
    for page in sorted(pages, key=lambda page: page.pk):
        slugs[page.pk] = free_slug(page.slug, set(slugs.values()))
    return slugs


def is_course(page: Page) -> bool:
    return page.specific_class is not None and page.specific_class.__name__ == "CoursePage"


def is_translation(page: Page) -> bool:
    """Whether it is in another language than courses are published in; a page that is just being written is not yet."""
    return page.locale_id is not None and page.locale_id != Locale.get_default().pk


def holder_of(slug: str, page: Page) -> Course | None:
    """Another course that is, or was, published under this address: people are on it, and links lead there."""
    others = Course.objects.filter(current_version__isnull=False).exclude(uuid=page.translation_key)
    return others.filter(slug=slug).first()


def _courses_at(page: Page, wanted: str) -> Iterable[Course]:
    others = Course.objects.filter(current_version__isnull=False).exclude(uuid=page.translation_key)
    return others.filter(slug__startswith=slugify(wanted)[: LONGEST_SLUG - 6])


def taken_words(holder: Course) -> str:
    """To an author whose course wants the address of another."""
    if Page.objects.filter(translation_key=holder.uuid).exists():
        return _("The course “%(course)s” has this slug. Choose another one.") % {"course": holder.title}
    words = _(
        "The course “%(course)s” keeps this slug: its page was deleted, and people may still be on it. Choose another one."
    )
    return words % {"course": holder.title}


def check_address(page: Page) -> None:
    """Raises `ValidationError` where learners could not be led to the page by what it is called."""
    problems: dict[str, Any] = {}
    if not page.slug.isascii() or len(page.slug) > LONGEST_SLUG:
        problems["slug"] = _("Use at most %(n)s letters from a to z, digits and hyphens.") % {"n": LONGEST_SLUG}
    elif is_course(page) and not is_translation(page) and (holder := holder_of(page.slug, page)):
        problems["slug"] = taken_words(holder)
    if len(page.title) > LONGEST_TITLE:
        problems["title"] = _("Use at most %(n)s characters.") % {"n": LONGEST_TITLE}
    if problems:
        raise ValidationError(problems)


class OwnAddressMixin:
    """A page that is part of a course."""

    def clean(self) -> None:
        super().clean()  # type: ignore[misc]  # of the page it is mixed into
        check_address(self)

    def with_content_json(self, content: dict[str, Any]) -> Any:
        """An old text may want a slug that another page has had since; it is read, and published, under one of its own."""
        page = super().with_content_json(content)  # type: ignore[misc]  # of the page it is mixed into
        parent = page.get_parent()
        slug = slug_under(parent, page.slug, page)
        if slug != page.slug:
            page.slug = slug
            page.set_url_path(parent)
        return page
