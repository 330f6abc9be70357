"""Completions just before an exit: a share where there are many, and nothing by which one colleague could be read."""

import pytest

from stakeholders.coverage import coverage_of
from tests.factories import MembershipFactory
from tests.stakeholders.conftest import complete_in_accord

pytestmark = pytest.mark.django_db

FILES, ACCORD = (
    "Completed in the {} days before leaving, by the files",
    "Completed in Accord in the {} days before leaving",
)


def said(organisation):
    """Figure and tone of each line about completions before leaving."""
    [people] = coverage_of(organisation)
    return {
        finding.title: (finding.found, finding.tone) for finding in people.findings if finding.title.startswith("Completed")
    }


def leave(bring, exits):
    """A file of people: (person_id, email, exit_date, completion_date)."""
    rows = [f"{person},2019-01-01,{day},{email},{done}" for person, email, day, done in exits]
    bring("people", "\n".join(["person_id,hire_date,exit_date,email,completion_date", *rows]) + "\n")


def members(organisation, n):
    return [
        MembershipFactory(organisation=organisation, user__email=f"m{i}@example.org", person_id=f"M{i}" if i % 2 else "")
        for i in range(n)
    ]


def test_completions_are_found_wherever_they_stand(organisation, bring):
    leave(bring, [(f"P{i}", f"p{i}@example.org", "2021-06-20", "") for i in range(60)])
    done = [f"P{i},,Talk,2021-06-01" for i in range(10)] + [f",p{i}@example.org,Talk,2021-04-01" for i in range(10, 25)]
    bring("completions", "\n".join(["person_id,email,course,completed_on", *done]) + "\n")
    assert said(organisation) == {
        FILES.format(30): ("10% to 25%", "caution"),
        FILES.format(90): ("25% to 50%", "caution"),
        "Completed before leaving, by half-year and the files": ("2021-H1 25% to 50%", ""),
        ACCORD.format(30): ("not shown", ""),
        ACCORD.format(90): ("not shown", ""),
    }


def test_members_who_left_are_found_by_number_and_by_address(organisation, bring):
    colleagues = members(organisation, 40)
    leave(bring, [(f"M{i}", f"m{i}@example.org", "2021-06-20", "") for i in range(40)])
    complete_in_accord(colleagues[:12], "2021-06-01")
    complete_in_accord(colleagues[12:24], "2021-04-01")
    assert said(organisation) == {
        ACCORD.format(30): ("25% to 50%", "caution"),
        ACCORD.format(90): ("more than half", "caution"),
    }


@pytest.mark.parametrize("n_members", [1, 2, 10, 19])
@pytest.mark.parametrize("n_made_up", [9, 40])
def test_rows_made_up_tell_nothing_of_a_few_colleagues(organisation, bring, n_members, n_made_up):
    """Each colleague with a day of exit made up, beside rows whose completions are known because they are made up as well."""
    colleagues = members(organisation, n_members)
    made_up = [(f"X{i}", "", "2021-06-20", "2021-06-11" if i < n_made_up // 2 else "") for i in range(n_made_up)]
    leave(bring, [(f"M{i}", f"m{i}@example.org", "2021-06-20", "") for i in range(n_members)] + made_up)
    before = said(organisation)
    complete_in_accord(colleagues, "2021-06-11")
    assert said(organisation) == before
    assert before[ACCORD.format(30)] == ("not shown", "")


@pytest.mark.parametrize("as_rows", ["many addresses", "many stays"])
def test_one_colleague_in_many_rows_is_one(organisation, bring, as_rows):
    [ann] = members(organisation, 1)
    if as_rows == "many stays":
        ann.person_id = "ANN"
        ann.save()
        stays = [f"ANN,20{i:02d}-01-01,20{i:02d}-06-20" for i in range(1, 25)]
        bring("people", "\n".join(["person_id,hire_date,exit_date", *stays]) + "\n")
    else:
        leave(bring, [(f"X{i}", ann.email, "2021-06-20", "") for i in range(30)])
    complete_in_accord([ann], "2021-06-11")
    assert set(said(organisation).values()) == {("not shown", "")}


@pytest.mark.parametrize("n_members", [20, 60, 200])
def test_no_completion_is_told_apart_from_nine(organisation, bring, n_members):
    """And made-up completions in the file do not make up what is missing to ten."""
    colleagues = members(organisation, n_members)
    leave(bring, [(f"M{i}", f"m{i}@example.org", "2021-06-20", "2021-06-10" if i > 8 else "") for i in range(n_members)])
    before = said(organisation)
    complete_in_accord(colleagues[:9], "2021-06-11")
    assert said(organisation) == before
    assert before[ACCORD.format(30)] == ("fewer than ten", "")
    complete_in_accord(colleagues[9:10], "2021-06-11")
    assert (
        said(organisation)[ACCORD.format(30)]
        == {
            20: ("25% to 50%", "caution"),
            60: ("10% to 25%", "caution"),
            200: ("at most 10%", ""),
        }[n_members]
    )


def test_members_without_an_account_do_not_make_up_the_twenty(organisation, bring):
    """An invitation needs nobody behind it."""
    for i in range(30):
        MembershipFactory(
            organisation=organisation, user=None, email=f"m{i}@example.org", first_name="", last_name="", state="invited"
        )
    leave(bring, [(f"M{i}", f"m{i}@example.org", "2021-06-20", "") for i in range(30)])
    assert said(organisation)[ACCORD.format(30)] == ("not shown", "")


@pytest.mark.parametrize(
    ("n_exits", "n_before", "expected"), [(10, 2, "not shown"), (19, 15, "not shown"), (20, 9, "fewer than ten")]
)
def test_by_the_files_no_small_number_is_told_either(organisation, bring, n_exits, n_before, expected):
    leave(bring, [(f"P{i}", "", "2021-06-20", "2021-06-10" if i < n_before else "") for i in range(n_exits)])
    assert said(organisation)[FILES.format(30)] == (expected, "")


def test_where_nobody_has_left_nothing_is_said(organisation, bring):
    leave(bring, [("P1", "", "", "2021-06-10")])
    assert said(organisation) == {}
