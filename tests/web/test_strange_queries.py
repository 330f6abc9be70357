"""Whatever stands in the query of an address, no page fails."""

import pytest
from django.urls import reverse

from common.http import whole_number
from learning.services import create_cohort
from tests.courses.factories import published_course

pytestmark = pytest.mark.django_db
STRANGE = ["%C2%B2", "9" * 5000, "99999999999999999999", "-1", "%00", "a%00b", "%25", "%ED%A0%BD", "%D9%A3", "[]", "x" * 5000]
PARAMETERS = ("q", "team", "state", "page", "course", "sort", "status", "area", "actor", "person", "next")
PAGES = ("people", "people_export", "cohorts", "audit", "teams", "orders", "seats")


@pytest.fixture
def client(organisation, member, sign_in):
    client = sign_in(member(organisation, "owner").user)
    client.raise_request_exception = False
    return client


@pytest.fixture
def addresses(organisation):
    cohort = create_cohort(organisation=organisation, name="Spring", course=published_course([["a"]]), actor=None)
    found = [reverse(f"org:{page}", args=[organisation.slug]) for page in PAGES]
    found += [reverse(f"org:{page}", args=[organisation.slug, cohort.uuid]) for page in ("cohort", "cohort_add")]
    return [*found, reverse("second_factor_needed"), reverse("billing:orders")]


@pytest.mark.parametrize("said", STRANGE)
def test_no_page_fails(client, addresses, said):
    query = "&".join(f"{name}={said}" for name in PARAMETERS)
    failed = [address for address in addresses if client.get(f"{address}?{query}").status_code >= 500]
    assert failed == []


def test_a_query_with_a_nul_is_refused_whoever_asks(client, organisation):
    address = reverse("org:people", args=[organisation.slug])
    answer = client.get(f"{address}?q=%00")
    assert (answer.status_code, "We could not read your request" in answer.content.decode()) == (400, True)
    assert client.get("/nowhere/?q=%00").status_code == 400


@pytest.mark.parametrize(
    ("said", "number"),
    [("7", 7), ("0", 0), ("", None), ("-1", None), ("²", None), ("٣", None), ("9" * 18, 10**18 - 1), ("9" * 19, None)],
)
def test_whole_numbers(said, number):
    assert whole_number(said) == number
