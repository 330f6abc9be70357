"""Days and minutes of an assessment: when it opens, when a sitting ends, and when keys are shown."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from assessments.models import AssignedInstrument, Instrument
from common.time_zones import time_of
from learning.models import Enrolment

Terms = Instrument | AssignedInstrument
"""What has days and minutes: an instrument, or that it was assigned."""


def zone_for(enrolment: Enrolment) -> ZoneInfo:
    """Where the days of an assessment are: those of the organisation that gave the course, else the site's."""
    organisation = enrolment.organisation
    return ZoneInfo(organisation.time_zone if organisation else settings.TIME_ZONE)


def day_in(zone: ZoneInfo, moment: datetime) -> date:
    return moment.astimezone(zone).date()


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the next day there, which days of 23 or 25 hours move."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)


def minutes_with_extra(minutes: int, percent: int) -> int:
    """To the next whole minute, never less."""
    return -(-minutes * (100 + percent) // 100)


@dataclass(frozen=True)
class Window:
    """The days on which an assessment may be taken, in one time zone."""

    opens_on: date | None
    closes_on: date | None
    zone: ZoneInfo

    def is_before(self, moment: datetime) -> bool:
        return self.opens_on is not None and day_in(self.zone, moment) < self.opens_on

    def is_over(self, moment: datetime) -> bool:
        return self.closes_on is not None and day_in(self.zone, moment) > self.closes_on

    @property
    def ends_at(self) -> datetime | None:
        return end_of(self.closes_on, self.zone) if self.closes_on else None

    def said(self, day: date) -> str:
        """The day, and by which clock where that is not the one by which the reader sees times."""
        noon = datetime.combine(day, time(12), tzinfo=self.zone)
        if noon.utcoffset() == timezone.localtime(noon).utcoffset():
            return date_format(day)
        return _("%(day)s (%(zone)s)") % {"day": date_format(day), "zone": time_of(self.zone.key)}

    @property
    def last_day(self) -> str:
        """With the reader's own time of its end, where their day is another."""
        if self.closes_on is None or self.ends_at is None:
            return ""
        said = self.said(self.closes_on)
        if said == date_format(self.closes_on):
            return said
        own = date_format(timezone.localtime(self.ends_at), "DATETIME_FORMAT")
        return _("%(day)s, which is %(own)s in your time") % {"day": said, "own": own}


def window_of(terms: Terms, enrolment: Enrolment) -> Window:
    """Costs the organisation of the enrolment, and only where the assessment has days."""
    has_days = terms.opens_on or terms.closes_on
    zone = zone_for(enrolment) if has_days else ZoneInfo("UTC")
    return Window(terms.opens_on, terms.closes_on, zone)


def due_at(terms: Terms, enrolment: Enrolment, *, began_at: datetime, extra: int) -> datetime | None:
    """When a sitting that began then ends: by its limit with the learner's extra time, or with the last day."""
    ends = [window_of(terms, enrolment).ends_at]
    if terms.time_limit:
        ends.append(began_at.astimezone(UTC) + timedelta(minutes=minutes_with_extra(terms.time_limit, extra)))
    return min((end for end in ends if end is not None), default=None)
