"""Which requirements count when a course changes under an enrolment (decision 0010)."""

import pytest

from learning.rules import requirements_in_force
from tests.courses.factories import published_course, republish, uid

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kept", "finished", "is_another_course"),
    [
        (["l1", "l2", "l3"], [], False),
        (["l1", "l2"], [], False),  # exactly half
        (["l1"], [], True),
        (["l1"], ["l4"], False),  # half again: what was finished counts for ever
        ([], ["l3", "l4"], False),
        ([], ["l4"], True),
    ],
)
def test_it_is_another_course_when_fewer_than_half_of_the_requirements_are_left(kept, finished, is_another_course):
    course = published_course([["l1", "l2", "l3", "l4"]])
    pinned = course.current_version
    newest = republish(course, [[*kept, "new"]])
    version, counted = requirements_in_force(pinned, newest, {uid(name) for name in finished})
    expected = (newest, {uid(name) for name in [*kept, "new"]}) if is_another_course else (pinned, {*map(uid, kept + finished)})
    assert (version, counted) == expected


def test_a_version_is_its_own_course_whatever_was_finished():
    version = published_course([["l1", "l2"]]).current_version
    for newest in (None, version):
        assert requirements_in_force(version, newest, {uid("l1")}) == (version, {uid("l1"), uid("l2")})
