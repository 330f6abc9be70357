"""What stakeholders holds about people: what organisations import about theirs. None of it names an account."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import PrivacyPart, Row, kept, made_anonymous, moment, part_of_rows
from stakeholders.models import Objection
from stakeholders.services import forget_account


def _objections(user: User) -> QuerySet[Objection]:
    return Objection.objects.filter(user=user).select_related("organisation").order_by("pk")


def _objection(objection: Objection) -> Row:
    return {
        "organisation": objection.organisation.name,
        "since": moment(objection.created_at),
        "taking_part_again_since": moment(objection.withdrawn_at),
    }


PARTS = (
    PrivacyPart(
        "figures of organisations",
        _("What your organisation imported about its people"),
        lambda user: (),
        lambda user: 0,
        lambda user: 0,
        kept(
            "stakeholders.EmploymentStint",
            "stakeholders.Completion",
            "stakeholders.PersonMetric",
            "stakeholders.Assignment",
            "stakeholders.CustomerStint",
            "stakeholders.PartnerStint",
            "stakeholders.Contract",
            "stakeholders.Performance",
            "stakeholders.PersonPeriod",
            "stakeholders.CustomerPeriod",
            "stakeholders.TenureRow",
            "stakeholders.CirclePlace",
            because=_(
                "What an organisation imported about its people, by employee number, is the organisation’s: who worked there "
                "from when to when, in which team, and what was measured of them. It is not joined to your account. Ask the "
                "organisation for a copy, or to have it removed."
            ),
        ),
    ),
    part_of_rows(
        "objections",
        _("Your choices whether organisations may analyse your data"),
        _objections,
        _objection,
        forget_account,
        made_anonymous(
            "stakeholders.Objection",
            because=_(
                "If you left your data out of an organisation’s analyses, you stay left out: what is kept is your employee "
                "number and a code worked out from your address, by which a later file is recognised, and nothing else."
            ),
        ),
    ),
)
