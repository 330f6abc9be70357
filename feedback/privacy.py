"""What feedback holds of a person: rounds they asked for, and what they said about others while a round was running."""

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import PrivacyPart, Row, erased, moment, part_of_rows
from common.encryption import SecretUnreadable
from feedback.answers import Answers, unseal
from feedback.contacts import LINK_KIND
from feedback.models import Rater, Round, RoundSkill
from feedback.queries import results_of, rounds_of
from mail import services as mail
from mail.models import Contact, MailDelivery, MailLink

# What is found by an address goes before addresses do.
BY_ADDRESS = 40


def _rounds(user: User) -> QuerySet[Round]:
    return rounds_of(user).order_by("pk")


def _round(feedback_round: Round) -> Row:
    """As the pages show it: of others nothing but what is shown of them together."""
    return {
        "about": ", ".join(skill.name for skill in feedback_round.skills.all()),
        "begun": moment(feedback_round.created_at),
        "sent": moment(feedback_round.sent_at),
        "closed": moment(feedback_round.closed_at),
        "state": feedback_round.state,
        "asked": [
            {"name": rater.contact.name, "email": rater.contact.email, "group": rater.group}
            for rater in feedback_round.raters.select_related("contact").order_by("contact__name", "pk")
        ],
        "own_answers": _own(feedback_round),
        "results": _results(feedback_round),
        "comments": [{"question": comment.question, "text": comment.text} for comment in feedback_round.comments.all()],
    }


def _own(feedback_round: Round) -> list[Row]:
    """What they said of themselves: sentence by sentence while it runs, then as it was counted."""
    skills = list(feedback_round.skills.prefetch_related("behaviours"))
    said = _read(feedback_round.own_answers)
    rows = _said(said, skills, is_own=True)
    return rows or [{"skill": skill.name, "mean": skill.own_mean} for skill in skills if skill.own_mean is not None]


def _said(answers: Answers, skills: list[RoundSkill], *, is_own: bool) -> list[Row]:
    return [
        {"sentence": one.own_words if is_own else one.words, "rating": answers.ratings[one.pk]}
        for skill in skills
        for one in skill.behaviours.all()
        if one.pk in answers.ratings
    ]


def _results(feedback_round: Round) -> list[Row]:
    return [
        {
            "skill": result.skill.name,
            "group": row.group.name,
            "mean": row.figure.mean,
            "low": row.figure.low,
            "high": row.figure.high,
            "people": row.figure.n,
        }
        for result in results_of(feedback_round)
        for row in result.groups
    ]


def _read(kept: str) -> Answers:
    try:
        return unseal(kept)
    except SecretUnreadable:
        return Answers()


def erase_rounds(user: User) -> int:
    """With all that was said in them. The links that were mailed say that the round is over."""
    rounds = rounds_of(user)
    targets = [uuid.hex for uuid in Rater.objects.filter(feedback_round__in=rounds).values_list("uuid", flat=True)]
    _close_links(targets)
    count = rounds.count()
    rounds.delete()
    return count


def _close_links(targets: list[str]) -> None:
    links = MailLink.objects.filter(kind=LINK_KIND, target_id__in=targets)
    mail.cancel(MailDelivery.objects.filter(link__in=links))
    links.filter(revoked_at=None).update(revoked_at=timezone.now(), updated_at=timezone.now())


# What they said about others ------------------------------------------------------------------------------------------


def _proved(user: User) -> set[str]:
    addresses = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return {email.lower() for email in addresses}


def _raters(user: User) -> QuerySet[Rater]:
    """Of rounds that are running, by addresses that they have proved to be theirs: nobody reads it who only says they are."""
    raters = Rater.objects.filter(contact__email__in=_proved(user)).exclude(feedback_round__user=user)
    return raters.select_related("feedback_round__user", "contact").order_by("pk")


def _given(user: User) -> Iterator[Row]:
    for rater in _raters(user):
        answers = _read(rater.answers)
        skills = list(rater.feedback_round.skills.prefetch_related("behaviours"))
        yield {
            "about": rater.feedback_round.user.display_name,
            "as": rater.group,
            "is_sent": rater.is_submitted,
            "said": _said(answers, skills, is_own=False),
            "words": list(answers.comments.values()),
        }


def erase_given(user: User) -> int:
    """Where a round has closed there is nothing left of it that says who said it. Those who asked keep no address of
    theirs, but for agreements with them.
    """
    raters = list(_raters(user))
    _close_links([rater.uuid.hex for rater in raters])
    Rater.objects.filter(pk__in=[rater.pk for rater in raters]).delete()
    known = Contact.objects.filter(email__in=_proved(user), organisation=None, declined_at=None, added_by__isnull=False)
    known.filter(agreements=None, agreement_revisions=None, feedback_raters=None).delete()
    return len(raters)


PARTS = (
    part_of_rows(
        "feedback_rounds",
        _("Feedback you asked for: whom you asked, what you said of yourself, and what was shown to you"),
        _rounds,
        _round,
        erase_rounds,
        erased(
            "feedback.Round",
            "feedback.RoundSkill",
            "feedback.Behaviour",
            "feedback.ShownGroup",
            "feedback.ShownFigure",
            "feedback.ShownComment",
        ),
        headings=("about",),
    ),
    PrivacyPart(
        "feedback_given",
        _("What you say about others, in rounds of feedback that are still running"),
        export=_given,
        erase=erase_given,
        count=lambda user: _raters(user).count(),
        verdicts=erased("feedback.Rater"),
        headings=("about",),
        order=BY_ADDRESS,
    ),
)
