"""What needs holds of a person: that they recorded a gap, or approved a specification, of an organisation."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import PrivacyPart, Row, kept, made_anonymous, moment
from needs.models import Gap, Specification


def export_acts(user: User) -> Iterator[Row]:
    for gap in Gap.objects.filter(recorded_by=user).select_related("organisation").order_by("pk"):
        yield {"organisation": gap.organisation.name, "recorded": gap.title, "at": moment(gap.created_at)}
    for approved in Specification.objects.filter(approved_by=user).select_related("organisation").order_by("pk"):
        yield {"organisation": approved.organisation.name, "approved": approved.title, "at": moment(approved.approved_at)}


def erase_names(user: User) -> int:
    recorded = Gap.objects.filter(recorded_by=user).update(recorded_by=None)
    return recorded + Specification.objects.filter(approved_by=user).update(approved_by=None)


def count(user: User) -> int:
    return Gap.objects.filter(recorded_by=user).count() + Specification.objects.filter(approved_by=user).count()


OF_THE_ORGANISATION = _(
    "Gaps, causes, specifications and expectations belong to the organisation they were written for. They no longer say who "
    "recorded or approved them."
)
PARTS = (
    PrivacyPart(
        "needs",
        _("Gaps you recorded and specifications you approved"),
        export_acts,
        erase_names,
        count,
        made_anonymous("needs.Gap", "needs.Specification", because=OF_THE_ORGANISATION)
        + kept("needs.Cause", "needs.Expectation", because=OF_THE_ORGANISATION),
    ),
)
