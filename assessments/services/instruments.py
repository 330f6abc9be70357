"""Settings of the assessments of a course. Both forms have the same, or the two results could not be compared."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.enums import Presentation, ReviewRule
from assessments.errors import InvalidSettings
from assessments.item_rules.model import MOST_MINUTES
from assessments.models import Attempt, Instrument
from assessments.services.timing import prolong
from courses.models import Course


@dataclass(frozen=True)
class Settings:
    """As `Instrument` has them; without any, an assessment is as it always was."""

    time_limit: int | None = None
    presentation: str = Presentation.SCREENS
    shuffles_options: bool = True
    opens_on: date | None = None
    closes_on: date | None = None
    review: str = ReviewRule.AFTER_COURSE

    def refuse_unfit(self) -> None:
        """Raises InvalidSettings where they do not fit together."""
        if self.time_limit is not None and not 1 <= self.time_limit <= MOST_MINUTES:
            raise InvalidSettings(_("A time limit is between 1 and %(most)s minutes.") % {"most": MOST_MINUTES})
        if self.opens_on and self.closes_on and self.closes_on < self.opens_on:
            raise InvalidSettings(_("The last day comes before the first. Change one of the two."))
        if self.review == ReviewRule.CLOSED and not self.closes_on:
            raise InvalidSettings(
                _("Keys that are shown after the closing day need a last day. Enter one, or choose another rule.")
            )
        if self.presentation not in Presentation.values or self.review not in ReviewRule.values:
            raise InvalidSettings(_("There is no such layout, or no such rule of review."))

    @property
    def as_json(self) -> dict[str, Any]:
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}


def settings_of(instrument: Instrument) -> Settings:
    return Settings(**{name: getattr(instrument, name) for name in asdict(Settings())})


def change_settings(*, course: Course, settings: Settings, is_from_file: bool = False) -> None:
    """Of every form that is in use. Sittings under way get more time by it and never less.

    Raises InvalidSettings.
    """
    settings.refuse_unfit()
    with transaction.atomic():
        Course.objects.select_for_update(no_key=True).get(pk=course.pk)
        written = {"loaded_settings": settings.as_json} if is_from_file else {}
        Instrument.objects.filter(course=course, is_active=True).update(**asdict(settings), **written)
    # After the lock on the course, which whoever begins takes after that on the enrolment, and who submits after the attempt's.
    waiting = Attempt.objects.unfinished().filter(instrument__course=course, due_at__isnull=False)
    prolong(list(waiting.values_list("pk", flat=True)))
