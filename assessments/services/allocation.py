"""Which form a learner meets first."""

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from assessments.errors import AssessmentNotOpen
from assessments.models import FormAllocation, Instrument
from assessments.scoring import first_form
from courses.models import Course
from learning.models import Enrolment


@transaction.atomic
def allocate_forms(*, enrolment: Enrolment) -> FormAllocation:
    """The learner's order of the two forms, drawn once and never again.

    The running number is given out under a lock on the course; together with the course's uuid it says how the draw went
    (`scoring.allocation`). Raises AssessmentNotOpen unless the course has exactly two forms.
    """
    course = Course.objects.select_for_update(no_key=True).get(pk=enrolment.course_id)
    drawn = FormAllocation.objects.select_related("first", "second").filter(enrolment=enrolment).first()
    if drawn is not None:
        return drawn
    forms = list(Instrument.objects.filter(course=course, is_active=True).order_by("key"))
    if len(forms) != 2:
        raise AssessmentNotOpen(_("This course has no assessment. You can take its lessons without one."))
    last = FormAllocation.objects.filter(course=course).aggregate(last=Max("sequence"))["last"]
    sequence = 0 if last is None else last + 1
    first = first_form(str(course.uuid), sequence)
    return FormAllocation.objects.create(
        enrolment=enrolment, course=course, sequence=sequence, first=forms[first], second=forms[1 - first]
    )
