"""Adaptive sittings from the first question to the result: replayed from their answers, however they are interrupted."""

import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import NormalDist

import numpy as np
import pytest
import time_machine
from django.db import transaction

from assessments.alone import Place, exposure_of
from assessments.errors import (
    AnsweredElsewhere,
    AnswerNotAccepted,
    AnswersNotUsable,
    AssessmentNotOpen,
    AttemptClosed,
    InvalidInstrument,
    TimeIsUp,
)
from assessments.models import Attempt, CalibratedItem, Calibration, Instrument, Response
from assessments.scoring import irt
from assessments.scoring.adaptive import GRID, Answer, Bank, Rules, band_of, step
from assessments.services import (
    answer_adaptive,
    go_on,
    keep_calibration,
    retire_item,
    save_response,
    set_enemies,
    start_alone,
)
from assessments.services.adaptive_bank import bank_of
from assessments.services.timing import submit_overdue
from skills.models import Evidence
from tests.assessments.calibrated import adaptive_instrument, bank_item, calibrate_as, calibrated_bank
from tests.assessments.factories import SKILLS, learner
from tests.assessments.sittings import people, sit_many
from tests.courses.factories import published_course, uid

pytestmark = pytest.mark.django_db
TEN = datetime(2027, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def bank():
    return calibrated_bank()


@pytest.fixture
def enrolment(bank):
    return learner(published_course([["l1"]]))


def place_of(enrolment, instrument, block="block"):
    return Place(enrolment, instrument, block_id=uid(block))


def begun(enrolment, instrument, block="block"):
    return start_alone(place_of(enrolment, instrument, block))


def open_entry(attempt):
    return attempt.items.order_by("-position").first()


def asked(attempt):
    return list(attempt.items.order_by("position").values_list("item_id", flat=True))


def answer_on(attempt, chosen, *, until=99):
    """Answer one question after the other by `chosen(entry)`, to the end or until so many are answered."""
    while attempt.submitted_at is None and attempt.responses.count() < until:
        entry = open_entry(attempt)
        answer_adaptive(attempt=attempt, position=entry.position, chosen=chosen(entry))
    return attempt


def killed_after(act):
    """What a server leaves that is killed before it commits: nothing."""
    with transaction.atomic():
        act()
        transaction.set_rollback(True)


def right(_entry):
    return "b"


def wrong(_entry):
    return "d"


# From the first question to the result ------------------------------------------------------------------------------------


def test_one_question_is_asked_at_a_time_and_the_last_answer_submits(enrolment):
    attempt = begun(enrolment, adaptive_instrument(length=6))
    counts = []
    while attempt.submitted_at is None:
        counts.append(attempt.items.count())
        answer_adaptive(attempt=attempt, position=counts[-1], chosen="b")
    assert counts == [1, 2, 3, 4, 5, 6]
    assert len(set(asked(attempt))) == 6
    record = attempt.scorings.get()
    assert (record.method, record.items, record.agreed) == ("eap-2pl", 6, 6)
    assert record.detail["adaptive"]["items"] == 6


def test_the_result_is_that_of_the_scores_in_the_same_answers(enrolment, bank):
    attempt = answer_on(begun(enrolment, adaptive_instrument(length=6)), right)
    found = attempt.scorings.get().detail["adaptive"]
    rows = {row.item_version.item_id: row for row in CalibratedItem.objects.select_related("item_version")}
    items = [irt.ItemParameters(rows[pk].a, (rows[pk].b,)) for pk in asked(attempt)]
    expected = irt.eap("2pl", items, np.ones((1, 6), dtype=np.int8), grid=GRID)
    assert found["level"] == pytest.approx(expected.level[0], abs=1e-4)
    assert found["error"] == pytest.approx(expected.error[0], abs=1e-4)
    assert found["percent"] == round(100 * NormalDist().cdf(expected.level[0]))
    assert found["percent_low"] < found["percent"] < found["percent_high"]
    assert found["persons"] == 240


def test_who_answers_better_lies_higher(enrolment):
    instrument = adaptive_instrument(length=6)
    other = learner(enrolment.course)
    best, worst = (
        answer_on(begun(one, instrument), chosen).scorings.get().detail["adaptive"]
        for one, chosen in ((enrolment, right), (other, wrong))
    )
    assert best["percent_low"] > worst["percent_high"]


def test_the_evidence_places_somebody_and_tells_no_share(enrolment):
    answer_on(begun(enrolment, adaptive_instrument(length=6)), right)
    piece = Evidence.objects.get()
    assert (piece.share, piece.items, piece.label) == (None, 6, "Expectations, question by question")
    assert (piece.likely_level, piece.is_provisional) == (5, True)


def test_it_ends_once_the_error_is_small_enough(enrolment):
    attempt = answer_on(begun(enrolment, adaptive_instrument(length=6, shortest=3, error=0.9)), right)
    found = attempt.scorings.get().detail["adaptive"]
    assert found["items"] == 3
    assert found["error"] <= 0.9


def test_facets_get_their_shares(enrolment):
    shares = {"customer": 0.5, "colleague": 0.5}
    attempt = answer_on(begun(enrolment, adaptive_instrument(length=6, shares=shares)), right)
    relationships = attempt.items.values_list("item__relationship", flat=True)
    assert Counter(relationships) == {"customer": 3, "colleague": 3}


# The state is the answer list ---------------------------------------------------------------------------------------------


def test_a_question_that_was_lost_is_asked_again_the_same(enrolment):
    """As a server leaves it that was killed after the answer: the next question follows from the answers alone."""
    attempt = answer_on(begun(enrolment, adaptive_instrument(length=6)), right, until=3)
    lost = open_entry(attempt)
    item, order = lost.item_id, lost.option_order
    lost.delete()
    again = go_on(attempt=attempt)
    assert (again.position, again.item_id, again.option_order) == (4, item, order)
    assert go_on(attempt=attempt).pk == again.pk


def test_an_answer_and_the_next_question_are_kept_together_or_not_at_all(enrolment):
    attempt = begun(enrolment, adaptive_instrument(length=6))

    killed_after(lambda: answer_adaptive(attempt=attempt, position=1, chosen="b"))
    assert (attempt.items.count(), Response.objects.count()) == (1, 0)
    assert answer_adaptive(attempt=attempt, position=1, chosen="b").position == 2


def test_the_last_answer_is_kept_with_the_submission_or_not_at_all(enrolment):
    attempt = answer_on(begun(enrolment, adaptive_instrument(length=4)), right, until=3)

    killed_after(lambda: answer_adaptive(attempt=attempt, position=4, chosen="b"))
    attempt = Attempt.objects.get()
    assert (attempt.submitted_at, attempt.scorings.count(), attempt.responses.count()) == (None, 0, 3)
    assert answer_adaptive(attempt=attempt, position=4, chosen="b") is None
    assert attempt.scorings.count() == 1


def test_a_request_that_is_sent_again_changes_nothing(enrolment):
    attempt = begun(enrolment, adaptive_instrument(length=6))
    first = answer_adaptive(attempt=attempt, position=1, chosen="b")
    again = answer_adaptive(attempt=attempt, position=1, chosen="b")
    assert (first.pk, attempt.items.count(), Response.objects.count()) == (again.pk, 2, 1)


def test_the_last_request_sent_again_changes_nothing_either(enrolment):
    attempt = answer_on(begun(enrolment, adaptive_instrument(length=4)), right)
    assert answer_adaptive(attempt=attempt, position=4, chosen="b") is None
    assert attempt.scorings.count() == 1
    with pytest.raises(AttemptClosed):
        answer_adaptive(attempt=attempt, position=4, chosen="a")


def test_another_tab_cannot_change_what_was_answered(enrolment):
    attempt = begun(enrolment, adaptive_instrument(length=6))
    answer_adaptive(attempt=attempt, position=1, chosen="b")
    with pytest.raises(AnsweredElsewhere, match="Question 1 was answered already"):
        answer_adaptive(attempt=attempt, position=1, chosen="a")
    assert Response.objects.get().chosen == ["b"]


def test_no_way_leads_back_to_an_answer(enrolment):
    """Not even that by which answers of other assessments are saved as they are given."""
    attempt = begun(enrolment, adaptive_instrument(length=6))
    version = open_entry(attempt).item_version_id
    answer_adaptive(attempt=attempt, position=1, chosen="b")
    with pytest.raises(AnswerNotAccepted):
        save_response(attempt=attempt, item_version_id=version, chosen="a")
    assert Response.objects.get().chosen == ["b"]


@pytest.mark.parametrize("chosen", ["", "z"])
def test_an_answer_is_one_of_the_options(enrolment, chosen):
    attempt = begun(enrolment, adaptive_instrument(length=6))
    with pytest.raises(AnswerNotAccepted):
        answer_adaptive(attempt=attempt, position=1, chosen=chosen)
    assert (attempt.items.count(), Response.objects.count()) == (1, 0)


def test_beginning_again_goes_on_with_the_sitting(enrolment):
    instrument = adaptive_instrument(length=6)
    attempt = answer_on(begun(enrolment, instrument), right, until=2)
    assert begun(enrolment, instrument).pk == attempt.pk


def test_a_new_calibration_moves_no_sitting_under_way(enrolment, bank):
    items, first = bank
    instrument = adaptive_instrument(length=6)
    attempt = answer_on(begun(enrolment, instrument), right, until=2)
    newer = calibrate_as(items, answers=900, seed=8)
    answer_on(attempt, right)
    assert attempt.scorings.get().detail["adaptive"]["persons"] == 240
    other = begun(learner(enrolment.course), instrument)
    assert (attempt.calibration_id, other.calibration_id) == (first.pk, newer.pk)


# Time ---------------------------------------------------------------------------------------------------------------------


def test_time_that_runs_out_submits_what_was_answered(enrolment):
    with time_machine.travel(TEN, tick=False):
        attempt = answer_on(begun(enrolment, adaptive_instrument(length=6, time_limit=10)), right, until=4)
    with time_machine.travel(TEN + timedelta(minutes=10, seconds=31), tick=False):
        with pytest.raises(TimeIsUp):
            answer_adaptive(attempt=attempt, position=5, chosen="b")
        submit_overdue()
        submit_overdue()
    attempt.refresh_from_db()
    record = attempt.scorings.get()
    assert (attempt.submitted_at, attempt.is_closed_by_time) == (TEN + timedelta(minutes=10), True)
    assert (record.items, record.agreed, record.detail["adaptive"]["items"]) == (4, 4, 4)


def test_time_that_runs_out_before_the_first_answer_places_nobody(enrolment):
    with time_machine.travel(TEN, tick=False):
        attempt = begun(enrolment, adaptive_instrument(length=6, time_limit=10))
    with time_machine.travel(TEN + timedelta(minutes=11), tick=False):
        submit_overdue()
    record = attempt.scorings.get()
    assert (record.items, record.detail["skills"]) == (0, {})
    assert (record.detail["adaptive"]["level"], record.detail["adaptive"]["items"]) == (0.0, 0)
    assert not Evidence.objects.exists()


# Which questions ----------------------------------------------------------------------------------------------------------


def test_a_retired_and_a_reworded_question_are_chosen_no_more(enrolment, bank):
    items, _calibration = bank
    instrument = adaptive_instrument(length=5)
    probe = begun(learner(enrolment.course), instrument)
    answer_on(probe, right)
    retired, reworded = asked(probe)[:2]
    by_pk = {item.pk: item for item in items}
    retire_item(item=by_pk[retired])
    bank_item(by_pk[reworded].key, prompt="Something else?", relationship=by_pk[reworded].relationship)
    for _person in range(6):
        attempt = answer_on(begun(learner(enrolment.course), instrument), right)
        assert not {retired, reworded} & set(asked(attempt))


def test_enemies_are_not_met_together(enrolment, bank):
    items, _calibration = bank
    keys = {item.key: item for item in items}
    set_enemies(items=keys, enemies={items[0].key: [item.key for item in items[1:12]]})
    for _person in range(8):
        attempt = answer_on(begun(learner(enrolment.course), adaptive_instrument(length=6)), right)
        met = set(asked(attempt))
        assert not (items[0].pk in met and met & {item.pk for item in items[1:12]})


def test_questions_of_an_earlier_sitting_are_not_asked_again_while_there_are_others(enrolment):
    instrument = adaptive_instrument(length=6, attempts_allowed=4)
    attempts = [answer_on(begun(enrolment, instrument), right) for _attempt in range(4)]
    met = [pk for attempt in attempts for pk in asked(attempt)]
    assert (len(met), len(set(met))) == (24, 24)


def test_where_all_were_met_they_are_asked_again_and_are_no_evidence(enrolment):
    instrument = adaptive_instrument(length=6, attempts_allowed=5)
    for _attempt in range(4):
        answer_on(begun(enrolment, instrument), right)
    assert Evidence.objects.count() == 4
    fifth = answer_on(begun(enrolment, instrument), right)
    assert (len(asked(fifth)), Evidence.objects.count()) == (6, 4)


# Calibrated on enough answers, or not at all ------------------------------------------------------------------------------


def test_no_calibration_no_adaptive_assessment(db):
    calibrated_bank(answers=199)
    with pytest.raises(InvalidInstrument, match="No question of “discover-expectations” is calibrated on 200 complete answers"):
        adaptive_instrument(length=6)
    assert not Instrument.objects.exists()


def test_a_bank_of_less_than_four_times_the_length_is_refused_in_words(bank):
    with pytest.raises(InvalidInstrument, match=r"has 24 questions .* A sitting of 7 needs 28"):
        adaptive_instrument(length=7)
    assert adaptive_instrument(length=6).is_adaptive


def test_questions_on_fewer_answers_are_never_chosen(enrolment, bank):
    items, _calibration = bank
    few = {item.pk for item in items[:18]}
    instrument = adaptive_instrument(length=6)
    CalibratedItem.objects.filter(item_version__item__in=few).update(answers=199)
    bank_of.cache_clear()
    attempt = answer_on(begun(enrolment, instrument), right)
    assert not few & set(asked(attempt))
    retire_item(item=items[20])
    with pytest.raises(AssessmentNotOpen):
        begun(learner(enrolment.course), instrument)


def test_calibrating_keeps_what_rests_on_enough_answers(course_of_answers):
    form = course_of_answers(260)
    kept = keep_calibration(SKILLS[0])
    rows = list(kept.items.select_related("item_version__item"))
    assert (kept.persons, len(rows)) == (260, form.entries.count())
    assert all(row.answers == 260 and row.a > 0 for row in rows)
    by_key = {row.item_version.item.key: row.b for row in rows}
    assert by_key["q0"] < by_key["q2"] < by_key["q4"], "made harder from one to the next"


def test_questions_left_open_are_no_complete_answers(course_of_answers):
    course_of_answers(260, left_open=100)
    with pytest.raises(AnswersNotUsable, match="has 200 complete answers; the most answered one has 160"):
        keep_calibration(SKILLS[0])
    assert not Calibration.objects.exists()


@pytest.fixture
def course_of_answers(db):
    from assessments.services import upsert_instrument
    from tests.assessments.factories import item, skills

    def make(count, left_open=0):
        skills()
        course = published_course([["l1"]])
        keys = [f"q{number}" for number in range(5)]
        for key in keys:
            item(course, key)
        form = upsert_instrument(course=course, key="form-a", title="Form A", item_keys=keys)
        rng = np.random.default_rng(3)
        levels = rng.normal(size=count)
        p = 1 / (1 + np.exp(-(levels[:, None] - np.linspace(-1.5, 1.5, 5)[None, :])))
        is_right = rng.random(p.shape) < p

        def chosen(person, question):
            return None if person < left_open else "b" if is_right[person, question] else "a"

        sit_many(form, people(count, course), chosen)
        return form

    return make


# Exposure -----------------------------------------------------------------------------------------------------------------


def test_no_question_is_asked_of_too_many_by_the_service(enrolment, monkeypatch):
    """160 simulated people, each answering by a level of their own, with a bank of four times the length; the draws of the
    service are those of the engine, whose bounds `test_adaptive` holds with more of them.
    """
    rng = np.random.default_rng(11)
    _fixed_uuids(monkeypatch)
    instrument = adaptive_instrument(length=6)
    rows = list(CalibratedItem.objects.select_related("item_version"))
    parameters = {row.item_version_id: (row.a, row.b) for row in rows}
    places = {row.item_version.item_id: place for place, row in enumerate(rows)}
    engine = Bank("2pl", [irt.ItemParameters(row.a, (row.b,)) for row in rows], [row.facet for row in rows])
    met, errors = Counter(), []
    enrolments = [learner(enrolment.course) for _person in range(160)]
    for one, level in zip(enrolments, rng.normal(size=160).tolist(), strict=True):

        def chosen(entry, level=level):
            a, b = parameters[entry.item_version_id]
            return "b" if rng.random() < 1 / (1 + np.exp(-a * (level - b))) else "a"

        attempt = answer_on(begun(one, instrument), chosen)
        met.update(asked(attempt))
        errors.append(attempt.scorings.get().detail["adaptive"]["level"] - level)
        given = [
            Answer(places[entry.item_id], int(attempt.responses.get(item_version=entry.item_version).chosen == ["b"]))
            for entry in attempt.items.order_by("position")
        ]
        assert [step(engine, Rules(6), given[:n], str(attempt.uuid)).item for n in range(6)] == [
            answer.item for answer in given
        ]
    assert max(met.values()) / 160 <= 0.40
    found = exposure_of(instrument)
    assert (found.sittings, found.most, found.items) == (160, max(met.values()), 24)
    assert len(met) == 24
    assert float(np.sqrt(np.mean(np.square(errors)))) < 0.75


def _fixed_uuids(monkeypatch):
    """Sittings draw by their number; the same numbers in every run of the test."""
    field = Attempt._meta.get_field("uuid")
    numbers = iter(range(1, 10_000))
    monkeypatch.setitem(field.__dict__, "_get_default", lambda: uuid.uuid5(uuid.NAMESPACE_OID, str(next(numbers))))


def test_the_band_holds_its_share_of_the_posterior():
    items = [irt.ItemParameters(1.2, (b,)) for b in (-1.0, 0.0, 1.0)]
    bank = Bank("2pl", items)
    given = [Answer(0, 1), Answer(1, 1), Answer(2, 0)]
    band = band_of(bank, given)
    fine = np.linspace(-6, 6, 24_001)
    density = np.exp(-(fine**2) / 2)
    for item, answer in zip(items, given, strict=True):
        p = 1 / (1 + np.exp(-item.a * (fine - item.b[0])))
        density *= p if answer.category else 1 - p
    cumulated = np.cumsum(density) / density.sum()
    low, high = np.interp([0.1, 0.9], cumulated, fine)
    assert (band.low, band.high) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))


def test_barred_places_are_never_chosen():
    rng = np.random.default_rng(2)
    bank = Bank("2pl", [irt.ItemParameters(1.0, (b,)) for b in rng.normal(size=20).tolist()])
    given = []
    barred = set(range(0, 20, 2))
    while (now := step(bank, Rules(15), given, "s", barred)).item is not None:
        given.append(Answer(now.item, 1))
    assert sorted(answer.item for answer in given) == list(range(1, 20, 2))
