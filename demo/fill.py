"""Fills the demonstration: one fictional organisation with people in every role, a cohort under way, and its data.

Everything goes through the services that real pages use, may be repeated, and leaves what a visitor has done alone.
Nobody's answers to an assessment are made up: the cohort has read and done lessons. What others say of the learner is, and so
are the experts of two panels, which say so.
"""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.enums import MembershipState
from accounts.models import Membership, Organisation, Team, User
from accounts.services import assign_role, create_organisation
from accounts.services.addresses import owner_of
from cms.content_files import load as load_content
from courses.models import Course
from demo import simulate
from demo.expert_panels import ensure_panels
from demo.others import ensure_feedback
from demo.people import CONTENT, ORGANISATION_NAME, ORGANISATION_SLUG, PASSWORD, PEOPLE, DemoPerson, files_dir
from demo.rating import ensure_open_question
from learning.models import Enrolment
from learning.queries import progress
from learning.services import add_to_cohort, create_cohort, finish_activity, open_lesson
from needs import services as needs
from needs.models import Gap, Specification
from practice import services as practice
from practice.models import Simulation
from skills import queries as skill_queries

FREE_COURSE = "uncover-what-others-expect"
COHORT = "Ward coordinators, spring"
STORY = CONTENT / "northwind-care.yaml"
LEARNER, COLLEAGUE = "leila@northwind.example", "noor@northwind.example"
# Who negotiates in pairs, and what.
PAIRS_COHORT, NEGOTIATED = "Purchasing, autumn", "n1-night-deliveries"
# How many of the requirements each member of the cohort has met; the last two have not begun.
DONE = (None, None, 30, 24, 24, 16, 12, 8, 4, 2, 0, 0)
LOADED_UNTIL, UPLOAD_UNTIL = dt.date(2026, 7, 31), dt.date(2026, 10, 31)


def fill() -> Organisation:
    """Bring the demonstration about; running it again adds only what is missing."""
    organisation = create_organisation(slug=ORGANISATION_SLUG, name=ORGANISATION_NAME)
    if not organisation.is_demo:
        organisation.is_demo = True
        organisation.time_zone = "Europe/Lisbon"
        organisation.save(update_fields=["is_demo", "time_zone", "updated_at"])
    load_content(CONTENT)
    users = {person.email: ensure_person(person, organisation) for person in PEOPLE}
    ensure_cohort(organisation, users)
    ensure_pairs(organisation, users)
    ensure_specification(organisation, users["tomasz@northwind.example"])
    ensure_feedback(users[LEARNER])
    ensure_panels(users["author@accord.example"], users["reviewer@accord.example"])
    ensure_open_question(Course.objects.get(key=FREE_COURSE), users)
    write_files(files_dir())
    return organisation


@transaction.atomic
def ensure_person(person: DemoPerson, organisation: Organisation) -> User:
    user = ensure_user(person.email, person.first_name, person.last_name, password=PASSWORD, is_operator=person.is_operator)
    user.groups.add(*Group.objects.filter(name__in=person.groups))
    if person.is_member:
        membership = ensure_membership(organisation, user)
        for role in person.roles:
            assign_role(membership=membership, role=role)
    return user


def ensure_user(email: str, first_name: str, last_name: str, *, password: str | None, is_operator: bool = False) -> User:
    # Somebody who has made another address their primary one keeps the account.
    user = owner_of(email) or User.objects.filter(email=email).first()
    if user is None:
        make = User.objects.create_superuser if is_operator else User.objects.create_user
        user = make(email, password, first_name=first_name, last_name=last_name)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def ensure_membership(organisation: Organisation, user: User, team: Team | None = None) -> Membership:
    """A member who has joined; the invitation that real colleagues answer is left out for those who come with the house."""
    details = {"first_name": user.first_name, "last_name": user.last_name, "user": user, "team": team}
    joined = {"state": MembershipState.ACTIVE, "joined_at": timezone.now()}
    return Membership.objects.get_or_create(organisation=organisation, email=user.email, defaults=details | joined)[0]


def ensure_cohort(organisation: Organisation, users: dict[str, User]) -> None:
    """A cohort of thirteen on the free course, each somewhere else in it."""
    course = Course.objects.get(key=FREE_COURSE)
    if organisation.cohorts.filter(name=COHORT).exists():
        return
    team = Team.objects.get_or_create(organisation=organisation, name="Team 01")[0]
    members = [ensure_membership(organisation, users[LEARNER])]
    for number, (given, family) in enumerate(zip(simulate.GIVEN[: len(DONE)], reversed(2 * simulate.FAMILY), strict=False)):
        mail = f"{given}.{family}.{number}@northwind.example".lower().replace("ö", "o").replace("í", "i")
        members.append(ensure_membership(organisation, ensure_user(mail, given, family, password=None), team))
    due = timezone.localdate() + dt.timedelta(days=21)
    cohort = create_cohort(organisation=organisation, name=COHORT, course=course, actor=None, due_on=due)
    add_to_cohort(cohort=cohort, memberships=members)
    enrolments = {enrolment.user_id: enrolment for enrolment in Enrolment.objects.filter(cohort=cohort)}
    for member, done in zip(members, (9, *DONE), strict=True):
        go_through(enrolments[member.user_id or 0], done)


@transaction.atomic
def ensure_pairs(organisation: Organisation, users: dict[str, User]) -> None:
    """A small cohort that negotiates in pairs: Noor has asked Leila, and a third has no partner. Nobody has said a word yet."""
    simulation = Simulation.objects.filter(key=NEGOTIATED, current_version__isnull=False).first()
    if simulation is None or organisation.cohorts.filter(name=PAIRS_COHORT).exists():
        return
    third = ensure_user("bea.costa@northwind.example", "Bea", "Costa", password=None)
    people = [users[LEARNER], users[COLLEAGUE], third]
    course = Course.objects.get(key=FREE_COURSE)
    cohort = create_cohort(organisation=organisation, name=PAIRS_COHORT, course=course, actor=None)
    add_to_cohort(cohort=cohort, memberships=[ensure_membership(organisation, user) for user in people])
    call = practice.open_call(cohort=cohort, simulation=simulation, actor=users["ines@northwind.example"], days_per_turn=3)
    volunteers = {user.pk: practice.join(call=call, user=user) for user in people}
    practice.ask_partner(call=call, user=users[COLLEAGUE], partner=volunteers[users[LEARNER].pk].uuid, shows_sheet=True)


def go_through(enrolment: Enrolment, done: int | None) -> None:
    """Meet the first `done` requirements in the order of the course, all of them for None."""
    lessons = {str(lesson.uuid): lesson for lesson in enrolment.course.lessons.all()}
    requirements = [requirement for requirement in enrolment.version.requirements if requirement["lesson"]]
    for requirement in requirements[:done]:
        open_lesson(enrolment=enrolment, lesson=lessons[requirement["lesson"]])
        finish_activity(enrolment=enrolment, block_id=requirement["activity"])
    if done and (following := progress(enrolment).next_lesson):
        open_lesson(enrolment=enrolment, lesson=lessons[following.id])


def ensure_specification(organisation: Organisation, partner: User) -> None:
    """One closed loop to look at: a gap, its causes, a specification, three expectations, two of them measured."""
    story = yaml.safe_load(STORY.read_text(encoding="utf-8"))
    if Gap.objects.filter(organisation=organisation, title=story["gap"]["title"]).exists():
        return
    gap = needs.record_gap(organisation=organisation, actor=partner, **with_decimals(story["gap"], "expected", "actual"))
    needs.record_causes(gap=gap, actor=partner, findings=story["causes"])
    cohort = organisation.cohorts.get(name=COHORT)
    plan = story["specification"]
    skill = (skill_queries.skill(plan.pop("skill")), plan.pop("from_level"), plan.pop("to_level"))
    specification = needs.write_specification(
        gap=gap, actor=partner, course=cohort.course, cohort=cohort, skills=[skill], **plan
    )
    ensure_expectations(specification, partner, story["expectations"])


def ensure_expectations(specification: Specification, partner: User, rows: list[dict[str, Any]]) -> None:
    measured = [row.pop("measured", None) for row in rows]
    stated = [
        needs.state_expectation(specification=specification, actor=partner, **with_decimals(row, "baseline", "target"))
        for row in rows
    ]
    needs.approve_specification(specification=specification, actor=partner)
    for expectation, value in zip(stated, measured, strict=True):
        if value is not None:
            needs.measure_expectation(
                expectation=expectation, actor=partner, measured=Decimal(value), measured_on=expectation.due_on
            )


def with_decimals(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return row | {name: Decimal(row[name]) for name in names}


def write_files(folder: Path) -> None:
    """Tables to upload by hand: forty colleagues, and people and customers as an organisation would export them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "colleagues.csv": simulate.colleagues_csv,
        "people.csv": lambda: simulate.people_csv(UPLOAD_UNTIL),
        "customers.csv": lambda: simulate.customers_csv(UPLOAD_UNTIL),
    }
    for name, make in files.items():
        if not (folder / name).exists():
            (folder / name).write_text(make(), encoding="utf-8")
