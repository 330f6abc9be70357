"""What mail servers send back is noted where the mail is."""

import io
import mailbox
import sys
from email import message_from_string

import pytest
from django.core.management import CommandError, call_command

from mail import queries
from mail.queries import MailCounts
from mail.services import record_bounce, resend_failed
from mail.services.delivering import send
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
# The form of RFC 3464, appendix E.1.
NOTIFICATION = """\
From: Mail Delivery System <MAILER-DAEMON@relay.example>
To: accord@localhost
Subject: Undelivered Mail Returned to Sender
Message-ID: <notification@relay.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I am sorry.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
Arrival-Date: Fri, 8 Jul 2026 09:21:25 -0400

Final-Recipient: rfc822; ann@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 ann@example.org unknown

--B
Content-Type: {returned}

From: accord@localhost
To: ann@example.org
Message-ID: <{id}@localhost>
Subject: Join

Text
--B--
"""
WHOLE, HEAD = "message/rfc822", "text/rfc822-headers"


def notification(delivery, action="failed", status="5.1.1 (bad mailbox)", returned=WHOLE):
    return NOTIFICATION.format(action=action, status=status, returned=returned, id=delivery.uuid.hex)


@pytest.fixture
def sent(queue):
    """Sent mails, as many as names are given."""

    def make(*names):
        deliveries = queue(*names)
        send([delivery.pk for delivery in deliveries])
        return deliveries

    return make


def known(delivery):
    delivery.refresh_from_db()
    return delivery.state, delivery.error


def record(path):
    out = io.StringIO()
    call_command("record_bounces", str(path), stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("returned", [WHOLE, HEAD])
def test_a_single_notification(sent, tmp_path, returned):
    ann, bo = sent("ann", "bo")
    (tmp_path / "one.eml").write_text(notification(ann, returned=returned))
    assert record(tmp_path / "one.eml") == "Returned e-mails: 1\n"
    assert (known(ann), known(bo)) == (("bounced", "Returned 5.1.1"), ("sent", ""))


def test_a_mailbox_with_whatever_else_arrives_there(sent, tmp_path):
    ann, bo, cy = sent("ann", "bo", "cy")
    box = mailbox.mbox(tmp_path / "box")
    for text in (
        notification(ann, status="4.4.7", returned=HEAD),
        notification(bo, action="delayed", status="4.4.1"),
        f"From: cy@example.org\nIn-Reply-To: <{cy.uuid.hex}@localhost>\nSubject: Re: Join\n\nThanks, action: failed\n",
        NOTIFICATION.format(action="failed", status="5.0.0", returned=WHOLE, id="0" * 32),
    ):
        box.add(message_from_string(text))
    box.close()
    assert record(tmp_path / "box") == "Returned e-mails: 1\n"
    assert [known(delivery)[0] for delivery in (ann, bo, cy)] == ["bounced", "sent", "sent"]


def test_from_standard_input_as_a_mail_server_pipes_it(sent, monkeypatch):
    (ann,) = sent("ann")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(notification(ann).encode())))
    assert record("-") == "Returned e-mails: 1\n"
    assert known(ann)[0] == "bounced"


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match=r"cannot be read: No such file or directory\."):
        record(tmp_path / "none")


def test_saying_it_twice_changes_nothing_and_what_never_left_cannot_come_back(sent, queue):
    (ann,), (waiting,) = sent("ann"), queue("bo")
    assert [record_bounce(message_id=f"<{ann.uuid.hex}@x.example>", status="5.1.1") for _twice in range(2)] == [True, True]
    assert known(ann) == ("bounced", "Returned 5.1.1")
    assert record_bounce(message_id=f"<{waiting.uuid.hex}@x.example>", status="5.1.1") is False
    for strange in ("", "<>", "ann@example.org", f"<{ann.uuid.hex}>", f"<{ann.uuid.hex}@x> <y@z>"):
        assert record_bounce(message_id=strange, status="5.1.1") is False


def test_words_of_a_server_are_not_kept(sent):
    (ann,) = sent("ann")
    record_bounce(message_id=f"<{ann.uuid.hex}@x>", status="550 ann@example.org")
    assert known(ann) == ("bounced", "Returned")


def test_an_operator_sends_again_what_came_back(sent, mailoutbox):
    (ann,) = sent("ann")
    record_bounce(message_id=f"<{ann.uuid.hex}@x>", status="5.1.1")
    assert resend_failed(delivery_ids=[ann.pk], actor=UserFactory()) == 1
    send([ann.pk])
    assert (known(ann), len(mailoutbox)) == (("sent", ""), 2)


def test_what_is_counted_for_operators(queue, organisation):
    assert (queries.count_mail(), queries.bulk_progress(organisation, "invitation")) == (MailCounts(0, 0, None), None)
    queue("ann", state="failed")
    queue("bo", "cy", state="bounced")
    queue("di", state="failed", organisation=OrganisationFactory())
    (first,), (_sending,) = queue("ed"), queue("flo", state="sending")
    assert queries.count_mail() == MailCounts(queued=2, failed=4, oldest_queued=first.queued_at)
