"""Pages call a skill as the organisation does for which they are, and as Accord does to everybody else."""

from datetime import timedelta

import pytest
import yaml
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from assessments.enums import Occasion
from feedback.services import begin_round
from learning.services import start_free
from needs.models import SpecificationSkill
from practice import services as practice_services
from skills.models import Framework, Level
from skills.queries import skill
from skills.services import give_own_framework, load_framework, put_framework_away, write_words
from tests.assessments.factories import SKILLS, learner
from tests.assessments.test_placements import course, sit  # noqa: F401  # the fixture of a course keyed by level
from tests.courses.factories import content, lesson, published_course
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.needs.factories import SpecificationFactory
from tests.practice.simulation_cases import interview
from tests.skills.test_own_frameworks import words

pytestmark = pytest.mark.django_db

DISCOVER = "discover-expectations"
OURS, ACCORDS = "Hear people out", "Discover expectations"


@pytest.fixture
def framework(db):
    return load_framework(yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text()))


@pytest.fixture
def own(organisation, framework):
    return reworded(organisation)


@pytest.fixture
def colleague(organisation):
    return MembershipFactory(organisation=organisation, user=UserFactory()).user


def reworded(organisation) -> Framework:
    own = give_own_framework(organisation=organisation, title="Own")
    for one in own.skills.all():
        write_words(one, words(OURS if one == own.skills.first() else f"Our {one.name}"), "console")
    return own


def read(client, address) -> tuple[bool, bool]:
    """Whether the page says the organisation's name, and Accord's."""
    page = client.get(address)
    assert page.status_code == 200
    return OURS in page.content.decode(), ACCORDS in page.content.decode()


def test_results_of_a_course_for_an_organisation(course, organisation, sign_in):  # noqa: F811
    own, user = reworded(organisation), UserFactory()
    named = own.skills.get(measured_as__slug=SKILLS[0])
    for_work = learner(course, organisation, user)
    sit(for_work, Occasion.BEFORE, lambda position: "b")
    client, address = sign_in(user), reverse("assessments:result", args=[for_work.uuid])
    theirs, accords = named.name, named.measured_as.name

    def says():
        page = client.get(address).content.decode()
        return f"{theirs}: " in page, f"{accords}: " in page

    assert says() == (False, True), "no member reads Accord's words"
    MembershipFactory(organisation=organisation, user=user)
    assert says() == (True, False)
    assert "Step 3" in client.get(address).content.decode()
    put_framework_away(framework=own, actor=None)
    assert says() == (False, True)


@pytest.mark.parametrize("is_member", [True, False])
def test_practice(own, colleague, sign_in, is_member):
    practice_services.publish_case(interview())
    simulation = practice_services.publish_case(interview())
    type(simulation).objects.update(skill=skill(DISCOVER))
    client = sign_in(colleague if is_member else UserFactory())
    for page in (reverse("simulations:list"), simulation.get_absolute_url()):
        assert read(client, page) == (is_member, not is_member)


@pytest.mark.parametrize("is_member", [True, False])
def test_courses(own, colleague, sign_in, client, is_member):
    taught = content([[lesson("one")]]) | {"skills": [{"slug": DISCOVER, "level": 3}]}
    published = published_course([["one"]])
    version = published.current_version
    type(version).objects.filter(pk=version.pk).update(content=version.content | {"skills": taught["skills"]})
    reader = sign_in(colleague if is_member else UserFactory())
    assert read(reader, published.get_absolute_url()) == (is_member, not is_member)
    assert ("Does 3." in reader.get(published.get_absolute_url()).content.decode()) is is_member
    assert read(reader, reverse("courses:catalogue")) == (is_member, not is_member)
    assert read(client, published.get_absolute_url()) == (False, True)


def test_a_round_of_feedback_keeps_the_name_with_which_it_was_begun(own, colleague, sign_in):
    assert read(sign_in(colleague), reverse("feedback:new"))[0] is True
    begun = begin_round(user=colleague, skills=[skill(DISCOVER)], closes_on=timezone.localdate() + timedelta(days=21))
    assert begun.skills.get().name == OURS
    assert begun.skills.get().behaviours.first().own_words == Level.objects.get(skill=skill(DISCOVER), number=3).behaviour
    put_framework_away(framework=own, actor=None)
    assert read(sign_in(colleague), begun.get_absolute_url()) == (True, False)


def test_the_console_of_needs(own, organisation, member, sign_in):
    other = OrganisationFactory()
    for one, names in ((organisation, (True, False)), (other, (False, True))):
        specification = SpecificationFactory(gap__organisation=one)
        SpecificationSkill.objects.create(specification=specification, skill=skill(DISCOVER), from_level=1, to_level=3)
        client = sign_in(member(one, "lnd_partner").user)
        assert read(client, specification.get_absolute_url()) == names
        assert read(client, reverse("org:specification_new", args=[one.slug, specification.gap.uuid])) == names


def test_my_learning_and_my_skills(own, colleague, sign_in):
    start_free(user=colleague, course=published_course([["one"]]))
    assert read(sign_in(colleague), reverse("skills")) == (True, False)
