"""The catalogue: every course, found by words, skill, length and price."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from billing.queries import prices_for_reader
from courses import queries as course_queries
from courses.models import Course
from courses.queries.search import FoundCourse, SearchResult, search
from skills.queries import called_by
from web.found import FoundLesson, lessons_found, opened_by

LENGTHS = {"short": (0, 30), "medium": (31, 90), "long": (91, 100_000)}
LONGEST_QUERY = 200
PAGE_SIZE = 24
# The words stand at the top of the page, the filters beside the list: one form all the same.
OF_FORM = {"form": "catalogue"}


class CatalogueFilter(forms.Form):
    """The filters as they stand in the address; what is not understood of choices is ignored."""

    q = forms.CharField(
        label=_("Search courses and lessons"),
        required=False,
        max_length=LONGEST_QUERY,
        error_messages={"max_length": _("Search for %(limit_value)d characters at most: a few words are enough.")},
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    skill = forms.ChoiceField(label=_("Skill"), required=False, widget=forms.Select(attrs=OF_FORM))
    length = forms.ChoiceField(
        label=_("Length"),
        required=False,
        widget=forms.Select(attrs=OF_FORM),
        choices=[
            ("", _("Any length")),
            ("short", _("Up to 30 minutes")),
            ("medium", _("Up to an hour and a half")),
            ("long", _("Longer")),
        ],
    )
    price = forms.ChoiceField(
        label=_("Price"),
        required=False,
        widget=forms.Select(attrs=OF_FORM),
        choices=[("", _("Free and paid")), ("free", _("Free")), ("paid", _("Paid"))],
    )

    def __init__(self, *args: Any, skills: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["skill"]).choices = [("", _("Any skill")), *skills.items()]

    def filters(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass(frozen=True)
class Card:
    course: Course
    skill_names: list[str]
    price: str
    lessons: list[FoundLesson] = field(default_factory=list)


def matches(course: Course, filters: dict[str, Any]) -> bool:
    """Whether a course of the catalogue is of the kind that somebody looks for."""
    low, high = LENGTHS.get(filters.get("length", ""), (0, 100_000))
    return (
        ("skill" not in filters or filters["skill"] in _taught([course]))
        and low <= course.minutes <= high
        and ("price" not in filters or course.is_free == (filters["price"] == "free"))
    )


def _taught(courses: Iterable[Course]) -> set[str]:
    """Slugs of skills."""
    return {skill["slug"] for course in courses for skill in getattr(course, "skills", None) or []}


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    names = {slug: skill.name for slug, skill in called_by(request.user).items()}
    form = CatalogueFilter(request.GET, skills=names)
    filters = form.filters()
    everything: list[Course] = list(course_queries.catalogue())
    courses = [course for course in everything if matches(course, filters)]
    opened = opened_by(request.user, everything) if "q" in filters else frozenset()
    result = _searched(request, filters, everything, opened)
    if result is not None:
        courses = _ranked(courses, result)
    elif "q" in form.errors:
        courses = []
    taught = _taught(everything)
    page = Paginator(courses, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "cards": _cards(request, list(page), names, result, opened),
        "form": form,
        "is_filtered": bool(filters) or "q" in form.errors,
        "filters_beside_words": bool(filters.keys() - {"q"}),
        "result": result,
        "query": filters.get("q", ""),
        "skills": {slug: name for slug, name in names.items() if slug in taught},
        "total": len(everything),
    }
    return render(request, "web/catalogue.html", context)


def _searched(
    request: HttpRequest, filters: dict[str, Any], everything: list[Course], opened: frozenset[int]
) -> SearchResult | None:
    """What the words find among the courses that the catalogue shows; None where there are no words."""
    if "q" not in filters:
        return None
    among = [course.pk for course in everything]
    readable = [course.pk for course in everything if course.is_free or course.pk in opened]
    return search(filters["q"], among=among, opened=readable, is_exact="exact" in request.GET)


def _ranked(courses: list[Course], result: SearchResult) -> list[Course]:
    by_key = {course.pk: course for course in courses}
    return [by_key[found.course] for found in result.courses if found.course in by_key]


def _cards(
    request: HttpRequest,
    courses: list[Course],
    names: dict[str, str],
    result: SearchResult | None,
    opened: frozenset[int],
) -> list[Card]:
    prices = prices_for_reader(courses, request.headers.get("Accept-Language", ""))
    by_key = {course.pk: course for course in courses}
    found: list[FoundCourse] = [own for own in result.courses if own.course in by_key] if result else []
    lessons = lessons_found(opened, by_key, found, result.terms) if result else {}
    return [
        Card(
            course,
            [names[skill["slug"]] for skill in getattr(course, "skills", None) or [] if skill["slug"] in names],
            prices.get(course.pk, ""),
            lessons.get(course.pk, []),
        )
        for course in courses
    ]
