from datetime import UTC, datetime

import pytest

from skills.models import Skill
from skills.queries import records_of, records_with_evidence, skill, skills_by_slug, skills_of
from skills.services import load_framework, record_evidence
from tests.assessments.factories import item
from tests.factories import CourseFactory

pytestmark = pytest.mark.django_db


def framework(slug, *skills):
    levels = [{"level": 1, "name": "Starting", "behaviour": f"As {slug} sees it."}]
    return load_framework(
        {"id": slug, "title": slug, "skills": [{"id": name, "name": f"{name} of {slug}", "levels": levels} for name in skills]}
    )


@pytest.fixture(autouse=True)
def frameworks():
    """An organisation's own framework, there before the one that ships with Accord, has a skill of the same slug."""
    framework("northwind", "discover-expectations", "plan-shifts")
    framework("accord", "negotiate", "discover-expectations")


def test_a_slug_means_the_skill_of_the_framework_that_ships_with_accord():
    assert skill("discover-expectations").name == "discover-expectations of accord"


def test_a_slug_means_the_skill_of_the_framework_that_is_named():
    assert skill("discover-expectations", "northwind").name == "discover-expectations of northwind"


def test_a_skill_of_another_framework_is_not_found():
    with pytest.raises(Skill.DoesNotExist):
        skill("plan-shifts")


def test_the_skills_of_a_framework_come_in_its_order():
    assert [skill.slug for skill in skills_of()] == ["negotiate", "discover-expectations"]
    assert [skill.slug for skill in skills_of("northwind")] == ["discover-expectations", "plan-shifts"]


def test_skills_by_slug_hold_one_framework(django_assert_num_queries):
    with django_assert_num_queries(2):
        skills = {slug: [level.behaviour for level in found.levels.all()] for slug, found in skills_by_slug().items()}
    assert skills == {"negotiate": ["As accord sees it."], "discover-expectations": ["As accord sees it."]}


def test_a_question_names_a_skill_of_the_framework_that_ships_with_accord():
    assert item(CourseFactory(), "q1").skill == skill("discover-expectations")


def test_records_are_of_one_framework(user):
    at = datetime(2026, 3, 1, tzinfo=UTC)
    own, shipped = skill("discover-expectations", "northwind"), skill("discover-expectations")
    for of in (own, shipped):
        record_evidence(user=user, skill=of, kind="practice", source="practice:1", label="Practice", occurred_at=at)
    assert [(record.skill, len(record.evidence)) for record in records_of(user)] == [(skill("negotiate"), 0), (shipped, 1)]
    assert [record.skill for record in records_with_evidence(user)] == [shipped]
