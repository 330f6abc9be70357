"""What apps declare of their mails: templates, and what a link in one shows and does."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from common.registry import Registry
from mail.models import MailDelivery, MailLink


@dataclass(frozen=True)
class MailTemplate:
    """Folder under templates/emails/ with subject.txt, body.txt and body.html.

    Texts of its context are shown as words, without addresses in them: people type names and titles. `addresses` are the
    variables that are meant to hold one. `can_be_stopped`: its link stops mails of this kind, where one is given; programs that
    read mail then show a button for it (RFC 8058). `is_wanted` is asked before each attempt to send: where
    it says no, the reason for the mail has gone, and it is cancelled.
    """

    name: str
    addresses: frozenset[str] = frozenset()
    can_be_stopped: bool = False
    is_wanted: Callable[[MailDelivery], bool] | None = None


@dataclass(frozen=True)
class LinkKind:
    """`view` takes the request and the open link: GET shows and changes nothing, POST acts.

    `stop` is what a mail program's own button for stopping such mails does, without a page and without a cookie (RFC 8058).
    """

    name: str
    view: Callable[[HttpRequest, MailLink], HttpResponse]
    stop: Callable[[MailLink], None] | None = None


mail_templates: Registry[MailTemplate] = Registry("E-mail templates", owner="mail.kinds")
link_kinds: Registry[LinkKind] = Registry("Links in e-mails", owner="mail.kinds")
