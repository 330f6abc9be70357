import re
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from courses.models import Activity
from learning.services import start_free
from mail.links import token_of
from mail.models import MailDelivery, MailLink
from practice.models import Agreement, AgreementRevision
from practice.services import answer_revision, save_draft
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import OrganisationFactory, UserFactory
from tests.practice.factories import FIELDS, draft, link_of, sent
from tests.web.test_refused_forms import refused

pytestmark = pytest.mark.django_db
TYPED = {name: str(value) for name, value in FIELDS.items()}


@pytest.fixture
def client(user, sign_in):
    return sign_in(user)


def address(name, *args):
    return reverse(f"practice:{name}", args=args)


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(response, name):
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode()).group(1)


# Writing --------------------------------------------------------------------------------------------------------------


def test_every_page_that_asks_says_who_sees_it(client, user):
    agreement = draft(user)
    for page in (address("list"), address("edit", uuid.uuid4()), agreement.get_absolute_url()):
        assert "Your employer cannot see who it is with or what it says" in text(client.get(page))


@pytest.mark.parametrize("state", ["failed", "bounced"])
def test_a_mail_that_never_arrived_is_shown_to_the_sender_and_sent_again(client, user, state):
    agreement = sent(user)
    old = link_of(agreement)
    page = agreement.get_absolute_url()
    assert "could not be delivered" not in text(client.get(page))
    MailDelivery.objects.update(state=state)
    assert "The e-mail to bea@example.org could not be delivered." in text(client.get(page))
    assert "The e-mail is on its way." in text(client.post(address("resend", agreement.uuid), follow=True))
    old.refresh_from_db()
    assert (old.is_open, link_of(agreement).is_open, MailDelivery.objects.count()) == (False, True, 2)
    assert "so it was not sent again" in text(client.post(address("resend", agreement.uuid), follow=True))
    assert MailDelivery.objects.count() == 2


def test_nobody_else_sends_an_agreement_again(client, sign_in):
    agreement = sent()
    MailDelivery.objects.update(state="failed")
    assert client.post(address("resend", agreement.uuid)).status_code == 404
    assert sign_in(agreement.user).get(address("resend", agreement.uuid)).status_code == 405
    assert MailDelivery.objects.count() == 1


def test_new_page_gives_every_agreement_an_address_of_its_own(client):
    first, second = (client.get(address("create"))["Location"] for _visit in range(2))
    assert first != second
    assert client.get(first).status_code == 200
    assert Agreement.objects.count() == 0


def test_saving_leads_to_what_will_be_sent(client, user):
    key = uuid.uuid4()
    response = client.post(address("edit", key), TYPED, follow=True)
    agreement = Agreement.objects.get()
    assert (agreement.uuid, agreement.user, agreement.party_email) == (key, user, "bea@example.org")
    assert "Send to Bea Lindt" in text(response)


def test_autosave_keeps_what_is_typed_so_far(client):
    key = uuid.uuid4()
    response = client.post(
        address("edit", key), {"title": "Hand", "party_email": "bea@", "seen": ""}, headers={"HX-Request": "true"}
    )
    agreement = Agreement.objects.get()
    assert (agreement.title, agreement.party_email) == ("Hand", "bea@")
    assert hidden(response, "seen") == agreement.version_mark
    assert "Draft saved at" in text(response)


def test_autosave_goes_on_from_what_it_saved(client):
    key, seen = uuid.uuid4(), ""
    for title in ("H", "Ha", "Han"):
        seen = hidden(client.post(address("edit", key), {"title": title, "seen": seen}, headers={"HX-Request": "true"}), "seen")
    assert Agreement.objects.get().title == "Han"


def test_half_a_date_does_not_keep_the_rest_from_being_saved(client):
    key = uuid.uuid4()
    response = client.post(
        address("edit", key), TYPED | {"review_on": "2030-02-31", "seen": ""}, headers={"HX-Request": "true"}
    )
    agreement = Agreement.objects.get()
    assert (agreement.they_expect, agreement.review_on) == (FIELDS["they_expect"], None)
    assert "except: Review date: Enter a valid date." in text(response)


def test_a_review_day_in_the_past_is_refused_when_it_is_saved(client):
    key = uuid.uuid4()
    sent_by_script = TYPED | {"review_on": "2020-01-01", "seen": ""}
    response = client.post(address("edit", key), sent_by_script, headers={"HX-Request": "true"})
    assert "except: Review date: This day is in the past. Choose a later one." in text(response)
    assert Agreement.objects.get().review_on is None
    plain = client.post(address("edit", key), sent_by_script | {"seen": Agreement.objects.get().version_mark})
    assert "This day is in the past." in text(plain)
    assert 'value="2020-01-01"' in plain.content.decode()


def test_today_is_the_day_where_the_learner_is(client, user):
    user.time_zone = "Pacific/Auckland"
    user.save()
    with time_machine.travel(datetime(2027, 6, 9, 22, tzinfo=UTC), tick=False):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        for day, kept in (("2027-06-09", None), ("2027-06-10", date(2027, 6, 10))):
            key = uuid.uuid4()
            client.post(address("edit", key), TYPED | {"review_on": day})
            assert Agreement.objects.get(uuid=key).review_on == kept


def test_words_beyond_the_limit_stay_in_the_field(client):
    key = uuid.uuid4()
    page = client.post(address("edit", key), TYPED | {"they_expect": "y" * 5001})
    assert "Your text has 5,001 characters; the limit is 5,000." in text(page)
    assert "y" * 5001 in page.content.decode()
    assert Agreement.objects.get().title == FIELDS["title"]


def test_a_reminder_is_offered_when_it_can_be_sent(client, user):
    agreement = sent(user)
    button = f'action="{address("remind", agreement.uuid)}"'
    assert button not in client.get(agreement.get_absolute_url()).content.decode()
    assert "You can send a reminder from" in text(client.get(agreement.get_absolute_url()))
    MailLink.objects.update(created_at=timezone.now() - timedelta(days=3, minutes=1))
    page = client.get(agreement.get_absolute_url())
    assert button in page.content.decode()
    assert "You can send a reminder. Many people" in text(page)


def test_before_sending_one_reads_what_the_mail_shows_to_others(client, user):
    page = text(client.get(draft(user).get_absolute_url()))
    assert "It shows your name and e-mail address and, in its subject, “Handover on Fridays”." in page


def test_form_that_is_refused_shows_everything_typed(client):
    key = uuid.uuid4()
    response = client.post(address("edit", key), TYPED | {"review_on": "2030-02-31"})
    html = response.content.decode()
    assert 'value="2030-02-31"' in html
    assert "A list by four o&#x27;clock." in html
    assert "Enter a valid date." in html


def test_a_page_that_is_refused_says_so_first_and_what_is_not_saved(client):
    page = client.post(address("edit", uuid.uuid4()), TYPED | {"review_on": "2019-02-03"})
    said, links = refused(page)
    assert said == "There is a problem Review date: This day is in the past. Choose a later one."
    assert [target for target, _words in links] == ["id_review_on"]
    assert "except: Review date: This day is in the past." in text(page)
    assert "Draft saved at" not in text(page)


def test_other_tab_shows_both_texts(client, user):
    agreement = draft(user)
    seen = agreement.version_mark
    save_draft(user=user, uuid=agreement.uuid, fields={"they_expect": "From the other tab."})
    response = client.post(address("edit", agreement.uuid), TYPED | {"they_expect": "From this tab.", "seen": seen})
    words = text(response)
    assert "was changed in another tab" in words
    assert "From the other tab." in words
    assert "From this tab." in words
    again = client.post(address("edit", agreement.uuid), TYPED | {"they_expect": "Both.", "seen": hidden(response, "seen")})
    agreement.refresh_from_db()
    assert (again.status_code, agreement.they_expect) == (302, "Both.")


def test_words_sent_after_the_session_ended_come_back_after_signing_in(client, user):
    page = address("edit", uuid.uuid4())
    owner = hidden(client.get(page), "kept-for")
    client.logout()
    assert client.post(page, TYPED | {"kept-for": owner})["Location"] == f"{reverse('account_login')}?next={page}"
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    html = client.get(page).content.decode()
    assert "You were signed out." in html
    assert "A list by four o&#x27;clock." in html
    assert "You were signed out." not in client.get(page).content.decode()


def test_words_of_one_person_are_not_shown_to_the_next_at_the_same_machine(client):
    page = address("edit", uuid.uuid4())
    owner = hidden(client.get(page), "kept-for")
    client.logout()
    client.post(page, TYPED | {"kept-for": owner})
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert "four o&#x27;clock" not in client.get(page).content.decode()


def test_autosave_without_a_session_answers_without_a_page(client):
    client.logout()
    response = client.post(address("edit", uuid.uuid4()), TYPED, headers={"HX-Request": "true"})
    assert (response.status_code, response.content) == (401, b"")


# From a lesson --------------------------------------------------------------------------------------------------------


@pytest.fixture
def enrolment(user):
    deal = block("agreement", "deal", {"title": "Agree it with one person", "intro": "Choose somebody near."})
    return start_free(user=user, course=published_course([[lesson("l1", blocks=[deal])]]))


def from_lesson(enrolment):
    return reverse("practice:create", query={"enrolment": enrolment.uuid, "block": uid("deal")})


def test_lesson_block_fills_in_the_title_and_is_remembered(client, enrolment):
    page = client.get(from_lesson(enrolment))["Location"]
    html = client.get(page).content.decode()
    assert 'value="Agree it with one person"' in html
    assert "Choose somebody near." in html
    client.post(page, TYPED)
    agreement = Agreement.objects.get()
    assert (agreement.enrolment, agreement.activity) == (enrolment, Activity.objects.get(block_id=uid("deal")))


def test_lesson_block_leads_back_to_the_draft_that_was_begun(client, enrolment):
    client.post(client.get(from_lesson(enrolment))["Location"], TYPED)
    assert client.get(from_lesson(enrolment))["Location"] == address("edit", Agreement.objects.get().uuid)


def test_block_of_somebody_elses_course_does_not_exist(sign_in, enrolment):
    assert sign_in(UserFactory()).get(from_lesson(enrolment)).status_code == 404


# Sending and after ----------------------------------------------------------------------------------------------------


def test_send_says_what_happens_next(client, user):
    agreement = draft(user)
    response = client.post(address("send", agreement.uuid), follow=True)
    assert "Sent. We will e-mail you when they answer." in text(response)
    assert "Waiting for an answer" in text(response)


def test_refused_send_says_why_and_keeps_the_draft(client, user):
    agreement = draft(user, review_on=None)
    response = client.post(address("send", agreement.uuid), follow=True)
    assert "Before you can send this, please add: the review date." in text(response)


def test_sent_agreement_is_not_edited(client, user):
    agreement = sent(user)
    response = client.get(address("edit", agreement.uuid), follow=True)
    assert "Withdraw it first" in text(response)


def test_correction_stands_beside_what_was_sent(client, user):
    agreement = sent(user)
    link = link_of(agreement)
    answer_revision(
        revision=AgreementRevision.objects.get(),
        link=link,
        answer="corrected",
        they_expect="A list by three o'clock.",
        i_expect=FIELDS["i_expect"],
        comment="It is for the night shift.",
    )
    html = client.get(agreement.get_absolute_url()).content.decode()
    assert "<del>four</del>" in html
    assert "<ins>three</ins>" in html
    assert "It is for the night shift." in html
    client.post(address("take_over", agreement.uuid))
    agreement.refresh_from_db()
    assert (agreement.state, agreement.they_expect) == ("draft", "A list by three o'clock.")


def test_deleting_asks_first(client, user):
    agreement = sent(user)
    assert "The link in the e-mail will stop working." in text(client.get(address("delete", agreement.uuid)))
    assert Agreement.objects.count() == 1
    client.post(address("delete", agreement.uuid))
    assert Agreement.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_however_many(client, user, django_assert_num_queries, count):
    for number in range(count):
        sent(user, title=f"Agreement {number}", party_email=f"p{number}@example.org")
    client.get(address("list"))
    with django_assert_num_queries(6):
        assert text(client.get(address("list"))).count("Waiting for an answer") == count


# The other party ------------------------------------------------------------------------------------------------------


@pytest.fixture
def agreement(user):
    return sent(user)


@pytest.fixture
def link_page(agreement):
    return reverse("mail_link", args=[token_of(link_of(agreement))])


@pytest.fixture
def visitor():
    from django.test import Client

    return Client()


def test_link_shows_the_text_and_changes_nothing(visitor, link_page, agreement):
    words = text(visitor.get(link_page))
    assert "A list by four o&#x27;clock." in words
    assert agreement.user.email in words
    assert f"Only {agreement.user.display_name} will see your answer" in words
    agreement.refresh_from_db()
    assert agreement.state == "sent"


def test_party_confirms_without_an_account(visitor, link_page, agreement):
    response = visitor.post(link_page, {"action": "confirm"})
    agreement.refresh_from_db()
    assert (response.status_code, agreement.state) == (200, "confirmed")
    assert "You have confirmed it" in text(response)


def test_party_corrects_in_their_own_words(visitor, link_page, agreement):
    visitor.post(
        link_page,
        {
            "action": "correct",
            "correct-they_expect": "By three.\r\nAlways.",
            "correct-i_expect": "None.",
            "correct-comment": "So.",
        },
    )
    revision = agreement.revisions.get()
    assert (revision.answer, revision.corrected_they_expect, revision.corrected_i_expect, revision.comment) == (
        "corrected",
        "By three.\nAlways.",
        "None.",
        "So.",
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"correct-they_expect": "", "correct-i_expect": "My new words"}, "This field is required."),
        (
            {"correct-they_expect": FIELDS["they_expect"], "correct-i_expect": FIELDS["i_expect"]},
            "You have not changed anything yet.",
        ),
    ],
)
def test_correction_that_says_nothing_is_asked_for_again(visitor, link_page, agreement, fields, words):
    response = visitor.post(link_page, fields | {"action": "correct"})
    html = response.content.decode()
    assert words in html
    assert (fields["correct-i_expect"]) in html
    agreement.refresh_from_db()
    assert agreement.state == "sent"


def test_comment_alone_is_a_correction(visitor, link_page, agreement):
    visitor.post(
        link_page,
        {
            "action": "correct",
            "correct-they_expect": FIELDS["they_expect"],
            "correct-i_expect": FIELDS["i_expect"],
            "correct-comment": "Only in summer.",
        },
    )
    agreement.refresh_from_db()
    assert agreement.state == "corrected"


def test_party_declines_and_is_left_alone(visitor, link_page, agreement):
    response = visitor.post(link_page, {"action": "decline", "decline-do_not_write": "on"})
    agreement.refresh_from_db()
    assert agreement.state == "declined"
    assert "You will not receive e-mails like this again." in text(response)
    assert agreement.contact.declined_at is not None


def test_a_decline_that_is_refused_is_open_and_says_why(visitor, link_page, agreement):
    page = visitor.post(link_page, {"action": "decline", "decline-comment": "x" * 9000})
    said, links = refused(page)
    assert "Your text has 9,000 characters; the limit is 5,000." in said
    assert [target for target, _words in links] == ["id_decline-comment"]
    opened = re.findall(r"<details[^>]*\bopen>\s*<summary>(.*?)</summary>", page.content.decode())
    assert opened == ["Decline"]


def test_link_works_once(visitor, link_page):
    visitor.post(link_page, {"action": "decline"})
    assert visitor.post(link_page, {"action": "confirm"}).status_code == 410
    assert visitor.get(link_page).status_code == 410


def test_link_of_what_was_confirmed_answers_nothing_more(visitor, link_page, agreement):
    visitor.post(link_page, {"action": "confirm"})
    assert visitor.post(link_page, {"action": "decline"}).status_code == 410
    agreement.refresh_from_db()
    assert agreement.state == "confirmed"


def test_link_of_an_agreement_that_was_taken_back_is_closed(visitor, link_page, agreement, client):
    client.post(address("reopen", agreement.uuid))
    assert visitor.get(link_page).status_code == 410


def test_unknown_action_shows_the_page_again(visitor, link_page, agreement):
    assert visitor.post(link_page, {"action": "burn"}).status_code == 200
    agreement.refresh_from_db()
    assert agreement.state == "sent"


# Nobody else ----------------------------------------------------------------------------------------------------------


def everything(agreement):
    return [
        ("get", agreement.get_absolute_url()),
        ("get", address("edit", agreement.uuid)),
        ("post", address("edit", agreement.uuid)),
        ("post", address("send", agreement.uuid)),
        ("post", address("remind", agreement.uuid)),
        ("post", address("reopen", agreement.uuid)),
        ("post", address("take_over", agreement.uuid)),
        ("get", address("delete", agreement.uuid)),
        ("post", address("delete", agreement.uuid)),
    ]


def test_agreement_is_unknown_to_others_their_employer_included(agreement, sign_in, member):
    organisation = OrganisationFactory()
    member(organisation, user=agreement.user, email=agreement.user.email)
    for other in (UserFactory(), member(organisation, "owner", "admin", "lnd_partner").user, UserFactory(is_superuser=True)):
        stranger = sign_in(other)
        assert [getattr(stranger, method)(page).status_code for method, page in everything(agreement)] == [404] * 9
        assert agreement.title not in text(stranger.get(address("list")))
    agreement.refresh_from_db()
    assert agreement.state == "sent"


def test_visitors_are_asked_to_sign_in(agreement, visitor):
    for method, page in [*everything(agreement), ("get", address("list")), ("get", address("create"))]:
        response = getattr(visitor, method)(page)
        assert (response.status_code, response["Location"].startswith(reverse("account_login"))) == (302, True)


def test_pages_carry_no_inline_style_or_script(client, agreement, visitor, link_page):
    for html in (
        client.get(agreement.get_absolute_url()).content.decode(),
        client.get(address("edit", uuid.uuid4())).content.decode(),
        visitor.get(link_page).content.decode(),
    ):
        assert re.findall(r"<script>|\sstyle=|\son[a-z]+=", html) == []
