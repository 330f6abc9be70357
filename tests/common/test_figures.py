"""Measured values and names, as people write them."""

from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation


@pytest.mark.parametrize(
    ("value", "words"),
    [("6.5000", "6.5"), ("11.0000", "11"), ("0.0000", "0"), ("4000.0000", "4,000"), ("0.0050", "0.005"), ("-1.2000", "-1.2")],
)
def test_a_figure_is_given_back_as_it_was_typed(value, words):
    assert Template("{{ value|figure }}").render(Context({"value": Decimal(value)})) == words


def test_a_figure_is_written_as_the_reader_writes_figures():
    with translation.override("de"):
        assert Template("{{ value|figure }}").render(Context({"value": Decimal("4000.5000")})) == "4.000,5"


def test_no_figure_is_nothing():
    assert Template("{{ value|figure }}").render(Context({"value": None})) == ""


def test_a_name_of_the_program_becomes_words():
    assert Template("{{ name|words }}").render(Context({"name": "due_on"})) == "due on"


def test_a_per_cent_sign_stays_with_its_figure():
    assert Template("{{ text|unbroken }}").render(Context({"text": "< 0.001"})) == "&lt;\N{NO-BREAK SPACE}0.001"
    assert Template("{{ text|unbroken }}").render(Context({"text": "(95 % interval)"})) == "(95\N{NO-BREAK SPACE}% interval)"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("person_id", "person_<wbr>id"),
        ("Pay grade of the year", "Pay <wbr>grade <wbr>of <wbr>the <wbr>year"),
        ("a" * 20, f"{'a' * 16}<wbr>aaaa"),
        ("<b>_x", "&lt;b&gt;_<wbr>x"),
        ("", ""),
    ],
)
def test_names_of_columns_may_be_broken_between_their_words(name, written):
    assert Template("{{ name|breakable }}").render(Context({"name": name})) == written
