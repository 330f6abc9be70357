"""What panels hold of a person: which they opened, and what they said of questions as an expert."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import IN_THE_MIDDLE, PrivacyPart, Row, addresses_of, kept, made_anonymous, moment, part_of_rows
from panels.models import Expert, Panel
from panels.services import forget_expert

# By its address, so before that goes.
BEFORE_ADDRESSES = IN_THE_MIDDLE - 20


def _experts(user: User) -> QuerySet[Expert]:
    experts = Expert.objects.filter(email__in=addresses_of(user)).select_related("panel")
    return experts.prefetch_related("judgements__panel_item").order_by("pk")


def _expert(expert: Expert) -> Row:
    return {
        "panel": expert.panel.title,
        "email": expert.email,
        "name": expert.name,
        "expertise": expert.expertise,
        "asked": moment(expert.created_at),
        "reminded": moment(expert.reminded_at),
        "agreed": moment(expert.consented_at),
        "finished": moment(expert.submitted_at),
        "declined": moment(expert.declined_at),
        "ratings": [
            {
                "question": judgement.panel_item.position,
                "points": judgement.points,
                "best": judgement.best,
                "levels": judgement.levels,
            }
            for judgement in expert.judgements.all()
        ],
    }


def _forget(user: User) -> int:
    experts = list(_experts(user))
    for expert in experts:
        forget_expert(expert=expert)
    return len(experts)


def _opened(user: User) -> QuerySet[Panel]:
    return Panel.objects.filter(opened_by=user).order_by("pk")


def _panel(panel: Panel) -> Row:
    return {
        "title": panel.title,
        "words": panel.words,
        "opened": moment(panel.created_at),
        "until": panel.closes_on.isoformat(),
    }


def _leave(user: User) -> int:
    """The panel stays, opened by nobody."""
    return _opened(user).update(opened_by=None)


PARTS: tuple[PrivacyPart, ...] = (
    part_of_rows(
        "ratings as an expert",
        _("Questions that you rated as an expert"),
        _experts,
        _expert,
        _forget,
        made_anonymous(
            "panels.Expert",
            "panels.Judgement",
            because=_(
                "Your name, address and what you said of yourself are deleted, and ratings that you did not finish. Ratings "
                "that are counted stay in the means, as those of nobody: keys rest on them."
            ),
        )
        + kept(
            "panels.StoppedAddress",
            because=_("Where you asked not to be written to, a fingerprint of your address stays, so that nobody does."),
        )
        + kept(
            "panels.BarredMailbox",
            because=_(
                "Where your ratings count, or you invited experts, a fingerprint of your address stays with the panel, so that "
                "nobody counts in it twice, or in a panel of their own."
            ),
        ),
        headings=("panel",),
        order=BEFORE_ADDRESSES,
    ),
    part_of_rows(
        "panels of experts",
        _("Panels of experts that you opened"),
        _opened,
        _panel,
        _leave,
        made_anonymous(
            "panels.Panel",
            "panels.PanelItem",
            because=_("A panel belongs to its questions and stays; who opened it does not."),
        ),
        headings=("title",),
    ),
)
