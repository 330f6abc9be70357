"""A fictional care provider, drawn from a fixed seed: its colleagues, its customers, and who left when.

Nobody in here exists. The draw knows its truth: completing the course lowers the monthly risk of leaving by a fifth, and
people who are about to leave complete less often, so the naive comparison flatters the course more than it deserves.
"""

import csv
import datetime as dt
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass

SEED = 20261121
FIRST_DAY = dt.date(2023, 1, 1)
PEOPLE, CUSTOMERS, TEAMS = 1_400, 900, 36
SITES = ["Harbour", "Mill Lane", "Oakfield", "Riverside"]
ROLES = ["nurse", "carer", "coordinator", "service"]
SEGMENTS = ["family", "clinic", "council", "insurer"]
MONTHLY_EXIT = {"nurse": 0.012, "carer": 0.02, "coordinator": 0.011, "service": 0.017}
MONTHLY_CHURN = {"family": 0.02, "clinic": 0.012, "council": 0.007, "insurer": 0.009}
EFFECT_OF_COMPLETION = 0.8


@dataclass
class Colleague:
    person_id: str
    team: str
    site: str
    role: str
    hired: dt.date
    left: dt.date | None = None
    completed: dt.date | None = None


@dataclass
class Client:
    customer_id: str
    segment: str
    owner: str
    value: int
    started: dt.date
    ended: dt.date | None = None


def months(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """First days of the months from `first` to `last`."""
    year, month = first.year, first.month
    while dt.date(year, month, 1) <= last:
        yield dt.date(year, month, 1)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def draw_colleagues(until: dt.date) -> list[Colleague]:
    """Everybody who worked there between the first day and `until`; the same people whatever `until` is."""
    draw = random.Random(SEED)  # noqa: S311 - a simulation
    offered = {f"Team {n + 1:02d}": dt.date(2024, 1 + n % 12, 1) for n in range(TEAMS)}
    colleagues = []
    for number in range(PEOPLE):
        draws = random.Random(draw.random())  # noqa: S311 - one stream a person: a later date only adds months
        hired = dt.date(2017, 1, 1) + dt.timedelta(days=draws.randrange(3_540))
        team = draws.choice(sorted(offered))
        person = Colleague(f"NW{number:04d}", team, SITES[int(team[-2:]) % len(SITES)], draws.choice(ROLES), hired)
        restless = draws.choice([0.6, 1.0, 1.9])
        _live_through(person, restless, offered[team], draws)
        if hired <= until and (person.left is None or person.left > FIRST_DAY):
            person.left = person.left if person.left and person.left <= until else None
            person.completed = person.completed if person.completed and person.completed <= until else None
            colleagues.append(person)
    return colleagues


def _live_through(person: Colleague, restless: float, offered: dt.date, draw: random.Random) -> None:
    for month in months(max(person.hired, FIRST_DAY), dt.date(2026, 12, 31)):
        settled = 1 if (month - person.hired).days > 365 else 1.8
        risk = MONTHLY_EXIT[person.role] * restless * settled * (EFFECT_OF_COMPLETION if person.completed else 1)
        day = month + dt.timedelta(days=draw.randrange(28))
        if draw.random() < risk and day > person.hired:
            person.left = day
            return
        if person.completed is None and month >= offered and draw.random() < 0.11 / restless and day > person.hired:
            person.completed = day


def draw_clients(colleagues: list[Colleague], until: dt.date) -> list[Client]:
    draw = random.Random(SEED + 1)  # noqa: S311 - drawn alike every time
    owners = {person.person_id: person for person in colleagues}
    names = [f"NW{number:04d}" for number in range(PEOPLE)]
    clients = []
    for number in range(CUSTOMERS):
        draws = random.Random(draw.random())  # noqa: S311 - drawn alike every time
        segment, started = draws.choice(SEGMENTS), dt.date(2019, 1, 1) + dt.timedelta(days=draws.randrange(2_700))
        client = Client(f"C{number:04d}", segment, draws.choice(names), draws.randrange(6, 240) * 1_000, started)
        for month in months(max(started, FIRST_DAY), until):
            day, owner = month + dt.timedelta(days=draws.randrange(28)), owners.get(client.owner)
            calm = 0.85 if owner and owner.completed and owner.completed < day else 1
            if draws.random() < MONTHLY_CHURN[segment] * calm and started < day <= until:
                client.ended = day
                break
        if started <= until and client.owner in owners:
            clients.append(client)
    return clients


def people_csv(until: dt.date) -> str:
    rows = [
        [p.person_id, p.team, p.site, p.role, p.hired, p.left or "", p.completed or "", max(FIRST_DAY, p.hired), until]
        for p in draw_colleagues(until)
    ]
    head = ["person_id", "team", "site", "role", "hire_date", "exit_date", "completion_date", "observed_from", "observed_until"]
    return _table(head, rows)


def customers_csv(until: dt.date) -> str:
    rows = [
        [c.customer_id, c.segment, c.owner, c.value, "EUR", c.started, c.ended or "", max(FIRST_DAY, c.started), until]
        for c in draw_clients(draw_colleagues(until), until)
    ]
    head = ["customer_id", "segment", "owner_person_id", "annual_value", "currency", "start_date", "end_date"]
    return _table([*head, "observed_from", "observed_until"], rows)


def _table(head: list[str], rows: list[list]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([head, *rows])
    return text.getvalue()


GIVEN = [
    "Amara", "Bilal", "Chiara", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ivo", "Jamila", "Kofi", "Lena", "Mateo", "Nadia",
    "Oskar", "Priya", "Quentin", "Rosa", "Sami", "Tuva",
]  # fmt: skip
FAMILY = ["Adeyemi", "Bergström", "Costa", "Demir", "Eriksen", "Fofanah", "García", "Hoxha", "Ito", "Jansen"]


def colleagues_csv(count: int = 40) -> str:
    """`enrolments` for the walk: forty colleagues to enrol, none of whom exists."""
    rows = []
    for n in range(count):
        given, family = GIVEN[n % len(GIVEN)], FAMILY[(n * 7 + n // len(GIVEN)) % len(FAMILY)]
        mail = f"{given}.{family}".lower().replace("ö", "o").replace("í", "i")
        rows.append([f"{mail}@northwind.example", given, family, f"NW{9000 + n}", f"Team {1 + n % 6:02d}"])
    return _table(["email", "first_name", "last_name", "person_id", "team"], rows)
