"""Passwords made of what everybody knows of a person."""

from time import process_time

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.context_words import refuse_names
from accounts.models import User
from demo.people import PASSWORD as DEMO_PASSWORD
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
REFUSED = "This password is little more than “"


@pytest.fixture
def person():
    user = UserFactory(email="a.brandvold@fjord-lines.example", first_name="Åse", last_name="Brandvold")
    MembershipFactory(user=user, organisation__name="Northwind Care")
    return user


@pytest.mark.parametrize("password", ["accord-accord", "Accord2026!x", "@cc0rd@cc0rd", "!!!ACCORD!!!"])
def test_a_password_of_the_sites_name_is_refused_for_everybody(password):
    with pytest.raises(ValidationError, match=REFUSED):
        validate_password(password)


@pytest.mark.parametrize(
    "password",
    ["northwindcare", "N0rthw1nd-Care-2031", "CARE-northwind!", "brandvold-1984", "fjordlines#11", "åse+brandvold"],
)
def test_a_password_of_a_persons_own_names_is_refused(person, password):
    with pytest.raises(ValidationError, match=REFUSED):
        validate_password(password, person)


@pytest.mark.parametrize("password", ["northwindcare", "CARE-northwind!", "Northwind2031"])
def test_the_name_of_an_organisation_is_refused_to_its_people_only(person, password):
    with pytest.raises(ValidationError, match=REFUSED):
        validate_password(password, person)
    validate_password(password, UserFactory(email="kim@elsewhere.example"))


@pytest.mark.parametrize(
    "password", [DEMO_PASSWORD, "accord with four lanterns", "a careful northern harbour", "1-2-3-4-5-6-7x"]
)
def test_a_password_with_words_of_its_own_is_taken(person, password):
    for user in (None, User(), User(email="kim@northwind.example"), person):
        validate_password(password, user)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("प्रिया", "प्रियाप्रिया१२"),
        ("Łukasz", "lukasz-2031"),
        ("Øystein", "Oystein 2031!"),
        ("Þórður", "thordur2031"),
        ("สมชาย", "สมชาย-2031"),
    ],
)
def test_names_in_other_scripts_and_letters_count_as_they_are_typed(name, password):
    with pytest.raises(ValidationError, match=REFUSED):
        validate_password(password, User(first_name=name))


@pytest.mark.parametrize("password", ["7+3110-9264-8857-2093", "66/808/92/57/31/40?"])
def test_digits_that_could_be_read_as_a_short_name_are_no_name(password):
    validate_password(password, User(first_name="Lio", last_name="Bob"))


def test_a_password_without_end_costs_no_more_than_a_long_one():
    began = process_time()
    refuse_names("accord" + "\ufdfa" * 600_000, ["Accord", "Northwind Care"])  # one sign that stands for 18
    assert process_time() - began < 0.5


def test_signing_up_with_ones_own_name(client):
    form = {"first_name": "Adaline", "last_name": "Okafor", "email": "x@example.com", "password1": "okafor-2031-!"}
    page = client.post(reverse("account_signup"), form)
    assert f"{REFUSED}okafor”" in page.content.decode()
    assert not User.objects.exists()
