"""The mailbox of the demonstration."""

import re

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from operations.mail import demo_mailbox
from operations.mail.demo_backend import DemoMailbox

pytestmark = pytest.mark.django_db
HTML = "<html><head><title>x</title></head><body><a href='https://example.com/l/1'>Join</a><script>bad()</script></body></html>"


@pytest.fixture
def mails(settings, tmp_path):
    """A demonstration with two mails in it, older first."""
    settings.ACCORD_DEMO = True
    settings.DEMO_MAIL_DIR = tmp_path
    text = "Open https://example.com/l/1"
    first = EmailMultiAlternatives("Join Northwind – now", text, "Accord <a@localhost>", ["leila@x.example"])
    first.attach_alternative(HTML, "text/html")
    second = EmailMultiAlternatives("<b>Confirm</b>", "Yes?", "Accord <a@localhost>", ["tomasz@x.example"])
    DemoMailbox().send_messages([first, second])
    return list(demo_mailbox.newest_first())[::-1]


def subjects(html: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', html)


def test_mails_stand_newest_first(client, mails):
    assert subjects(client.get(reverse("demo_mailbox")).content.decode()) == [
        "&lt;b&gt;Confirm&lt;/b&gt;",
        "Join Northwind – now",
    ]


def test_mails_of_one_recipient(client, mails):
    html = client.get(reverse("demo_mailbox"), {"to": "LEILA@"}).content.decode()
    assert subjects(html) == ["Join Northwind – now"]


def test_an_empty_mailbox_says_how_to_fill_it(client, settings, tmp_path):
    settings.ACCORD_DEMO = True
    settings.DEMO_MAIL_DIR = tmp_path / "not-there-yet"
    assert "No e-mails yet." in client.get(reverse("demo_mailbox")).content.decode()


def test_a_recipient_without_mail_is_named(client, mails):
    assert "No e-mail has been sent to “nobody@”." in client.get(reverse("demo_mailbox"), {"to": "nobody@"}).content.decode()


def test_links_of_the_text_can_be_followed(client, mails):
    html = client.get(reverse("demo_mail", args=[mails[0].id])).content.decode()
    assert '<a href="https://example.com/l/1" rel="nofollow">https://example.com/l/1</a>' in html


def test_html_is_shown_in_a_frame_that_may_only_follow_links(client, mails):
    page = client.get(reverse("demo_mail", args=[mails[0].id])).content.decode()
    assert f'src="{reverse("demo_mail_html", args=[mails[0].id])}"' in page
    assert 'sandbox="allow-top-navigation-by-user-activation"' in page
    frame = client.get(reverse("demo_mail_html", args=[mails[0].id]))
    policy = dict(part.strip().partition(" ")[::2] for part in frame["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "object-src": "'none'",
        "img-src": "data:",
        "style-src": "'unsafe-inline'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-top-navigation-by-user-activation",
    }
    assert '<head><base target="_top">' in frame.content.decode()


def test_a_mail_without_html_has_no_frame(client, mails):
    assert "<iframe" not in client.get(reverse("demo_mail", args=[mails[1].id])).content.decode()


@pytest.mark.parametrize("mail_id", ["1", "..", "1700000000000000000-00000000", "%2e%2e%2fsecret_key"])
def test_what_is_not_there_is_not_found(client, mails, mail_id):
    assert client.get(f"/demo/mailbox/{mail_id}/").status_code == 404


def test_outside_the_demonstration_there_is_no_mailbox(client, mails, settings):
    settings.ACCORD_DEMO = False
    addresses = [reverse("demo_mailbox"), *(reverse(name, args=[mails[0].id]) for name in ("demo_mail", "demo_mail_html"))]
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
