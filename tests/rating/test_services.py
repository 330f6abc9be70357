"""Rubrics, raters, training and ratings: what may be done, by whom, and what it adds up to."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.enums import Role
from assessments.models import Response
from assessments.services import save_response, start_attempt, submit_attempt
from mail.models import MailDelivery
from rating import queries, services
from rating.errors import InvalidRubric, NoSuchRater, NotRatable
from rating.figures import FEWEST_DOUBLE, agreement_of
from rating.models import Rater, Rating, Rubric, Skip, TrainingRound, Work
from skills.models import Evidence
from tests.assessments.factories import learner
from tests.factories import MembershipFactory, OrganisationFactory, RoleAssignmentFactory, TeamFactory, UserFactory
from tests.rating.factories import (
    anchors,
    give,
    levels,
    open_question,
    rater,
    text_version,
    train,
    works,
    write,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def item():
    return open_question()


# The question and its rubric ----------------------------------------------------------------------------------------------


def test_the_question_is_asked_last_and_scored_by_no_key(item):
    attempt = start_attempt(enrolment=learner(item.course), occasion="before")
    save_response(attempt=attempt, item_version_id=text_version(attempt).pk, chosen="We ask them.")

    record = submit_attempt(attempt=attempt)

    assert [entry.item_version.is_open for entry in attempt.items.order_by("position")] == [False] * 4 + [True]
    assert record.items == 4
    assert {slug: part["items"] for slug, part in record.detail["skills"].items()} == {
        "discover-expectations": 3,
        "make-expectations-explicit": 1,
    }
    # A text alone is no evidence of what a key would score.
    assert not Evidence.objects.filter(user=attempt.user).exists()


def test_it_is_asked_on_its_occasion_alone(item):
    item.occasion = "after"
    item.save()

    attempt = start_attempt(enrolment=learner(item.course), occasion="before")

    assert attempt.items.count() == 4


def test_a_text_that_was_left_empty_becomes_no_work(item):
    attempt = start_attempt(enrolment=learner(item.course), occasion="before")
    submit_attempt(attempt=attempt)

    assert Work.objects.count() == 0


def test_writing_the_same_rubric_again_begins_no_new_edition(item):
    services.write_rubric(item=item, levels=levels(), anchors=anchors())
    changed = services.write_rubric(item=item, levels=levels(), anchors=anchors((1, 2, 3, 4, 4, 5)))

    assert [(rubric.number, rubric.begun) for rubric in Rubric.objects.order_by("number")] == [(1, "written"), (2, "changed")]
    assert changed.number == 2


@pytest.mark.parametrize(
    ("wanted_levels", "wanted_anchors", "words"),
    [
        (levels()[:4], anchors(), "each of the five levels"),
        (levels(), anchors()[:5], "at least 6 answers"),
        (levels(), anchors((3, 3, 3, 4, 4, 4)), "at least 3 different levels"),
        (levels(), anchors((1, 2, 3, 4, 5, 6)), "agreed level from 1 to 5"),
    ],
)
def test_a_rubric_that_nobody_could_train_on_is_refused(item, wanted_levels, wanted_anchors, words):
    with pytest.raises(InvalidRubric, match=words):
        services.write_rubric(item=item, levels=wanted_levels, anchors=wanted_anchors)

    assert Rubric.objects.count() == 1


# Raters -------------------------------------------------------------------------------------------------------------------


def test_whoever_has_an_account_can_be_made_a_rater_and_is_told(item):
    lead, user = UserFactory(), UserFactory(email="ola@example.org")

    made = services.appoint_rater(item=item, email="OLA@example.org", appointed_by=lead)

    assert (made.user, made.number, made.appointed_by) == (user, 1, lead)
    mail = MailDelivery.objects.get(template="rater_appointed")
    assert (mail.recipient, mail.context["page"]) == ("ola@example.org", f"/rating/{item.uuid}/")


def test_nobody_without_an_account_and_nobody_twice(item):
    with pytest.raises(NoSuchRater, match="no account"):
        services.appoint_rater(item=item, email="nobody@example.org", appointed_by=None)
    user = UserFactory()
    first = services.appoint_rater(item=item, email=user.email, appointed_by=None)
    with pytest.raises(NoSuchRater, match="already"):
        services.appoint_rater(item=item, email=user.email, appointed_by=None)

    services.end_rater(rater=first)
    assert list(queries.places_of(user)) == []
    again = services.appoint_rater(item=item, email=user.email, appointed_by=None)

    assert (again.pk, again.ended_at, Rater.objects.count()) == (first.pk, None, 1)


# Training -----------------------------------------------------------------------------------------------------------------


def rated_anchors(place, given):
    rubric = queries.rubric_of(place.item)
    for anchor, score in zip(rubric.anchors, given, strict=True):
        last = services.rate_anchor(rater=place, rubric=rubric, anchor=anchor["id"], score=score)
    return last


@pytest.mark.parametrize(
    ("given", "passes"),
    [
        ((1, 2, 3, 3, 4, 5), True),
        ((2, 3, 3, 3, 4, 5), True),  # four of six exactly, two one away
        ((2, 3, 4, 3, 4, 5), False),  # three of six exactly
        ((3, 2, 3, 3, 4, 5), False),  # one two away
    ],
)
def test_whoever_agrees_with_two_thirds_of_the_anchors_and_is_nowhere_two_away_passes(item, given, passes):
    place = rater(item, is_trained=False)

    last = rated_anchors(place, given)

    assert (last.has_passed, last.finished_at is not None) == (passes, True)
    assert queries.is_trained(place, last.rubric) is passes


def test_nobody_rates_before_they_have_trained_on_this_edition(item):
    place, work = rater(item, is_trained=False), write(item)
    with pytest.raises(NotRatable, match="Train on the anchors first"):
        services.rate(rater=place, work=work, score=3)
    train(place)
    services.train_again(item=item)
    with pytest.raises(NotRatable, match="Train on the anchors first"):
        services.rate(rater=place, work=work, score=3)

    assert Rating.objects.count() == 0


def test_whoever_did_not_pass_trains_again_a_day_later(item):
    place = rater(item, is_trained=False)
    last = rated_anchors(place, (5, 5, 5, 5, 5, 1))
    with pytest.raises(NotRatable, match="You can train again from"):
        rated_anchors(place, (1, 2, 3, 3, 4, 5))
    TrainingRound.objects.filter(pk=last.pk).update(finished_at=timezone.now() - timedelta(hours=24, minutes=1))

    second = rated_anchors(place, (1, 2, 3, 3, 4, 5))

    assert (second.number, second.has_passed) == (2, True)
    with pytest.raises(NotRatable, match="already"):
        services.rate_anchor(rater=place, rubric=second.rubric, anchor="a1", score=1)


# The queue ----------------------------------------------------------------------------------------------------------------


def waiting(place):
    return set(queries.waiting_for(place, queries.rubric_of(place.item), timezone.now()))


def test_two_raters_are_enough_where_they_are_close(item):
    one, other, third = (rater(item) for _n in range(3))
    work = write(item)
    services.rate(rater=one, work=work, score=3)
    assert (waiting(one), waiting(other)) == (set(), {work})
    services.rate(rater=other, work=work, score=4)

    assert waiting(third) == set()
    with pytest.raises(NotRatable, match="does not wait for you"):
        services.rate(rater=third, work=work, score=4)


def test_a_third_rates_where_two_are_two_levels_apart_and_cannot_take_it_back_any_more(item):
    one, other, third = (rater(item) for _n in range(3))
    work = write(item)
    give(work, one, 2)
    young = give(work, other, 4, minutes_ago=5)
    assert waiting(third) == set()
    Rating.objects.filter(pk=young.pk).update(created_at=timezone.now() - timedelta(minutes=11))

    assert waiting(third) == {work}
    services.rate(rater=third, work=work, score=4)
    assert sorted(work.ratings.values_list("score", flat=True)) == [2, 4, 4]


def test_the_same_rating_twice_is_one_and_another_is_refused(item):
    place, work = rater(item), write(item)
    services.rate(rater=place, work=work, score=3)
    services.rate(rater=place, work=work, score=3)
    with pytest.raises(NotRatable, match="already"):
        services.rate(rater=place, work=work, score=4)

    assert list(Rating.objects.values_list("score", flat=True)) == [3]


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_on_the_scale(item, score):
    place, work = rater(item), write(item)
    with pytest.raises(NotRatable, match="from 1 to 5"):
        services.rate(rater=place, work=work, score=score)


def test_nobody_rates_themselves(item):
    place = rater(item)
    own = write(item, user=place.user)

    assert waiting(place) == set()
    with pytest.raises(NotRatable):
        services.rate(rater=place, work=own, score=5)
    with pytest.raises(NotRatable):
        services.skip(rater=place, work=own, reason="other")


@pytest.mark.parametrize("tie", ["same team", "manages the writer's team", "is managed by the writer"])
def test_nobody_rates_somebody_of_their_own_team(item, tie):
    place, organisation = rater(item), OrganisationFactory()
    team, elsewhere = TeamFactory(organisation=organisation), TeamFactory(organisation=organisation)
    work = write(item)
    author = work.response.attempt.user
    own_team = {"same team": team, "manages the writer's team": elsewhere, "is managed by the writer": team}[tie]
    writers = {"same team": team, "manages the writer's team": team, "is managed by the writer": elsewhere}[tie]
    mine = MembershipFactory(organisation=organisation, user=place.user, team=own_team)
    theirs = MembershipFactory(organisation=organisation, user=author, team=writers)
    if tie != "same team":
        manager = mine if tie == "manages the writer's team" else theirs
        RoleAssignmentFactory(membership=manager, role=Role.MANAGER, team=team)

    assert waiting(place) == set()


def test_colleagues_of_another_team_may_rate(item):
    place, organisation = rater(item), OrganisationFactory()
    MembershipFactory(organisation=organisation, user=place.user, team=TeamFactory(organisation=organisation))
    work = write(item)
    MembershipFactory(organisation=organisation, user=work.response.attempt.user, team=TeamFactory(organisation=organisation))

    assert waiting(place) == {work}


def test_what_is_left_to_others_never_comes_back(item):
    place, other, work = rater(item), rater(item), write(item)

    services.skip(rater=place, work=work, reason="conflict")
    services.skip(rater=place, work=work, reason="conflict")

    assert (waiting(place), waiting(other), Skip.objects.count()) == (set(), {work}, 1)
    with pytest.raises(NotRatable, match="Say why"):
        services.skip(rater=other, work=work, reason="no reason")


def test_the_last_rating_can_be_taken_back_for_ten_minutes(item):
    place, first, second = rater(item), write(item), write(item)
    give(first, place, 1, minutes_ago=9)
    services.rate(rater=place, work=second, score=2)

    assert services.take_back(rater=place) == second
    assert services.take_back(rater=place) == first
    with pytest.raises(NotRatable, match="nothing to take back"):
        services.take_back(rater=place)
    assert waiting(place) == {first, second}


def test_what_is_older_cannot_be_taken_back(item):
    place, work = rater(item), write(item)
    give(work, place, 1, minutes_ago=11)
    with pytest.raises(NotRatable, match="nothing to take back"):
        services.take_back(rater=place)


def test_the_next_one_is_what_others_have_begun_and_one_that_was_put_off_comes_last(item):
    place, other = rater(item), rater(item)
    many = works(item, 4)
    give(many[2], other, 3)
    rubric, now = queries.rubric_of(item), timezone.now()

    first = queries.next_work(place, rubric, now)
    second = queries.next_work(place, rubric, now, after=first)
    third = queries.next_work(place, rubric, now, after=second)
    fourth = queries.next_work(place, rubric, now, after=third)

    assert first == many[2]
    assert {second, third, fourth} == {many[0], many[1], many[3]}
    assert queries.next_work(place, rubric, now, after=fourth) == first


# What it adds up to -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "expected"),
    [((3, 3), "3"), ((3, 4), "3.5"), ((2, 4), None), ((1, 4, 4), "4"), ((1, 5, 3), "3"), ((4,), None), ((), None)],
)
def test_close_ratings_are_averaged_and_of_three_the_middle_one_counts(scores, expected):
    assert services.score_of(scores) == (Decimal(expected) if expected else None)


def test_nothing_is_decided_while_a_rating_can_be_taken_back(item):
    one, other, work = rater(item), rater(item), write(item)
    give(work, one, 3, minutes_ago=30)
    young = give(work, other, 3, minutes_ago=9)
    services.decide_works()
    work.refresh_from_db()
    assert work.score is None
    Rating.objects.filter(pk=young.pk).update(created_at=timezone.now() - timedelta(minutes=11))

    services.decide_works()

    work.refresh_from_db()
    assert (work.score, work.rubric, work.decided_at is not None) == (Decimal("3.0"), queries.rubric_of(item), True)


def test_a_result_is_told_once_and_stands_beside_the_level(item):
    one, other, work = rater(item), rater(item), write(item)
    give(work, one, 3)
    give(work, other, 4)

    services.decide_works()
    services.decide_works()

    attempt = work.response.attempt
    mail = MailDelivery.objects.get(template="text_rated")
    assert (mail.recipient, mail.context["page"]) == (attempt.user.email, f"/texts/{attempt.uuid}/")
    assert "4" not in str({name: value for name, value in mail.context.items() if name not in ("page", "course_title")})
    piece = Evidence.objects.get(user=attempt.user, source=f"work:{work.uuid}")
    assert (piece.skill, piece.share, piece.place, piece.level, piece.is_provisional) == (item.skill, None, None, None, True)
    assert piece.occurred_at == attempt.submitted_at


def test_two_far_apart_are_decided_by_the_third_alone(item):
    one, other, third, work = rater(item), rater(item), rater(item), write(item)
    give(work, one, 1)
    give(work, other, 4)
    services.decide_works()
    work.refresh_from_db()
    assert work.score is None
    give(work, third, 4)

    services.decide_works()

    work.refresh_from_db()
    assert work.score == Decimal("4.0")


# A rubric that is paused --------------------------------------------------------------------------------------------------


def disagreeing(item, count=FEWEST_DOUBLE):
    """Two raters whose ratings have nothing to do with each other."""
    one, other = rater(item), rater(item)
    made = works(item, count)
    for place, work in enumerate(made):
        give(work, one, place % 5 + 1)
        give(work, other, place * 3 % 5 + 1)
    return one, other, made


def test_a_rubric_is_paused_from_thirty_double_ratings_on_and_all_concerned_are_told(item):
    lead = UserFactory()
    one, other, made = disagreeing(item)
    Rater.objects.filter(pk=one.pk).update(appointed_by=lead)
    rubric = queries.rubric_of(item)
    assert agreement_of(rubric, timezone.now()).kappa < 0.6

    services.decide_works()

    rubric.refresh_from_db()
    assert timezone.now() - timedelta(minutes=5) < rubric.paused_at <= timezone.now()
    assert Work.objects.filter(score__isnull=False).count() == 0
    mails = {mail.recipient: mail.context["is_lead"] for mail in MailDelivery.objects.filter(template="rubric_paused")}
    assert mails == {one.user.email: False, other.user.email: False, lead.email: True}
    with pytest.raises(NotRatable, match="paused"):
        services.rate(rater=one, work=made[0], score=3)


def test_one_double_rating_fewer_pauses_nothing(item):
    disagreeing(item, FEWEST_DOUBLE - 1)

    services.decide_works()

    assert queries.rubric_of(item).paused_at is None
    assert Work.objects.filter(score__isnull=False).count() > 0


def test_what_a_paused_edition_has_decided_is_rated_anew_and_what_a_sound_one_has_stays(item):
    one, other = rater(item), rater(item)
    early, late = write(item), write(item)
    for place in (one, other):
        give(early, place, 2)
    services.decide_works()
    services.write_rubric(item=item, levels=levels(), anchors=anchors((1, 1, 3, 3, 4, 5)))
    for place in (one, other):
        give(late, place, 4)
    services.decide_works()
    second = queries.rubric_of(item)
    Rubric.objects.filter(pk=second.pk).update(paused_at=timezone.now())

    third = services.train_again(item=item)

    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.score, early.rubric.number, late.score, late.rubric) == (Decimal("2.0"), 1, None, None)
    assert (third.number, third.begun, third.levels, third.paused_at) == (3, "training", second.levels, None)
    train_all = [train(place) for place in (one, other)]
    assert len(train_all) == 2
    assert waiting(one) == {late}


def test_figures_count_the_first_two_ratings_of_an_edition_alone(item):
    one, other, third = rater(item), rater(item), rater(item)
    pair, triple, single = works(item, 3)
    give(pair, other, 4)
    give(pair, one, 3)
    give(triple, one, 1)
    give(triple, third, 5)
    give(triple, other, 3)
    give(single, one, 2)

    found = agreement_of(queries.rubric_of(item), timezone.now())

    assert (found.double, found.same, found.apart) == (2, 0, 1)
    assert {line.number: (line.rated, line.severity) for line in found.raters} == {1: (2, -2.5), 2: (1, 1.0), 3: (1, 4.0)}


def test_the_text_that_a_learner_typed_is_kept_to_the_letter(item):
    attempt = start_attempt(enrolment=learner(item.course), occasion="before")
    text = "One, two;\n\nthree:  four\n" + "five " * 40
    save_response(attempt=attempt, item_version_id=text_version(attempt).pk, chosen=text)

    response = Response.objects.get(attempt=attempt)

    assert (response.chosen, response.is_complete) == ([text], False)
