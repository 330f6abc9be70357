"""The demonstration: fills one fictional organisation, adds only what is missing, and refuses everywhere else."""

import csv
import datetime as dt
import io

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import Membership, Organisation, RoleAssignment, User
from assessments.models import Response
from billing.services import price_for
from courses.models import Course
from demo import simulate
from demo.fill import ensure_user
from demo.others import ensure_feedback
from demo.people import ORGANISATION_SLUG, PASSWORD, PEOPLE
from feedback.models import Round
from feedback.queries import progress_of
from learning.models import Cohort, Enrolment
from mail.models import MailDelivery
from needs.models import Expectation
from skills.models import Evidence
from skills.services import load_framework
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    models = (User, Membership, RoleAssignment, Cohort, Enrolment, Expectation)
    return {model.__name__: model.objects.count() for model in models}


def test_the_learner_has_a_round_of_feedback_that_has_closed_and_one_that_runs():
    """A manager and peers together, customers, partners too few to be shown; e-mails of the closed one are gone."""
    skills_of_the_site()
    learner = UserFactory(email="leila@northwind.example")
    for _time in range(2):
        ensure_feedback(learner)
    running, closed = Round.objects.order_by("state", "pk").reverse()
    assert (running.state, closed.state) == ("open", "closed")
    assert [(group.name, group.n) for group in closed.shown.all()] == [("manager_and_peers", 5), ("customers", 3)]
    assert list(closed.comments.values_list("question", flat=True)) == ["keep"] * 4 + ["change"] * 4
    assert [(row.label, row.asked, row.at_least) for row in progress_of(running)] == [("Peers", 4, 3), ("Customers", 3, 0)]
    assert MailDelivery.objects.filter(template="feedback").count() == 7
    assert {one.occurred_at for one in Evidence.objects.filter(user=learner)} == {closed.closed_at}


def skills_of_the_site() -> None:
    load_framework(yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text(encoding="utf-8")))


def test_demo_refuses_outside_demo_mode():
    with pytest.raises(CommandError, match="This is not a demo installation"):
        call_command("demo")
    assert Organisation.objects.count() == 0


@pytest.mark.slow
def test_demo_fills_once_and_answers_for_nobody(settings, tmp_path):
    settings.ACCORD_DEMO, settings.VAR_DIR = True, tmp_path
    call_command("load_content", verbosity=0)
    shipped = set(Course.objects.values_list("key", flat=True))
    call_command("demo")
    first = counts()
    call_command("demo")

    assert counts() == first
    assert set(Course.objects.values_list("key", flat=True)) - shipped == {"demo-warn-in-time"}
    paid = Course.objects.get(key="demo-warn-in-time")
    assert (paid.is_free, paid.is_listed, paid.minutes) == (False, True, 10)
    assert "demonstration" in paid.title
    assert "demonstration" in paid.summary
    assert price_for(paid.own_set, "seat", "EUR").amount == 2900
    organisation = Organisation.objects.get(slug=ORGANISATION_SLUG)
    assert organisation.is_demo
    assert Enrolment.objects.filter(organisation=organisation, completed_at__isnull=False).count() == 0
    assert sorted(Enrolment.objects.filter(percentage=0).values_list("percentage", flat=True)) == [0, 0, 0, 0]
    assert Response.objects.count() == 0
    assert all(User.objects.get(email=person.email).check_password(PASSWORD) for person in PEOPLE)
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == ["colleagues.csv", "customers.csv", "people.csv"]


@pytest.mark.django_db
def test_somebody_who_changed_their_address_is_not_made_twice():
    user = ensure_user("author@accord.example", "Wen", "Zhao", password=PASSWORD)
    User.objects.filter(pk=user.pk).update(email="wen@example.org")
    assert ensure_user("author@accord.example", "Wen", "Zhao", password=PASSWORD) == user


def test_the_same_people_live_on_in_a_later_file():
    earlier = {colleague.person_id: colleague for colleague in simulate.draw_colleagues(dt.date(2026, 7, 31))}
    later = {colleague.person_id: colleague for colleague in simulate.draw_colleagues(dt.date(2026, 10, 31))}
    assert set(earlier) <= set(later)
    assert all(later[key].left == colleague.left for key, colleague in earlier.items() if colleague.left)
    assert all(later[key].completed == colleague.completed for key, colleague in earlier.items() if colleague.completed)


def test_nobody_completes_before_being_hired_or_after_leaving():
    for colleague in simulate.draw_colleagues(dt.date(2026, 10, 31)):
        assert colleague.completed is None or colleague.hired < colleague.completed
        assert colleague.completed is None or colleague.left is None or colleague.completed <= colleague.left


def test_forty_colleagues_have_forty_addresses():
    rows = list(csv.DictReader(io.StringIO(simulate.colleagues_csv())))
    assert len({row["email"] for row in rows}) == len(rows) == 40
    assert len({row["person_id"] for row in rows}) == 40
