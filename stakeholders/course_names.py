"""Which courses completions are of: those of Accord by their key, others by the name their file gives them."""

from django.utils.translation import gettext as _

from accounts.models import Organisation
from courses.models import Course
from learning.models import Enrolment
from stakeholders.models import Completion, EmploymentStint

ELSEWHERE = "elsewhere"
"""The training whose completion dates stand in the people file, which has no name there."""


class CourseNames:
    """What courses are called: in Accord by key and title, in files as they like; the same name is the same course."""

    def __init__(self, organisation: Organisation) -> None:
        taken = Enrolment.objects.filter(organisation=organisation, completed_at__isnull=False)
        self.titles = dict(Course.objects.filter(pk__in=taken.values("course")).values_list("key", "title"))
        self._keys = {plain(name): key for key, title in self.titles.items() for name in (title, key)}

    def key(self, name: str) -> str:
        """The key of a course of Accord, else the name without regard to case and spaces."""
        return self._keys.get(plain(name), plain(name))


def plain(name: str) -> str:
    return " ".join(name.casefold().split())


def known_courses(organisation: Organisation) -> dict[str, str]:
    """The courses of which completions are known, and what to call each."""
    names = CourseNames(organisation)
    known = dict(names.titles)
    in_files = (
        Completion.objects.filter(organisation=organisation).order_by("course").values_list("course", flat=True).distinct()
    )
    for name in in_files:
        known.setdefault(names.key(name), name)
    people = EmploymentStint.objects.filter(organisation=organisation, completion_date__isnull=False)
    if people.exists():
        known.setdefault(ELSEWHERE, _("Training elsewhere, from the people file"))
    return known
