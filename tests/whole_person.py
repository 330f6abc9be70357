"""Somebody who has done everything that one can do here, and whose name, address and words stand wherever they can."""

import datetime as dt
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone
from wagtail.admin.models import EditingSession, FormState
from wagtail.documents.models import Document
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Comment, CommentReply, ModelLogEntry, Page, PageLogEntry, PageSubscription
from wagtail.users.models import UserProfile

from access.models import AccessGrant, Seat, SeatPool
from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import Membership, Organisation, User
from assessments.models import (
    AnswerFile,
    AssignedInstrument,
    AssignedRelease,
    AssignedReleasePerson,
    AssignmentNotice,
    Attempt,
    ChangeRelease,
    ChangeReleasePerson,
    CheckAnswer,
    ExtraTime,
    FormAllocation,
    Instrument,
    Item,
    ItemVersion,
    Response,
    ScoringRecord,
    SkillCheck,
)
from billing.models import Order, OrderLine, Price, RefundRequest, WebhookEvent
from cms.models import AccordImage, OpenQuestionDraft, QuestionDraft, SimulationCase
from feedback.models import Round
from feedback.services import add_person, close_round, send_round
from imports.models import RowChange, StagedImport
from jobs.models import Job
from learning import services
from learning.models import (
    ActivityState,
    Certificate,
    Cohort,
    CohortMembership,
    CourseSubscriber,
    PlanFollowUp,
    Reminder,
    StalledReminder,
    StoppedReminders,
)
from mail.models import MailDelivery, MailLink, StoppedMails
from needs.models import Gap
from outcomes.models import EvidenceRun, Refresh
from panels.models import Expert, Judgement, Panel
from practice.models import PairReport, PairSeat, PairTurn, ReviewAnswer
from practice.queries import open_review_of
from practice.services import publish_case, start_run
from rating.models import Rater, Rating, Rubric, Skip, TrainingRound, Work
from skills.models import Evidence, Framework, SharedEvidence, Skill
from stakeholders.models import EmploymentStint
from stakeholders.services import leave_out
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import MembershipFactory, RoleAssignmentFactory, UserFactory
from tests.feedback.factories import drafted, raters, says, with_people
from tests.feedback.factories import running as running_round
from tests.needs.factories import GapFactory
from tests.practice.factories import confirmed, draft
from tests.practice.pair_people import PairCohort
from tests.practice.simulation_cases import interview

WORDS = "quandong"


class WholePerson:
    """`tag` is in the name and the address, and, with WORDS, in all that they wrote."""

    def __init__(self, tag: str, organisation: Organisation) -> None:
        self.tag, self.organisation = tag, organisation
        self.key = tag[::-1]  # of what others wrote: the course
        self.email, self.words = f"{tag}@example.org", f"{WORDS}-{tag}"
        self.user: User = UserFactory(email=self.email, first_name=tag.title(), last_name=f"Of{tag}")
        self._belong()
        self._learn()
        self._answer()
        self._agree()
        self._ask_for_feedback()
        self._practise()
        self._judge()
        self._negotiate_in_pairs()
        self._buy()
        self._work_in_consoles()
        self._write_for_the_site()
        self._sign_in()
        self._get_mail()

    def _belong(self) -> None:
        EmailAddress.objects.create(user=self.user, email=f"second-{self.email}", verified=True)
        self.membership: Membership = MembershipFactory(organisation=self.organisation, user=self.user)
        RoleAssignmentFactory(membership=self.membership, role="lnd_partner")
        staged = StagedImport.objects.create(
            organisation=self.organisation, kind="enrolments", file_name="people.csv", uploaded_by=self.user
        )
        RowChange.objects.create(
            organisation=self.organisation, staged_import=staged, row_id=self.membership.pk, previous={"last_name": self.words}
        )
        EmploymentStint.objects.create(
            organisation=self.organisation, person_id=f"n-{self.tag}", email=self.email, hire_date=dt.date(2020, 1, 1)
        )

        leave_out(user=self.user, organisation=self.organisation)

    def _learn(self) -> None:
        plan = block("plan", f"plan-{self.key}", {"prompt": "What will you do?"})
        reflection = block("reflection", f"reflection-{self.key}", {"prompt": "What do they expect?"})
        self.course = published_course([[lesson(f"l-{self.key}", blocks=[plan, reflection])]])
        enrolment = services.enrol(user=self.user, course=self.course, organisation=self.organisation)
        services.save_entry(enrolment=enrolment, block_id=uid(f"plan-{self.key}"), data={"if": self.words, "then": "I ask"})
        state = services.save_entry(
            enrolment=enrolment, block_id=uid(f"reflection-{self.key}"), data={"text": f"<script>{self.words}</script>"}
        )
        PlanFollowUp.objects.create(state=state, happened="done", what_done=self.words, answered_at=timezone.now())
        ActivityState.objects.filter(pk=state.pk).update(finished_at=timezone.now())
        StalledReminder.objects.create(enrolment=enrolment)
        certificate = Certificate.objects.create(
            enrolment=enrolment,
            name=self.user.get_full_name(),
            course_title=self.course.title,
            minutes=5,
            completed_on=dt.date(2026, 1, 1),
        )
        certificate.former.create(name=f"Old {self.words}", reason="misspelt", note=self.words)
        self.certificate, self.enrolment = certificate, enrolment
        own_course = published_course([[f"own-{self.key}"]])
        services.enrol(user=self.user, course=own_course)
        CourseSubscriber.objects.create(course=self.course, user=self.user)
        CourseSubscriber.objects.create(course=own_course, email=self.email)
        cohort = Cohort.objects.create(organisation=self.organisation, name=f"Cohort of {self.course.key}", course=self.course)
        CohortMembership.objects.create(cohort=cohort, membership=self.membership)
        Reminder.objects.create(cohort=cohort, membership=self.membership, reason="due", day=dt.date(2026, 1, 1))
        StoppedReminders.objects.create(membership=self.membership)
        course_set = self.course.sets.get()
        AccessGrant.objects.create(
            user=self.user, course_set=course_set, source="manual", source_key=f"manual:{self.course.key}"
        )
        pool = SeatPool.objects.create(
            organisation=self.organisation, course_set=course_set, source_key=f"pool:{self.course.key}", quantity=1
        )
        Seat.objects.create(pool=pool, number=1, state="activated", membership=self.membership)

    def _write_and_rate(self, attempt: Attempt) -> None:
        """A text that somebody else rated, and a text of somebody else that this person rated."""
        item = Item.objects.create(key=f"open-{self.course.key}", course=self.course, kind="open")
        version = ItemVersion.objects.create(
            item=item, number=1, kind="open", prompt="What?", options=[], correct=["fewest:1", "most:50"]
        )
        item.current_version = version
        item.save()
        attempt.items.create(item=item, item_version=version, position=2)
        response = Response.objects.create(attempt=attempt, item_version=version, chosen=[self.words])
        rubric = Rubric.objects.create(item=item, number=1, levels=[], anchors=[], digest="x")
        mine = Rater.objects.create(item=item, number=1, user=self.user, appointed_by=self.user)
        other = Rater.objects.create(item=item, number=2)
        TrainingRound.objects.create(rater=mine, rubric=rubric, number=1, scores={"a": 3}, has_passed=True)
        work = Work.objects.create(response=response, item=item, score=3, rubric=rubric, decided_at=timezone.now())
        for place in (mine, other):
            Rating.objects.create(work=work, rater=place, rubric=rubric, score=3)
        Skip.objects.create(work=work, rater=mine, reason="other")

    def _answer_by_file(self, attempt: Attempt) -> None:
        item = Item.objects.create(key=f"file-{self.course.key}", course=self.course, kind="open")
        key = ["by:file", "kinds:txt", "megabytes:1"]
        version = ItemVersion.objects.create(item=item, number=1, kind="open", prompt="Which?", options=[], correct=key)
        attempt.items.create(item=item, item_version=version, position=3)
        response = Response.objects.create(attempt=attempt, item_version=version)
        answer = AnswerFile(response=response, kind="txt", name=self.words, size=len(self.words.encode()))
        answer.file.save("", ContentFile(self.words.encode()))
        Response.objects.filter(pk=response.pk).update(chosen=[answer.known_as])

    def _answer(self) -> None:
        framework, _new = Framework.objects.get_or_create(slug="f", defaults={"title": "F"})
        skill, _new = Skill.objects.get_or_create(framework=framework, slug="s", defaults={"name": "Asking", "summary": "S"})
        first = Evidence.objects.create(
            user=self.user, skill=skill, kind="workplace", source="first", label=self.words, occurred_at=timezone.now()
        )
        Evidence.objects.create(
            user=self.user, skill=skill, kind="workplace", source="next", label="x", occurred_at=timezone.now(), replaces=first
        )
        shared = Evidence.objects.create(
            user=self.user,
            skill=skill,
            kind="practice",
            source="talk",
            label="x",
            occurred_at=timezone.now(),
            may_be_shared=True,
        )
        SharedEvidence.objects.create(membership=self.membership, evidence=shared)
        item = Item.objects.create(key=f"item-{self.course.key}", course=self.course, skill=skill)
        self.version = ItemVersion.objects.create(
            item=item, number=1, prompt="Which?", options=[{"id": "a", "text": "The first"}], correct=["a"]
        )
        CheckAnswer.objects.create(enrolment=self.enrolment, item_version=self.version, chosen=["a"], is_correct=True)
        form = Instrument.objects.create(course=self.course, key="form", title="Form A")
        FormAllocation.objects.create(enrolment=self.enrolment, course=self.course, sequence=0, first=form, second=form)
        attempt = Attempt.objects.create(enrolment=self.enrolment, user=self.user, instrument=form, occasion="before")
        attempt.items.create(item=item, item_version=self.version, position=1)
        Response.objects.create(attempt=attempt, item_version=self.version, chosen=["a"])
        ScoringRecord.objects.create(attempt=attempt, method="m", agreed=1, items=1, agreed_low=0, agreed_high=1)
        self._write_and_rate(attempt)
        self._answer_by_file(attempt)
        ExtraTime.objects.create(membership=self.membership, percent=25)
        ExtraTime.objects.create(user=self.user, percent=50)
        SkillCheck.objects.create(
            instrument=form,
            user=self.user,
            token_digest=self.tag,
            questions=[[self.version.pk, ["a"]]],
            answers={str(self.version.pk): ["a"]},
            submitted_at=timezone.now(),
            expires_at=timezone.now(),
        )
        mean = ChangeRelease.objects.create(organisation=self.organisation, course=self.course, people=10, content={})
        ChangeReleasePerson.objects.create(release=mean, enrolment=self.enrolment)

        self._take_what_was_given()

    def _take_what_was_given(self) -> None:
        alone = Instrument.objects.create(key=f"alone-{self.course.key}", title="Given", delivery="alone")
        assigned = AssignedInstrument.objects.create(
            organisation=self.organisation, cohort=self.membership.cohort_memberships.get().cohort, instrument=alone
        )
        given = Attempt.objects.create(
            enrolment=self.enrolment, user=self.user, instrument=alone, occasion="assigned", assigned=assigned
        )
        given.items.create(item=self.version.item, item_version=self.version, position=1)
        AssignmentNotice.objects.create(assigned=assigned, membership=self.membership, reason="open", day=dt.date(2026, 1, 1))
        told = AssignedRelease.objects.create(organisation=self.organisation, assigned=assigned, people=10, content={})
        AssignedReleasePerson.objects.create(release=told, enrolment=self.enrolment)

    def _agree(self) -> None:
        agreement = confirmed(self.user, party_email=f"bea-{self.tag}@example.net", they_expect=self.words, title=self.words)
        review = open_review_of(agreement)
        ReviewAnswer.objects.create(review=review, party="learner", verdict="kept", what_changed=self.words)
        draft(self.user, they_expect=self.words)

    def _ask_for_feedback(self) -> None:
        """A round that has closed, with words in it, one that runs, and what they say in somebody else's."""
        over = running_round(self.user, peers=3)
        for rater in raters(over):
            says(rater, 4, keep=self.words)
        close_round(feedback_round=over)
        Round.objects.filter(pk=over.pk).update(closed_at=timezone.now() - timedelta(days=100))
        running_round(self.user, customers=3)
        other = drafted()
        add_person(feedback_round=other, name=self.tag, email=self.email, group="peers")
        with_people(other, peers=2)
        send_round(feedback_round=other)
        says(raters(other)[0], 2, keep=self.words)

    def _practise(self) -> None:
        simulation = publish_case(interview())
        run = start_run(user=self.user, simulation=simulation)
        run.map = [{"line": "on-time", "status": "known", "limit": self.words}]
        run.save()

    def _judge(self) -> None:
        until = dt.date(2030, 1, 1)
        panel = Panel.objects.create(title=f"Panel {self.key}", closes_on=until, opened_by=self.user)
        asked = panel.items.create(item_version=self.version, position=1)
        now = timezone.now()
        expert = Expert.objects.create(
            panel=panel,
            email=self.email,
            name=self.user.get_full_name(),
            is_named=True,
            expertise=self.words,
            consented_at=now,
            submitted_at=now,
        )
        Judgement.objects.create(expert=expert, panel_item=asked, points={"a": 4}, best="a")

    def _negotiate_in_pairs(self) -> None:
        """With a colleague who stays: what they wrote to one another, notes, a report, and a call of their own."""
        pairs = PairCohort(organisation=self.organisation, members=[self.membership], course=self.course)
        pairs.call.opened_by = self.user
        pairs.call.save()
        pair = pairs.running()
        PairSeat.objects.filter(pair=pair, user=self.user).update(notes=self.words)
        seat = pair.seats.get(user=self.user)
        pair.begins = seat.side
        pair.save()
        turn = PairTurn.objects.create(pair=pair, number=0, side=seat.side, kind="say", message=self.words)
        PairTurn.objects.create(pair=pair, number=1, side={"you": "them", "them": "you"}[seat.side], kind="say", message="No.")
        PairReport.objects.create(
            organisation=self.organisation, pair=pair, side=seat.side, turn=turn, words=self.words, settled_by=self.user
        )

    def _buy(self) -> None:
        self.order = Order.objects.create(
            buyer=self.user, currency="EUR", total=100, gateway="test", state="paid", receipt_number=f"R-{self.course.key}"
        )
        OrderLine.objects.create(
            order=self.order,
            course_set=self.course.sets.get(),
            kind="person",
            quantity=1,
            unit_amount=100,
            description="Course",
        )
        RefundRequest.objects.create(
            order=self.order,
            asked_by=self.user,
            reason=self.words,
            answer=self.words,
            state="declined",
            decided_at=timezone.now(),
        )
        WebhookEvent.objects.create(
            gateway="test",
            event_id=f"e-{self.course.key}",
            kind="paid",
            order_uuid=self.order.uuid,
            payload={"name": self.user.get_full_name()},
            processed_at=timezone.now(),
        )
        Price.objects.create(course_set=self.course.sets.get(), kind="person", currency="EUR", amount=100, set_by=self.user)

    def _work_in_consoles(self) -> None:
        self.gap: Gap = GapFactory(organisation=self.organisation, recorded_by=self.user)
        run = EvidenceRun.objects.create(
            organisation=self.organisation, outcome="o", exposure="completion", question={}, requested_by=self.user
        )
        Refresh.objects.create(organisation=self.organisation, run=run, asked_by=self.user, due_on=dt.date(2030, 1, 1))
        Job.objects.create(kind="t", title=self.words, requested_by=self.user)
        Job.objects.create(kind="t", title="Import", requested_by=self.user, organisation=self.organisation)
        record(verb=AuditVerb.GAP_RECORDED, summary="Recorded a gap", organisation=self.organisation, actor=self.user)

    def _write_for_the_site(self) -> None:
        user_type = ContentType.objects.get_for_model(User)
        LogEntry.objects.create(
            user=self.user, content_type=user_type, object_id=str(self.user.pk), object_repr=str(self.user), action_flag=CHANGE
        )
        LogEntry.objects.create(user=self.user, object_repr=self.email, action_flag=CHANGE, change_message=self.email)
        self.user.groups.add(Group.objects.get_or_create(name="Authors")[0])
        page = Page.objects.get(depth=1).add_child(title="A page", slug=f"page-{self.course.key}", owner=self.user)
        page.locked, page.locked_by = True, self.user
        page.save()
        comment = Comment.objects.create(page=page, user=self.user, text=self.words, contentpath="title")
        CommentReply.objects.create(comment=comment, user=self.user, text=self.words)
        said = {"user": self.user.pk, "text": self.words, "replies": [{"user": self.user.pk, "text": self.words}]}
        revision = page.save_revision(user=self.user)
        revision.content["wagtail_admin_comments"] = [said]
        revision.save()
        now = timezone.now()
        PageLogEntry.objects.create(
            content_type=ContentType.objects.get_for_model(Page),
            page=page,
            label="A page",
            action="wagtail.comments.create",
            data={"comment": {"contentpath": "title", "text": self.words}},
            user=self.user,
            timestamp=now,
        )
        ModelLogEntry.objects.create(
            content_type=user_type, object_id=str(self.user.pk), label=str(self.user), action="wagtail.edit", timestamp=now
        )
        drafts = ((SimulationCase, "A case"), (QuestionDraft, "A question"), (OpenQuestionDraft, "An open question"))
        for model, label in drafts:
            draft = model.objects.create(key=f"draft-{self.key}", locked=True, locked_by=self.user, live=False)
            ModelLogEntry.objects.create(
                content_type=ContentType.objects.get_for_model(model),
                object_id=str(draft.pk),
                label=label,
                action="wagtail.workflow.reject",
                data={"workflow": {"title": "Review"}, "comment": self.words},
                user=self.user,
                timestamp=now,
            )
        PageSubscription.objects.create(user=self.user, page=page, comment_notifications=True)
        UserProfile.objects.create(user=self.user)
        for model in (EditingSession, FormState):
            extra = {"last_seen_at": now} if model is EditingSession else {"data": self.words, "last_updated_at": now}
            model.objects.create(user=self.user, content_type=user_type, object_id="1", **extra)
        image = get_test_image_file(f"picture-{self.course.key}.png")
        AccordImage.objects.create(title="A picture", file=image, uploaded_by_user=self.user)
        document = Document(title="A paper", uploaded_by_user=self.user)
        document.file.save(f"paper-{self.course.key}.txt", ContentFile(b"words of the site"), save=False)
        document.save()

    def _sign_in(self) -> None:
        session = SessionStore()
        session["_auth_user_id"] = str(self.user.pk)
        session["kept_form"] = self.words
        session.save()
        UserSession.objects.create(
            user=self.user, session_key=session.session_key, ip="127.0.0.1", user_agent=f"Browser of {self.tag}"
        )
        Authenticator.objects.create(user=self.user, type=Authenticator.Type.TOTP, data={"secret": "s3cret"})

    def _get_mail(self) -> None:
        until = timezone.now() + timedelta(days=9)
        link = MailLink.objects.create(
            kind="mail_choice", target_id=f"{self.user.pk}:plans", recipient=self.email, expires_at=until
        )
        for state in ("sent", "queued"):
            MailDelivery.objects.create(
                template="stalled_course", recipient=self.email, context={"first_name": self.tag}, state=state, link=link
            )
        StoppedMails.objects.create(user=self.user, choice="plans")


def texts() -> dict[str, list[str]]:
    """All that can be read in each table, row by row in the order of keys."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy or model._meta.label == "wagtailsearch.SQLiteFTSIndexEntry":
            continue
        rows = model._base_manager.order_by("pk").values_list(*[field.attname for field in model._meta.concrete_fields])
        found[model._meta.label] = [repr(row) for row in rows]
    return found


def tables_with(*words: str) -> dict[str, int]:
    """In how many rows of which tables one of these words stands, in whatever case; what sessions hold is read too."""
    wanted = [word.lower() for word in words]
    found = {}
    for label, rows in texts().items():
        count = sum(any(word in row.lower() for word in wanted) for row in rows)
        if count:
            found[label] = count
    sessions = sum(any(word in str(SessionStore(key).load()).lower() for word in wanted) for key in _session_keys())
    return found | ({"sessions.Session": sessions} if sessions else {})


def _session_keys() -> list[str]:
    return list(SessionStore.get_model_class().objects.values_list("pk", flat=True))


def rows_about(person: "WholePerson") -> dict[str, Any]:
    """Rows of others: every row that names an account, a membership or an enrolment of theirs, whole."""
    roots = {User: [person.user.pk], Membership: [person.membership.pk], type(person.enrolment): [person.enrolment.pk]}
    found = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model in roots:
                rows = model._base_manager.filter(**{f"{field.name}__in": roots[field.related_model]})
                found[f"{model._meta.label}.{field.name}"] = list(rows.order_by("pk").values())
    found["self"] = list(User.objects.filter(pk=person.user.pk).values())
    return found
