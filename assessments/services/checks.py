"""Knowledge checks inside lessons."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from assessments.answers import accepted, agrees
from assessments.enums import ItemUse
from assessments.errors import AnswerNotAccepted
from assessments.models import CheckAnswer, ItemVersion
from learning.models import Enrolment
from learning.services import finish_activity


@transaction.atomic
def answer_check(
    *, enrolment: Enrolment, item_uuid: UUID | str, chosen: Iterable[str] | str, block_id: UUID | str
) -> CheckAnswer:
    """Keep one try and finish the activity, right or wrong. Tries are not limited.

    Raises AnswerNotAccepted without a choice, with one the question does not have, or for a check of another course.
    """
    version = (
        ItemVersion.objects.select_related("item")
        .filter(item__uuid=item_uuid, item__use=ItemUse.CHECK, item__course=enrolment.course_id)
        .filter(item__current_version=F("pk"))
        .first()
    )
    if version is None:
        raise AnswerNotAccepted(
            _("This question is no longer part of the course. Reload the page to see the lesson as it is now.")
        )
    answer = accepted(version, chosen)
    if not answer:
        raise AnswerNotAccepted(_("Choose an answer first."))
    saved = CheckAnswer.objects.create(
        enrolment=enrolment, item_version=version, chosen=answer, is_correct=agrees(version, answer)
    )
    finish_activity(enrolment=enrolment, block_id=block_id)
    return saved
