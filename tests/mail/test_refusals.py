"""Which answers of a mail server are worth another try."""

import smtplib

import pytest

from mail.services.refusals import describe, is_about_connection, is_permanent

ADDRESS = "ann@example.org"


@pytest.mark.parametrize(
    ("error", "permanent", "about_connection"),
    [
        (smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"no such user")}), True, False),
        (smtplib.SMTPRecipientsRefused({ADDRESS: (451, b"greylisted")}), False, False),
        (smtplib.SMTPRecipientsRefused({ADDRESS: (421, b"too many")}), False, True),
        (smtplib.SMTPDataError(554, b"spam"), True, False),
        (smtplib.SMTPDataError(452, b"no space"), False, False),
        (smtplib.SMTPSenderRefused(552, b"too large", "accord@example.org"), True, False),
        # These are about us: a new password, or a rule of the relay, and every mail would be lost.
        (smtplib.SMTPSenderRefused(550, b"not yours", "accord@example.org"), False, False),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), False, True),
        (smtplib.SMTPConnectError(554, b"go away"), False, True),
        (smtplib.SMTPServerDisconnected("gone"), False, True),
        (smtplib.SMTPNotSupportedError("SMTPUTF8"), True, False),
        (TimeoutError(), False, True),
        (ConnectionRefusedError(), False, True),
        (ValueError(ADDRESS), False, False),
    ],
    ids=str,
)
def test_what_is_tried_again_and_over_which_connection(error, permanent, about_connection):
    assert (is_permanent(error), is_about_connection(error)) == (permanent, about_connection)
    assert describe(error).split()[0] == type(error).__name__
    assert ADDRESS not in describe(error)
