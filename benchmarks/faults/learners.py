"""Web, worker and broker are killed (-9) while 200 people learn, 60 pay and 4,000 are enrolled: nothing taken is lost."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.faults.site import (
    BROKER,
    FREE_COURSE,
    WEB,
    WORKER,
    Browser,
    apply,
    kill,
    mail_server,
    make_members,
    make_organisation,
    make_users,
    paid_order,
    payments,
    site,
    state_of,
    table,
    tell,
    until,
    upload,
)

LEARNERS, BUYERS, ROWS, THREADS = 200, 60, 4000, 12
# The first hits the import.
KILLS = ((3, WORKER), (12, WEB), (12, BROKER), (15, WORKER), (12, WEB))
LAST_SECONDS = 12
SETTLED_WITHIN = 420


@dataclass
class Learner:
    """`kept`: what the site said it had saved, for each activity; `unsure`: what was sent since and got no such answer."""

    browser: Browser
    enrolment: int
    kept: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, set[str]] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)


def run() -> list[str]:
    with payments() as (fake, keys), mail_server() as smtp, site(smtp.port, **keys) as started:
        organisation, admin = make_organisation("acme")
        learners, lessons = enrolled(started, organisation)
        orders = [paid_order(fake, buyer) for buyer in make_users("buyer", BUYERS)]
        console = Browser(started, admin)
        staged = upload(console, organisation, table("row", ROWS))
        if not until(lambda: state_of(staged) == "ready", 300):
            return [f"the file was not checked: {state_of(staged)}"]
        is_over, counts = threading.Event(), Counter[str]()
        with ThreadPoolExecutor(THREADS + 2) as threads:
            running = [
                threads.submit(learn, learners[n::THREADS], lessons, is_over, counts, random.Random(n)) for n in range(THREADS)
            ]
            running.append(threads.submit(pay, Browser(started), orders, is_over, counts))
            running.append(threads.submit(apply, console, staged))
            for pause, word in KILLS:
                time.sleep(pause)
                counts[f"killed {word}"] += kill(started, word)
            time.sleep(LAST_SECONDS)
            is_over.set()
        for future in running:
            future.result()
        print(", ".join(f"{what}: {count:,}" for what, count in sorted(counts.items())))
        return [*lost_saves(learners), *lost_payments(orders), *lost_rows(organisation, staged)]


def enrolled(started: Any, organisation: Any) -> tuple[list[Learner], list[tuple[str, str, list[str]]]]:
    """The learners; and of each lesson its id, its address, and the activities in which they write a text."""
    from courses import content
    from courses.models import Course
    from learning.models import Enrolment
    from learning.services import add_to_cohort, create_cohort
    from web.links import lesson_address

    course = Course.objects.get(key=FREE_COURSE)
    users = make_users("learner", LEARNERS)
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    add_to_cohort(cohort=cohort, memberships=make_members(organisation, users))
    enrolments = dict(Enrolment.objects.filter(cohort=cohort).values_list("user", "pk"))
    lessons = [
        (
            text.id,
            lesson_address(course.slug, text.module_slug, text.slug),
            [b.id for b in text.blocks if b.type == "reflection"],
        )
        for text in content.lessons(course.current_version)
    ]
    return [Learner(Browser(started, user), enrolments[user.pk]) for user in users], lessons


def learn(learners: list[Learner], lessons: list, is_over: threading.Event, counts: Counter, chance: random.Random) -> None:
    """In turn, each saves a text or finishes a lesson."""
    writable = [(address, activity) for _id, address, activities in lessons for activity in activities]
    while not is_over.is_set():
        learner = chance.choice(learners)
        if chance.random() < 0.3:
            lesson, address, _activities = chance.choice(lessons)
            is_kept = learner.browser.post(f"{address}finish/").status_code == 302
            if is_kept:
                learner.finished.add(lesson)
        else:
            address, activity = chance.choice(writable)
            text = f"{learner.enrolment} {time.monotonic_ns()}"
            unsure = learner.unsure.setdefault(activity, set())
            unsure.add(text)
            headers = {"Accept": "application/json"}
            is_kept = learner.browser.post(f"{address}entries/{activity}/", {"text": text}, headers=headers).status_code == 200
            if is_kept:
                learner.kept[activity] = text
                unsure.clear()
        counts["saves taken" if is_kept else "saves not taken"] += 1
        time.sleep(0.05 if is_kept else 0.3)


def pay(browser: Browser, orders: list, is_over: threading.Event, counts: Counter) -> None:
    """As Stripe does: a message is sent until it is taken, and now and then once more."""
    for number, (_order, event) in enumerate(orders):
        while not tell(browser, event):
            counts["payments not taken at once"] += 1
            time.sleep(1)
        if number % 3 == 0:
            tell(browser, event)
        counts["payments taken"] += 1
        is_over.wait(1)


def lost_saves(learners: list[Learner]) -> list[str]:
    from learning.models import ActivityState

    states = ActivityState.objects.filter(enrolment__in=[learner.enrolment for learner in learners])
    found = {(state.enrolment_id, str(state.activity.block_id)): state for state in states.select_related("activity")}
    lost, texts, finished = [], 0, 0
    for learner in learners:
        for activity, text in learner.kept.items():
            texts += 1
            state = found.get((learner.enrolment, activity))
            if state is None or state.data.get("text") not in {text} | learner.unsure[activity]:
                lost.append(f"a text of enrolment {learner.enrolment}")
        for lesson in learner.finished:
            finished += 1
            state = found.get((learner.enrolment, lesson))
            if state is None or state.finished_at is None:
                lost.append(f"a finished lesson of enrolment {learner.enrolment}")
    print(f"texts: {texts:,}, finished lessons: {finished:,}, lost: {len(lost)}")
    return lost if texts and finished else ["nobody could save anything"]


def lost_payments(orders: list) -> list[str]:
    from access.models import AccessGrant
    from billing.models import Order
    from mail.models import MailDelivery

    numbers = [order.pk for order, _event in orders]
    receipts = MailDelivery.objects.filter(template="receipt")
    until(
        lambda: (
            Order.objects.filter(pk__in=numbers, state="paid").count() == len(orders)
            and receipts.filter(state="sent").count() == len(orders)
        ),
        SETTLED_WITHIN,
    )
    paid, grants, sent = 0, 0, 0
    problems = []
    for order in Order.objects.filter(pk__in=numbers):
        own = AccessGrant.objects.filter(source_key=f"order:{order.uuid}", user=order.buyer, revoked_at=None).count()
        mails = receipts.filter(about=f"order:{order.uuid}")
        paid, grants, sent = paid + (order.state == "paid"), grants + own, sent + mails.filter(state="sent").count()
        if (order.state, own, mails.count(), mails.filter(state="sent").count()) != ("paid", 1, 1, 1):
            problems.append(f"order {order.pk}: {order.state}, {own} grants, receipts {[mail.state for mail in mails]}")
    print(f"payments: {len(orders)}, orders paid: {paid}, grants: {grants}, receipts sent: {sent}")
    return problems


def lost_rows(organisation: Any, staged: Any) -> list[str]:
    from accounts.models import AuditEvent, Membership
    from mail.models import MailDelivery

    until(lambda: state_of(staged) == "applied", SETTLED_WITHIN)
    people = Membership.objects.filter(organisation=organisation, email__startswith="row").count()
    invitations = MailDelivery.objects.filter(template="invitation", recipient__startswith="row").count()
    records = AuditEvent.objects.filter(verb="import.applied").count()
    starts = staged.job.attempts if staged.job else 0
    print(f"import: {state_of(staged)} at start {starts}, people: {people:,}, invitations: {invitations:,}, records: {records}")
    if (state_of(staged), people, invitations, records) == ("applied", ROWS, ROWS, 1):
        return []
    return [f"import: {state_of(staged)}, {people} people, {invitations} invitations, {records} records"]
