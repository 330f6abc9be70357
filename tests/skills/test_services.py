import pytest
import yaml
from django.conf import settings

from skills.enums import DEFAULT_FRAMEWORK
from skills.models import Evidence, Level, Skill
from skills.queries import records_of, records_with_evidence
from skills.services import load_framework
from tests.factories import UserFactory
from tests.skills.factories import AT, measured

pytestmark = pytest.mark.django_db


@pytest.fixture
def framework():
    return load_framework(yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text()))


def test_the_shipped_framework_is_the_default_one(framework):
    assert framework.slug == DEFAULT_FRAMEWORK


def test_the_shipped_framework_has_eight_skills_of_five_levels(framework):
    assert (Skill.objects.count(), Level.objects.count()) == (8, 40)


def test_loading_twice_changes_nothing(framework):
    before = list(Skill.objects.values_list("pk", "slug", "name", "position"))
    load_framework(yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text()))
    assert list(Skill.objects.values_list("pk", "slug", "name", "position")) == before
    assert Level.objects.count() == 40


def test_evidence_is_recorded_once_per_source(framework, user):
    assert measured(user) == measured(user, share=0.6)
    assert list(Evidence.objects.values_list("share", "is_provisional", "level")) == [(0.5, True, None)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": 1.2, "share_high": None},
        {"share_low": 0.6},
        {"kind": "gossip"},
        {"level": 3},
    ],
)
def test_evidence_that_makes_no_sense_is_refused(framework, user, wrong):
    with pytest.raises(ValueError):
        measured(user, **wrong)


def test_an_unknown_skill_is_refused(framework, user):
    with pytest.raises(Skill.DoesNotExist):
        measured(user, skill_slug="juggling")


def test_records_hold_every_skill_and_only_ones_own_evidence(framework, user, django_assert_num_queries):
    first = measured(user)
    second = measured(user, source="attempt:2", occurred_at=AT.replace(month=5), share=0.7)
    measured(UserFactory(), source="attempt:3")
    with django_assert_num_queries(4):
        records = records_of(user)
    assert (len(records[0].levels), records[0].evidence) == (5, [first, second])
    assert (records[0].first, records[0].latest, records[0].awarded) == (first, second, None)
    assert [len(record.evidence) for record in records[1:]] == [0] * 7


def test_corrected_evidence_is_kept_and_counts_no_more(framework, user):
    first = measured(user)
    corrected = measured(user, source="attempt:1:again", share=0.6)
    corrected.replaces = first
    corrected.save()
    assert (list(Evidence.objects.in_force()), Evidence.objects.count()) == ([corrected], 2)
    assert records_of(user)[0].evidence == [corrected]
    assert [record.evidence for record in records_with_evidence(user)] == [[corrected]]
