"""What went wrong when a mail was handed to the mail server, and whether it is worth trying again."""

from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

# The server has closed the connection, or is about to.
CLOSING = 421
TOO_LARGE = 552
ABOUT_CONNECTION = (SMTPServerDisconnected, SMTPConnectError, SMTPHeloError, SMTPAuthenticationError)


def is_about_connection(error: Exception) -> bool:
    """Whether the next mail cannot be sent over the same connection."""
    if isinstance(error, ABOUT_CONNECTION) or reply_code(error) == CLOSING:
        return True
    return isinstance(error, OSError) and not isinstance(error, SMTPException)


def is_permanent(error: Exception) -> bool:
    """Whether the server has said that it will never take this mail.

    What it says of our password, or of our own address, is for the operator to mend: such a mail is tried again.
    """
    if isinstance(error, ABOUT_CONNECTION):
        return False
    code = reply_code(error) or 0
    if isinstance(error, SMTPSenderRefused):
        return code == TOO_LARGE
    return isinstance(error, SMTPNotSupportedError) or 500 <= code < 600


def reply_code(error: Exception) -> int | None:
    if isinstance(error, SMTPRecipientsRefused):
        return max((reply[0] for reply in error.recipients.values()), default=None)
    return error.smtp_code if isinstance(error, SMTPResponseException) else None


def describe(error: Exception) -> str:
    """The kind of error and the server's number. Its words hold addresses."""
    code = reply_code(error)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
