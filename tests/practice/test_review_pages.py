"""The pages of review days: the learner's, and the other party's behind the link that stays."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from mail.links import token_of
from mail.models import MailLink
from practice.models import Party, ReviewAnswer
from practice.queries import open_review_of
from practice.services import answer_review, delete_agreement, reopen
from tests.factories import OrganisationFactory, UserFactory
from tests.practice.factories import FIELDS, confirmed, copy_link_of, link_of

pytestmark = pytest.mark.django_db
DAY = date(2027, 6, 15)
NOON = datetime(2027, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def agreement(user, clock):
    clock.move_to(NOON - timedelta(days=30))
    agreement = confirmed(user, review_on=DAY)
    clock.move_to(NOON)
    return agreement


@pytest.fixture
def learner(agreement, sign_in):
    return sign_in(agreement.user)


@pytest.fixture
def visitor():
    return Client()


@pytest.fixture
def copy_page(agreement):
    return reverse("mail_link", args=[token_of(copy_link_of(agreement))])


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def review_page(agreement, name="review"):
    return reverse(f"practice:{name}", args=[agreement.uuid, open_review_of(agreement).uuid])


def answered(agreement, party, **fields):
    return answer_review(review=open_review_of(agreement), party=party, **{"verdict": "kept", "what_changed": ""} | fields)


# The learner ----------------------------------------------------------------------------------------------------------


def test_before_the_day_the_page_says_when_it_is_and_asks_nothing(agreement, learner, clock):
    clock.move_to(NOON - timedelta(days=2))
    words = text(learner.get(agreement.get_absolute_url()))
    assert "The review day is 15 June 2027." in words
    assert "Was it kept?" not in words
    entry = Calendar.from_ical(learner.get(reverse("practice:calendar", args=[agreement.uuid])).content).walk("VEVENT")[0]
    assert entry.decoded("dtstart") == DAY


def test_the_learner_answers_on_the_site_and_reads_the_other_side_by_side(agreement, learner):
    answered(agreement, Party.OTHER, verdict="partly", what_changed="The list was late in May.")
    page = agreement.get_absolute_url()
    words = text(learner.get(page))
    assert "Review due" in words
    assert "Bea Lindt has answered." in words
    assert "late in May" not in words
    answer = learner.post(review_page(agreement), {"verdict": "kept", "what_changed": "Fridays\r\nwork."}, follow=True)
    words = text(answer)
    assert "Your answer has been saved." in words
    assert "Fridays work." in words
    assert "The list was late in May." in words
    assert "Seen differently" in words
    assert "Change your answer" not in words


def test_who_is_alone_with_an_answer_may_change_it(agreement, learner):
    learner.post(review_page(agreement), {"verdict": "kept"})
    assert "Change your answer" in text(learner.get(agreement.get_absolute_url()))
    learner.post(review_page(agreement), {"verdict": "not_kept", "what_changed": "I forgot."})
    assert ReviewAnswer.objects.values_list("verdict", "what_changed").get() == ("not_kept", "I forgot.")


def test_a_refused_answer_stays_in_the_form(agreement, learner):
    answer = learner.post(review_page(agreement), {"what_changed": "It went well."})
    assert "Choose one of the three." in text(answer)
    assert "It went well.</textarea>" in answer.content.decode()
    too_long = learner.post(review_page(agreement), {"verdict": "kept", "what_changed": "x" * 501})
    assert "x" * 501 in too_long.content.decode()
    assert not ReviewAnswer.objects.exists()


def test_an_answer_that_comes_too_late_is_shown_with_the_reason(agreement, learner):
    answered(agreement, Party.LEARNER)
    answered(agreement, Party.OTHER)
    answer = learner.post(review_page(agreement), {"verdict": "partly", "what_changed": "On reflection"})
    assert "answers stay as they are" in text(answer)
    assert "You sent: Partly kept · On reflection" in text(answer)
    assert ReviewAnswer.objects.filter(verdict="partly").count() == 0


def test_an_answer_written_over_the_end_of_a_session_waits_for_its_writer(agreement, learner, sign_in):
    page, address = learner.get(agreement.get_absolute_url()).content.decode(), review_page(agreement)
    owner = re.search(r'name="kept-for" value="([^"]*)"', page).group(1)
    visitor = Client()
    fields = {"verdict": "partly", "what_changed": "Typed for long", "kept-for": owner}
    assert visitor.post(address, fields).url.startswith(reverse("account_login"))
    visitor.force_login(agreement.user, backend="django.contrib.auth.backends.ModelBackend")
    session = visitor.session
    session["kept_form"] = {
        "path": address,
        "fields": "verdict=partly&what_changed=Typed+for+long",
        "owner": str(agreement.user.pk),
    }
    session.save()
    again = visitor.get(address)
    assert "Typed for long</textarea>" in again.content.decode()
    assert "has not been saved yet" in text(again)


def test_the_learner_sets_the_next_day(agreement, learner):
    answered(agreement, Party.LEARNER)
    page = agreement.get_absolute_url()
    assert "Set the next review day" not in text(learner.get(page))
    answered(agreement, Party.OTHER)
    assert "Set the next review day" in text(learner.get(page))
    soon = learner.post(review_page(agreement, "next_review"), {"due_on": "2027-06-16"})
    assert "at least a week" in text(soon)
    assert 'value="2027-06-16"' in soon.content.decode()
    done = text(learner.post(review_page(agreement, "next_review"), {"due_on": "2027-09-15"}, follow=True))
    assert "The review day is 15 September 2027." in done
    assert "Earlier reviews" in done
    assert "Kept" in done


def test_the_list_says_how_reviews_stand(agreement, learner):
    page = reverse("practice:list")
    assert "Review due" in text(learner.get(page))
    answered(agreement, Party.LEARNER)
    assert "Waiting for their review" in text(learner.get(page))
    answered(agreement, Party.OTHER)
    assert "Kept" in text(learner.get(page))
    learner.post(review_page(agreement, "next_review"), {"due_on": "2027-09-15"})
    words = text(learner.get(page))
    assert "review on 15 September 2027" in words
    assert "reviewed on 15 June 2027: Kept" in words


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_with_reviews_takes_the_same_queries_however_many(user, sign_in, clock, count, django_assert_num_queries):
    clock.move_to(NOON - timedelta(days=30))
    for number in range(count):
        answered_one = confirmed(user, title=f"Agreement {number}", party_email=f"p{number}@example.org", review_on=DAY)
        ReviewAnswer.objects.create(review=open_review_of(answered_one), party="other", verdict="kept")
    clock.move_to(NOON)
    client = sign_in(user)
    client.get(reverse("practice:list"))
    with django_assert_num_queries(7):
        assert text(client.get(reverse("practice:list"))).count("Review due") == count


def test_my_learning_knows_the_day(agreement, learner, clock):
    words = text(learner.get(reverse("learn")))
    assert "Next: review your agreement “Handover on Fridays”, 2 min." in words
    assert "with Bea Lindt · review day 15 June 2027" in words
    answered(agreement, Party.LEARNER)
    assert "Next: review" not in text(learner.get(reverse("learn")))
    clock.move_to(NOON - timedelta(days=5))
    assert "Review day on 15 June 2027" in text(learner.get(reverse("learn")))


def everything(agreement):
    review = open_review_of(agreement).uuid
    return [
        ("get", reverse("practice:review", args=[agreement.uuid, review])),
        ("post", reverse("practice:review", args=[agreement.uuid, review])),
        ("get", reverse("practice:next_review", args=[agreement.uuid, review])),
        ("post", reverse("practice:next_review", args=[agreement.uuid, review])),
        ("get", reverse("practice:calendar", args=[agreement.uuid])),
    ]


def test_reviews_are_unknown_to_others_their_employer_included(agreement, sign_in, member, visitor):
    organisation = OrganisationFactory()
    member(organisation, user=agreement.user, email=agreement.user.email)
    for other in (UserFactory(), member(organisation, "owner", "admin", "lnd_partner").user, UserFactory(is_superuser=True)):
        stranger = sign_in(other)
        for method, page in everything(agreement):
            assert getattr(stranger, method)(page, {"verdict": "kept"}).status_code == 404
    for method, page in everything(agreement):
        assert getattr(visitor, method)(page).url.startswith(reverse("account_login"))
    assert not ReviewAnswer.objects.exists()


def test_a_review_of_another_agreement_is_not_found(agreement, learner, user):
    other = confirmed(user, party_email="carl@example.org", review_on=DAY)
    page = reverse("practice:review", args=[agreement.uuid, open_review_of(other).uuid])
    assert learner.post(page, {"verdict": "kept"}).status_code == 404
    assert learner.get(reverse("practice:review", args=[agreement.uuid, uuid.uuid4()])).status_code == 404


# The other party ------------------------------------------------------------------------------------------------------


def test_the_link_that_asked_leads_to_what_was_confirmed(agreement, visitor, copy_page):
    asked = reverse("mail_link", args=[token_of(link_of(agreement))])
    assert visitor.get(asked).url == copy_page
    words = text(visitor.get(asked, follow=True))
    for said in (FIELDS["title"], "A list by four o&#x27;clock.", "15 June 2027", agreement.user.email):
        assert said in words
    assert visitor.post(asked, {"action": "decline"}).status_code == 410


def test_the_page_after_confirming_leads_to_the_copy(user, visitor):
    from tests.practice.factories import sent

    asked = reverse("mail_link", args=[token_of(link_of(sent(user)))])
    answer = visitor.post(asked, {"action": "confirm"})
    assert "A copy with the text and a file for your calendar is on its way to you." in text(answer)
    assert reverse("mail_link", args=[token_of(MailLink.objects.get(kind="agreement_copy"))]) in answer.content.decode()


def test_reading_changes_nothing(agreement, visitor, copy_page):
    before = list(MailLink.objects.values())
    for query in ({}, {"action": "stop"}, {"action": "review", "verdict": "kept"}, {"calendar": "1"}):
        assert visitor.get(copy_page, query).status_code == 200
    agreement.refresh_from_db()
    assert (ReviewAnswer.objects.count(), agreement.party_stopped_at, list(MailLink.objects.values())) == (0, None, before)


def test_the_other_party_answers_without_an_account(agreement, visitor, copy_page):
    review = str(open_review_of(agreement).uuid)
    answer = visitor.post(
        copy_page, {"action": "review", "review": review, "verdict": "partly", "what_changed": "Late."}, follow=True
    )
    assert "Thank you. Your answer has been saved." in text(answer)
    assert "has not answered yet" in text(answer)
    assert ReviewAnswer.objects.values_list("party", "verdict", "what_changed").get() == ("other", "partly", "Late.")
    answered(agreement, Party.LEARNER, what_changed="Every Friday.")
    assert "Every Friday." in text(visitor.get(copy_page))


def test_the_other_partys_refused_answer_stays_in_the_form(agreement, visitor, copy_page):
    review = str(open_review_of(agreement).uuid)
    answer = visitor.post(copy_page, {"action": "review", "review": review, "what_changed": "Much better."})
    assert "Choose one of the three." in text(answer)
    assert "Much better.</textarea>" in answer.content.decode()


def test_the_other_party_does_not_read_the_learners_answer_first(agreement, visitor, copy_page):
    answered(agreement, Party.LEARNER, verdict="not_kept", what_changed="I was ill in May.")
    words = text(visitor.get(copy_page))
    assert "has answered. You will see it once you have answered yourself." in words
    assert "ill in May" not in words
    assert "Not kept" in words  # of the form
    assert "badge--danger" not in visitor.get(copy_page).content.decode()


def test_the_other_party_sets_the_next_day(agreement, visitor, copy_page):
    answered(agreement, Party.LEARNER)
    answered(agreement, Party.OTHER)
    review = str(open_review_of(agreement).uuid)
    soon = visitor.post(copy_page, {"action": "next", "review": review, "due_on": "2027-06-16"})
    assert "at least a week" in text(soon)
    answer = visitor.post(copy_page, {"action": "next", "review": review, "due_on": "2027-09-15"}, follow=True)
    assert "The next review day is set." in text(answer)
    assert "The review day is 15 September 2027." in text(answer)


@pytest.mark.parametrize(
    "fields", [{}, {"action": "burn"}, {"action": "review"}, {"action": "review", "review": "x", "verdict": "kept"}]
)
def test_an_unknown_act_shows_the_page_again(agreement, visitor, copy_page, fields):
    assert visitor.post(copy_page, fields).status_code == 200
    assert not ReviewAnswer.objects.exists()


def test_the_other_party_stops_these_mails_and_has_them_again(agreement, visitor, copy_page):
    assert "You get no more e-mails about this agreement." in text(visitor.post(copy_page, {"action": "stop"}, follow=True))
    agreement.refresh_from_db()
    assert agreement.party_stopped_at is not None
    assert "Stop e-mails about this agreement" in text(visitor.post(copy_page, {"action": "want"}, follow=True))
    agreement.refresh_from_db()
    assert agreement.party_stopped_at is None


def test_a_mail_programs_button_stops_them_without_cookie_and_page(agreement, copy_page, learner):
    program = Client(enforce_csrf_checks=True)
    answer = program.post(copy_page, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert program.post(copy_page, {"action": "review"}).status_code == 403
    agreement.refresh_from_db()
    assert agreement.party_stopped_at is not None
    assert "Bea Lindt gets no e-mails about it any more" in text(learner.get(agreement.get_absolute_url()))


def test_what_was_confirmed_stays_readable_when_it_is_revised(agreement, visitor, copy_page):
    reopen(agreement=agreement)
    answer = visitor.get(copy_page)
    assert answer.status_code == 200
    assert "This version no longer applies" in text(answer)
    assert "Was it kept?" not in text(answer)


def test_the_link_is_closed_once_the_agreement_is_deleted_or_its_day_has_passed(agreement, visitor, copy_page, clock):
    clock.move_to(copy_link_of(agreement).expires_at)
    assert visitor.get(copy_page).status_code == 410
    clock.move_to(NOON)
    delete_agreement(agreement=agreement)
    assert "This link was cancelled" in text(visitor.get(copy_page))


def test_a_link_leads_to_its_own_text_alone(agreement, visitor, copy_page):
    other = confirmed(party_email="carl@example.org", title="Quite another matter", review_on=timezone.localdate())
    review = str(open_review_of(other).uuid)
    visitor.post(copy_page, {"action": "review", "review": review, "verdict": "kept"})
    assert not ReviewAnswer.objects.exists()
    assert "Quite another matter" not in text(visitor.get(copy_page))


def test_pages_carry_no_inline_style_or_script(agreement, learner, visitor, copy_page):
    for html in (learner.get(agreement.get_absolute_url()).content.decode(), visitor.get(copy_page).content.decode()):
        assert re.findall(r"<script>|\sstyle=|\son[a-z]+=", html) == []
