"""One row of everything that can belong to an organisation, with what leads to it: what another organisation must never see."""

import datetime as dt
import uuid
from typing import Any

from django.db.models import Model
from django.utils import timezone

from access.models import AccessGrant, Seat, SeatPool
from accounts.models import AuditEvent, Organisation, Team
from assessments.models import AssignedInstrument, AssignedRelease, ChangeRelease, Instrument
from billing.models import Order
from imports.models import KeptMapping, RowChange, StagedImport
from jobs.models import Job
from learning.figures import content_of, count_figures
from learning.models import Cohort, CohortMembership, Enrolment, KeptFigures
from mail.models import BulkTurn, Contact, MailDelivery, MailLink
from outcomes.models import EvidenceRun, Refresh, Release
from practice.models import Pair, PairCall, PairReport, PairSeat, PairTurn, PairVolunteer
from practice.services import publish_case
from skills.enums import WordsFrom
from skills.models import Evidence, Framework, SharedEvidence, Skill
from skills.services import LevelWords, SkillWords, write_words
from stakeholders.models import (
    Assignment,
    CirclePlace,
    Completion,
    Contract,
    CustomerPeriod,
    CustomerStint,
    EmploymentStint,
    Objection,
    PartnerStint,
    Performance,
    PersonMetric,
    PersonPeriod,
    StakeholderTeam,
    TeamMetric,
    TenureRow,
)
from tests.courses.factories import published_course
from tests.factories import MembershipFactory, RoleAssignmentFactory
from tests.needs.factories import ExpectationFactory
from tests.practice.simulations import night

# Stands in every row that has room for a word, and must stand on no page of somebody else.
MARK = "Zanzibar"
DAY = dt.date(2026, 1, 1)
Parts = dict[str, Any]


class ForeignRows:
    """The rows of `organisation`, by model, and the addresses that lead to them, by name and with the parts that name them."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.addresses: dict[str, Parts] = {}
        self.rows: dict[str, Model] = {}
        self._add_people()
        self._add_learning()
        self._add_pairs(self.rows["learning.Cohort"])
        self._add_imports()
        self._add_needs()
        self._add_the_rest()

    def _add(self, row: Model, *names: str, **parts: Any) -> Any:
        self.rows[row._meta.label] = row
        self.addresses |= {name: parts or {"uuid": row.uuid} for name in names}  # type: ignore[attr-defined]  # all with a page
        return row

    def _make(self, model: type[Model], *names: str, **fields: Any) -> Any:
        return self._add(model._default_manager.create(organisation=self.organisation, **fields), *names)

    def _add_people(self) -> None:
        self.membership = MembershipFactory(organisation=self.organisation, first_name=MARK, email="zanzibar@example.org")
        role = RoleAssignmentFactory(membership=self.membership, role="billing")
        self._add(
            self.membership, "person", "person_resend_invitation", "person_leave", "person_reinstate", "role_add", "extra_time"
        )
        self.addresses["role_remove"] = {"uuid": self.membership.uuid, "role": role.pk}
        team = Team.objects.create(organisation=self.organisation, name=MARK)
        self._add(team, "team", team_id=team.pk)

    def _add_learning(self) -> None:
        course = published_course(is_free=False)
        acts = ["edit", "add", "remind", "seats", "archive", "restore"]
        cohort = self._make(Cohort, "cohort", *(f"cohort_{act}" for act in acts), name=MARK, course=course)
        CohortMembership.objects.create(cohort=cohort, membership=self.membership)
        self.addresses["cohort_remove"] = {"uuid": cohort.uuid, "person": self.membership.uuid}
        user = self.membership.user
        self._make(Enrolment, course=course, user=user, cohort=cohort, version=course.current_version)
        course_set = course.sets.get()
        self._make(AccessGrant, user=user, course_set=course_set, source="manual", source_key=MARK)
        pool = self._make(SeatPool, course_set=course_set, source_key=MARK, quantity=1)
        Seat.objects.create(pool=pool, number=1, state="assigned", membership=self.membership)
        self.addresses["seat_free"] = {"uuid": pool.uuid, "number": 1}

    def _add_pairs(self, cohort: Any) -> None:
        """Two of the cohort, one of whom has written MARK and been reported for it."""
        self.addresses["cohort_pairs"] = {"uuid": cohort.uuid}
        simulation = publish_case(night())
        call = self._make(PairCall, "pairs_all", "pairs_propose", "pairs_close", cohort=cohort, simulation=simulation)
        PairVolunteer.objects.create(call=call, user=self.membership.user)
        pair = self._make(
            Pair,
            call=call,
            version=simulation.current_version,
            begins="you",
            days_per_turn=3,
            state="running",
            due_at=timezone.now() + dt.timedelta(days=3),
        )
        PairSeat.objects.create(pair=pair, user=self.membership.user, side="you", notes=MARK)
        PairSeat.objects.create(pair=pair, side="them", notes=MARK)
        turn = PairTurn.objects.create(pair=pair, number=0, side="you", kind="say", message=MARK)
        self._make(PairReport, "pairs_report", pair=pair, side="them", turn=turn, words=MARK)

    def _add_own_skill(self, framework: Framework) -> None:
        skill = Skill.objects.create(framework=framework, slug="zanzibar", name=MARK)
        words = SkillWords(MARK, MARK, tuple(LevelWords(n, MARK, MARK) for n in range(1, 6)))
        write_words(skill, words, WordsFrom.CONSOLE)
        self.addresses |= {name: {"skill": skill.slug} for name in ("framework_skill", "framework_move", "framework_hide")}
        self.addresses["framework_version"] = {"skill": skill.slug, "number": 1}
        shared = Evidence.objects.create(
            user=self.membership.user,
            skill=skill,
            kind="practice",
            source=MARK,
            label=MARK,
            occurred_at=timezone.now(),
            may_be_shared=True,
        )
        SharedEvidence.objects.create(membership=self.membership, evidence=shared)

    def _add_imports(self) -> None:
        acts = [
            "report",
            "apply",
            "check",
            "stop",
            "restart",
            "discard",
            "match",
            "dates",
            "skip",
            "skipped_rows",
            "problems",
            "withdraw",
        ]
        staged = self._make(
            StagedImport, *(f"import_{act}" for act in acts), kind="enrolments", file_name=f"{MARK}.csv", state="refused"
        )
        self._make(RowChange, staged_import=staged, row_id=1, previous={"team": MARK})
        self._make(KeptMapping, kind="enrolments", header="0" * 64, columns={MARK: "email"})
        brought = StagedImport.objects.create(
            organisation=self.organisation,
            kind="people",
            file_name=f"{MARK}.csv",
            state="applied",
            applied_at=timezone.now(),
            options={"extent": "everybody"},
        )
        self.addresses |= {name: {"uuid": brought.uuid} for name in ("outcomes_file", "outcomes_window", "outcomes_missing")}

    def _add_needs(self) -> None:
        expectation = ExpectationFactory(
            specification__gap__organisation=self.organisation,
            specification__gap__title=MARK,
            specification__title=MARK,
            statement=MARK,
        )
        acts = ["edit", "withdraw", "measure"]
        self._add(expectation, *(f"expectation_{act}" for act in acts))
        acts = ["specification", "specification_edit", "specification_approve", "expectation_new"]
        self._add(expectation.specification, *acts)
        self._add(expectation.specification.gap, "gap", "gap_edit", "causes", "gap_remeasure", "specification_new")

    def _add_the_rest(self) -> None:
        user = self.membership.user
        names = ["evidence_run", "evidence_run_json", "refresh_run"]
        self._make(Release, outcome=MARK, as_of=DAY, definition=MARK, state=MARK, sketch=b"")
        run = self._make(EvidenceRun, *names, outcome=MARK, exposure="completion", question={"outcome": MARK})
        self._make(Refresh, run=run, asked_by=user, due_on=DAY, problem=MARK)
        self.addresses["evidence_run_table"] = {"uuid": run.uuid, "table": "curves"}
        self._make(Order, buyer=user, currency="EUR", total=1, gateway="test", purchase_order=MARK, request_key=uuid.uuid4())
        self._make(EmploymentStint, person_id=MARK, hire_date=DAY, covariates={MARK: 1})
        self._make(Completion, person_id=MARK, course=MARK, completed_on=DAY)
        self._make(CustomerStint, customer_id=MARK, start_date=DAY, covariates={MARK: 1})
        self._make(PartnerStint, partner_id=MARK, start_date=DAY, covariates={MARK: 1})
        self._make(Contract, customer_id=MARK, start_date=DAY, end_date=DAY, result="lost")
        self._make(Performance, person_id=MARK, measure=MARK, period="2026-01", expected=1, actual=1)
        self._make(Objection, "objection_withdraw", person_id=MARK)
        self._make(CirclePlace, kind="people", name=MARK, circle=1)
        self._add_own_skill(self._make(Framework, slug="mark", title=MARK))
        self._make(PersonPeriod, person_id=MARK, from_date=DAY)
        self._make(CustomerPeriod, customer_id=MARK, from_date=DAY)
        self._make(TenureRow, unit_id=MARK, as_of=DAY, months=1, has_left=False, covariates={MARK: 1})
        self._make(StakeholderTeam, team=MARK)
        self._make(TeamMetric, team=MARK, month=DAY, metric=MARK, value=1)
        self._make(PersonMetric, person_id=MARK, month=DAY, metric=MARK, value=1)
        self._make(Assignment, person_id=MARK, arm=MARK, randomised_on=DAY)
        self._make(AuditEvent, schema=1, verb="team.created", summary=MARK)
        contact = self._make(Contact, name=MARK, email="zanzibar@example.org")
        self._make(MailLink, kind="invitation", target_id="1", contact=contact, expires_at=timezone.now())
        self._make(MailDelivery, template="invitation", recipient="zanzibar@example.org", context={"name": MARK})
        self._make(Job, kind="evidence", title=MARK, requested_by=user)
        self._make(KeptFigures, content=content_of(count_figures(self.organisation)), counted_at=timezone.now())
        self._make(BulkTurn)
        self._tell_a_change()
        self._give_an_assessment()

    def _give_an_assessment(self) -> None:
        instrument = Instrument.objects.create(key="given", title="Given", delivery="alone")
        cohort = self.rows["learning.Cohort"]
        names = ("assigned_assessment", "assigned_edit", "assigned_withdraw")
        assigned = self._make(AssignedInstrument, *names, cohort=cohort, instrument=instrument)
        self.addresses |= {name: {"uuid": cohort.uuid} for name in ("cohort_assessments", "assign_assessment")}  # type: ignore[attr-defined]
        content = {"mean": 0.5, "low": 0.25, "high": 0.75, "is_adaptive": False, "is_provisional": True}
        self._make(AssignedRelease, assigned=assigned, people=12, content=content)

    def _tell_a_change(self) -> None:
        content = {"began": 12, "finished": 12, "before": 0.5, "after": 0.75, "mean": 0.25, "low": 0.125, "high": 0.375}
        cohort = self.rows["learning.Cohort"]
        self._make(ChangeRelease, course=cohort.course, cohort=cohort, people=12, content=content | {"is_provisional": True})


def contents(organisation: Organisation, labels: dict[str, Model]) -> dict[str, list[Any]]:
    """All that belongs to an organisation, to be compared with what it is later."""
    return {
        label: list(type(row)._default_manager.filter(organisation=organisation).order_by("pk").values())
        for label, row in labels.items()
    }
