"""What an expert does: rate, finish, go back to it, decline, and have their name taken out."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.queries import mailbox_of
from assessments.scoring.panel import HIGHEST, LOWEST
from common.shown import mark_of
from mail import services as mail
from mail.models import MailDelivery, MailLink
from panels.contacts import ABOUT, bar_mailboxes, stop_mails
from panels.content import asks_for_best, asks_for_levels, option_ids
from panels.errors import JudgementChanged, JudgementRefused, PanelClosed
from panels.models import Expert, Judgement, PanelItem
from panels.services.opening import lock_panel, take_mail_back


def lock_expert(expert: Expert) -> Expert:
    """After its panel: who finished while it closes would count, and could be taken out of the means of both moments."""
    lock_panel(expert.panel)
    return Expert.objects.select_for_update(no_key=True, of=("self",)).select_related("panel").get(pk=expert.pk)


def _refuse_closed(expert: Expert) -> None:
    if not expert.panel.is_open:
        raise PanelClosed(_("This panel is closed, so nothing in it changes any more. What you saved before is kept."))


@transaction.atomic
def save_judgement(
    *,
    expert: Expert,
    panel_item: PanelItem,
    points: Mapping[str, int],
    best: str,
    levels: Mapping[str, int],
    seen: str | None = None,
) -> Judgement:
    """Keep what was said of one question, finished or not; what is said later replaces it.

    `seen`: the mark of what the page showed; see `mark_of_judgement`. Raises JudgementChanged where something else was saved
    since: that stays. Raises PanelClosed, and JudgementRefused for what the question does not have, or once the expert has
    finished.
    """
    locked = lock_expert(expert)
    _refuse_closed(locked)
    if locked.submitted_at is not None:
        raise JudgementRefused(_("You have finished. To change a rating, press “Change my ratings” first."))
    options = set(option_ids(panel_item.item_version))
    scale = range(LOWEST, HIGHEST + 1)
    is_known = panel_item.panel_id == locked.panel_id and {*points, *levels} <= options and best in options | {""}
    if not is_known or not {*points.values(), *levels.values()} <= set(scale):
        raise JudgementRefused(_("This question has other answers. Reload the page and rate them again."))
    saved = Judgement.objects.filter(expert=locked, panel_item=panel_item).first()
    if seen is not None and seen != mark_of_judgement(saved) and said_of(saved) != (dict(points), best, dict(levels)):
        raise JudgementChanged(
            _("These ratings were changed in another tab or on another device. Below is what you rated, and what is saved.")
        )
    judgement, _created = Judgement.objects.update_or_create(
        expert=locked,
        panel_item=panel_item,
        defaults={
            "points": dict(points),
            "best": best if asks_for_best(panel_item.item_version) else "",
            "levels": dict(levels) if asks_for_levels(panel_item.item_version) else {},
        },
    )
    return judgement


def said_of(judgement: Judgement | None) -> tuple[dict[str, int], str, dict[str, int]]:
    return ({}, "", {}) if judgement is None else (dict(judgement.points), judgement.best, dict(judgement.levels))


def mark_of_judgement(judgement: Judgement | None) -> str:
    """Empty where nothing is saved."""
    said = said_of(judgement)
    return mark_of(list(said)) if any(said) else ""


def is_finished(item: PanelItem, judgement: Judgement | None) -> bool:
    """Every option is rated, and the best one chosen where that is asked. Levels may be given, all or none of a question."""
    if judgement is None:
        return False
    options = set(option_ids(item.item_version))
    has_best = bool(judgement.best) or not asks_for_best(item.item_version)
    return judgement.points.keys() == options and has_best and set(judgement.levels) in (set(), options)


def unfinished(expert: Expert) -> list[PanelItem]:
    """Questions of which something is still missing, in their order. Two queries."""
    said = {judgement.panel_item_id: judgement for judgement in expert.judgements.all()}
    items = expert.panel.items.select_related("item_version__item")
    return [item for item in items if not is_finished(item, said.get(item.pk))]


@transaction.atomic
def submit(*, expert: Expert, name: str, is_named: bool, expertise: str, consents: bool) -> Expert:
    """Have the ratings counted. Repeating it keeps the first moment.

    Raises PanelClosed, and JudgementRefused while something is missing: ratings, consent, what the expert knows about.
    """
    locked = lock_expert(expert)
    if locked.submitted_at is not None:
        return locked
    _refuse_closed(locked)
    if not consents:
        raise JudgementRefused(_("Your ratings count only if you agree to it. Tick the box, or leave without finishing."))
    if not expertise.strip():
        raise JudgementRefused(_("Say in a few words what makes you an expert here."))
    if is_named and not name.strip():
        raise JudgementRefused(_("Enter your name, or choose to stay unnamed."))
    missing = unfinished(locked)
    if missing:
        words = ngettext(
            "%(n)s question is not finished: number %(numbers)s.",
            "%(n)s questions are not finished: numbers %(numbers)s.",
            len(missing),
        )
        raise JudgementRefused(words % {"n": len(missing), "numbers": ", ".join(str(item.position) for item in missing)})
    now = timezone.now()
    locked.name, locked.is_named = name.strip() if is_named else "", is_named
    locked.expertise = expertise.strip()
    locked.consented_at = locked.submitted_at = now
    locked.declined_at = None
    locked.save()
    return locked


@transaction.atomic
def change_ratings(*, expert: Expert) -> Expert:
    """Back to rating; until they finish again nothing of theirs counts.

    Raises PanelClosed, and JudgementRefused where they have been shown in means: what changes would tell what they rated.
    """
    locked = lock_expert(expert)
    _refuse_closed(locked)
    if locked.told_at is not None:
        raise JudgementRefused(_("Authors have read means that your ratings are part of, so they do not change any more."))
    locked.submitted_at = None
    locked.save(update_fields=["submitted_at", "updated_at"])
    return locked


@transaction.atomic
def decline(*, expert: Expert, no_more: bool) -> Expert:
    """They do not take part; with `no_more` no panel writes to their address again. What they rated so far does not count."""
    locked = lock_expert(expert)
    locked.declined_at = locked.declined_at or timezone.now()
    locked.save(update_fields=["declined_at", "updated_at"])
    mail.cancel(MailDelivery.objects.filter(about=f"{ABOUT}{locked.uuid}"))
    if no_more and locked.email:
        stop_mails(locked.email)
    return locked


def stop_by_link(link: MailLink) -> None:
    """The button of a mail program. Whoever has finished keeps what they said."""
    expert = Expert.objects.filter(pk=link.target_id).first()
    if expert is None or not expert.email:
        return
    stop_mails(expert.email)
    if expert.submitted_at is None:
        decline(expert=expert, no_more=True)
    mail.cancel(MailDelivery.objects.filter(about=f"{ABOUT}{expert.uuid}"))


@transaction.atomic
def forget_expert(*, expert: Expert) -> None:
    """Take out name, address and what they said of themselves. Finished ratings stay, of nobody; unfinished ones go with them.

    Their link opens nothing any more. Of finished ratings a digest of the mailbox is kept: nobody counts twice in a panel.
    """
    locked = lock_expert(expert)
    take_mail_back(locked)
    if locked.submitted_at is None:
        locked.delete()
        return
    if locked.email:
        bar_mailboxes(locked.panel, [mailbox_of(locked.email)])
    locked.email = locked.name = locked.expertise = ""
    locked.is_named = False
    locked.save(update_fields=["email", "name", "expertise", "is_named", "updated_at"])
