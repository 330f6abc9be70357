"""E-mails that people may stop: kind by kind, in one click, from the mail or the profile; and bulk mail of no organisation."""

import re

import pytest
from django.core import mail as django_mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mail.kinds import mail_choices
from mail.links import address_of
from mail.models import BulkTurn, MailDelivery, StoppedMails
from mail.queries import stopped_choices
from mail.services import enqueue_in_bulk
from mail.services.choices import link_to_stop, set_wanted, stop_mails
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
PLANS = "plans"


def queued(user, template="stalled_course", choice="stalled_courses"):
    link = link_to_stop(user_id=user.pk, recipient=user.email, choice=choice, now=timezone.now())
    context = {"course_title": "Ask first", "course_path": "/courses/ask-first/", "first_name": ""}
    delivery = MailDelivery(template=template, recipient=user.email, link=link, context=context)
    enqueue_in_bulk([delivery])
    return MailDelivery.objects.get(recipient=user.email)


def path_of(delivery):
    address = address_of(delivery.link)
    return address[address.index("/l/") :]


def test_every_kind_of_choice_is_offered_in_the_profile(sign_in, user):
    page = sign_in(user).get(reverse("profile")).content.decode()
    assert {choice.name for choice in mail_choices} == {"agreements", "pairs", "plans", "ratings", "stalled_courses"}
    for choice in mail_choices:
        assert re.search(rf'value="{choice.name}"[^>]*checked', page)


def test_the_profile_stops_what_is_not_chosen_and_wants_what_is(sign_in, user):
    client = sign_in(user)
    answer = client.post(reverse("choose_mails"), {"wanted": ["plans"]}, follow=True)
    assert "Your choice of e-mails has been saved." in answer.content.decode()
    assert stopped_choices(user.pk) == {"agreements", "pairs", "ratings", "stalled_courses"}
    client.post(reverse("choose_mails"), {"wanted": ["plans", "pairs", "agreements", "ratings", "stalled_courses"]})
    assert stopped_choices(user.pk) == set()


def test_a_choice_that_does_not_exist_changes_nothing(sign_in, user):
    answer = sign_in(user).post(reverse("choose_mails"), {"wanted": ["invoices"]}, follow=True)
    assert "was not saved" in answer.content.decode()
    assert not StoppedMails.objects.exists()


def test_choices_are_ones_own(sign_in, user):
    other = UserFactory()
    sign_in(user).post(reverse("choose_mails"), {"wanted": []})
    assert (len(stopped_choices(user.pk)), stopped_choices(other.pk)) == (5, set())
    assert Client().post(reverse("choose_mails"), {"wanted": []}).url.startswith(reverse("account_login"))
    assert sign_in(user).get(reverse("choose_mails")).status_code == 405


def test_the_button_of_a_mail_program_stops_one_kind_without_cookie_and_page(user):
    delivery = queued(user)
    client = Client(enforce_csrf_checks=True)
    for _again in range(2):
        answer = client.post(path_of(delivery), {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.content) == (200, b"")
    assert stopped_choices(user.pk) == {"stalled_courses"}
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"


def test_the_page_shows_on_get_and_acts_on_post(user):
    path, client = path_of(queued(user)), Client()
    page = client.get(path).content.decode()
    assert "Stop these e-mails?" in page
    assert "Courses you have begun" in page
    assert not StoppedMails.objects.exists()
    assert "These e-mails are off" in client.post(path, {"action": "stop"}).content.decode()
    assert stopped_choices(user.pk) == {"stalled_courses"}
    assert "These e-mails are on again" in client.post(path, {"action": "want"}).content.decode()
    assert not StoppedMails.objects.exists()


def test_a_link_of_somebody_who_is_gone_is_closed(user):
    path = path_of(queued(user))
    user.delete()
    client = Client()
    assert client.get(path).status_code == 410
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not StoppedMails.objects.exists()


def test_stopping_one_kind_leaves_mails_of_another_in_line(user):
    stop_mails(user_id=user.pk, choice=PLANS)
    delivery = queued(user)
    assert delivery.state == "queued"
    set_wanted(user_id=user.pk, wanted=set())
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"


def test_bulk_mail_of_no_organisation_goes_out_in_a_line_of_its_own(django_capture_on_commit_callbacks, monkeypatch):
    from mail.services import delivering

    monkeypatch.setattr(delivering, "_is_wanted", lambda _delivery: True)
    with django_capture_on_commit_callbacks(execute=True):
        for _n in range(2):
            queued(UserFactory())
    assert [one.state for one in MailDelivery.objects.all()] == ["sent", "sent"]
    assert [turn.organisation for turn in BulkTurn.objects.all()] == [None]
    message = django_mail.outbox[0]
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.extra_headers["List-Unsubscribe"].startswith("<http")


def test_bulk_mail_of_no_organisation_that_waits_is_handed_over_again(django_capture_on_commit_callbacks, user, monkeypatch):
    from mail.services import delivering

    monkeypatch.setattr(delivering, "_is_wanted", lambda _delivery: True)
    queued(user)
    MailDelivery.objects.update(queued_at=timezone.now() - delivering.TASK_LOST_AFTER * 2)
    delivering.send_waiting_mail()
    assert MailDelivery.objects.get().state == "sent"


def test_mails_of_several_organisations_are_handed_over_for_each(monkeypatch):
    from mail.services import bulk

    handed = []
    monkeypatch.setattr(bulk, "send_bulk_after_commit", handed.append)
    organisation = OrganisationFactory()
    enqueue_in_bulk(
        MailDelivery(template="reminder", recipient="a@example.org", organisation=of)
        for of in (organisation, None, organisation)
    )
    assert handed == [organisation.pk, None]
