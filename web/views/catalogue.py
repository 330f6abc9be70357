"""The catalogue: every course, found by word, skill, level, length and price."""

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from billing.queries import prices_for_reader
from courses import queries as course_queries
from courses.models import Course
from skills.queries import skills_by_slug

LENGTHS = {"short": (0, 30), "medium": (31, 90), "long": (91, 100_000)}


class CatalogueFilter(forms.Form):
    """The filters as they stand in the address; what is not understood is ignored."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
    skill = forms.ChoiceField(label=_("Skill"), required=False)
    level = forms.TypedChoiceField(
        label=_("Teaches to level"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Any level")), *((n, str(n)) for n in range(1, 6))],
    )
    length = forms.ChoiceField(
        label=_("Length"),
        required=False,
        choices=[
            ("", _("Any length")),
            ("short", _("Up to 30 minutes")),
            ("medium", _("Up to an hour and a half")),
            ("long", _("Longer")),
        ],
    )
    price = forms.ChoiceField(
        label=_("Price"), required=False, choices=[("", _("Free and paid")), ("free", _("Free")), ("paid", _("Paid"))]
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


def matches(course: Course, filters: dict[str, Any]) -> bool:
    """Whether a course of the catalogue is what somebody looks for."""
    low, high = LENGTHS.get(filters.get("length", ""), (0, 100_000))
    taught = {skill["slug"]: skill.get("level") for skill in getattr(course, "skills", None) or []}
    if "skill" in filters:
        taught = {filters["skill"]: taught[filters["skill"]]} if filters["skill"] in taught else {}
    return (
        all(word in f"{course.title} {course.summary}".casefold() for word in filters.get("q", "").casefold().split())
        and ("skill" not in filters or bool(taught))
        and ("level" not in filters or filters["level"] in taught.values())
        and low <= course.minutes <= high
        and ("price" not in filters or course.is_free == (filters["price"] == "free"))
    )


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    names = {slug: skill.name for slug, skill in skills_by_slug().items()}
    form = CatalogueFilter(request.GET, skills=names)
    filters = form.filters()
    everything = list(course_queries.catalogue())
    courses = [course for course in everything if matches(course, filters)]
    prices = prices_for_reader(courses, request.headers.get("Accept-Language", ""))
    cards = [
        Card(
            course,
            [names[skill["slug"]] for skill in getattr(course, "skills", None) or [] if skill["slug"] in names],
            prices.get(course.pk, ""),
        )
        for course in courses
    ]
    context = {"cards": cards, "form": form, "is_filtered": bool(filters), "total": len(everything)}
    return render(request, "web/catalogue.html", context)
