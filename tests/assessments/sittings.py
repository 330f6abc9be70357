"""Many sittings at once, written straight into the tables: what services would take minutes for."""

import itertools
from datetime import timedelta

from django.utils import timezone

from accounts.enums import MembershipState
from accounts.models import Membership, User
from assessments.models import Attempt, AttemptItem, Instrument, Response, ScoringRecord
from learning.models import CohortMembership, Enrolment

_numbers = itertools.count()


def people(count, course, organisation=None, cohort=None):
    """Enrolments of new people."""
    numbers = list(itertools.islice(_numbers, count))
    users = User.objects.bulk_create([User(email=f"sitting{number}@example.com") for number in numbers])
    if organisation:
        members = Membership.objects.bulk_create(
            Membership(
                organisation=organisation, user=user, email=user.email, state=MembershipState.ACTIVE, joined_at=timezone.now()
            )
            for user in users
        )
        if cohort:
            CohortMembership.objects.bulk_create(CohortMembership(cohort=cohort, membership=member) for member in members)
    return Enrolment.objects.bulk_create(
        Enrolment(user=user, course=course, organisation=organisation, version=course.current_version) for user in users
    )


def sit_many(form, enrolments, chosen, *, occasion="before", is_submitted=True, counts=True, seconds=0):
    """A sitting for each enrolment; `chosen(person, question)` is the option, None for left open. `seconds` between answers."""
    items = [entry.item for entry in form.entries.select_related("item__current_version").order_by("position")]
    now = timezone.now()
    attempts = Attempt.objects.bulk_create(
        Attempt(
            enrolment=enrolment,
            user_id=enrolment.user_id,
            instrument=form,
            occasion=occasion,
            submitted_at=now if is_submitted else None,
            counts_in_groups=counts,
        )
        for enrolment in enrolments
    )
    AttemptItem.objects.bulk_create(
        AttemptItem(attempt=attempt, item=item, item_version=item.current_version, position=place)
        for attempt in attempts
        for place, item in enumerate(items, start=1)
    )
    answers = [[chosen(person, place) for place in range(len(items))] for person in range(len(attempts))]
    responses = Response.objects.bulk_create(
        Response(attempt=attempt, item_version=item.current_version, chosen=[option] if option else [])
        for attempt, options in zip(attempts, answers, strict=True)
        for item, option in zip(items, options, strict=True)
    )
    if seconds:
        for place, response in enumerate(responses):
            response.created_at = now + timedelta(seconds=seconds * (place % len(items)))
        Response.objects.bulk_update(responses, ["created_at"])
    if is_submitted:
        keys = [item.current_version.correct for item in items]
        ScoringRecord.objects.bulk_create(
            _scored(attempt, sum([option] == key for option, key in zip(options, keys, strict=True)), len(items))
            for attempt, options in zip(attempts, answers, strict=True)
        )
    return attempts


def _scored(attempt, agreed, items):
    return ScoringRecord(
        attempt=attempt, method="test", agreed=agreed, items=items, agreed_low=0, agreed_high=items, detail={"skills": {}}
    )


def forms(course):
    return list(Instrument.objects.filter(course=course).order_by("key"))
