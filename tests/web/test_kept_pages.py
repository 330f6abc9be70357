"""Pages of which parts are kept say the same as without that, byte for byte, to everybody and in every state of a lesson."""

import re

import pytest
from django.urls import reverse

from access import services as access_services
from access.models import AccessGrant
from accounts.models import Membership
from assessments.models import Item
from common import fragments
from courses import services as course_services
from learning import services
from learning.models import ActivityState, Enrolment
from tests.assessments.factories import check
from tests.courses.factories import block, content, lesson, uid
from tests.factories import MembershipFactory, RoleAssignmentFactory, UserFactory
from tests.web.learner import address, enrolled, rich_course

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value="|name="kept-for" value="\d+|"X-CSRFToken": ")[^"]*"')
COURSE = "/courses/rich/"


@pytest.fixture
def course():
    return rich_course()


def read(client, path, **more) -> str:
    return TOKEN.sub(r'\1…"', client.get(path, **more).content.decode())


@pytest.fixture
def as_ever(settings):
    """Asks for a page without keeping anything, then twice with it, and returns what all three say."""

    def ask(client, path, **more) -> str:
        settings.ACCORD_KEEPS_FRAGMENTS = False
        client.get(path, **more)  # some pages say something once
        plain = read(client, path, **more)
        settings.ACCORD_KEEPS_FRAGMENTS = True
        assert [read(client, path, **more) for _time in range(2)] == [plain, plain]
        assert fragments.MARK not in plain
        return plain

    return ask


def do_everything(enrolment, client):
    """Answers, words in every written kind, and every lesson finished."""
    client.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    services.save_entry(enrolment=enrolment, block_id=uid("r1"), data={"text": "my <own> words"})
    for name in ("l1", "l2", "l3"):
        services.finish_activity(enrolment=enrolment, block_id=uid(name))


def test_visitors(client, course, as_ever):
    assert "This is a sample lesson" in as_ever(client, address("l1"))
    assert "Try a question" in as_ever(client, COURSE)
    as_ever(client, "/")
    as_ever(client, reverse("courses:catalogue"))
    as_ever(client, reverse("account_login"))
    as_ever(client, "/nowhere/")


def test_one_after_another_in_every_state(course, sign_in, organisation, as_ever):
    people = [UserFactory(first_name=name, time_zone=zone) for name, zone in (("Ada", "Asia/Tokyo"), ("Ben", ""), ("Cleo", ""))]
    clients = [sign_in(person) for person in people]
    enrolments = [enrolled(person, course) for person in people]
    Enrolment.objects.filter(pk=enrolments[1].pk).update(organisation=organisation)
    clients[0].post(address("l1", "checks", uid("c1")), {"chosen": "b"})
    services.finish_activity(enrolment=enrolments[0], block_id=uid("l1"))
    do_everything(enrolments[2], clients[2])
    pages = {}
    for name in ("l1", "l2", "l3"):
        for person, client in zip(people, clients, strict=True):
            pages[person.first_name, name] = as_ever(client, address(name))
            as_ever(client, address(name) + f"?problem={uid('c1')}")
            as_ever(client, address(name), headers={"Accept-Language": "de"})
            as_ever(client, COURSE)
            as_ever(client, reverse("learn"))
    for (person, _lesson), page in pages.items():
        assert [other for other in ("Ada", "Ben", "Cleo") if f"Signed in as {other}" in page] == [person]
    assert [name for name, page in pages.items() if "my &lt;own&gt; words" in page] == [("Cleo", "l2")]
    assert organisation.name in pages["Ben", "l1"]
    assert organisation.name not in pages["Ada", "l1"]


def test_german(course, user, sign_in, as_ever, settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    enrolled(user, course)
    client = sign_in(user)
    assert '<html lang="en"' in as_ever(client, address("l1"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    as_ever(client, address("l1"))


@pytest.mark.parametrize("kind", ["reflection", "plan", "worksheet"])
def test_words_that_are_not_saved_stay_in_their_field(user, sign_in, settings, kind):
    value = {"columns": [{"id": "a", "label": "A", "hint": ""}], "title": "T", "prompt": "P", "intro": "", "rows": 2}
    course = rich_course()
    course_services.publish_version(course=course, content=content([[lesson("l1", blocks=[block(kind, "new", value)])]]))
    enrolled(user, course)
    client = sign_in(user)
    fields = {"reflection": {"text": "first"}, "plan": {"if": "first", "then": ""}, "worksheet": {"cell-0-a": "first"}}[kind]
    client.post(address("l1", "entries", uid("new")), fields | {"revision": "0"})
    later = dict.fromkeys(fields, "second")
    pages = []
    for keeps in (False, True, True):
        settings.ACCORD_KEEPS_FRAGMENTS = keeps
        answer = client.post(address("l1", "entries", uid("new")), later | {"revision": "0"})
        assert answer.status_code == 409
        pages.append(TOKEN.sub(r'\1…"', answer.content.decode()))
    assert pages[0] == pages[1] == pages[2]
    assert "second</textarea>" in pages[0]
    assert "This was changed in another tab" in pages[0]
    assert ActivityState.objects.get(activity__block_id=uid("new")).revision == 1


def test_an_answer_by_a_script(user, course, sign_in, settings):
    enrolled(user, course)
    client = sign_in(user)
    answers = {}
    for keeps in (False, True, True):
        settings.ACCORD_KEEPS_FRAGMENTS = keeps
        for chosen in ("a", "b", ""):
            fields = {"chosen": chosen} if chosen else {}
            answer = client.post(address("l1", "checks", uid("c1")), fields, headers={"HX-Request": "true"})
            answers.setdefault(chosen, set()).add(TOKEN.sub(r'\1…"', answer.content.decode()))
    assert {chosen: len(said) for chosen, said in answers.items()} == {"a": 1, "b": 1, "": 1}


def test_what_is_withdrawn_between_two_requests_is_closed_at_once(user, sign_in):
    course = rich_course(is_free=False)
    access_services.grant_access(user=user, course_set=course.sets.get(), source="order", source_key="order:1")
    client = sign_in(user)
    seen = []
    for revoked in (False, True, False):
        if revoked:
            access_services.revoke_access(source_key="order:1")
        elif seen:
            AccessGrant.objects.update(revoked_at=None)
        page = client.get(address("l2"))
        seen.append((page.status_code, b"Text of l2." in page.content))
    assert seen == [(200, True), (302, False), (200, True)]


def test_another_question_is_shown_at_once(user, course, sign_in):
    enrolled(user, course)
    client = sign_in(user)
    client.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    assert "What does she know?" in read(client, address("l1"))
    item = Item.objects.get(uuid=uid("item-c1"))
    check(course, "c1", prompt="What else?", kind=item.kind)
    page = read(client, address("l1"))
    assert ("What else?" in page, "What does she know?" in page) == (True, False)


def test_a_name_that_is_changed_is_shown_at_once(user, course, sign_in):
    enrolled(user, course)
    client = sign_in(user)
    assert f"Signed in as {user.display_name}" in read(client, address("l1"))
    user.first_name = "Somebodyelse"
    user.save()
    assert f"Signed in as {user.display_name}" in read(client, address("l1"))


def test_a_role_that_is_given_opens_its_link_at_once(user, course, sign_in, organisation):
    enrolled(user, course)
    client = sign_in(user)
    console = reverse("org:overview", args=[organisation.slug])
    assert console not in read(client, address("l1"))
    membership = MembershipFactory(organisation=organisation, user=user)
    RoleAssignmentFactory(membership=membership, role="owner")
    assert console in read(client, address("l1"))
    Membership.objects.update(state="left")
    assert console not in read(client, address("l1"))
