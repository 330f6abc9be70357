import pytest

from mail.enums import Priority
from mail.models import MailDelivery
from tests.mail.servers import mail_server


@pytest.fixture
def server(settings):
    """A mail server: `server(hangs=True)`."""
    started = []

    def start(**how):
        started.append(mail_server(settings, **how))
        return started[-1].__enter__()

    yield start
    for one in started:
        one.__exit__(None, None, None)


@pytest.fixture
def no_worker(settings):
    """Tasks reach a queue of which nobody takes any."""
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.fixture
def queue(organisation):
    """Queued invitations, one for each name: `queue("ann", "bo", priority="bulk")`."""

    def make(*names: str, priority: str = Priority.DEFAULT, **fields) -> list[MailDelivery]:
        about = {"template": "invitation", "organisation": organisation, "priority": priority} | fields
        return [MailDelivery.objects.create(recipient=f"{name}@example.org", **about) for name in names]

    return make
