"""What a key of the installation keeps anybody from working out: how counts were rounded, and what was hashed."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.utils import timezone

from outcomes.analysis import computing
from outcomes.analysis.computing import compute_result
from outcomes.analysis.keyed import keyed_digest, threshold_of
from outcomes.analysis.loading.people import load_people
from outcomes.evidence import engine
from outcomes.evidence.question import Question
from outcomes.models import AnalysisRequest, Release
from stakeholders.models import EmploymentStint
from stakeholders.queries import known_courses
from stakeholders.services import record_objection
from tests.factories import OrganisationFactory

ASKED = AnalysisRequest(as_of="2024-12-31")
COUNTS = ("units", "events", "exposed_units", "events_exposed")


def test_thresholds_are_uniform_and_of_one_organisation_and_name(settings):
    ours, others = OrganisationFactory.build(pk=1), [OrganisationFactory.build(pk=pk) for pk in range(1, 401)]
    found = np.array([threshold_of(one)("units") for one in others])
    assert threshold_of(ours)("units") == found[0]
    assert threshold_of(ours)("events") != found[0]
    assert len(set(found)) == len(found)
    assert np.histogram(found, bins=4, range=(0, 1))[0] == pytest.approx([100] * 4, abs=30)
    settings.SECRET_KEY = "of another installation"
    assert threshold_of(ours)("units") != found[0]


def test_a_digest_is_of_one_organisation_and_installation(settings):
    ours, other = OrganisationFactory.build(pk=1), OrganisationFactory.build(pk=2)
    digest = keyed_digest(ours, "a" * 64)
    assert (len(digest), keyed_digest(ours, "a" * 64), keyed_digest(ours, "")) == (64, digest, "")
    assert digest not in (keyed_digest(other, "a" * 64), keyed_digest(ours, "b" * 64), "a" * 64)
    settings.SECRET_KEY = "of another installation"
    assert keyed_digest(ours, "a" * 64) != digest


@pytest.mark.django_db
def test_nobody_can_try_which_rows_were_hashed(acme, monkeypatch):
    """Whoever has the file and the program hashes it without each person in turn, and compares."""
    record_objection(organisation=acme, person_id="P101", email="", actor=None)
    plain = []
    monkeypatch.setattr(computing, "keyed_digest", lambda _organisation, digest: plain.append(digest) or "keyed")
    printed = compute_result(acme, ASKED, with_charts=False).result["provenance"]
    loaded = load_people(acme, (), list(known_courses(acme)))
    question = Question("x", as_of=date(2024, 12, 31), courses=("Listening",))
    guessed = engine.refuse(question, loaded.units, [], imports=printed["imports"], ran_at=timezone.now())
    assert plain == [guessed.provenance.data_digest]  # it can be guessed, and so it is not what is printed
    assert printed["data_digest"] == "keyed"


@pytest.mark.django_db
def test_which_way_a_count_is_rounded_is_not_known(acme, monkeypatch):
    """A file could be padded until one more person tips a known edge."""
    exact = compute_result(acme, ASKED, with_charts=False).result["counts"]
    assert any(exact[name] % 5 for name in COUNTS)
    told = []
    for threshold in (0.0, 0.999):
        monkeypatch.setattr(computing, "threshold_of", lambda _organisation, at=threshold: lambda _name: at)
        Release.objects.update(created_at=timezone.now() - timedelta(days=92))
        EmploymentStint.objects.filter(organisation=acme, person_id=f"P{101 + len(told)}").delete()
        told.append(compute_result(acme, ASKED, with_charts=False).result["counts"])
    up, down = ([counts[name] for name in COUNTS] for counts in told)
    assert {one % 5 for one in [*up, *down]} == {0}
    assert all(high - low in (0, 5) for high, low in zip(up, down, strict=True))
    assert up != down
