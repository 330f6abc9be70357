"""Columns that several kinds of file have."""

from django.utils.translation import gettext_lazy as _

from imports.kinds import Column, Order, Text


def identifier(name: str, text: Text, *, required: bool = False) -> Column:
    return Column(name, "identifier", text, required=required, longest=100)


TEAM = _("Name of the team.")
_FROM = _("First day from which you know who was there; blank if that is the day since which leavers are in the file.")
_UNTIL = _("Last day up to which the row is known; blank if that is the day until which leavers are in the file.")
LOOKED_AFTER = (
    Column("team", "text", _("Team that looks after them.")),
    identifier("owner_person_id", _("person_id of the colleague who looks after them.")),
)
CURRENCY = Column("currency", "currency", _("Three letters, such as EUR; blank for your organisation's."), longest=3)
OBSERVED = (Column("observed_from", "date", _FROM), Column("observed_until", "date", _UNTIL))
END_AFTER_START = Order("start_date", "end_date", _("The end is before the start {other}. Correct one of the two."))
OBSERVED_IN_ORDER = Order(
    "observed_from", "observed_until", _("Observation ends before it begins on {other}. Correct one of the two.")
)
METRIC = (
    Column("month", "month", _("YYYY-MM."), required=True),
    Column(
        "metric",
        "text",
        _("Name of the metric, always spelled the same way, such as nps or absence_days."),
        required=True,
        longest=100,
    ),
    Column("value", "number", _("The measured value."), required=True),
)

PERIODS_APART = Order("from", "to", _("The period ends before it begins on {other}. Correct one of the two."))
PERIOD_FROM = Column("from", "date", _("First day of the period."), required=True, happens=True, stored_as="from_date")
PERIOD_TO = Column(
    "to", "date", _("Last day of the period; blank if it lasts until the next one, or still does."), stored_as="to_date"
)
