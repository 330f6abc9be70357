"""Rows that tests need. Each app's tests may add their own in tests/<app>/factories.py."""

import uuid

import factory
from django.utils import timezone

from access.models import CourseSet
from accounts.enums import MembershipState, Role
from accounts.models import Membership, Organisation, RoleAssignment, Team, User
from courses.models import Course


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    first_name = "Ada"
    last_name = factory.Sequence(lambda n: f"Okafor{n}")

    @factory.post_generation
    def verified_address(self, create, extracted, **kwargs):
        if create and extracted is not False:
            from allauth.account.models import EmailAddress

            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organisation

    slug = factory.Sequence(lambda n: f"organisation-{n}")
    name = factory.Sequence(lambda n: f"Organisation {n}")


class TeamFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Team

    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.Sequence(lambda n: f"Team {n}")


class MembershipFactory(factory.django.DjangoModelFactory):
    """An active member with a user of their own."""

    class Meta:
        model = Membership

    organisation = factory.SubFactory(OrganisationFactory)
    user = factory.SubFactory(UserFactory)
    email = factory.SelfAttribute("user.email")
    first_name = factory.SelfAttribute("user.first_name")
    last_name = factory.SelfAttribute("user.last_name")
    state = MembershipState.ACTIVE
    joined_at = factory.LazyFunction(timezone.now)


class RoleAssignmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RoleAssignment

    membership = factory.SubFactory(MembershipFactory)
    role = Role.ADMIN


class CourseFactory(factory.django.DjangoModelFactory):
    """A course identity with a course set of its own, not yet published: see tests.courses.factories for versions."""

    class Meta:
        model = Course
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"course-{n}")
    slug = factory.SelfAttribute("key")
    title = factory.Sequence(lambda n: f"Course {n}")
    uuid = factory.LazyFunction(uuid.uuid4)

    @factory.post_generation
    def course_set(self, create, extracted, **kwargs):
        if create and extracted is not False:
            course_set = CourseSet.objects.create(slug=self.slug, title=self.title, own_course=self)
            course_set.courses.add(self)
