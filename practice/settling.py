"""What practice has to do with a learner's skill page: what they can do beside the level, and the pages of what they did."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from practice.models import Agreement, AgreementState, Review, SimulationKind, SimulationRun
from practice.queries import ReviewSeen, SimulationRow, agreements_of, open_reviews_of, simulations_for
from practice.services import answering, reviewing
from skills.kinds import Step
from skills.models import Skill

MINUTES_TO_SAY = 2
MINUTES_TO_WRITE = 10
MINUTES_TO_PLAY = 15
NOT_AGREED = (AgreementState.DRAFT, AgreementState.SENT, AgreementState.CORRECTED, AgreementState.DECLINED)


def find_simulations(user: User, skill: Skill) -> list[Step]:
    """Talks to practise this skill in: one that is not over first, then those never held. Two queries."""
    rows = [row for row in simulations_for(user) if row.simulation.skill_id == skill.pk]
    return [_play(row) for row in sorted(rows, key=lambda row: (row.open_run is None, row.n_finished))]


def _play(row: SimulationRow) -> Step:
    if row.open_run is not None:
        title, label, address = _("Finish your talk in “%(title)s”"), _("Continue"), row.open_run.get_absolute_url()
    else:
        title = _("Practise it once more: “%(title)s”") if row.n_finished else _("Practise it: “%(title)s”")
        label, address = _("View the simulation"), row.simulation.get_absolute_url()
    return Step(title % {"title": row.simulation}, row.simulation.summary, label, address, MINUTES_TO_PLAY, places=False)


def find_agreements(user: User, skill: Skill) -> list[Step]:
    """An agreement that is not confirmed yet, else one to write; or a review day that waits for an answer."""
    if skill.slug == answering.SKILL:
        return [_agree(user)]
    if skill.slug == reviewing.SKILL:
        reviews = open_reviews_of(user, timezone.localdate())
        return [_review(seen) for seen in reviews if seen.needs_answer]
    return []


def _agree(user: User) -> Step:
    open_ones = agreements_of(user).filter(state__in=NOT_AGREED)
    agreement = open_ones.order_by(F("sent_at").desc(nulls_last=True), "-pk").first()
    if agreement is None:
        title, words = _("Write a workplace agreement"), _("It counts here once the other party has confirmed it.")
        return Step(title, words, _("Write an agreement"), reverse("practice:create"), MINUTES_TO_WRITE, places=False)
    party = agreement.party_name or _("the other party")
    if agreement.state == AgreementState.SENT:
        words = _("%(party)s has not answered yet. It counts here once they have confirmed it.")
    else:
        words = _("It is not agreed with %(party)s yet. It counts here once they have confirmed it.")
    return Step(
        title=_("Get “%(title)s” confirmed") % {"title": agreement},
        words=words % {"party": party},
        label=_("View agreement"),
        address=agreement.get_absolute_url(),
        minutes=MINUTES_TO_SAY if agreement.state == AgreementState.SENT else MINUTES_TO_WRITE,
        places=False,
    )


def _review(seen: ReviewSeen) -> Step:
    agreement = seen.review.agreement
    return Step(
        title=_("Say whether “%(title)s” was kept") % {"title": agreement},
        words=_("It counts here once you and %(party)s have both answered.") % {"party": agreement.party_name},
        label=_("Say whether it was kept"),
        address=f"{agreement.get_absolute_url()}#review",
        minutes=MINUTES_TO_SAY,
        places=False,
    )


# Where evidence came from -------------------------------------------------------------------------------------------------


def agreement_addresses(user: User, agreements: Collection[UUID]) -> dict[UUID, str]:
    """The pages of these agreements, of those that are the user's own and still there. One query."""
    own = Agreement.objects.filter(user=user, uuid__in=agreements).only("uuid")
    return {agreement.uuid: agreement.get_absolute_url() for agreement in own}


def review_addresses(user: User, reviews: Collection[UUID]) -> dict[UUID, str]:
    """The pages of the agreements that were reviewed. One query."""
    own = Review.objects.filter(agreement__user=user, uuid__in=reviews).select_related("agreement")
    return {review.uuid: review.agreement.get_absolute_url() for review in own}


def run_addresses(user: User, runs: Collection[UUID]) -> dict[UUID, str]:
    """The pages of these talks, of those that are the user's own. One query."""
    own = SimulationRun.objects.filter(user=user, uuid__in=runs).only("uuid")
    return {run.uuid: run.get_absolute_url() for run in own}


def run_words(user: User, runs: Collection[UUID]) -> dict[UUID, str]:
    """What these talks say, beside the level. One query."""
    own = SimulationRun.objects.filter(user=user, uuid__in=runs).select_related("version__simulation")
    return {run.uuid: _run_words(run) for run in own.defer("version__case")}


def _run_words(run: SimulationRun) -> str:
    if run.version.simulation.kind == SimulationKind.INTERVIEW:
        return _("an interview, played alone")
    has_deal = (run.result or {}).get("ended") == "deal"
    return _("a negotiation played alone, with a deal") if has_deal else _("a negotiation played alone, without a deal")
