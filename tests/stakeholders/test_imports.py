"""Files are applied whole or not at all, the same file changes nothing, and an import can be withdrawn."""

import io
from datetime import date
from pathlib import Path

import pytest
import time_machine

from accounts.models import AuditEvent
from imports import services as imports
from imports.kinds import import_kinds
from imports.models import RowChange, StagedImport
from stakeholders.kinds import KINDS
from stakeholders.models import (
    Assignment,
    Completion,
    Contract,
    CustomerPeriod,
    CustomerStint,
    EmploymentStint,
    PartnerStint,
    Performance,
    PersonMetric,
    PersonPeriod,
    StakeholderTeam,
    TeamMetric,
    TenureRow,
)
from tests.factories import OrganisationFactory
from tests.stakeholders.conftest import counts

DATA = Path(__file__).parents[1] / "data"
pytestmark = pytest.mark.django_db

FILES = {
    "people": (
        EmploymentStint,
        (
            "Person ID,Hire date,email,team,exit_date,exit_kind,annual_cost,grade,site,score\n"
            "0017,2020-01-01,Ann@Example.org,Sales,,,52000,3,S01,1.50\n"
            '0018,2021-02-03,,Care,2023-05-06,Voluntary,"48.500,50",4,,\n'
        ),
    ),
    "customers": (
        CustomerStint,
        (
            "customer_id,start_date,end_date,segment,owner_person_id,annual_value,currency,region\n"
            "C1,2020-01-01,,Home,0017,18000,,north\nC2,2020-02-01,2022-02-01,Clinic,,1500,JPY,\n"
        ),
    ),
    "partners": (
        PartnerStint,
        (
            "partner_id,start_date,end_date,team,owner_person_id,annual_value,region\n"
            "P1,2020-01-01,,Alliances,0017,18000,north\nP2,2020-02-01,2022-02-01,,,1500,\n"
        ),
    ),
    "contracts": (
        Contract,
        (
            "customer_id,start_date,end_date,value,currency,result\n"
            "C1,2020-01-01,2020-12-31,18000,,Renewed\nC1,2021-01-01,2026-12-31,1500,JPY,\n"
        ),
    ),
    "performance": (
        Performance,
        (
            "person_id,team,measure,expected,actual,period,goal,unit,higher_is_better\n"
            "0017,,complaints,12,9.5,2024-Q1,Families stay,,no\n,Care,complaints,12,14,2024,,,\n"
        ),
    ),
    "completions": (Completion, "person_id,course,completed_on\n0017,Listening,2024-02-20\n0018,Listening,2024-02-21\n"),
    "teams": (StakeholderTeam, "team,offered_on,parent,size\nSales,2024-02-01,,12\nCare,,Sales,30\n"),
    "team_metrics": (
        TeamMetric,
        "team,month,metric,value,numerator,denominator\nSales,2024-01,rate,0.9,18,20\nSales,2024-02,rate,0.95,19,20\n",
    ),
    "person_metrics": (PersonMetric, "person_id,month,metric,value\n0017,2024-01,days,1.5\n0018,2024-01,days,0\n"),
    "person_history": (
        PersonPeriod,
        "person_id,from,to,team,manager_id\n0017,2022-03-01,2023-06-30,Sales,\n0017,2023-07-01,,Care,0001\n",
    ),
    "customer_history": (
        CustomerPeriod,
        "customer_id,from,to,team,owner_person_id,annual_value\nC1,2021-01-01,2022-12-31,,0017,100\nC1,2023-01-01,,,0018,\n",
    ),
    "tenure": (
        TenureRow,
        "unit_id,months,left,as_of,team,completed_months_before,grade\nA,31.5,no,2024-06-30,Sales,6,3\nB,9,yes,2024-06-30,,,\n",
    ),
    "assignments": (Assignment, "team,arm,randomised_on,wave_on\nSales,first,2024-01-15,2024-02-01\nCare,second,2024-01-15,\n"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_good_file_of_each_kind_is_applied_and_changes_nothing_the_second_time(bring, kind):
    model, text = FILES[kind]
    assert counts(bring(kind, text)) == ("applied", 2, 0, 0)
    before = list(model.objects.order_by("pk").values())
    assert counts(bring(kind, text)) == ("applied", 0, 0, 2)
    assert list(model.objects.order_by("pk").values()) == before
    assert RowChange.objects.count() == 0


@pytest.mark.parametrize("kind", FILES)
def test_rows_of_a_younger_organisation_are_neither_counted_nor_changed(bring, organisation, kind):
    model, text = FILES[kind]
    header, first, second = text.splitlines()
    bring(kind, f"{header}\n{first}\n")
    younger = OrganisationFactory()
    bring(kind, f"{header}\n{second}\n", to=younger)
    assert counts(bring(kind, f"{header}\n{second}\n", apply=False)) == ("ready", 1, 0, 0)
    assert counts(bring(kind, f"{header}\n{second}\n")) == ("applied", 1, 0, 0)
    assert [model.objects.filter(organisation=one).count() for one in (organisation, younger)] == [2, 1]


@pytest.mark.parametrize("kind", FILES)
def test_a_dry_run_says_what_would_happen_and_changes_nothing(bring, kind):
    model, text = FILES[kind]
    assert counts(bring(kind, text, apply=False)) == ("ready", 2, 0, 0)
    assert model.objects.count() == 0


@pytest.mark.parametrize("kind", FILES)
def test_a_withdrawn_import_leaves_nothing(bring, kind):
    model, text = FILES[kind]
    staged = bring(kind, text)
    effect = imports.effect_of_withdrawal(staged)
    assert (effect.removed, effect.restored, effect.first, effect.again) == (2, 0, [], [])
    done = imports.withdraw(staged=staged)
    assert (done.removed, done.restored, model.objects.count()) == (2, 0, 0)
    assert counts(bring(kind, text)) == ("applied", 2, 0, 0)


def test_values_arrive_as_the_formats_page_says(bring):
    bring("people", FILES["people"][1])
    ann, bob = EmploymentStint.objects.order_by("person_id")
    assert (ann.person_id, ann.hire_date, ann.email, ann.annual_cost) == (
        "0017",
        date(2020, 1, 1),
        "ann@example.org",
        5_200_000,
    )
    assert ann.covariates == {"grade": 3, "site": "S01", "score": 1.5}
    assert (bob.exit_date, bob.exit_kind, bob.annual_cost) == (date(2023, 5, 6), "voluntary", 4_850_050)
    assert bob.covariates == {"grade": 4}


def test_amounts_are_minor_units_of_the_currency_of_their_row(bring):
    bring("customers", FILES["customers"][1])
    assert list(CustomerStint.objects.order_by("customer_id").values_list("annual_value", "currency")) == [
        (1_800_000, ""),
        (1500, "JPY"),
    ]


def test_an_amount_in_another_currency_than_its_row_is_refused(bring, complaints):
    staged = bring("customers", "customer_id,start_date,annual_value,currency\nC1,2020-01-01,£ 500,EUR\n")
    assert complaints(staged) == [
        (2, "annual_value", "£ 500", "“£ 500” is not in EUR, the currency of this row. Convert it, or enter its currency.")
    ]


@pytest.mark.parametrize("written", ["about 900", "unknown", "9oo eur", "pending 12", "tbd"])
def test_words_in_an_amount_are_not_taken_for_another_currency(bring, complaints, written):
    staged = bring("customers", f"customer_id,start_date,annual_value,currency\nC1,2020-01-01,{written},EUR\n")
    assert [message for *_where, message in complaints(staged)] == [
        f"The annual_value “{written}” is not a number. Write it with digits, such as 1234.5."
    ]


def test_stanford_heart_is_taken_as_it_is(bring):
    staged = bring("people", (DATA / "stanford_heart/people.csv").read_bytes())
    assert counts(staged) == ("applied", 103, 0, 0)
    assert EmploymentStint.objects.get(person_id="S002").covariates == {
        "age_minus_48": 3.83572895,
        "accept_year": 0.25462012,
        "prior_surgery": 0,
    }


def test_a_blank_keeps_what_is_known_and_clear_empties_it(bring):
    bring("people", "person_id,hire_date,team,exit_date,grade\n1,2020-01-01,Sales,2024-01-01,3\n")
    assert counts(bring("people", "person_id,hire_date,team,exit_date,grade\n1,2020-01-01,,,\n")) == ("applied", 0, 0, 1)
    staged = bring("people", "person_id,hire_date,team,exit_date,grade\n1,2020-01-01,,(clear),(CLEAR)\n")
    assert counts(staged) == ("applied", 0, 1, 0)
    person = EmploymentStint.objects.get()
    assert (person.team, person.exit_date, person.covariates) == ("Sales", None, {})


def test_clear_is_refused_where_every_row_needs_a_value(bring, complaints):
    staged = bring("people", "person_id,hire_date\n1,(clear)\n")
    assert complaints(staged) == [(2, "hire_date", "(clear)", "Values in this column cannot be removed. Enter a value.")]


def test_a_later_file_changes_only_the_columns_and_rows_it_has(bring):
    bring("people", "person_id,hire_date,team,grade\n1,2020-01-01,Sales,3\n2,2020-01-01,Care,4\n")
    staged = bring("people", "person_id,hire_date,exit_date,site\n1,2020-01-01,2024-03-01,S1\n3,2021-01-01,,S2\n")
    assert counts(staged) == ("applied", 1, 1, 0)
    assert list(EmploymentStint.objects.order_by("person_id").values_list("team", "exit_date", "covariates")) == [
        ("Sales", date(2024, 3, 1), {"grade": 3, "site": "S1"}),
        ("Care", None, {"grade": 4}),
        ("", None, {"site": "S2"}),
    ]


def test_withdrawing_restores_what_was_changed(bring):
    bring("people", "person_id,hire_date,team,annual_cost,grade\n1,2020-01-01,Sales,100,3\n2,2020-01-01,Care,200,4\n")
    before = list(EmploymentStint.objects.order_by("pk").values())
    staged = bring(
        "people", "person_id,hire_date,team,exit_date,annual_cost,grade\n1,2020-01-01,Ops,2024-03-01,150,5\n3,2021-01-01,,,,\n"
    )
    assert imports.effect_of_withdrawal(staged).restored == 1
    imports.withdraw(staged=staged)
    assert list(EmploymentStint.objects.order_by("pk").values()) == before
    again = imports.withdraw(staged=staged)
    assert (again.removed, again.restored) == (1, 1)
    assert list(EmploymentStint.objects.order_by("pk").values()) == before


def test_an_import_that_later_ones_build_on_waits_for_them(bring):
    first = bring("people", "person_id,hire_date,team\n1,2020-01-01,Sales\n")
    second = bring("people", "person_id,hire_date,team\n1,2020-01-01,Care\n")
    again = bring("people", "person_id,hire_date,team\n1,2020-01-01,Care\n")
    assert imports.effect_of_withdrawal(first).first == [second]
    assert imports.effect_of_withdrawal(second).again == [again]
    with pytest.raises(imports.NotReady, match="Later files changed some of the same rows"):
        imports.withdraw(staged=first)
    imports.withdraw(staged=second)
    imports.withdraw(staged=first)
    assert EmploymentStint.objects.count() == 0


def test_only_what_was_applied_can_be_withdrawn(bring):
    staged = bring("people", "person_id,hire_date\n1,\n")
    with pytest.raises(imports.NotReady, match="never imported"):
        imports.withdraw(staged=staged)


def test_one_bad_row_holds_back_the_whole_file_and_every_problem_is_listed(bring, complaints):
    staged = bring(
        "people",
        "person_id,hire_date,exit_date,email,exit_kind\n"
        "1,2020-01-01,,,\n"
        "2,2023-02-30,,nobody,fired\n"
        ",2020-01-01,2019-01-01,,\n",
    )
    assert counts(staged) == ("refused", 0, 0, 0)
    assert EmploymentStint.objects.count() == 0
    assert staged.rows_refused == 2
    assert complaints(staged) == [
        (3, "hire_date", "2023-02-30", "The hire_date 2023-02-30 does not exist. Correct the date."),
        (
            3,
            "email",
            "nobody",
            "“nobody” is not an e-mail address. It needs a name, an @ and a domain, such as ann@example.org.",
        ),
        (3, "exit_kind", "fired", "“fired” is not recognised. Use one of: voluntary, involuntary, other."),
        (4, "person_id", "", "The cell is empty. Every row needs a value here."),
        (4, "exit_date", "2019-01-01", "The exit is before the hire date 2020-01-01. Correct one of the two."),
    ]


def test_rows_that_contradict_each_other_are_refused_and_repeated_ones_are_taken_once(bring, complaints):
    repeated = bring("people", "person_id,hire_date,team\n1,2020-01-01,Sales\n1,2020-01-01,Sales\n2,2020-01-01,\n")
    assert counts(repeated) == ("applied", 2, 0, 1)
    assert repeated.notes[0] == "1 row is an exact duplicate and counts once."
    staged = bring("people", "person_id,hire_date,team\n1,2020-01-01,Sales\n1,2020-01-01,Care\n")
    assert complaints(staged) == [
        (3, "person_id", "", "Row 2 has the same person_id and hire_date but different values. Keep the correct row.")
    ]


def test_a_rehire_is_a_second_stint(bring):
    text = "person_id,hire_date,exit_date\n1,2020-01-01,2021-01-01\n1,2022-01-01,\n"
    assert counts(bring("people", text)) == ("applied", 2, 0, 0)


def test_overlapping_stints_are_remarked_on(bring):
    staged = bring("people", "person_id,hire_date,exit_date\n1,2020-01-01,2022-06-01\n1,2022-01-01,\n2,2020-01-01,\n")
    assert counts(staged) == ("applied", 3, 0, 0)
    (note,) = staged.notes
    assert note == (
        "1 row overlaps a later row with the same ID. Analyses count the one that began first; correct the dates if that is "
        "wrong."
    )


@time_machine.travel("2024-06-01")
def test_future_exits_and_late_completions_are_kept_and_remarked_on(bring):
    staged = bring(
        "people",
        "person_id,hire_date,exit_date,completion_date\n1,2020-01-01,2024-12-31,\n2,2020-01-01,2022-01-01,2023-01-01\n",
    )
    assert counts(staged) == ("applied", 2, 0, 0)
    assert staged.notes == [
        "1 value of exit_date is in the future. It is kept and counts from that day.",
        "1 completion is dated after the exit. It is kept but makes no difference.",
    ]


def test_missing_months_stay_missing_and_are_remarked_on(bring):
    staged = bring("team_metrics", "team,month,metric,value\nA,2023-12,nps,1\nA,2024-02,nps,2\nB,2024-01,nps,3\n")
    assert staged.notes == ["1 series has missing months. They stay missing; nothing is filled in."]


def test_metrics_that_come_twice_are_refused(bring, complaints):
    staged = bring("team_metrics", "team,month,metric,value\nA,2024-01,nps,1\nA,2024-01-15,nps,2\n")
    assert [(row, column) for row, column, *_rest in complaints(staged)] == [(3, "metric")]


def test_nothing_is_divided_by_zero(bring, complaints):
    staged = bring("team_metrics", "team,month,metric,value,numerator,denominator\nA,2024-01,rate,0,0,0\n")
    assert complaints(staged) == [
        (
            2,
            "denominator",
            "0",
            "The denominator is 0, but must be above zero. Correct the value, or leave the row out.",
        )
    ]


def test_completions_need_a_person_or_an_address(bring, complaints):
    staged = bring(
        "completions", "person_id,email,course,completed_on\n,,Listening,2024-01-01\n,a@b.org,Listening,2024-01-01\n"
    )
    assert complaints(staged) == [(2, "person_id", "", "Neither person_id nor email is filled in. Fill in one of them.")]


def test_a_lot_is_drawn_for_a_person_or_for_a_team(bring, complaints):
    staged = bring("assignments", "person_id,team,arm,randomised_on\n1,A,first,2024-01-01\n")
    assert complaints(staged) == [(2, "team", "A", "Both person_id and team are filled in. Leave one of them empty.")]


@pytest.mark.parametrize(
    ("kind", "text", "complaint"),
    [
        (
            "partners",
            "partner_id,start_date,end_date\n1,2020-02-01,2020-01-01\n",
            (2, "end_date", "The end is before the start"),
        ),
        ("partners", "partner_id,start_date\n1,\n", (2, "start_date", "The cell is empty. Every row needs a value here.")),
        ("partners", "partner_id,team\n1,A\n", (0, "", "start_date")),
        (
            "contracts",
            "customer_id,start_date,end_date\nC1,2020-02-01,2020-01-01\n",
            (2, "end_date", "The end is before the start 2020-02-01. Correct one of the two."),
        ),
        ("contracts", "customer_id,start_date,end_date\nC1,2020-02-01,\n", (2, "end_date", "The cell is empty.")),
        (
            "contracts",
            "customer_id,start_date,end_date,result\nC1,2020-02-01,2021-01-31,gone\n",
            (2, "result", "“gone” is not recognised. Use one of: renewed, expanded, reduced, lost."),
        ),
        (
            "contracts",
            "customer_id,start_date,end_date,value,currency\nC1,2020-02-01,2021-01-31,£ 500,EUR\n",
            (2, "value", "“£ 500” is not in EUR, the currency of this row."),
        ),
        (
            "performance",
            "team,measure,expected,actual,period\nCare,x,1,2,2024-Q5\n",
            (2, "period", "“2024-Q5” is not a period. Write a year, half-year, quarter or month: 2024, 2024-H1,"),
        ),
        (
            "performance",
            "team,measure,expected,actual,period,higher_is_better\nCare,x,1,2,2024,maybe\n",
            (2, "higher_is_better", "“maybe” is not recognised. Use one of: yes, no."),
        ),
        ("performance", "team,measure,expected,actual,period\nCare,x,1,,2024\n", (2, "actual", "The cell is empty.")),
        ("performance", "team,measure,expected,actual,period\nCare,x,many,1,2024\n", (2, "expected", "")),
        (
            "performance",
            "person_id,team,measure,expected,actual,period\n1,A,x,1,1,2024\n",
            (2, "team", "Both person_id and team are filled in. Leave one of them empty."),
        ),
        ("performance", "measure,expected,actual,period\nx,1,1,2024\n", (0, "", "")),
    ],
)
def test_what_cannot_be_is_said_with_its_row_and_column(bring, complaints, kind, text, complaint):
    row, column, message = complaint
    [(said_row, said_column, _value, said)] = complaints(bring(kind, text))
    assert (said_row, said_column) == (row, column)
    assert message in said


def test_periods_are_stored_the_same_however_they_are_written(bring):
    written = ["2024", "Q3 2024", "2024 q4", "2024-H1", "H2/2024", "2024/02", "03/2024"]
    rows = [f"Care,m{i},1,2,{period}" for i, period in enumerate(written)]
    bring("performance", "\n".join(["team,measure,expected,actual,period", *rows]) + "\n")
    stored = list(Performance.objects.order_by("measure").values_list("period", flat=True))
    assert stored == ["2024", "2024-Q3", "2024-Q4", "2024-H1", "2024-H2", "2024-02", "2024-03"]


def test_two_contracts_of_a_customer_may_overlap_but_not_begin_on_one_day(bring, complaints):
    staged = bring("contracts", "customer_id,start_date,end_date\nC1,2020-01-01,2022-12-31\nC1,2021-01-01,2021-12-31\n")
    assert (staged.state, staged.notes) == ("applied", [])
    twice = bring("contracts", "customer_id,start_date,end_date\nC2,2020-01-01,2022-12-31\nC2,2020-01-01,2021-12-31\n")
    assert twice.state == "refused"
    assert [row for row, *_rest in complaints(twice)] == [3]


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS if not kind.keeps_others])
def test_kinds_without_covariates_take_no_unknown_column(bring, complaints, kind):
    names = ", ".join(import_kinds[kind].names)
    header, first, *_rest = FILES[kind][1].splitlines()
    staged = bring(kind, f"{header},colour\n{first},red\n")
    assert complaints(staged) == [
        (
            0,
            "",
            "",
            f"“{kind}” files have no column “colour”. Delete it, or rename it to one of: {names}.",
        )
    ]


def test_dates_in_another_format_are_chosen_for_the_whole_file(bring):
    assert counts(bring("people", "person_id;hire_date\n1;31.12.2020\n", date_format="DD.MM.YYYY")) == ("applied", 1, 0, 0)
    assert EmploymentStint.objects.get().hire_date == date(2020, 12, 31)


def test_an_import_remembers_who_when_what_and_how_it_was_read(organisation, user):
    data = "person_id;hire_date;team\n1;2020-01-01;Verkäufer\n".encode("cp1252")
    staged = imports.import_file(organisation=organisation, kind="people", file=io.BytesIO(data), file_name="p.csv", actor=user)
    kept = StagedImport.objects.get()
    assert (kept.uploaded_by, kept.encoding, kept.delimiter, kept.rows_total, len(kept.checksum)) == (
        user,
        "Windows-1252",
        ";",
        1,
        64,
    )
    assert kept.applied_at is not None
    assert EmploymentStint.objects.get().team == "Verkäufer"
    assert AuditEvent.objects.get(verb="outcomes.imported").target_id == str(staged.uuid)


def test_organisations_do_not_see_each_others_rows(bring, organisation):
    other = OrganisationFactory()
    bring("people", "person_id,hire_date,team\n1,2020-01-01,Sales\n")
    theirs = bring("people", "person_id,hire_date,team\n1,2020-01-01,Care\n", to=other)
    assert counts(theirs) == ("applied", 1, 0, 0)
    imports.withdraw(staged=theirs)
    assert list(EmploymentStint.objects.values_list("organisation", "team")) == [(organisation.pk, "Sales")]


def test_many_problems_are_counted_and_a_thousand_listed(bring):
    rows = "".join(f"{i},nonsense\n" for i in range(1500))
    staged = bring("people", f"person_id,hire_date\n{rows}")
    assert (staged.rows_refused, staged.problems.count()) == (1500, 1000)
    assert staged.notes == ["1,500 problems were found; the first 1,000 are listed."]


@pytest.mark.parametrize("text", ["1e999990", "1e9999999", "9" * 900, "1E+000009999999"])
@pytest.mark.parametrize(
    ("kind", "column", "line"),
    [
        ("people", "annual_cost", "person_id,hire_date,annual_cost\n1,2020-01-01,{}\n"),
        ("customers", "annual_value", "customer_id,start_date,annual_value\nC1,2020-01-01,{}\n"),
        ("team_metrics", "value", "team,month,metric,value\nSales,2024-01,rate,{}\n"),
        ("person_metrics", "value", "person_id,month,metric,value\n1,2024-01,days,{}\n"),
    ],
)
def test_a_number_without_end_is_refused_with_its_row_and_a_remedy(bring, kind, column, line, text):
    (problem,) = bring(kind, line.format(text)).problems.all()
    assert (problem.row_number, problem.column) == (2, column)
    assert problem.message == (
        f"The {column} “{text[:40]}” is out of range or has too many digits. Correct it; write it as 1234.5."
    )


def test_a_number_without_end_stays_text_where_a_column_is_the_organisations_own(bring):
    bring("people", "person_id,hire_date,grade\n1,2020-01-01,1e9999999\n")
    assert EmploymentStint.objects.get().covariates == {"grade": "1e9999999"}


@pytest.mark.parametrize("text", ["1٣", "1.٣", "1e٣", "1३"])
def test_digits_of_other_scripts_are_text_where_a_column_is_the_organisations_own(bring, text):
    """They are numbers to Python, and to nobody who reads JSON: the whole file failed, without a row to blame."""
    bring("people", f"person_id,hire_date,grade\n1,2020-01-01,{text}\n")
    assert EmploymentStint.objects.get().covariates == {"grade": text}


def test_digits_of_other_scripts_are_numbers_where_a_number_is_asked_for(bring):
    bring("person_metrics", "person_id,month,metric,value\n1,2024-01,days,1.٣\n")
    assert PersonMetric.objects.get().value == 1.3


@pytest.mark.parametrize(
    "header",
    ["Termination Date", "Last Working Day", "Leaving Date", "Separation Date", "Letzter Arbeitstag", "Austrittsdatum",
     "Austritt", "Date de sortie", "Fecha de baja"],
)  # fmt: skip
def test_the_day_of_leaving_is_found_under_its_usual_names(bring, header):
    """Kept as a column of its own it made everybody stay for ever."""
    staged = bring("people", f"person_id,hire_date,{header}\n1,2020-01-01,2022-06-01\n2,2020-01-01,\n")
    assert EmploymentStint.objects.exclude(exit_date=None).count() == 1
    assert staged.notes == [f"“{header}” is read as exit_date."]


def test_a_file_without_a_day_of_leaving_says_so_and_which_column_could_be_it(bring):
    rows = "".join(f"{i},2020-01-01,{'2022-06-01' if i % 3 else ''},{'' if i % 2 else '2022-05-01'},x\n" for i in range(12))
    staged = bring("people", "person_id,hire_date,Last Day,Bye,Site\n" + rows)
    assert staged.notes == [
        (
            "No column was taken as the day of leaving: nobody counts as having left by this file. It could be “Last Day”, "
            "“Bye”: choose it under “Map columns”."
        )
    ]
    assert "No column" in bring("people", "person_id,hire_date\n1,2020-01-01\n").notes[0]
    assert bring("people", "person_id,hire_date\n1,2020-01-01\n", extent="changes").notes == []


@pytest.mark.parametrize(
    "header",
    ["Angeboten am", "Rollout date", "Offer date", "Proposé le", "Fecha de oferta", "Data dell’offerta", "Data da oferta",
     "Aangeboden op", "Zaoferowano dnia", "Erbjudandedatum", "Tilbudsdato"],
)  # fmt: skip
def test_a_file_of_teams_without_a_day_of_offer_says_so_and_which_column_could_be_it(bring, header):
    staged = bring("teams", f"team,{header},Floor\nNorth,soon,2\nSouth,,3\n")
    assert staged.notes == [
        (
            "No column was taken as the day of the offer (offered_on): by this file no team was offered the training. It could "
            f"be “{header}”: choose it under “Map columns”."
        )
    ]


def test_a_file_of_teams_with_a_day_of_offer_says_nothing_of_it(bring):
    assert bring("teams", "team,offered_on\nNorth,2024-02-01\nSouth,\n").notes == []
    assert "It could be “Since”" in bring("teams", "team,Since\nNorth,2024-02-01\n").notes[0]


def test_of_two_days_of_leaving_the_one_that_is_not_used_is_named(bring):
    staged = bring(
        "people", "person_id,hire_date,Exit Date,Termination Date\n1,2020-01-01,2022-06-01,\n2,2020-01-01,,2022-07-01\n"
    )
    assert any(
        note.startswith("“Exit Date” was taken as the day of leaving, and not “Termination Date”.") for note in staged.notes
    )


@time_machine.travel("2024-06-01")
def test_a_status_that_contradicts_the_day_of_leaving_is_remarked_on(bring):
    rows = (
        "1,2020-01-01,2022-06-01,Active\n2,2020-01-01,2025-06-01,Active\n3,2020-01-01,2022-06-01,Left\n4,2020-01-01,,Active\n"
    )
    staged = bring("people", "person_id,hire_date,exit_date,Status\n" + rows)
    assert any("1 row has a day of leaving that has come, and a “status” that says" in note for note in staged.notes)


def test_a_year_of_another_calendar_is_refused_with_its_row(bring, complaints):
    staged = bring("people", "person_id,hire_date\n1,2020-01-01\n2,1399-01-05\n")
    ((row, column, value, message),) = complaints(staged)
    assert (row, column, value) == (3, "hire_date", "1399-01-05")
    assert message.startswith("The year of “1399-01-05” is read as 1399, which is before 1900.")
