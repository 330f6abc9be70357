"""What to do about an agreement, said where a course ends."""

from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from learning.kinds import NextAct
from learning.models import Enrolment
from practice.models import Agreement, AgreementState
from practice.queries import ReviewSeen, agreements_of, open_reviews_of


def next_agreement(enrolment: Enrolment) -> NextAct | None:
    """The agreement that is reviewed next, else one that was written in this course and is not agreed yet."""
    reviews = open_reviews_of(enrolment.user, timezone.localdate())
    waiting = next((seen for seen in reviews if seen.needs_answer or not seen.is_due), None)
    return _review(waiting) if waiting else _unfinished(enrolment)


def _review(seen: ReviewSeen) -> NextAct:
    agreement = seen.review.agreement
    if seen.is_due:
        title, label = _("Say whether your agreement was kept"), _("Say whether it was kept")
    else:
        day = date_format(seen.review.due_on)
        title, label = _("Review your agreement on %(day)s") % {"day": day}, _("View agreement")
    return NextAct(
        title=title,
        words=_("“%(title)s”, with %(party)s: what was kept, and what has changed?") % _named(agreement),
        label=label,
        address=agreement.get_absolute_url() + ("#review" if seen.is_due else ""),
    )


def _unfinished(enrolment: Enrolment) -> NextAct | None:
    """The one that was sent last; else the one begun last."""
    open_ones = agreements_of(enrolment.user).filter(enrolment=enrolment, state__in=_NOT_AGREED)
    agreement = open_ones.order_by(F("sent_at").desc(nulls_last=True), "-pk").first()
    if agreement is None:
        return None
    if agreement.state == AgreementState.SENT:
        title, words = _("Ask for the answer to your agreement"), _("“%(title)s” waits for %(party)s.")
    else:
        title, words = _("Finish your agreement"), _("“%(title)s” is not agreed with %(party)s yet.")
    return NextAct(
        title=title, words=words % _named(agreement), label=_("View agreement"), address=agreement.get_absolute_url()
    )


_NOT_AGREED = (AgreementState.DRAFT, AgreementState.SENT, AgreementState.CORRECTED, AgreementState.DECLINED)


def _named(agreement: Agreement) -> dict[str, object]:
    return {"title": agreement, "party": agreement.party_name or _("the other party")}
