"""An organisation buys seats and sees who holds them."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from access.models import CourseSet, Seat, SeatPool
from access.queries import pools_of
from access.services import add_seats, assign_seats
from accounts.models import AuditEvent
from accounts.services.people import mark_as_left
from billing.models import Order, TestCheckout
from billing.services import set_price, start_order
from courses.services import publish_version
from learning.models import Enrolment
from learning.queries import seats_begun_by_set
from tests.courses.factories import content
from tests.factories import MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(organisation, member):
    return member(organisation, "admin")


@pytest.fixture
def client(sign_in, admin):
    return sign_in(admin.user)


@pytest.fixture
def at(organisation):
    """The address of a console page: `at("seats")`."""
    return lambda name, *rest: reverse(f"org:{name}", args=[organisation.slug, *rest])


def order_form(answer):
    names = "course|quantity|currency|total|key|csrfmiddlewaretoken"
    return dict(re.findall(rf'<input type="hidden" name="({names})" value="([^"]*)"', answer.content.decode()))


@pytest.fixture
def quote(client, at, course_set):
    return lambda quantity, **more: client.get(at("seats_buy"), {"course": course_set.slug, "quantity": quantity} | more)


def invited(organisation):
    names = {"first_name": "Eve", "last_name": "Lindqvist", "email": "eve@example.com"}
    return MembershipFactory(organisation=organisation, user=None, state="invited", **names)


def test_fifty_seats_are_bought_and_the_count_moves(client, organisation, at, quote, django_capture_on_commit_callbacks):
    answer = quote(50)
    assert "Buy 50 seats for €4,950" in answer.content.decode()
    answer = client.post(at("seats_buy"), order_form(answer) | {"purchase_order": "PO-7"})
    checkout = TestCheckout.objects.get()
    assert answer.url == reverse("billing:test_checkout", args=[checkout.uuid])
    with django_capture_on_commit_callbacks(execute=True):
        back = client.post(answer.url, {"button": "pay"}, follow=True)
    assert "The seats are ready to be assigned." in back.content.decode()
    order = Order.objects.get()
    assert (order.state, order.organisation, order.purchase_order, order.total) == ("paid", organisation, "PO-7", 495_000)
    assert "50 of 50 seats are available." in client.get(at("seats")).content.decode()
    listed = client.get(at("orders")).content.decode()
    assert order.receipt_number in listed
    assert "PO-7" in client.get(reverse("billing:receipt", args=[order.uuid])).content.decode()


def test_the_fragment_of_the_quote_holds_the_price_alone(client, at, course_set):
    address = f"{at('seats_buy')}?course={course_set.slug}&quantity=2"
    text = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "Buy 2 seats for €198" in text
    assert "<html" not in text


def test_volume_steps_are_shown_and_used(quote, course_set):
    set_price(course_set=course_set, kind="seat", currency="EUR", amount=7_900, from_quantity=50)
    text = quote(50).content.decode()
    assert "Buy 50 seats for €3,950" in text
    assert "from 50: €79 each" in text


def test_the_price_is_in_the_organisations_currency_where_there_is_one(quote, organisation, course_set):
    set_price(course_set=course_set, kind="seat", currency="USD", amount=10_900)
    assert "Buy 1 seat for €99" in quote(1).content.decode()
    type(organisation).objects.update(currency="USD")
    assert "Buy 1 seat for $109" in quote(1).content.decode()
    assert "Buy 1 seat for €99" in quote(1, currency="EUR").content.decode()


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ("0", "Enter at least 1 seat."),
        ("-3", "Enter at least 1 seat."),
        ("ten", "Enter a whole number, such as 50."),
        ("10001", "Enter at most 10000 seats; for more, place a second order."),
    ],
)
def test_a_number_that_cannot_be_is_explained(quote, quantity, words):
    answer = quote(quantity)
    assert words in answer.content.decode()
    assert order_form(answer).get("total") is None


def test_a_double_click_makes_one_order(client, at, quote):
    form = order_form(quote(5))
    assert client.post(at("seats_buy"), form).url == client.post(at("seats_buy"), form).url
    assert Order.objects.count() == 1


def test_a_price_that_changed_is_shown_and_asked_again(client, at, quote, course_set):
    form = order_form(quote(5))
    set_price(course_set=course_set, kind="seat", currency="EUR", amount=10_900)
    answer = client.post(at("seats_buy"), form)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "The price has changed from €495 to €545" in text
    assert "Buy 5 seats for €545" in text
    assert not Order.objects.exists()


def test_a_tampered_total_is_refused(client, at, quote):
    assert client.post(at("seats_buy"), order_form(quote(5)) | {"total": "1"}).status_code == 409
    assert not Order.objects.exists()


def test_a_course_that_is_not_sold_by_the_seat_cannot_be_ordered(client, at, quote):
    assert client.post(at("seats_buy"), order_form(quote(5)) | {"course": "nothing"}).status_code == 409
    assert not Order.objects.exists()


def test_what_is_sold_in_larger_numbers_only_cannot_be_ordered_in_smaller_ones(quote, course_set):
    set_price(course_set=course_set, kind="seat", currency="USD", amount=7_900, from_quantity=10)
    assert ["key" in order_form(quote(n, currency="USD")) for n in (9, 10)] == [False, True]


def test_without_a_price_there_is_nothing_to_buy(client, at):
    assert "No courses are sold by the seat" in client.get(at("seats_buy")).content.decode()


def test_the_states_of_seats_add_up_to_what_was_bought(organisation, course, course_set):
    pool = add_seats(organisation=organisation, course_set=course_set, quantity=5, source_key="order:1")
    people = [MembershipFactory(organisation=organisation), invited(organisation)]
    assign_seats(organisation=organisation, course=course, memberships=people)
    Seat.objects.filter(pool=pool, number=5).update(state="revoked")
    (row,) = pools_of(organisation)
    counts = (row.free, row.assigned, row.activated, row.withdrawn)
    assert counts == (2, 1, 1, 1)
    assert sum(counts) == row.quantity


def test_holders_are_shown_by_pool(client, at, organisation, course, course_set):
    first = add_seats(organisation=organisation, course_set=course_set, quantity=1, source_key="order:1")
    add_seats(organisation=organisation, course_set=course_set, quantity=1, source_key="order:2")
    ada, eve = MembershipFactory(organisation=organisation, last_name="Abara"), invited(organisation)
    assign_seats(organisation=organisation, course=course, memberships=[ada])
    assign_seats(organisation=organisation, course=course, memberships=[eve])
    everyone = client.get(at("seats")).content.decode()
    assert (ada.email in everyone, eve.email in everyone) == (True, True)
    chosen = client.get(at("seats"), {"pool": first.uuid}).content.decode()
    assert (ada.email in chosen, eve.email in chosen) == (True, False)


def test_a_seat_that_waits_for_an_answer_can_be_freed(client, admin, at, organisation, course, course_set):
    pool = add_seats(organisation=organisation, course_set=course_set, quantity=1, source_key="order:1")
    assign_seats(organisation=organisation, course=course, memberships=[invited(organisation)])
    address = at("seat_free", pool.uuid, 1)
    assert address in client.get(at("seats")).content.decode()
    assert "has not accepted the invitation yet" in client.get(address).content.decode()
    assert Seat.objects.get().state == "assigned"
    client.post(address)
    assert (Seat.objects.get().state, Seat.objects.get().membership) == ("free", None)
    assert AuditEvent.objects.get(verb="seat.freed").actor == admin.user
    assert client.post(address).status_code == 404


# Who may --------------------------------------------------------------------------------------------------------------

PAGES = ["seats", "seats_buy", "orders"]
ROLES = {"owner": 200, "admin": 200, "billing": 200, "lnd_partner": 403, "manager": 403, None: 403}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("role", "status"), ROLES.items())
def test_who_may_buy_sees_seats_and_orders(sign_in, member, organisation, at, page, role, status):
    someone = member(organisation, *([role] if role else []))
    assert sign_in(someone.user).get(at(page)).status_code == status


@pytest.mark.parametrize("page", PAGES)
def test_another_organisations_console_might_as_well_not_exist(client, page):
    other = OrganisationFactory()
    assert client.get(reverse(f"org:{page}", args=[other.slug])).status_code == 404


def test_billing_sees_numbers_and_no_people(sign_in, member, at, organisation, course, course_set):
    pool = add_seats(organisation=organisation, course_set=course_set, quantity=1, source_key="order:1")
    eve = invited(organisation)
    assign_seats(organisation=organisation, course=course, memberships=[eve])
    client = sign_in(member(organisation, "billing").user)
    text = client.get(at("seats")).content.decode()
    assert "0 of 1 seat is available." in text
    assert eve.email not in text
    assert client.post(at("seat_free", pool.uuid, 1)).status_code == 403


def test_seats_and_orders_of_another_organisation_stay_there(client, at, member, course, course_set):
    other = OrganisationFactory()
    pool = add_seats(organisation=other, course_set=course_set, quantity=1, source_key="order:1")
    eve = invited(other)
    assign_seats(organisation=other, course=course, memberships=[eve])
    order = start_order(
        buyer=member(other, "admin").user,
        organisation=other,
        course_set=course_set,
        currency="EUR",
        shown_total=9_900,
        request_key=uuid.uuid4(),
    )
    assert str(pool.uuid) not in client.get(at("seats")).content.decode()
    assert eve.email not in client.get(at("seats"), {"pool": pool.uuid}).content.decode()
    assert str(order.uuid) not in client.get(at("orders")).content.decode()
    assert client.post(at("seat_free", pool.uuid, 1)).status_code == 404
    for name in ("order", "receipt"):
        assert client.get(reverse(f"billing:{name}", args=[order.uuid])).status_code == 404


def test_an_order_of_the_organisation_is_seen_by_all_who_may_buy_and_no_longer_by_who_may_not(
    sign_in, member, organisation, course_set
):
    buyer, colleague, learner = member(organisation, "admin"), member(organisation, "billing"), member(organisation)
    order = start_order(
        buyer=buyer.user,
        organisation=organisation,
        course_set=course_set,
        currency="EUR",
        shown_total=9_900,
        request_key=uuid.uuid4(),
    )
    buyer.roles.all().delete()
    address = reverse("billing:order", args=[order.uuid])
    answers = [sign_in(member.user).get(address).status_code for member in (colleague, learner, buyer)]
    assert answers == [200, 404, 404]


def test_a_former_owner_no_longer_sees_the_orders_of_the_organisation(sign_in, member, organisation, at, course_set):
    """Not even what they bought themselves, and though their roles are kept for the day they come back."""
    buyer, owner = member(organisation, "owner"), member(organisation, "owner")
    order = start_order(
        buyer=buyer.user,
        organisation=organisation,
        course_set=course_set,
        currency="EUR",
        shown_total=9_900,
        request_key=uuid.uuid4(),
    )
    Order.objects.update(state="paid", paid_at=timezone.now(), receipt_number="2026-1")
    addresses = [reverse(f"billing:{name}", args=[order.uuid]) for name in ("order", "receipt")]
    addresses.append(at("orders"))
    client = sign_in(buyer.user)
    assert [client.get(address).status_code for address in addresses] == [200, 200, 200]
    mark_as_left(membership=buyer, actor=owner.user)
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]


def test_seats_are_available_reserved_or_in_use_in_one_word_each(client, at, organisation, course, course_set):
    add_seats(organisation=organisation, course_set=course_set, quantity=2, source_key="order:1")
    people = [MembershipFactory(organisation=organisation), MembershipFactory(organisation=organisation, state="invited")]
    assign_seats(organisation=organisation, course=course, memberships=people)
    text = client.get(at("seats")).content.decode()
    gauge = "0 started, 1 never opened, 1 reserved, 0 available of 2"
    for words in (gauge, "None available", ">Reserved</th>", 'data-label="Reserved"'):
        assert words in text
    assert "Invited" not in text
    assert "1 in use, 1 reserved, 0 available of 2" in client.get(at("overview")).content.decode()


def test_the_seats_page_shows_a_gauge_for_each_course_in_all_purchases_together(client, at, organisation, course, course_set):
    for number in range(2):
        add_seats(organisation=organisation, course_set=course_set, quantity=600, source_key=f"order:{number}")
    people = [MembershipFactory(organisation=organisation) for _ in range(2)]
    assign_seats(organisation=organisation, course=course, memberships=people)
    text = client.get(at("seats")).content.decode()
    assert text.count('class="gauge"') == 1
    assert text.count("0 started, 2 never opened, 0 reserved, 1,198 available of 1,200") == 2  # of the bar, and beside it
    assert "1,198 of 1,200 seats are available." in text


def test_a_seat_is_started_once_a_lesson_was_opened_for_this_organisation(client, at, organisation, course, course_set):
    version = publish_version(course=course, content=content([["l1"]]))
    catalogue = CourseSet.objects.create(slug="all", title="Everything", is_catalogue=True)
    add_seats(organisation=organisation, course_set=course_set, quantity=5, source_key="order:1")
    add_seats(organisation=organisation, course_set=catalogue, quantity=1, source_key="order:2")
    opened, elsewhere, unopened = (MembershipFactory(organisation=organisation, last_name=name) for name in "ABC")
    assign_seats(organisation=organisation, course=course, memberships=[opened, elsewhere, unopened])
    Seat.objects.filter(pool__source_key="order:1", state="free", number=5).update(state="revoked")
    for person, of in ((opened, organisation), (elsewhere, None), (unopened, organisation)):
        started_at = None if person is unopened else timezone.now()
        Enrolment.objects.create(user=person.user, course=course, organisation=of, started_at=started_at, version=version)
    text = client.get(at("seats")).content.decode()
    assert "1 started, 2 never opened, 0 reserved, 1 available of 4" in text
    assert "; 1 withdrawn" in text
    badges = re.findall(r'<span class="badge badge--\w+">(Started|Never opened|Reserved)</span>', text)
    assert badges == ["Started", "Never opened", "Never opened"]
    # A seat for the whole catalogue is started with any course.
    Seat.objects.filter(pool__source_key="order:2").update(state="activated", membership=opened, assigned_at=timezone.now())
    assert seats_begun_by_set(organisation) == {course_set.pk: 1, catalogue.pk: 1}
    assert seats_begun_by_set(OrganisationFactory()) == {}


def test_holders_of_seats_are_searched_by_name_and_address(client, at, organisation, course, course_set):
    add_seats(organisation=organisation, course_set=course_set, quantity=2, source_key="order:1")
    ada = MembershipFactory(organisation=organisation, first_name="Ada", last_name="Lovelace", email="ada@example.org")
    bo = MembershipFactory(organisation=organisation, first_name="Bo", last_name="Berg", email="bo@example.org")
    assign_seats(organisation=organisation, course=course, memberships=[ada, bo])
    for search, found in (("love ADA", [ada]), ("example.org", [bo, ada]), ("nobody", [])):
        page = client.get(at("seats"), {"q": search})
        assert [seat.membership for seat in page.context["page"]] == found
    assert "No matches." in page.content.decode()
    fragment = client.get(at("seats"), {"q": "ada"}, headers={"HX-Request": "true"}).content.decode()
    assert ("<h1" in fragment, "ada@example.org" in fragment, "bo@example.org" in fragment) == (False, True, False)


# How many queries -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_the_seats_page_takes_the_same_queries_however_long(
    client, at, organisation, course, course_set, django_assert_num_queries, count
):
    for number in range(count):
        add_seats(organisation=organisation, course_set=course_set, quantity=2, source_key=f"order:{number}")
    people = [MembershipFactory(organisation=organisation) for _ in range(count)]
    assign_seats(organisation=organisation, course=course, memberships=people)
    with django_assert_num_queries(10):
        text = client.get(at("seats")).content.decode()
    assert text.count('scope="row"') == 2 * count
    assert SeatPool.objects.count() == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_orders_page_takes_the_same_queries_however_long(
    client, at, admin, organisation, course_set, django_assert_num_queries, count
):
    for _number in range(count):
        start_order(
            buyer=admin.user,
            organisation=organisation,
            course_set=course_set,
            currency="EUR",
            shown_total=9_900,
            request_key=uuid.uuid4(),
        )
    with django_assert_num_queries(7):
        text = client.get(at("orders")).content.decode()
    assert text.count('scope="row"') == count


@pytest.mark.parametrize(
    ("button", "words"), [("refund_half", "€99 returned"), ("dispute", "€198 disputed"), ("refund", "€198 returned")]
)
def test_what_came_back_of_an_order_stands_beside_its_seats_and_in_the_list(
    client, at, admin, organisation, order_for, django_capture_on_commit_callbacks, button, words
):
    order = order_for(admin.user, organisation, quantity=2)
    for name in ("pay", button):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(order.checkout_url, {"button": name})
    seats = client.get(at("seats")).content.decode()
    assert words in seats
    assert order.get_absolute_url() in seats
    listed = client.get(at("orders")).content.decode()
    assert ("Disputed" if button == "dispute" else words) in listed
    assert SeatPool.objects.get().seats.filter(state="free").count() == (0 if button == "refund" else 2)
