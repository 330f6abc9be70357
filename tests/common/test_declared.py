"""The page on which operators read what the apps have declared."""

import re

import pytest
from django.template.loader import get_template
from django.urls import reverse

from common.events import all_events
from common.registry import all_registries
from mail.kinds import mail_templates
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_operators_read_every_registry_and_every_event(sign_in):
    html = sign_in(UserFactory(is_staff=True)).get(reverse("declared")).content.decode()
    headings = [re.sub(r"\s+", " ", text).strip() for text in re.findall(r"<h2[^>]*>([^<]*)", html)]
    assert headings == [*(registry.title for registry in all_registries()), "What happens, in this order"]
    assert html.count("<dt>") == len(all_events())
    assert "<code>reflection</code>" in html
    assert "seats, then cohorts" in html


def test_others_may_not(client, sign_in, user):
    assert client.get(reverse("declared")).status_code == 302
    assert sign_in(user).get(reverse("declared")).status_code == 403


@pytest.mark.parametrize("part", ["subject.txt", "body.txt", "body.html"])
def test_every_declared_mail_has_its_parts(part):
    assert [get_template(f"emails/{template.name}/{part}") is not None for template in mail_templates] == [True] * 34
