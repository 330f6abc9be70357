"""First pages of the console in an organisation of 50,009 people and 301 cohorts, beside one of 509 people and 11 cohorts.

Asked for through Django's test client on SQLite, warm. What the figures of a large organisation are counted from once a minute
in the background is measured by itself.
"""

import statistics
import time
from datetime import timedelta
from typing import Any

from benchmarks.site import broker

ROUNDS = 15
LARGE, SMALL = (50_009, 301), (509, 11)
QUICK = (209, 5)
MOST_QUERIES, MOST_SECONDS = 12, 0.3
BACKEND = "django.contrib.auth.backends.ModelBackend"


def run(*, quick: bool) -> list[dict]:
    from django.conf import settings
    from django.test import override_settings

    from config.launcher import prepare

    # The owners of both are made here, and have set up no second factor.
    with broker(settings.VAR_DIR), override_settings(ACCORD_REQUIRE_SECOND_FACTOR=False):
        prepare()
        small = fill("small", *(QUICK if quick else SMALL))
        large = fill("large", *(QUICK if quick else LARGE))
        return rows(small, large, 2 if quick else ROUNDS)


def rows(small: Any, large: Any, rounds: int) -> list[dict]:
    from learning.figures import count_figures

    started = time.perf_counter()
    count_figures(large)
    counting = time.perf_counter() - started
    table = []
    for name, (page, query) in PAGES.items():
        seconds, queries = ask(address_of(large, page) + query, large, rounds)
        beside, few = ask(address_of(small, page) + query, small, rounds)
        table.append(row(name, seconds, "s", beside, f"at most {MOST_SECONDS}"))
        table.append(row(name, queries, "SQL queries", few, f"at most {MOST_QUERIES}"))
    return [*table, row("counting all figures anew", counting, "s", None, "")]


def row(name: str, value: float, unit: str, beside: float | None, aim: str) -> dict:
    return {"name": f"console {name}", "value": value, "unit": unit, "beside": beside, "ratio": None, "aim": aim}


# What is asked for: the name of a page of the console, and its query.
PAGES = {
    "overview": ("org:overview", ""),
    "people": ("org:people", ""),
    "people invited": ("org:people", "?state=invited"),
    "one person": ("org:person", ""),
    "teams": ("org:teams", ""),
    "cohorts": ("org:cohorts", ""),
    "cohort of everybody": ("org:cohort", ""),
    "its tab of those who have not started": ("org:cohort", "?status=idle"),
    "its tab of those in progress": ("org:cohort", "?status=started"),
    "its tab of those who have finished": ("org:cohort", "?status=finished"),
    "adding people": ("org:cohort_add", ""),
    "seats": ("org:seats", ""),
    "audit log": ("org:audit", ""),
}


def address_of(organisation: Any, page: str) -> str:
    from django.urls import reverse

    about = {
        "org:person": lambda: [organisation.memberships.order_by("pk")[7].uuid],
        "org:cohort": lambda: [everybody(organisation).uuid],
        "org:cohort_add": lambda: [everybody(organisation).uuid],
    }
    return reverse(page, args=[organisation.slug, *about.get(page, list)()])


def everybody(organisation: Any) -> Any:
    return organisation.cohorts.get(name="Everybody")


def ask(address: str, organisation: Any, rounds: int) -> tuple[float, int]:
    """Seconds (the median) and queries of a page for somebody with every role, once it has been asked for before."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(organisation.memberships.get(roles__role="owner").user, backend=BACKEND)
    assert client.get(address).status_code == 200, address
    times = []
    for _round in range(rounds):
        started = time.perf_counter()
        client.get(address)
        times.append(time.perf_counter() - started)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return statistics.median(times), len(queries)


def fill(slug: str, people: int, cohorts: int) -> Any:
    """Every eighth has not answered; four of five others have started, every second of these has finished."""
    from django.db import transaction
    from django.utils import timezone

    from access.enums import SeatState
    from access.models import Seat
    from access.services import add_seats
    from accounts.models import Membership, Team, User
    from accounts.services import assign_role, create_organisation
    from courses.models import Course
    from demo.fill import ensure_membership, ensure_user
    from learning.figures import keep_figures
    from learning.models import Cohort, CohortMembership, Enrolment

    organisation = create_organisation(slug=slug, name=f"{slug.title()} Works")
    owner = ensure_membership(organisation, ensure_user(f"owner@{slug}.example", "Olu", "Owner", password=None))
    assign_role(membership=owner, role="owner")
    now = timezone.now()
    free, paid = Course.objects.order_by("-is_free", "pk")[:2]
    with transaction.atomic():
        teams = Team.objects.bulk_create(Team(organisation=organisation, name=f"Team {n:02}") for n in range(60))
        users = User.objects.bulk_create(
            (
                User(email=f"p{n}@{slug}.example", first_name="Ada", last_name=f"Okafor {n:05}")
                for n in range(people - 1)
                if n % 8
            ),
            batch_size=1000,
        )
        accounts = iter(users)
        members = Membership.objects.bulk_create(
            (member(organisation, slug, n, teams[n % 60], next(accounts) if n % 8 else None, now) for n in range(people - 1)),
            batch_size=1000,
        )
        groups = [Cohort(organisation=organisation, name="Everybody", course=free, due_on=now.date() - timedelta(days=3))]
        groups += [
            Cohort(organisation=organisation, name=f"Cohort {n:03}", course=paid, due_on=now.date() + timedelta(days=n - 90))
            for n in range(cohorts - 1)
        ]
        first, *others = Cohort.objects.bulk_create(groups)
        places = [CohortMembership(cohort=first, membership=one) for one in members]
        places += [
            CohortMembership(cohort=others[n % len(others)], membership=one) for n, one in enumerate(members) if one.user_id
        ]
        CohortMembership.objects.bulk_create(places, batch_size=1000)
        Enrolment.objects.bulk_create(
            (
                enrolment(organisation, course, cohort, n, one, now)
                for n, one in enumerate(members)
                if one.user_id
                for course, cohort in ((free, first), (paid, others[n % len(others)]))
            ),
            batch_size=1000,
        )
        pool = add_seats(
            organisation=organisation, course_set=paid.own_set, quantity=people * 9 // 10, source_key=f"benchmark:{slug}"
        )
        holders = [one for one in members if one.user_id]
        seats = list(pool.seats.order_by("number"))[: len(holders)]
        for seat, holder in zip(seats, holders, strict=False):
            seat.membership, seat.state, seat.assigned_at, seat.activated_at = holder, SeatState.ACTIVATED, now, now
        Seat.objects.bulk_update(seats, ["membership", "state", "assigned_at", "activated_at"], batch_size=100)
    keep_figures(organisation.pk)
    return organisation


def member(organisation: Any, slug: str, number: int, team: Any, user: Any, now: Any) -> Any:
    from accounts.enums import MembershipState
    from accounts.models import Membership

    return Membership(
        organisation=organisation,
        email=f"p{number}@{slug}.example",
        first_name="Ada",
        last_name=f"Okafor {number:05}",
        person_id=f"N{number}",
        team=team,
        user=user,
        state=MembershipState.ACTIVE if user else MembershipState.INVITED,
        invited_at=now - timedelta(days=100),
        joined_at=now - timedelta(days=number % 95) if user else None,
    )


def enrolment(organisation: Any, course: Any, cohort: Any, number: int, member: Any, now: Any) -> Any:
    from learning.models import Enrolment

    started = now - timedelta(days=number % 80) if number % 5 else None
    return Enrolment(
        user_id=member.user_id,
        course=course,
        organisation=organisation,
        cohort=cohort,
        version_id=course.current_version_id,
        started_at=started,
        last_seen_at=started,
        completed_at=now - timedelta(days=number % 40) if started and number % 2 else None,
    )
