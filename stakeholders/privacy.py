"""What stakeholders holds about people: what organisations import about theirs. None of it names an account."""

from django.utils.translation import gettext_lazy as _

from accounts.personal_data import PrivacyPart, kept

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
            "stakeholders.PersonPeriod",
            "stakeholders.CustomerPeriod",
            "stakeholders.TenureRow",
            because=_(
                "What an organisation imported about its people, by employee number, is the organisation’s: who worked there "
                "from when to when, and in which team. It is not joined to your account. Ask the organisation for a copy, or "
                "to have it removed."
            ),
        ),
    ),
)
