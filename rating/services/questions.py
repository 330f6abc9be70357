"""An open question as its author writes it, all at once: what is asked, by what it is rated, on what raters train."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction

from assessments.enums import ItemKind, ItemUse
from assessments.formats.written import AnswerTerms, Means
from assessments.models import Item
from assessments.services import upsert_item
from courses.models import Course
from rating.services.rubrics import Anchor, Level, write_rubric


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What learners read, and how they answer (`AnswerTerms`). `occasion`: when they are asked it; empty, nobody is."""

    situation: str
    prompt: str
    occasion: str
    by: str = Means.WORDS
    fewest: int = 0
    most: int = 0
    kinds: tuple[str, ...] = ()
    megabytes: int = 0
    minutes: int = 0
    skill: str = ""
    concept: str = ""

    @property
    def terms(self) -> AnswerTerms:
        return AnswerTerms(Means(self.by), self.fewest, self.most, self.kinds, self.megabytes, self.minutes)


@transaction.atomic
def write_question(
    *,
    course: Course,
    key: str,
    asked: Asked,
    levels: Sequence[Level],
    anchors: Sequence[Anchor],
    uuid: UUID | None = None,
) -> Item:
    """The question, new or as it is written now. Learners who have begun keep the wording they saw; another rubric, or other
    anchors, begin a new edition. Raises InvalidItem, ItemUseConflict or InvalidRubric, and changes nothing then.
    """
    item = upsert_item(
        course=course,
        key=key,
        uuid=uuid or uuid4(),
        use=ItemUse.FORM,
        kind=ItemKind.OPEN,
        skill_slug=asked.skill or None,
        situation=asked.situation,
        prompt=asked.prompt,
        options=[],
        correct=asked.terms.key,
        concept=asked.concept,
    )
    if item.occasion != asked.occasion:
        item.occasion = asked.occasion
        item.save(update_fields=["occasion", "updated_at"])
    write_rubric(item=item, levels=levels, anchors=anchors)
    return item
