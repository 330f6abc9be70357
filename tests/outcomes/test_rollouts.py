"""Rollouts through the data that are stored: who was in which team, what is refused, what is said, and what nobody can read."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
from django.urls import reverse

from accounts.enums import Role
from outcomes.analysis import rollouts
from outcomes.analysis.computing import compute_result
from outcomes.errors import QuestionNotUnderstood
from outcomes.evidence.question import Question
from outcomes.models import AnalysisRequest, EvidenceRun, Release
from outcomes.services import request_analysis
from stakeholders.models import EmploymentStint, Objection, PersonPeriod, StakeholderTeam
from stakeholders.windows import windows_of
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2022, 1, 1), date(2024, 6, 30)
MARCH, JULY = date(2023, 3, 1), date(2023, 7, 1)
ROLLOUT = AnalysisRequest(exposure="rollout", as_of="2024-06-30")


@dataclass
class Made:
    teams: int = 18
    people: int = 60
    yearly: float = 0.3
    ratio: float = 1.0
    movers: int = 0
    seed: int = 4


def company(made: Made, *, with_history=True):
    """Teams a third of which are offered the training in March, a third in July 2023, in an order that chance decides."""
    rng = np.random.default_rng(made.seed)
    organisation = OrganisationFactory()
    order, third = rng.permutation(made.teams), made.teams // 3
    offers = {f"T{team}": MARCH if i < third else JULY if i < 2 * third else None for i, team in enumerate(order)}
    StakeholderTeam.objects.bulk_create(
        StakeholderTeam(organisation=organisation, team=team, offered_on=day) for team, day in offers.items()
    )
    stints, periods = [], []
    for i in range(made.teams * made.people):
        team = f"T{i % made.teams}"
        leaves = FIRST + timedelta(days=int(rng.exponential(365 / made.yearly)))
        offered = offers[team]
        if offered and leaves > offered:
            leaves = offered + (leaves - offered) / made.ratio
        left = leaves if leaves <= LAST else None
        stints.append(
            EmploymentStint(
                organisation=organisation,
                person_id=f"P{i}",
                team=team,
                hire_date=date(2020, 1, 1),
                exit_date=left,
                exit_kind="voluntary" if left and i % 4 else "other" if left else "",
                observed_from=FIRST,
                observed_until=LAST,
            )
        )
        moves = i < made.movers and (left is None or left > date(2023, 9, 1))
        until = date(2023, 8, 31) if moves else None
        periods.append(
            PersonPeriod(organisation=organisation, person_id=f"P{i}", from_date=date(2020, 1, 1), to_date=until, team=team)
        )
        if moves:
            other = f"T{(i + 1) % made.teams}"
            periods.append(PersonPeriod(organisation=organisation, person_id=f"P{i}", from_date=date(2023, 9, 1), team=other))
    EmploymentStint.objects.bulk_create(stints)
    if with_history:
        PersonPeriod.objects.bulk_create(periods)
    return organisation


def exact(organisation, **asked):
    """Before anything is veiled."""
    question = Question("acme", exposure="rollout", **{"as_of": LAST} | asked)
    return rollouts.answer(organisation, question, rollouts.load(organisation, ()), code="")


def codes(result):
    return [notice["code"] for notice in result["refusals"]], [notice["code"] for notice in result["warnings"]]


def test_teams_offered_a_training_are_compared_with_teams_that_wait(db):
    organisation = company(Made(ratio=0.5))
    answer = compute_result(organisation, ROLLOUT)
    result = answer.result
    assert codes(result)[0] == []
    assert codes(result)[1][0] == "offer_is_what_counts"
    assert (result["grade"], result["question"]["exposure"]) == ("quasi_experimental", "rollout")
    assert result["question"]["estimand"].startswith("average change in the exit rate of teams offered the training")
    assert "between 2022-03-01 and 2024-05-31" in result["question"]["population"]
    primary = result["estimates"][0]
    assert (primary["name"], primary["method"], primary["clusters"], primary["df"]) == ("att", "callaway_santanna", 18, 16)
    assert primary["library"].startswith("diff-diff")
    assert primary["ci_low"] < primary["value"] < 0.005
    assert {estimate["method"] for estimate in result["estimates"]} == {
        "callaway_santanna", "callaway_santanna_anticipation_1", "two_way_fixed_effects",
    }  # fmt: skip
    months = [point["relative_month"] for point in result["event_study"]]
    assert all(month % 3 == 0 for month in months)
    assert months == sorted(months)
    assert months[0] < 0 <= months[-1]
    assert 0 < result["diagnostics"]["pretrend_p"] <= 1
    assert result["diagnostics"]["pretrend_detectable"] > 0
    assert answer.report["grade"] == "Quasi-experimental"
    assert "not yet offered it" in answer.report["answer"]
    assert "every exit from 18 teams, as of 30 June 2024" in answer.report["answer"]
    assert any(
        "12 of the teams were offered the training, in 2 waves. 6 were not" in words for words in answer.report["how_we_know"]
    )


def test_the_figure_is_that_of_the_rates_of_teams(db):
    """Counted by hand from the rows: exits of each team and month over its person-months."""
    organisation = company(Made(teams=9))
    panel = exact(organisation).rollout.panel
    assert panel.teams == tuple(sorted(f"T{i}" for i in range(9)))
    assert (str(panel.months[0]), str(panel.months[-1]), panel.last) == ("2022-03-01", "2024-03-01", date(2024, 5, 31))
    team, period = "T4", 6
    stints = EmploymentStint.objects.filter(organisation=organisation, team=team)
    first, after = date(2023, 9, 1), date(2023, 12, 1)
    exits = stints.filter(exit_date__gte=first, exit_date__lt=after).count()
    ends = [stint.exit_date or after for stint in stints]
    months = [(first, date(2023, 10, 1)), (date(2023, 10, 1), date(2023, 11, 1)), (date(2023, 11, 1), after)]
    person_months = sum(max((min(end, b) - a).days, 0) / (b - a).days for a, b in months for end in ends)
    row = panel.teams.index(team)
    assert panel.exits[row, period] == exits
    assert panel.at_risk[row, period] == pytest.approx(person_months)
    assert panel.values[row, period] == pytest.approx(exits / person_months)
    assert panel.weight[row] == stints.exclude(exit_date__lte=MARCH).count()


def test_the_record_holds_what_was_offered_when_and_the_library(db):
    """Neither an offer on another day nor a question about completions has the digest of this one."""
    organisation = company(Made(teams=9))
    first = exact(organisation).result.provenance
    assert exact(organisation).result.provenance.data_digest == first.data_digest
    assert first.libraries["diff-diff"].startswith("3.")
    StakeholderTeam.objects.filter(organisation=organisation, offered_on=JULY).update(offered_on=date(2023, 8, 1))
    assert exact(organisation).result.provenance.data_digest != first.data_digest
    about_people = compute_result(organisation, AnalysisRequest(as_of="2024-06-30"), with_charts=False).result
    assert (
        about_people["provenance"]["data_digest"] != compute_result(organisation, ROLLOUT).result["provenance"]["data_digest"]
    )


def test_counts_are_rounded_and_nobody_is_near_another_answer(db):
    organisation = company(Made())
    counts = compute_result(organisation, ROLLOUT).result["counts"]
    assert all(counts[name] % 5 == 0 for name in ("units", "events", "exposed_units", "events_exposed"))
    (release,) = Release.objects.filter(organisation=organisation)
    assert release.outcome == "employee_exit rollout"
    EmploymentStint.objects.filter(organisation=organisation, exit_date=None).first().delete()
    assert codes(compute_result(organisation, ROLLOUT).result)[0] == ["too_close_to_earlier_answer"]
    # What is known of offers hides no side of an answer about completions, nor the other way round.
    assert Release.objects.filter(organisation=organisation).count() == 1


@pytest.mark.parametrize(("moving", "by_first_team"), [(40, False), (400, True)])
def test_people_who_moved_are_in_the_team_of_the_day_or_where_they_are_many_in_that_of_the_offer(db, moving, by_first_team):
    organisation = company(Made(movers=moving))
    found = exact(organisation)
    assert ("by_team_at_first_offer" in [notice.code for notice in found.result.warnings]) is by_first_team
    panel, periods = found.rollout.panel, PersonPeriod.objects.filter(organisation=organisation)
    after = panel.months.tolist().index(date(2023, 12, 1))  # and two more
    stayed = EmploymentStint.objects.filter(organisation=organisation).exclude(exit_date__lt=date(2024, 3, 1))
    there = set(stayed.values_list("person_id", flat=True))
    day = {"from_date__lte": MARCH} if by_first_team else {"to_date": None}
    of_team = there & set(periods.filter(team="T3", **day).values_list("person_id", flat=True))
    team = panel.teams.index("T3")
    left = panel.exits[team, after]
    assert 3 * len(of_team) <= panel.at_risk[team, after] <= 3 * (len(of_team) + left)


def test_exits_of_the_kinds_asked_for_count_alone(db):
    organisation = company(Made())
    every, some = exact(organisation), exact(organisation, event_kinds=("voluntary",))
    exits = EmploymentStint.objects.filter(organisation=organisation, exit_kind="voluntary")
    voluntary = exits.filter(exit_date__range=(some.rollout.panel.months[0].item(), some.rollout.panel.last)).count()
    assert some.result.counts.events == voluntary < every.result.counts.events
    assert every.rollout.panel.exits.sum() == every.result.counts.events
    assert some.rollout.panel.at_risk.sum() == pytest.approx(every.rollout.panel.at_risk.sum())


def test_whoever_objects_is_in_no_count(db, each_alone):
    organisation = company(Made())
    before = exact(organisation)
    Objection.objects.bulk_create(Objection(organisation=organisation, person_id=f"P{i}") for i in range(30))
    after = compute_result(organisation, ROLLOUT)
    assert after.result["counts"]["units"] <= before.result.counts.units - 25
    assert "people_excluded" in codes(after.result)[1]


def test_what_cannot_be_answered_is_refused_with_what_to_do(db):
    nothing = company(Made(teams=6, people=20))
    StakeholderTeam.objects.filter(organisation=nothing).update(offered_on=None)
    assert codes(compute_result(nothing, ROLLOUT).result)[0] == ["no_team_offered"]

    few_exits = company(Made(yearly=0.005))
    assert codes(compute_result(few_exits, ROLLOUT).result)[0] == ["too_few_events"]

    few_teams = company(Made(teams=3, people=100))
    assert codes(compute_result(few_teams, ROLLOUT).result)[0] == ["too_few_teams"]

    at_once = company(Made(teams=9))
    StakeholderTeam.objects.filter(organisation=at_once).update(offered_on=MARCH)
    answer = compute_result(at_once, ROLLOUT)
    assert codes(answer.result)[0] == ["no_teams_to_compare"]
    assert answer.report["answer"].startswith("The data cannot answer this yet.")


def test_few_teams_in_a_wave_describe(db):
    organisation = company(Made(teams=15, people=60))
    some = StakeholderTeam.objects.filter(organisation=organisation, offered_on=JULY)[:2].values_list("pk", flat=True)
    StakeholderTeam.objects.filter(pk__in=list(some)).update(offered_on=MARCH)
    answer = compute_result(organisation, ROLLOUT)
    assert answer.result["grade"] == "descriptive"
    assert "few_teams_in_a_wave" in codes(answer.result)[1]
    assert answer.report["grade"] == "Descriptive"
    assert "they do not show that the offer caused it" in answer.report["answer"]


def test_by_two_rosters_everyone_is_in_the_team_before_the_first_offer(db, organisation, bring):
    """Without a file of history: two complete files that say until when they know leavers."""
    made = company(Made(), with_history=False)
    header = "person_id,hire_date,exit_date,team\n"

    def rows(until, team_of):
        people = EmploymentStint.objects.filter(organisation=made)
        ends = {stint: stint.exit_date if stint.exit_date and stint.exit_date <= until else "" for stint in people}
        return "".join(f"{stint.person_id},2020-01-01,{end},{team_of(stint)}\n" for stint, end in ends.items())

    offers = StakeholderTeam.objects.filter(organisation=made).values_list("team", "offered_on")
    bring("teams", "team,offered_on\n" + "".join(f"{team},{day or ''}\n" for team, day in offers))
    early = date(2023, 2, 28)
    bring("people", header + rows(early, lambda stint: stint.team), leavers_from="2022-01-01", leavers_until=early.isoformat())
    bring("people", header + rows(LAST, lambda stint: "T0"), leavers_from="2022-01-01", leavers_until=LAST.isoformat())
    assert len(windows_of(organisation, "people")) == 2
    answer = compute_result(organisation, ROLLOUT)
    assert codes(answer.result)[0] == []
    assert "teams_by_rosters" in codes(answer.result)[1]
    assert answer.result["counts"]["teams"] == 18


def test_what_a_rollout_cannot_take_is_said_before_it_runs():
    with pytest.raises(QuestionNotUnderstood, match="takes no columns"):
        AnalysisRequest(exposure="rollout", covariates="grade:category")
    with pytest.raises(QuestionNotUnderstood, match="no horizon"):
        AnalysisRequest(exposure="rollout", horizon_months=12)


# Which months and teams -------------------------------------------------------------------------------------------------------


def changed(organisation, n, **how):
    """Stints of the first `n` who stayed."""
    some = EmploymentStint.objects.filter(organisation=organisation, exit_date=None).order_by("pk")[:n]
    EmploymentStint.objects.filter(pk__in=[stint.pk for stint in some]).update(**how)


@pytest.mark.parametrize(
    "how",
    [
        {"observed_until": date(2024, 7, 31)},
        {"observed_from": date(2015, 1, 1), "hire_date": date(2014, 1, 1)},
        {"observed_from": date(2023, 1, 1)},
        {"observed_until": date(2023, 1, 1)},
    ],
)
def test_one_row_that_is_observed_for_another_time_changes_neither_months_nor_teams(how):
    organisation = company(Made())
    before = exact(organisation).rollout.panel
    changed(organisation, 1, **how)
    after = exact(organisation, as_of=date(2024, 8, 15)).rollout.panel
    assert (after.teams, after.months.tolist(), after.last) == (before.teams, before.months.tolist(), before.last)


def test_where_half_of_the_teams_are_observed_later_all_are_compared_from_then_on():
    organisation = company(Made(ratio=0.5))
    half = [f"T{i}" for i in range(9)]
    EmploymentStint.objects.filter(organisation=organisation, team__in=half).update(observed_from=date(2022, 9, 1))
    found = exact(organisation)
    assert len(found.rollout.panel.teams) == 18
    assert found.rollout.panel.months[0] == np.datetime64("2022-09-01")
    assert not {"teams_stood_empty", "teams_not_observed"} & {notice.code for notice in found.result.warnings}


def test_one_team_that_is_observed_later_is_left_out_with_the_reason():
    organisation = company(Made(ratio=0.5))
    EmploymentStint.objects.filter(organisation=organisation, team="T3").update(observed_from=date(2022, 9, 1))
    found = exact(organisation)
    assert "T3" not in found.rollout.panel.teams
    assert len(found.rollout.panel.teams) == 17
    said = {notice.code: notice.message for notice in found.result.warnings}
    assert "not under observation from 1 January 2022 to 30 June 2024 throughout: 1." in said["teams_not_observed"]
    assert "teams_stood_empty" not in said


def test_teams_of_people_that_the_file_of_teams_does_not_hold_were_not_offered_it():
    organisation = company(Made(ratio=0.5))
    before = exact(organisation)
    StakeholderTeam.objects.filter(organisation=organisation, offered_on=None).delete()
    after = exact(organisation)
    assert after.result.estimates == before.result.estimates
    said = {notice.code: notice.message for notice in after.result.warnings}
    assert said["teams_not_in_file"].startswith("Teams that are not in the file of teams: 6, with about 3")
    assert "ends_with_last_wave" not in said
    some = exact(organisation, teams=("T0", "T1"))
    assert some.result.refusals[0].code in ("too_few_teams", "no_team_offered")
    words = compute_result(organisation, ROLLOUT).report["how_we_know"]
    assert any("12 of the teams were offered the training, in 2 waves. 6 were not" in said for said in words)


@pytest.mark.parametrize(("days", "is_exit"), [(1, False), (7, False), (8, True), (60, True)])
def test_an_exit_that_is_followed_by_another_stint_within_days_is_none(days, is_exit):
    organisation = company(Made())
    before = exact(organisation).result.counts.events
    stayed = EmploymentStint.objects.filter(organisation=organisation, exit_date=None, team__in=["T0", "T1", "T2"])[:30]
    left = date(2023, 9, 1)
    again = [
        EmploymentStint(
            organisation=organisation, person_id=stint.person_id, team=stint.team, hire_date=left + timedelta(days=days),
            observed_from=FIRST, observed_until=LAST,
        )
        for stint in stayed
    ]  # fmt: skip
    EmploymentStint.objects.filter(pk__in=[stint.pk for stint in stayed]).update(exit_date=left, exit_kind="other")
    EmploymentStint.objects.bulk_create(again)
    assert exact(organisation).result.counts.events == before + 30 * is_exit


# Names of teams, days and people without a team ------------------------------------------------------------------------------


def rename(organisation, how, **which):
    """Teams in the file of teams."""
    for row in StakeholderTeam.objects.filter(organisation=organisation, **which):
        row.team = how(row.team)
        row.save()


def words(result):
    return {notice.code: notice.message for notice in (*result.refusals, *result.warnings)}


def test_names_of_teams_that_differ_in_case_and_spaces_are_one_team():
    organisation = company(Made(teams=9))
    before = exact(organisation)
    rename(organisation, lambda team: f" {team.lower()} ")
    after = exact(organisation)
    assert after.result.estimates == before.result.estimates
    assert after.result.counts == before.result.counts
    assert not {"teams_not_in_file", "teams_without_people"} & words(after.result).keys()
    EmploymentStint.objects.filter(organisation=organisation, team="T3").update(team="T 3")
    PersonPeriod.objects.filter(organisation=organisation, team="T3").update(team="T 3")
    apart = exact(organisation)
    assert "nobody in the data is in: 1, of which" in words(apart.result)["teams_without_people"]
    assert "teams_not_in_file" in words(apart.result)


def test_offered_teams_in_small_letters_are_no_comparison():
    organisation = company(Made(teams=9))
    before = exact(organisation).rollout.panel
    rename(organisation, str.lower, offered_on=MARCH)
    after = exact(organisation).rollout.panel
    assert sorted(zip(map(str.upper, after.teams), after.first.tolist(), strict=True)) == list(
        zip(before.teams, before.first.tolist(), strict=True)
    )


def test_names_that_do_not_meet_are_refused_with_how_many_there_are():
    organisation = company(Made(teams=9))
    rename(organisation, lambda team: f"Team {team}")
    found = exact(organisation).result
    assert [notice.code for notice in found.refusals] == ["names_do_not_meet"]
    assert "names 6 that were offered the training" in found.refusals[0].message
    assert "the data of people have 9 other names" in found.refusals[0].message


@pytest.mark.parametrize(
    ("as_of", "code"),
    [
        (date(2022, 12, 31), "asked_too_early"),
        (date(2022, 2, 10), "asked_too_early"),
        (date(2023, 4, 15), "asked_too_early"),
        (date(2023, 5, 30), "asked_too_early"),
        (date(2023, 5, 31), None),
    ],
)
def test_a_day_before_three_months_of_the_offer_are_over_is_refused_with_the_first_day(as_of, code):
    found = exact(company(Made(teams=9)), as_of=as_of).result
    refused = [notice for notice in found.refusals if notice.code == "asked_too_early"]
    assert [notice.code for notice in refused] == ([code] if code else [])
    if code:
        assert "on 1 March 2023" in refused[0].message
        assert "Ask as of 31 May 2023 or later" in refused[0].message


def test_teams_none_of_which_was_offered_it_are_refused_as_such():
    organisation = company(Made(teams=9))
    waiting = StakeholderTeam.objects.filter(organisation=organisation, offered_on=None).values_list("team", flat=True)
    refused = exact(organisation, teams=tuple(waiting)).result.refusals
    assert [notice.code for notice in refused] == ["none_asked_was_offered"]


def without_team(organisation, people):
    EmploymentStint.objects.filter(organisation=organisation, person_id__in=people).update(team="")
    PersonPeriod.objects.filter(organisation=organisation, person_id__in=people).delete()


def test_people_without_a_team_are_counted_in_words_and_refused_where_they_are_many():
    organisation = company(Made(teams=9))
    without_team(organisation, [f"P{i}" for i in range(54)])
    assert words(exact(organisation).result)["people_without_team"] == (
        "People left out for the time in which they are in no team in the data: about 50, about 10% of all."
    )
    without_team(organisation, [f"P{i}" for i in range(54, 120)])
    assert [notice.code for notice in exact(organisation).result.refusals] == ["teams_unknown"]


def test_teams_that_are_removed_from_leavers_are_refused():
    organisation = company(Made(teams=9))
    left = EmploymentStint.objects.filter(organisation=organisation).exclude(exit_date=None).order_by("pk")[:60]
    without_team(organisation, [stint.person_id for stint in left])
    (refused,) = exact(organisation).result.refusals
    assert refused.code == "teams_missing_among_leavers"
    assert "are in no team more often than those who stayed" in refused.message


def test_offered_teams_that_emptied_are_named_as_such():
    organisation = company(Made(teams=9))
    team = StakeholderTeam.objects.filter(organisation=organisation, offered_on=MARCH).first().team
    there = EmploymentStint.objects.filter(organisation=organisation, team=team)
    there.exclude(exit_date__lt=date(2023, 5, 1)).update(exit_date=date(2023, 5, 1), exit_kind="other")
    said = words(exact(organisation).result)
    assert said["teams_emptied"].startswith("Teams left out that were offered the training and in which nobody was any more")
    assert "later: 1." in said["teams_emptied"]
    assert "teams_stood_empty" not in said


@pytest.mark.parametrize(("days", "n", "is_said"), [(11, 60, True), (60, 60, True), (61, 60, False), (11, 9, False)])
def test_many_exits_that_are_followed_by_another_stint_are_told(days, n, is_said):
    organisation = company(Made(teams=9))
    stayed = EmploymentStint.objects.filter(organisation=organisation, exit_date=None)[:n]
    left = date(2023, 9, 1)
    again = [
        EmploymentStint(
            organisation=organisation, person_id=stint.person_id, team=stint.team, hire_date=left + timedelta(days=days),
            observed_from=FIRST, observed_until=LAST,
        )
        for stint in stayed
    ]  # fmt: skip
    EmploymentStint.objects.filter(pk__in=[stint.pk for stint in stayed]).update(exit_date=left, exit_kind="other")
    EmploymentStint.objects.bulk_create(again)
    said = {notice["code"]: notice["message"] for notice in compute_result(organisation, ROLLOUT).result["warnings"]}
    assert ("exits_soon_back" in said) is is_said
    if is_said:
        assert said["exits_soon_back"].startswith(
            "About 60 exits are followed by another row of the same person within 60 days."
        )


# Pages ------------------------------------------------------------------------------------------------------------------------


def pages_of(organisation, run, client):
    page = client.get(reverse("org:evidence_run", args=[organisation.slug, run.uuid]))
    assert page.status_code == 200
    return page.content.decode()


def test_a_question_about_teams_is_asked_and_read(db, member, sign_in, django_capture_on_commit_callbacks):
    organisation = company(Made(ratio=0.6))
    client = sign_in(member(organisation, Role.OWNER).user)
    place = reverse("org:outcomes", args=[organisation.slug])
    assert "Teams that were offered the training with teams not yet offered it" in client.get(place).content.decode()
    asked = {"exposure": "rollout", "outcome": "employee_exit", "clock": "day", "as_of": "2024-06-30"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(place, asked)
    assert answer.status_code == 302
    run = EvidenceRun.objects.get(organisation=organisation)
    assert (run.exposure, run.question["covariates"], run.result["grade"]) == ("rollout", "", "quasi_experimental")
    html = pages_of(organisation, run, client)
    for said in (
        "Did teams that were offered the training change?", "Before and after the offer", "Quasi-experimental",
        "Of 100 people in a year", "Followed after the offer to their team", "A plain regression on teams and months",
        "Months since the offer",
    ):  # fmt: skip
        assert said in html, said
    assert "Adjusted for" not in html
    assert "hazard" not in html.lower()
    table = client.get(reverse("org:evidence_run_table", args=[organisation.slug, run.uuid, "event_study"])).getvalue().decode()
    assert len(table.splitlines()) == 1 + len(run.result["event_study"])
    overview = client.get(place).content.decode()
    assert "Exits from teams offered the training" in overview


def test_teams_are_compared_by_exits_of_employees_alone(db, member, sign_in):
    organisation = company(Made(teams=6, people=4))
    client = sign_in(member(organisation, Role.OWNER).user)
    asked = {"exposure": "rollout", "outcome": "customer_churn", "clock": "day"}
    answer = client.post(reverse("org:outcomes", args=[organisation.slug]), asked)
    assert answer.status_code == 422
    assert "Teams are compared by exits of employees." in answer.content.decode()


def test_without_an_offer_nothing_of_teams_is_asked(db, member, sign_in, organisation, bring):
    bring("people", "person_id,hire_date\n1,2020-01-01\n", leavers_from="2020-01-01", leavers_until="2024-01-01")
    client = sign_in(member(organisation, Role.OWNER).user)
    assert "What is compared" not in client.get(reverse("org:outcomes", args=[organisation.slug])).content.decode()


def test_a_refused_question_about_teams_has_a_page(db, member, sign_in, django_capture_on_commit_callbacks):
    organisation = company(Made(teams=3, people=100))
    with django_capture_on_commit_callbacks(execute=True):
        run = request_analysis(organisation=organisation, request=ROLLOUT)
    html = pages_of(organisation, EvidenceRun.objects.get(pk=run.pk), sign_in(member(organisation, Role.OUTCOMES_READER).user))
    assert "of those in the data, 3 had people in every period of 3 months, and at least 6 are needed" in html
    assert "Before and after the offer" not in html


@pytest.mark.slow
@pytest.mark.parametrize("day", [date(2022, 6, 30), date(2023, 12, 31), None])
def test_rows_that_go_on_change_no_answer_about_teams(db, day):
    """A change of contract for many was taken for the end of what is known of their teams."""

    def answered(share):
        organisation = company(Made(ratio=0.6, teams=18, people=40))
        later, rng = [], np.random.default_rng(1)
        for i, row in enumerate(EmploymentStint.objects.filter(organisation=organisation).order_by("pk")):
            change = day or row.hire_date + timedelta(days=int(rng.integers(800, 1500)))
            if (
                i % 10 >= share * 10
                or row.hire_date >= change
                or (row.exit_date and row.exit_date <= change + timedelta(days=1))
            ):
                continue
            fields = {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if not one.primary_key}
            later.append(EmploymentStint(**fields | {"hire_date": change + timedelta(days=1)}))
            EmploymentStint.objects.filter(pk=row.pk).update(exit_date=change, exit_kind="other")
        EmploymentStint.objects.bulk_create(later)
        result = exact(organisation).result
        return [one.code for one in result.refusals], result.counts, result.estimates[0].value

    refused, counts, value = answered(0)
    for share in (0.6, 1):
        again, counted, found = answered(share)
        assert again == refused
        assert (counted.units, counted.events) == (counts.units, counts.events)
        assert counted.unit_months == pytest.approx(counts.unit_months, rel=1e-3)
        assert found == pytest.approx(value, rel=0.01)
