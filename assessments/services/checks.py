"""Knowledge checks inside lessons. They teach: what is answered here never becomes evidence of a skill (decision 0020)."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from assessments.answers import accepted_options, agrees, is_complete, what_comes_first, what_is_missing
from assessments.enums import ItemUse
from assessments.errors import AnswerNotAccepted
from assessments.models import CheckAnswer, ItemVersion
from learning.models import Enrolment
from learning.services import finish_activity


def mark_check(version: ItemVersion, chosen: Iterable[str] | str) -> CheckAnswer:
    """The answer with whether it agrees, not saved: all that a visitor of a sample lesson gets.

    Raises AnswerNotAccepted without a choice, with an unfinished answer, or with one the question does not have.
    """
    answer = accepted_options(version, chosen)
    if not answer:
        raise AnswerNotAccepted(what_comes_first(version))
    if not is_complete(version, answer):
        raise AnswerNotAccepted(what_is_missing(version))
    return CheckAnswer(item_version=version, chosen=answer, is_correct=agrees(version, answer))


@transaction.atomic
def answer_check(
    *, enrolment: Enrolment, item_uuid: UUID | str, chosen: Iterable[str] | str, block_id: UUID | str
) -> CheckAnswer:
    """Keep one try and finish the activity, right or wrong. Tries are not limited.

    A check teaches and tells nobody how good somebody is: it never reaches the skill record, and no result counts it.

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
    answer = mark_check(version, chosen)
    answer.enrolment = enrolment
    answer.save()
    finish_activity(enrolment=enrolment, block_id=block_id)
    return answer
