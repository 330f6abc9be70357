"""Two people who ask for the same reminders at one moment: everybody hears once, and the log says so."""

import pytest

from accounts.models import AuditEvent
from learning import services
from learning.services import reminders
from mail.models import MailDelivery
from tests.courses.factories import published_course
from tests.factories import MembershipFactory, OrganisationFactory
from tests.services.threads import at_once, overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cohort():
    organisation = OrganisationFactory()
    cohort = services.create_cohort(organisation=organisation, name="Spring", course=published_course([["a"]]), actor=None)
    people = [MembershipFactory(organisation=organisation) for _n in range(3)]
    services.add_to_cohort(cohort=cohort, memberships=people, actor=None)
    return cohort


@pytest.mark.parametrize("together", [overlapping, lambda *acts: at_once(acts)], ids=["overlapping", "at once"])
def test_reminding_twice_at_one_moment_reminds_and_records_once(cohort, together):
    def ask():
        return reminders.remind_unfinished(cohort=cohort, actor=None)

    assert sorted(together(ask, ask)) == [0, 3]
    assert MailDelivery.objects.filter(template=reminders.KIND).count() == 3
    assert [event.after["count"] for event in AuditEvent.objects.filter(verb="cohort.reminded")] == [3]
