"""What access holds of a person: what opens courses to them."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from access.models import AccessGrant
from accounts.models import User
from accounts.personal_data import Row, made_anonymous, moment, part_that_goes


def _grants(user: User) -> QuerySet[AccessGrant]:
    return AccessGrant.objects.filter(user=user).select_related("course_set", "organisation").order_by("pk")


def _grant(grant: AccessGrant) -> Row:
    return {
        "opens": grant.course_set.title,
        "source": grant.source,
        "organisation": grant.organisation.name if grant.organisation else "",
        "from": moment(grant.starts_at),
        "until": moment(grant.ends_at),
        "ended_at": moment(grant.revoked_at),
    }


PARTS = (
    part_that_goes(
        "access",
        _("Courses that are open to you"),
        _grants,
        _grant,
        "access.AccessGrant",
        beside=made_anonymous(
            "access.Seat",
            is_exported=False,
            because=_("Seats belong to your organisation. Those you hold become free for someone else."),
        ),
    ),
)
