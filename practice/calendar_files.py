"""Review days as calendar files (RFC 5545, RFC 5546). Pure: what they say comes from the caller."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event, vCalAddress, vText

MIMETYPES = {"PUBLISH": "text/calendar; method=PUBLISH", "CANCEL": "text/calendar; method=CANCEL"}


@dataclass(frozen=True)
class ReviewDay:
    """One whole day in a calendar. The same `uid` with a higher `sequence` replaces what an earlier file said.

    Calendars are shared with others: `summary` names the other party, and says nothing of what was agreed.
    """

    uid: str
    sequence: int
    day: date
    summary: str
    description: str
    organizer_name: str
    organizer_email: str
    is_cancelled: bool = False

    @property
    def method(self) -> str:
        return "CANCEL" if self.is_cancelled else "PUBLISH"

    def as_plain(self) -> dict[str, Any]:
        """As JSON can hold it, to be kept with a mail."""
        return asdict(self) | {"day": self.day.isoformat()}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "ReviewDay":
        return cls(**plain | {"day": date.fromisoformat(plain["day"])})


def as_file(review: ReviewDay, *, written_at: datetime) -> bytes:
    """The file; `written_at` (UTC) says when this state of the entry was written."""
    event = Event()
    event.add("uid", review.uid)
    event.add("dtstamp", written_at)
    event.add("dtstart", review.day)
    event.add("dtend", review.day + timedelta(days=1))
    event.add("summary", review.summary)
    event.add("description", review.description)
    event.add("sequence", review.sequence)
    event.add("status", "CANCELLED" if review.is_cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    organizer = vCalAddress(f"mailto:{review.organizer_email}")
    organizer.params["CN"] = vText(review.organizer_name)
    event.add("organizer", organizer)
    calendar = Calendar()
    calendar.add("prodid", "-//Accord//Review days//EN")
    calendar.add("version", "2.0")
    calendar.add("method", review.method)
    calendar.add_component(event)
    return calendar.to_ical()
