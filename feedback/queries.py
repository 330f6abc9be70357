"""Reads of rounds. A learner reads their own; of others only what `scoring` lets through, and how many by threes."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from feedback.enums import RaterGroup, RoundState
from feedback.models import Rater, Round, RoundSkill, ShownGroup
from feedback.scoring.grouping import LEAST
from feedback.scoring.summary import Figure, together
from mail.models import MailLink
from mail.queries import undelivered_of_open_links


def rounds_of(user: User) -> QuerySet[Round]:
    return Round.objects.filter(user=user)


def running_round_of(user: User) -> Round | None:
    """The draft or the running round: there is one at the most."""
    return rounds_of(user).filter(state__in=[RoundState.DRAFT, RoundState.OPEN]).first()


def rater_of(link: MailLink) -> Rater | None:
    """Whoever was mailed this link, as long as their round has not closed."""
    raters = Rater.objects.select_related("feedback_round__user", "contact")
    return raters.filter(uuid=link.target_id).first()


def can_show_a_group(groups: Sequence[str]) -> bool:
    """Whether some group would be shown if everybody answered; a manager counts among the peers."""
    near = groups.count(RaterGroup.MANAGER) + groups.count(RaterGroup.PEERS)
    return near >= LEAST or any(groups.count(group) >= LEAST for group in (RaterGroup.CUSTOMERS, RaterGroup.PARTNERS))


@dataclass(frozen=True)
class GroupProgress:
    """`at_least`: how many have answered, rounded down to threes. Who answered last cannot be told from it, and it says nothing
    of a group that is too small to be shown.
    """

    label: str
    asked: int
    at_least: int

    @property
    def is_small(self) -> bool:
        return self.asked < LEAST


def progress_of(feedback_round: Round) -> list[GroupProgress]:
    """By group, of those where somebody is asked; one manager or two are counted with the peers, whatever they agree to.

    One query.
    """
    rows = list(feedback_round.raters.values_list("group", "is_submitted"))
    submitted = {group: [is_submitted for of, is_submitted in rows if of == group] for group in RaterGroup}
    labels = {group: str(group.label) for group in RaterGroup}
    managers = submitted[RaterGroup.MANAGER]
    if 0 < len(managers) < LEAST:
        submitted[RaterGroup.PEERS] += submitted.pop(RaterGroup.MANAGER)
        labels[RaterGroup.PEERS] = _("Manager and peers, together")
    return [
        GroupProgress(labels[group], len(answered), sum(answered) // LEAST * LEAST)
        for group, answered in submitted.items()
        if answered
    ]


@dataclass(frozen=True)
class AskedPerson:
    """`is_undelivered`: the e-mail that asks them never arrived. One reminder that did not would say more than that."""

    rater: Rater
    is_undelivered: bool


def asked_people(feedback_round: Round) -> list[AskedPerson]:
    """By group and name. Whether they have answered is not said. Two queries."""
    raters = feedback_round.raters.select_related("contact").order_by("contact__name", "pk")
    order = list(RaterGroup.values)
    found = sorted(raters, key=lambda rater: order.index(rater.group))
    invitations = undelivered_of_open_links("feedback").filter(context__is_reminder=False)
    of_round = invitations.filter(link__target_id__in=[rater.uuid.hex for rater in found])
    undelivered = set(of_round.values_list("link__target_id", flat=True))
    return [AskedPerson(rater, rater.uuid.hex in undelivered) for rater in found]


# Results --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GroupResult:
    group: ShownGroup
    figure: Figure


@dataclass(frozen=True)
class SkillResult:
    """`others`: all who are shown, from the figures of their groups."""

    skill: RoundSkill
    groups: list[GroupResult]
    others: Figure | None


def results_of(feedback_round: Round) -> list[SkillResult]:
    """Skill by skill. Three queries."""
    results = []
    for skill in feedback_round.skills.select_related("skill").prefetch_related("figures__group"):
        rows = sorted(skill.figures.all(), key=lambda row: row.group.position)
        groups = [GroupResult(row.group, Figure(row.mean, row.low, row.high, row.n)) for row in rows]
        results.append(SkillResult(skill, groups, together([row.figure for row in groups])))
    return results


def unseen_groups(feedback_round: Round) -> list[RaterGroup]:
    """Groups of which somebody was asked, and of which nothing is shown: fewer than three answered."""
    shown = set(feedback_round.shown.values_list("name", flat=True))
    if "one_manager" in shown:
        shown.add(RaterGroup.MANAGER)
    if "manager_and_peers" in shown:
        shown |= {RaterGroup.MANAGER, RaterGroup.PEERS}
    return [group for group in RaterGroup if group in feedback_round.asked and group not in shown]
