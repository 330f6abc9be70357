"""What imported contracts hold, and where they and the file of customers do not agree. No question uses them yet."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Organisation
from common.small_counts import is_small
from stakeholders.findings import Coverage, Finding, known_window
from stakeholders.models import Contract, CustomerStint
from stakeholders.telling import Telling

RESULTS = ("renewed", "expanded", "reduced", "lost")


def coverage_of_contracts(organisation: Organisation, told: Telling) -> list[Coverage]:
    """One, where there are contracts."""
    rows = Contract.objects.filter(organisation=organisation)
    ended = Q(end_date__lte=organisation.today)
    totals = rows.aggregate(
        rows=Count("pk"),
        customers=Count("customer_id", distinct=True),
        ended=Count("pk", filter=ended),
        with_result=Count("pk", filter=ended & ~Q(result="")),
        **{result: Count("pk", filter=ended & Q(result=result)) for result in RESULTS},
    )
    if not totals["rows"]:
        return []
    findings = [_window(organisation, rows), *_results(totals, told), *_customers(organisation, rows, totals, told)]
    return [Coverage(_("Contracts"), findings)]


def _window(organisation: Organisation, rows: QuerySet[Contract]) -> Finding:
    known = known_window(organisation, "contracts", rows)
    if not known.is_known:
        message = _("Nobody has said from when until when contracts that ended are in the files.")
        return Finding(_("Window"), str(known), message, "caution")
    return Finding(_("Window"), str(known), _("Of contracts that ended before or after nothing is known."))


def _results(totals: Mapping[str, Any], told: Telling) -> list[Finding]:
    return [
        Finding(
            _("Size"),
            _("%(contracts)s contracts of %(customers)s customers")
            % {"contracts": told.count(totals["rows"]), "customers": told.count(totals["customers"])},
            _("They show what is known of customers. No comparison is made of contracts yet."),
        ),
        Finding(
            _("Ended, with a result"),
            told.part(totals["with_result"], totals["ended"]),
            _("What became of the others is not known, so nothing can be said about how many were renewed."),
            told.tone(totals["with_result"], totals["ended"], 0.8),
        ),
        Finding(
            _("Results of those that ended"),
            _named(_by_result(totals), told),
            _("As the files say it. A reduced contract goes on; only a lost one ends."),
        ),
    ]


def _by_result(totals: Mapping[str, int]) -> dict[str, int]:
    return {result: totals[result] for result in RESULTS}


def _held_back(counts: Mapping[str, int]) -> str:
    """A single small count could be worked out from the others and their sum, so the next larger is held back with it."""
    small = [result for result, n in counts.items() if is_small(n)]
    others = [result for result, n in counts.items() if n and result not in small]
    return min(others, key=lambda result: counts[result]) if len(small) == 1 and others else ""


def _named(counts: Mapping[str, int], told: Telling) -> str:
    words = {"renewed": _("renewed"), "expanded": _("expanded"), "reduced": _("reduced"), "lost": _("lost")}
    held_back = _held_back(counts)
    said = {result: _("not shown") if result == held_back else told.count(n) for result, n in counts.items()}
    return ", ".join(f"{words[result]}: {text}" for result, text in said.items())


def _customers(organisation: Organisation, rows: QuerySet[Contract], totals: Mapping[str, Any], told: Telling) -> list[Finding]:
    """Where the contracts and the file of customers do not agree."""
    customers = CustomerStint.objects.filter(organisation=organisation, customer_id=OuterRef("customer_id"))
    unknown = rows.filter(~Exists(customers)).aggregate(n=Count("customer_id", distinct=True))["n"]
    lost = rows.filter(result="lost", end_date__lte=organisation.today)
    still_there = lost.filter(Exists(customers.filter(end_date__isnull=True))).count()
    return [
        Finding(
            _("Customers that are not in the file of customers"),
            told.part(unknown, totals["customers"]),
            _("They take no part in questions about customers. Import them as customers, or correct their IDs."),
            "caution" if unknown and not is_small(unknown) else "",
        ),
        Finding(
            _("Lost, but the customer has no end date"),
            told.count(still_there) if _held_back(_by_result(totals)) == "lost" else told.part(still_there, totals["lost"]),
            _(
                "Questions about customers count them as still there. If they have left, import their end_date; if they have "
                "other contracts, nothing is wrong."
            ),
            "caution" if still_there and not is_small(still_there) else "",
        ),
    ]
