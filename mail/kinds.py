"""What apps declare of their mails: templates, and what a link in one shows and does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

from common.registry import Registry
from mail.models import MailDelivery, MailLink


class Attachment(NamedTuple):
    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True)
class MailTemplate:
    """Folder under templates/emails/ with subject.txt, body.txt and body.html.

    Texts of its context are shown as words, without addresses in them: people type names and titles. `addresses` are the
    variables that are meant to hold one. `can_be_stopped`: its link stops mails of this kind, where one is given; programs that
    read mail then show a button for it (RFC 8058). `is_wanted` is asked before each attempt to send: where it says no, the
    reason for the mail has gone, and it is cancelled. `read` gives what is not kept with the mail, but looked up when it goes
    out, and shown as it was written; `attach` the files that go along. `keep_days`: after so many nothing is kept of it, where
    that is sooner than for other mails. `is_essential`: no bar holds it back (see `MailBar`).
    """

    name: str
    addresses: frozenset[str] = frozenset()
    can_be_stopped: bool = False
    is_wanted: Callable[[MailDelivery], bool] | None = None
    keep_days: int | None = None
    is_essential: bool = False
    read: Callable[[MailDelivery], dict[str, Any]] | None = None
    attach: Callable[[MailDelivery], list[Attachment]] | None = None


@dataclass(frozen=True)
class LinkKind:
    """`view` takes the request and the open link: GET shows and changes nothing, POST acts.

    `stop` is what a mail program's own button for stopping such mails does, without a page and without a cookie (RFC 8058).
    `after_use` answers where a link that works once has been used, however long ago; without it, that is said. `is_lasting`:
    `view` itself says what has become of it, however old the link is, and whether or not it was used or revoked. `asks`: it
    goes to somebody without an account, who is not to have too many of these from whichever part of the site.
    """

    name: str
    view: Callable[[HttpRequest, MailLink], HttpResponse]
    stop: Callable[[MailLink], None] | None = None
    after_use: Callable[[HttpRequest, MailLink], HttpResponse] | None = None
    is_lasting: bool = False
    asks: bool = False


@dataclass(frozen=True)
class MailChoice:
    """E-mails about what somebody does for themselves, which they may stop, kind by kind. `label` names them in a list.

    `goes_on`: what stays without them, in a sentence.
    """

    name: str
    label: "str | Promise"
    goes_on: "str | Promise"


@dataclass(frozen=True)
class MailBar:
    """`holds_back` is asked before each attempt to send a mail that is not essential: where it says yes, it is cancelled.

    Messages that libraries have written, such as codes to sign in, go out in any case.
    """

    name: str
    holds_back: Callable[[MailDelivery], bool]


mail_bars: Registry[MailBar] = Registry("What holds e-mails back", owner="mail.kinds")
mail_templates: Registry[MailTemplate] = Registry("E-mail templates", owner="mail.kinds")
mail_choices: Registry[MailChoice] = Registry("E-mails that people may stop", owner="mail.kinds")
link_kinds: Registry[LinkKind] = Registry("Links in e-mails", owner="mail.kinds")
