import datetime

import pytest
import time_machine

from billing.models import Price
from billing.queries import Step, choose_currency, currency_of_reader, price_steps
from billing.services import price_for, set_price


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
