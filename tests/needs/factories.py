"""Gaps and specifications for tests."""

from datetime import date
from decimal import Decimal

import factory

from courses.models import Course
from needs.models import Cause, CauseFactor, CauseWeight, Expectation, Gap, Specification, SpecificationSkill
from skills.models import Framework, Skill
from tests.courses.factories import published_course
from tests.factories import OrganisationFactory


class SkillFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Skill

    framework = factory.LazyFunction(lambda: Framework.objects.get_or_create(slug="accord", defaults={"title": "Accord"})[0])
    slug = factory.Sequence(lambda n: f"skill-{n}")
    name = factory.Sequence(lambda n: f"Skill {n}")


class GapFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Gap

    organisation = factory.SubFactory(OrganisationFactory)
    title = "Families are told late about changes"
    who = "Ward coordinators"
    measure = "Complaints a month"
    expected = Decimal(4)
    actual = Decimal(11)
    higher_is_better = False


class SpecificationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Specification

    gap = factory.SubFactory(GapFactory)
    organisation = factory.SelfAttribute("gap.organisation")
    title = "Ask before it changes"
    course = factory.LazyFunction(lambda: Course.objects.first() or published_course())
    people = 40
    evaluation = "Complaints of the six months after, against the six before."


class ExpectationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Expectation

    specification = factory.SubFactory(SpecificationFactory)
    organisation = factory.SelfAttribute("specification.organisation")
    stakeholder_group = "customers"
    owner = "Council of relatives"
    statement = "We hear of a change before it happens"
    measure = "Complaints a month"
    baseline = Decimal(11)
    target = Decimal(5)
    due_on = date(2027, 3, 31)


def find_causes(gap: Gap, **weights: str) -> None:
    """Every factor looked at; those named with their weight, the others not a cause."""
    for factor in CauseFactor.values:
        Cause.objects.create(gap=gap, factor=factor, weight=weights.get(factor, CauseWeight.NOT))


def name_skill(specification: Specification) -> None:
    SpecificationSkill.objects.create(specification=specification, skill=SkillFactory(), from_level=1, to_level=3)
