"""What outcomes holds of a person: which analyses they ran for an organisation. Results are about groups and name nobody."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import PrivacyPart, Row, kept, made_anonymous, moment, part_of_rows
from outcomes.models import EvidenceRun, Refresh


def _runs(user: User) -> QuerySet[EvidenceRun]:
    return EvidenceRun.objects.filter(requested_by=user).select_related("organisation").defer("result", "report").order_by("pk")


def _refreshes(user: User) -> QuerySet[Refresh]:
    return Refresh.objects.filter(asked_by=user).select_related("organisation", "run").order_by("pk")


def _refresh(refresh: Refresh) -> Row:
    return {
        "organisation": refresh.organisation.name,
        "outcome": refresh.run.outcome,
        "at": moment(refresh.created_at),
        "due": refresh.due_on.isoformat(),
    }


def _run(run: EvidenceRun) -> Row:
    return {
        "organisation": run.organisation.name,
        "outcome": run.outcome,
        "question": run.question,
        "at": moment(run.created_at),
    }


PARTS = (
    part_of_rows(
        "analyses",
        _("Analyses you ran for an organisation"),
        _runs,
        _run,
        lambda user: _runs(user).update(requested_by=None),
        made_anonymous(
            "outcomes.EvidenceRun",
            because=_("Reports of analyses belong to the organisation. They no longer say who asked for them."),
        ),
    ),
    part_of_rows(
        "refreshed analyses",
        _("Analyses that are run again each quarter because you asked"),
        _refreshes,
        _refresh,
        lambda user: _refreshes(user).update(asked_by=None),
        made_anonymous(
            "outcomes.Refresh",
            because=_("Nobody asks any more, so the next time it is due it stops. The answers stay."),
        ),
    ),
    PrivacyPart(
        "ledger of analyses",
        _("How many people two analyses have in common"),
        lambda user: (),
        lambda user: 0,
        lambda user: 0,
        kept(
            "outcomes.Release",
            because=_(
                "Sums that tell whether two analyses are about nearly the same people, so that nobody can be read from both. "
                "Nobody’s name or number is in them, and none can be found from them."
            ),
        ),
    ),
)
