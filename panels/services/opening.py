"""Opening a panel, asking experts, closing it, and going on with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.queries import mailbox_of, own_mailboxes
from assessments.enums import ItemState, ItemUse
from assessments.models import Item
from mail import links
from mail import services as mail
from mail.models import MailDelivery, MailLink
from panels.contacts import ABOUT, INVITATION, LINK_KIND, REMINDER, bar_mailboxes, barred_among, stopped_among
from panels.content import can_be_judged
from panels.errors import NotInvited, PanelClosed, PanelNotOpened
from panels.models import MOST_EXPERTS, MOST_QUESTIONS, Expert, Panel, PanelItem, today

# Whoever opens it later reads that it is over; the link itself lives on for as long as somebody might ask what was said.
LINK_DAYS = 365
MOST_DAYS = 180
SECONDS_PER_OPTION = 15
MINUTES_AT_LEAST = 5


@transaction.atomic
def open_panel(
    *,
    title: str,
    words: str,
    closes_on: date,
    items: Sequence[Item],
    opened_by: User | None,
    is_demonstration: bool = False,
) -> Panel:
    """A panel on the questions as they are worded now. Raises PanelNotOpened, with the reason."""
    _refuse_day(closes_on)
    _refuse_items(items)
    panel = Panel.objects.create(
        title=title, words=words, closes_on=closes_on, opened_by=opened_by, is_demonstration=is_demonstration
    )
    PanelItem.objects.bulk_create(
        PanelItem(panel=panel, item_version=item.current_version, position=position)
        for position, item in enumerate(items, start=1)
    )
    return panel


def _refuse_day(closes_on: date) -> None:
    day = today()
    if closes_on <= day:
        raise PanelNotOpened(_("The last day has to be after today."))
    if closes_on > day + timedelta(days=MOST_DAYS):
        raise PanelNotOpened(_("The last day is more than %(n)s days away. Choose an earlier one.") % {"n": MOST_DAYS})


def _refuse_items(items: Sequence[Item]) -> None:
    if not items:
        raise PanelNotOpened(_("Choose at least one question."))
    if len(items) > MOST_QUESTIONS:
        words = _("A panel can judge up to %(most)s questions; these are %(n)s. Open two panels.")
        raise PanelNotOpened(words % {"most": MOST_QUESTIONS, "n": len(items)})
    if reasons := [words for item in items if (words := why_not(item))]:
        raise PanelNotOpened(" ".join(reasons))


def why_not(item: Item) -> str:
    """Why a panel cannot judge it; empty where it can."""
    version, told = item.current_version, {"key": item.key}
    if version is None or item.state in (ItemState.DRAFT, ItemState.RETIRED) or item.use != ItemUse.FORM:
        return _("“%(key)s” is asked in no assessment: it is a draft, retired, or a check of a lesson.") % told
    if not can_be_judged(version):
        words = _("“%(key)s” is a question whose answers are not better or worse by themselves (%(kind)s).")
        return words % (told | {"kind": item.get_kind_display()})
    return ""


# Experts ----------------------------------------------------------------------------------------------------------------


@dataclass
class Invited:
    """How many were asked, and in words who was not, and why."""

    asked: int = 0
    left_out: list[str] = field(default_factory=list)


@transaction.atomic
def invite_experts(*, panel: Panel, emails: Sequence[str], sender: User) -> Invited:
    """Ask these by mail; who was asked before, and who asked not to be written to, is left out. Repeating it asks nobody twice.

    Raises PanelClosed, and NotInvited for whoever opened the panel and for too many.
    """
    locked = lock_panel(panel)
    if not locked.is_open:
        raise PanelClosed(_("This panel is closed. Go on with it until a later day first, then invite."))
    wanted = {email.strip().lower(): mailbox_of(email) for email in emails}
    addresses = set(locked.experts.exclude(email="").values_list("email", flat=True))
    there = {mailbox_of(email) for email in addresses}
    _refuse_own(locked, sender, wanted, there)
    there |= barred_among(locked, wanted.values())
    if locked.experts.count() + len(set(wanted.values()) - there) > MOST_EXPERTS:
        raise NotInvited(_("A panel has up to %(n)s experts. Nobody was invited.") % {"n": MOST_EXPERTS})
    stopped, told = stopped_among(wanted), Invited()
    for email, mailbox in wanted.items():
        if email in addresses:
            told.left_out.append(_("%(email)s was asked before.") % {"email": email})
        elif mailbox in there:
            told.left_out.append(_mailbox_words(email))
        elif email in stopped:
            told.left_out.append(_("%(email)s has asked not to be written to.") % {"email": email})
        else:
            _ask(locked, email, sender)
            there.add(mailbox)
            told.asked += 1
    return told


def _mailbox_words(email: str) -> str:
    words = _("%(email)s goes to the mailbox of somebody who was asked before, or who invites to this panel.")
    return words % {"email": email}


def _refuse_own(panel: Panel, sender: User, wanted: Mapping[str, str], there: set[str]) -> None:
    """Nobody counts in a panel to which they invite, under whatever address: `wanted`, mailboxes by address."""
    own = own_mailboxes(sender)
    if own & there:
        raise NotInvited(_("You are an expert of this panel, so somebody else has to invite the others."))
    if panel.opened_by:
        own |= own_mailboxes(panel.opened_by)
    bar_mailboxes(panel, own)
    if found := [email for email, mailbox in wanted.items() if mailbox in own]:
        words = _("Whoever opens a panel, or invites to it, is no expert of it: %(emails)s.")
        raise NotInvited(words % {"emails": ", ".join(found)})


def _ask(panel: Panel, email: str, sender: User) -> None:
    expert = Expert.objects.create(panel=panel, email=email)
    link = links.make_link(kind=LINK_KIND, target_id=expert.pk, recipient=email, days=LINK_DAYS)
    told = _told(panel) | {"sender_name": sender.display_name, "sender_email": sender.email}
    mail.enqueue_mail(template=INVITATION, recipient=email, context=told, link=link, about=f"{ABOUT}{expert.uuid}")


def _told(panel: Panel) -> dict[str, str | int | bool]:
    return {
        "title": panel.title,
        "questions": panel.items.count(),
        "minutes": minutes_of(panel),
        "day": panel.closes_on.strftime("%-d %B %Y"),
        "is_demonstration": panel.is_demonstration,
    }


def minutes_of(panel: Panel) -> int:
    """About how long an expert needs, in steps of five minutes."""
    options = sum(len(item.item_version.options) for item in panel.items.select_related("item_version"))
    return max(MINUTES_AT_LEAST, -(-options * SECONDS_PER_OPTION // 300) * 5)


def remind(expert: Expert) -> None:
    """Once; by whoever holds the lock of the panel."""
    link = link_of(expert)
    if link is None:
        return
    expert.reminded_at = timezone.now()
    expert.save(update_fields=["reminded_at", "updated_at"])
    opened_by = expert.panel.opened_by
    told = _told(expert.panel) | {
        "sender_name": opened_by.display_name if opened_by else "Accord",
        "sender_email": opened_by.email if opened_by else "",
    }
    mail.enqueue_mail(template=REMINDER, recipient=expert.email, context=told, link=link, about=f"{ABOUT}{expert.uuid}")


def link_of(expert: Expert) -> MailLink | None:
    return MailLink.objects.filter(kind=LINK_KIND, target_id=str(expert.pk), revoked_at=None).order_by("-pk").first()


@transaction.atomic
def withdraw_invitation(*, expert: Expert) -> bool:
    """Of somebody who has not finished, with what they have begun; False where they have meanwhile."""
    lock_panel(expert.panel)
    found = Expert.objects.filter(pk=expert.pk, submitted_at=None).exclude(email="").first()
    if found is None:
        return False
    take_mail_back(found)
    found.delete()
    return True


def take_mail_back(expert: Expert) -> None:
    """Its link opens nothing more, what has not gone out never will, and what has says no longer to whom."""
    MailLink.objects.filter(kind=LINK_KIND, target_id=str(expert.pk)).update(revoked_at=timezone.now(), recipient="")
    deliveries = MailDelivery.objects.filter(about=f"{ABOUT}{expert.uuid}")
    mail.cancel(deliveries)
    deliveries.update(context={}, recipient="", error="", updated_at=timezone.now())


# Closing ----------------------------------------------------------------------------------------------------------------


def lock_panel(panel: Panel) -> Panel:
    return Panel.objects.select_for_update(no_key=True, of=("self",)).select_related("opened_by").get(pk=panel.pk)


@transaction.atomic
def close_panel(*, panel: Panel) -> Panel:
    """From now on nobody rates, and authors read what was said. Repeating it keeps the first moment."""
    locked = lock_panel(panel)
    if locked.closed_at is None:
        locked.closed_at = timezone.now()
        locked.save(update_fields=["closed_at", "updated_at"])
    return locked


@transaction.atomic
def go_on(*, panel: Panel, closes_on: date) -> Panel:
    """Until a later day: of a panel that is closed too, as long as no key has been taken from it.

    Ratings whose means could be read until now are final.
    """
    locked = lock_panel(panel)
    _refuse_day(closes_on)
    if locked.items.exclude(taken=None).exists():
        raise PanelNotOpened(_("Keys of this panel are in use, so nobody can rate any more. Open a new panel."))
    if not locked.is_open:
        locked.went_on_at = now = timezone.now()
        shown = list(locked.experts.shown().values_list("pk", flat=True))
        locked.experts.filter(pk__in=shown, told_at=None).update(told_at=now)
    locked.closes_on, locked.closed_at = closes_on, None
    locked.save(update_fields=["closes_on", "closed_at", "went_on_at", "updated_at"])
    return locked


def invited_words(told: Invited) -> str:
    words = ngettext("%(n)s expert is asked by e-mail.", "%(n)s experts are asked by e-mail.", told.asked) % {"n": told.asked}
    return " ".join([words, *told.left_out])
