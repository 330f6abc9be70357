"""Whether what a mail of a panel says still holds when it goes out."""

from mail.models import MailDelivery
from panels.contacts import ABOUT, REMINDER, has_stopped
from panels.models import Expert


def is_wanted(delivery: MailDelivery) -> bool:
    expert = Expert.objects.select_related("panel").filter(uuid=delivery.about.removeprefix(ABOUT)).exclude(email="").first()
    if expert is None or expert.declined_at is not None or not expert.panel.is_open or has_stopped(expert.email):
        return False
    return delivery.template != REMINDER or expert.submitted_at is None
