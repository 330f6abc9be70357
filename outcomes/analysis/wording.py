"""What is said differently about customers: their exposure is their owner's, not their own."""

from collections.abc import Callable

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from outcomes.evidence.words import ANSWERS, CHANGE, CHART, HOW

CUSTOMER_ESTIMAND = _(
    "hazard ratio of customers whose owner at baseline (the colleague named in the data, failing that the first of the owning "
    "team) has completed against those whose owner has not yet"
)
_CUSTOMERS = {
    ANSWERS["lower"]: _(
        "Among {units} with the same {alike}, those whose colleague here had completed left at about {ratio} times the rate "
        "of those whose colleague had not yet (95 % interval {low} to {high}). Who completes, and who is given which "
        "customers, is not left to chance, so this does not show that the course caused it."
    ),
    ANSWERS["higher"]: _(
        "Among {units} with the same {alike}, those whose colleague here had completed left at about {ratio} times the rate "
        "of those whose colleague had not yet (95 % interval {low} to {high}). Who completes, and who is given which "
        "customers, is not left to chance, so this does not show that the course caused it."
    ),
    ANSWERS["open"]: _(
        "We could not tell whether customers left less or more often once their colleague here had completed. Among {units} "
        "with the same {alike}, about {ratio} times the rate of the others fits the data best, "
        "but so does anything from {low} to {high} times (95 % interval)."
    ),
    HOW["followed"]: _(
        "We followed {units} {noun} for {months} months in all; {events} left, {after} of them after their colleague "
        "had completed."
    ),
    HOW["switching"]: _(
        "A customer counts as not yet exposed until the {clock} their colleague completes, and as exposed only after it. "
        "Nobody is sorted by what happened later."
    ),
    HOW["cox_time_varying_clustered"]: _(
        "Customers of one colleague share their exposure. Allowing for {clusters} colleagues or teams, "
        "the interval is {low} to {high}."
    ),
    CHANGE["notice"]: _("Changes of owner with their dates: they would show who looked after whom, and when."),
    CHART["exposed"]: _("colleague completed"),
    CHART["not yet exposed"]: _("not yet completed"),
}
CUSTOMER_WARNINGS = {
    "completion_is_self_selected": _(
        "People choose whether to complete, and customers are given to people for reasons. Nothing here can remove that: it "
        "may make completion look better, or worse, for customers than it is."
    ),
    "too_few_teams_to_cluster": _(
        "Customers of one colleague may leave together. There are too few colleagues to allow for that, "
        "so the interval is narrower than it should be."
    ),
}
BY_OWNER = _(
    "Each customer is counted with the colleague named in the data today. Who looked after them before is not in the data."
)
SHARED_EXPOSURE = _("Customers of one colleague share their exposure, so read the interval below that allows for this.")
BY_TEAM = _(
    "{n} customers have no owner in the data. For them the first completion in their team counts, which is a weak stand-in."
)
UNOWNED = _("{n} customers have neither an owner nor a team in the data and were left out.")


def for_people(text: str) -> str:
    return gettext(text)


def for_customers(text: str) -> str:
    return gettext(_CUSTOMERS.get(text, text))


def translator(outcome: str) -> Callable[[str], str]:
    return for_customers if outcome == "customer_churn" else for_people
