import datetime
import uuid

import pytest
import time_machine

from billing.errors import NotForSale
from billing.models import Order, Price
from billing.queries import Step, choose_currency, currency_of_reader, price_steps, prices_for_reader, sets_for_organisations
from billing.services import end_prices, price_for, set_price, set_prices_of_file, start_order
from tests.factories import UserFactory


def test_setting_the_same_price_again_adds_no_row(course_set):
    before = Price.objects.count()
    set_price(course_set=course_set, kind="person", currency="eur", amount=14_900)
    assert Price.objects.count() == before


def test_a_new_price_is_in_force_and_the_old_one_kept(course_set):
    set_price(course_set=course_set, kind="person", currency="EUR", amount=12_900)
    assert price_for(course_set, "person", "EUR").amount == 12_900
    amounts = Price.objects.filter(course_set=course_set, kind="person").order_by("pk").values_list("amount", flat=True)
    assert list(amounts) == [14_900, 12_900]


def test_going_back_to_an_old_price_is_a_new_row(course_set):
    set_price(course_set=course_set, kind="person", currency="EUR", amount=12_900)
    set_price(course_set=course_set, kind="person", currency="EUR", amount=14_900)
    assert price_for(course_set, "person", "EUR").amount == 14_900


def test_no_price_in_a_currency_that_was_never_priced(course_set):
    assert price_for(course_set, "person", "USD") is None


@pytest.mark.parametrize(("quantity", "each"), [(1, 9_900), (49, 9_900), (50, 7_900), (199, 7_900), (200, 5_900)])
def test_volume_steps_apply_from_their_quantity(course_set, quantity, each):
    set_price(course_set=course_set, kind="seat", currency="EUR", amount=7_900, from_quantity=50)
    set_price(course_set=course_set, kind="seat", currency="EUR", amount=5_900, from_quantity=200)
    assert price_for(course_set, "seat", "EUR", quantity).amount == each


def test_a_price_does_not_hold_before_it_begins(course_set):
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    Price.objects.create(course_set=course_set, kind="person", currency="EUR", amount=1, valid_from=tomorrow)
    assert price_for(course_set, "person", "EUR").amount == 14_900
    with time_machine.travel(tomorrow + datetime.timedelta(minutes=1)):
        assert price_for(course_set, "person", "EUR").amount == 1


def test_price_steps_show_what_price_for_charges(course_set, django_assert_num_queries):
    set_price(course_set=course_set, kind="seat", currency="EUR", amount=7_900, from_quantity=50)
    set_price(course_set=course_set, kind="seat", currency="EUR", amount=9_500)
    set_price(course_set=course_set, kind="seat", currency="USD", amount=10_900)
    with django_assert_num_queries(1):
        steps = price_steps(course_set, "seat")
    assert steps == {"EUR": [Step(1, 9_500), Step(50, 7_900)], "USD": [Step(1, 10_900)]}


@pytest.mark.parametrize(
    ("offered", "wishes", "chosen"),
    [
        (["EUR", "USD"], ["USD"], "USD"),
        (["EUR", "USD"], ["GBP", "USD"], "USD"),
        (["EUR", "USD"], ["GBP"], "EUR"),
        (["USD", "GBP"], ["JPY"], "GBP"),
        ([], ["EUR"], None),
    ],
)
def test_the_currency_is_a_wish_that_is_offered_else_euro_else_the_first(offered, wishes, chosen):
    assert choose_currency(offered, *wishes) == chosen


@pytest.mark.parametrize(("header", "currency"), [("en-GB,en;q=0.9", "GBP"), ("de-CH", "CHF"), ("en", ""), ("", "")])
def test_the_readers_currency_is_guessed_from_the_region_of_the_browser(header, currency):
    assert currency_of_reader(header) == currency


def test_an_ended_price_is_offered_nowhere_and_can_come_back(course_set, order_for, user):
    course = course_set.own_course
    placed = order_for(user)
    end_prices(course_set=course_set)
    end_prices(course_set=course_set)
    assert [price.amount for price in Price.objects.filter(course_set=course_set).order_by("pk")] == [14_900, 9_900, 0, 0]
    assert (price_for(course_set, "person", "EUR"), price_steps(course_set, "seat")) == (None, {})
    assert prices_for_reader([course], "") == {}
    assert list(sets_for_organisations()) == []
    order = {"course_set": course_set, "quantity": 1, "currency": "EUR", "shown_total": 14_900}
    with pytest.raises(NotForSale):
        start_order(buyer=UserFactory(), request_key=uuid.uuid4(), **order)
    assert Order.objects.get(pk=placed.pk).total == 14_900
    set_price(course_set=course_set, kind="seat", currency="EUR", amount=8_900)
    assert list(sets_for_organisations()) == [course_set]
    assert price_for(course_set, "seat", "EUR").amount == 8_900


def test_an_ended_volume_step_falls_back_to_the_one_below(course_set):
    set_price(course_set=course_set, kind="seat", currency="EUR", amount=7_900, from_quantity=50)
    set_price(course_set=course_set, kind="seat", currency="EUR", amount=0, from_quantity=50)
    assert price_for(course_set, "seat", "EUR", 60).amount == 9_900
    assert price_steps(course_set, "seat") == {"EUR": [Step(1, 9_900)]}


def test_a_file_changes_its_own_prices_and_not_those_that_somebody_set_since(course_set, user):
    amounts = {("person", "EUR"): 14_900, ("seat", "EUR"): 9_900}
    set_price(course_set=course_set, kind="person", currency="EUR", amount=12_000, actor=user)
    set_prices_of_file(course_set=course_set, amounts=amounts)
    assert price_for(course_set, "person", "EUR").amount == 12_000
    set_prices_of_file(course_set=course_set, amounts={("person", "EUR"): 13_000, ("person", "USD"): 15_000})
    assert price_for(course_set, "person", "EUR").amount == 13_000
    assert price_for(course_set, "person", "USD").amount == 15_000
    assert price_for(course_set, "seat", "EUR") is None
