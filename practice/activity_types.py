"""The activity of practice: an agreement written from a lesson. It lives on pages of its own."""

from django.utils.translation import gettext_lazy as _

from courses.activity_types import ActivityType


class AgreementActivity(ActivityType):
    """Finished when the other side has answered; what was agreed is kept in `practice`, not in the state."""

    name = "agreement"
    label = _("Workplace agreement")
    template = "courses/activities/agreement.html"
