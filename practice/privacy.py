"""What practice holds of a person: agreements they wrote, what both said on review days, and whom they wrote to."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import Row, erased, made_anonymous, moment, part_of_rows, part_that_goes
from mail.enums import WAITING
from mail.models import Contact, MailDelivery
from mail.services import cancel
from practice.models import Agreement, Party, Review, SimulationRun
from practice.pair_privacy import PAIRS
from practice.queries import agreements_of, as_seen
from practice.scoring.interview_case import InterviewCase
from practice.services import delete_agreement
from practice.services.telling import ABOUT, WITHDRAWN
from practice.talks import case_of, talk_of


def _agreements(user: User) -> QuerySet[Agreement]:
    return agreements_of(user).prefetch_related("revisions__contact", "reviews__answers").order_by("pk")


def _agreement(agreement: Agreement) -> Row:
    return {
        "title": agreement.title,
        "with": agreement.party_name,
        "email": agreement.party_email,
        "they_expect": agreement.they_expect,
        "i_expect": agreement.i_expect,
        "review_on": agreement.review_on.isoformat() if agreement.review_on else None,
        "state": agreement.state,
        "sent": [_sent(revision) for revision in agreement.revisions.all()],
        "reviews": [_reviewed(review) for review in agreement.reviews.all()],
    }


def _sent(revision: Any) -> Row:
    names = ("number", "title", "they_expect", "i_expect", "answer", "corrected_they_expect", "corrected_i_expect", "comment")
    return {name: getattr(revision, name) for name in names} | {"to": revision.contact.email}


def _reviewed(review: Review) -> Row:
    """As the pages show it: the other party's answer only where the person gave theirs."""
    seen = as_seen(review, Party.LEARNER, review.due_on)
    return {
        "day": review.due_on.isoformat(),
        "own": [seen.own.verdict, seen.own.what_changed] if seen.own else None,
        "theirs": [seen.other.verdict, seen.other.what_changed] if seen.other else None,
    }


def erase_agreements(user: User) -> int:
    """With their reviews, answers and links. Addresses stay only where somebody asked not to be written to."""
    agreements = list(Agreement.objects.filter(user=user))
    for agreement in agreements:
        delete_agreement(agreement=agreement)
    contacts = Contact.objects.filter(added_by=user)
    asked = MailDelivery.objects.filter(link__contact__in=contacts)
    cancel(asked)
    asked.exclude(context={}, recipient="").update(context={}, recipient="", error="", updated_at=timezone.now())
    contacts.filter(declined_at=None).delete()
    contacts.exclude(name="").update(name="")
    empty_mails_of_deleted_agreements()
    return len(agreements)


def empty_mails_of_deleted_agreements() -> int:
    """What they said and to whom. One that takes a review day out of a calendar goes out first."""
    mails = MailDelivery.objects.filter(about__startswith=ABOUT).exclude(context={}, recipient="")
    there = {f"{ABOUT}{uuid}" for uuid in Agreement.objects.values_list("uuid", flat=True).iterator()}
    abouts = mails.order_by("about").values_list("about", flat=True).distinct()
    of_deleted = mails.filter(about__in=[about for about in abouts.iterator() if about not in there])
    cancel(of_deleted.exclude(template=WITHDRAWN))
    gone = of_deleted.exclude(state__in=WAITING)
    return gone.update(context={}, recipient="", error="", updated_at=timezone.now())


def _runs(user: User) -> QuerySet[SimulationRun]:
    return SimulationRun.objects.filter(user=user).select_related("version__simulation").order_by("pk")


def _map(run: SimulationRun) -> list[Row]:
    """With the words of the lines, as the page has them."""
    case = case_of(run.version)
    if not isinstance(case, InterviewCase):
        return []
    says = {entry.id: entry.says for entry in case.expectations} | {lead.id: lead.says for lead in case.false_leads}
    return [{**entry, "line": says.get(entry["line"], entry["line"])} for entry in run.map]


def _run(run: SimulationRun) -> Row:
    """With what both said; the talk is played once more from its moves."""
    return {
        "simulation": run.version.simulation.title,
        "begun": moment(run.created_at),
        "finished": moment(run.finished_at),
        "talk": [f"{line.who}: {line.says}" for line in talk_of(run).state.lines],
        "map": _map(run),
        "result": run.result,
    }


PARTS = (
    PAIRS,
    part_that_goes(
        "simulations",
        _("Simulations you played, with what was said in them"),
        _runs,
        _run,
        "practice.SimulationRun",
        headings=("simulation",),
    ),
    part_of_rows(
        "agreements",
        _("Agreements, what both sides said on review days, and the people you named"),
        _agreements,
        _agreement,
        erase_agreements,
        erased("practice.Agreement", "practice.AgreementRevision", "practice.Review", "practice.ReviewAnswer")
        + erased("practice.ReviewRequest", is_exported=False)
        + made_anonymous(
            "mail.Contact",
            is_exported=False,
            because=_(
                "An agreement is erased for both of you, as it is whenever you delete one; the copy in the other person’s own "
                "e-mails is theirs. An address whose owner asked not to be written to stays on that list, without a name. "
                "Agreements that others made with you are theirs, and stay with the address they wrote to."
            ),
        ),
        headings=("title",),
    ),
)
