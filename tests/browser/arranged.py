"""States that no walk comes by, written into the database of the running site. Runs there: see `stack.arrange`."""

import json
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.mail import get_connection, send_mail
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MembershipState, Role
from accounts.models import Membership, Organisation, Team, User
from accounts.services import assign_role
from courses.models import Activity, Course
from demo.people import ORGANISATION_SLUG
from feedback.models import Rater, Round
from imports.kinds import import_kinds
from imports.models import StagedImport
from jobs.enums import JobState
from jobs.models import Job
from learning.jobs import ADD_JOB
from learning.models import Cohort, Enrolment, PlanFollowUp
from learning.services import save_entry
from learning.services.reminders import stop_reminders
from mail.links import address_of, make_link
from mail.models import MailLink
from mail.services.choices import link_to_stop
from outcomes.models import EvidenceRun
from skills.queries import skill
from skills.services import record_evidence, share_evidence

HOSTS = "Long Names and Partners of the Upper Valley"


def print_all() -> None:
    """The address of every state by its name, and the pages that only an accident shows, as JSON."""
    write_a_mail()
    print(json.dumps({"addresses": addresses(), "pages": pages()}))


def write_a_mail() -> None:
    """One that is in the mailbox of the demonstration whatever the tests before did."""
    text = "Your session begins at seven.\n\nhttps://accord.example/learn/\n"
    transport = get_connection(settings.ACCORD_MAIL_TRANSPORT)
    send_mail("Tomorrow at seven", text, None, ["leila@northwind.example"], connection=transport)


def addresses() -> dict[str, str]:
    organisation = Organisation.objects.get(slug=ORGANISATION_SLUG)
    ines, tomasz = (User.objects.get(email=f"{name}@northwind.example") for name in ("ines", "tomasz"))
    jobs = {
        "job-waiting": _job(organisation, ines, state=JobState.QUEUED),
        "job-under-way": _job(organisation, ines, state=JobState.RUNNING, step="Placing people", done=12_400, total=50_000),
        "job-done": _job(organisation, ines, state=JobState.DONE, result={"message": "50,000 people were placed."}),
        "job-failed": _job(organisation, ines, state=JobState.FAILED, error="The file is gone. Upload it once more."),
    }
    runs = {
        "run-waiting": _run(organisation, tomasz, state=JobState.RUNNING, step="Comparing", done=2, total=5),
        "run-failed": _run(organisation, tomasz, state=JobState.FAILED, error="The data changed meanwhile. Ask again."),
    }
    return (
        {name: reverse("job", args=[job.uuid]) for name, job in jobs.items()}
        | {name: run.get_absolute_url() for name, run in runs.items()}
        | {"cohort-without-a-space": cohort_without_a_space(organisation).get_absolute_url()}
        | links()
        | {"own-team": _own_team(), "plan-follow-up": _plan_follow_up(), "share-evidence": _share_evidence()}
        | {
            "feedback-results": Round.objects.filter(user__email="leila@northwind.example", state="closed")[
                0
            ].get_absolute_url()
        }
    )


def cohort_without_a_space(organisation: Organisation) -> Cohort:
    """A name as long as it may be that no line can be broken in, as systems of HR departments write them."""
    name = f"HR_{'Onboarding_' * 17}2027"
    return Cohort.objects.get_or_create(organisation=organisation, name=name, defaults={"course": Course.objects.first()})[0]


def links() -> dict[str, str]:
    """Links in mails that are closed, and invitations of somebody who has an account."""
    now = timezone.now()
    hosts, _created = Organisation.objects.get_or_create(slug="upper-valley", defaults={"name": HOSTS})
    author = User.objects.get(email="author@accord.example")
    invited, _created = Membership.objects.get_or_create(
        organisation=hosts, email=author.email, defaults={"state": MembershipState.INVITED, "first_name": "Wen"}
    )
    made = {
        "link-expired": _link(days=-3),
        "link-used": _link(used_at=now),
        "link-revoked": _link(revoked_at=now),
        "invitation-gone": _link(),
        "invitation-known": make_link(
            kind="invitation", target_id=invited.uuid.hex, recipient=author.email, organisation=hosts
        ),
        "agreement-gone": make_link(kind="agreement", target_id=0, recipient="maria@family.example"),
        "reminders-stop": _reminder(stopped=False),
        "reminders-stopped": _reminder(stopped=True),
        "mails-stop": _choice(author, "plans"),
        "feedback-asked": _feedback(Rater.objects.filter(is_submitted=False).order_by("pk")[0].uuid),
        "feedback-over": _feedback(uuid.uuid4()),
    }
    return {name: "/l/" + address_of(link).split("/l/")[1] for name, link in made.items()}


def _reminder(*, stopped: bool) -> MailLink:
    """The link of a reminder to one of two people of the demonstration."""
    email = "tomasz@northwind.example" if stopped else "ines@northwind.example"
    membership = Membership.objects.get(organisation__slug=ORGANISATION_SLUG, email=email)
    if stopped:
        stop_reminders(membership=membership)
    return make_link(kind="reminder", target_id=membership.uuid.hex, recipient=email, organisation=membership.organisation)


def _feedback(rater: uuid.UUID) -> MailLink:
    return make_link(kind="feedback", target_id=rater.hex, recipient="maria@family.example")


def _choice(person: User, choice: str) -> MailLink:
    link = link_to_stop(user_id=person.pk, recipient=person.email, choice=choice, now=timezone.now())
    link.save()
    return link


def _plan_follow_up() -> str:
    """A plan that Leila wrote a week ago, and was asked about."""
    enrolment = Enrolment.objects.get(user__email="leila@northwind.example", course__key="uncover-what-others-expect")
    plan = Activity.objects.filter(course=enrolment.course, kind="plan").order_by("pk")[0]
    words = {"if": "When a family calls about the rota", "then": "I ask what they had hoped for before I explain anything"}
    state = save_entry(enrolment=enrolment, block_id=plan.block_id, data=words)
    return reverse("plan_follow_up", args=[PlanFollowUp.objects.get_or_create(state=state)[0].uuid])


def _own_team() -> str:
    """The page of somebody who manages a team."""
    organisation = Organisation.objects.get(slug=ORGANISATION_SLUG)
    team, _created = Team.objects.get_or_create(organisation=organisation, name="Night shift")
    people = organisation.memberships.filter(email__in=["leila@northwind.example", "tomasz@northwind.example"])
    people.update(team=team)
    assign_role(membership=people.get(email="tomasz@northwind.example"), role=Role.MANAGER, team=team)
    return reverse("org:own_team", args=[organisation.slug])


def _share_evidence() -> str:
    """A talk that Leila shares with her organisation, and may take back."""
    leila = User.objects.get(email="leila@northwind.example")
    talk = record_evidence(
        user=leila,
        skill=skill("discover-expectations"),
        kind="practice",
        source=f"simulation:{uuid.UUID(int=66)}",
        label="Lunch at Larch House",
        occurred_at=timezone.now(),
        may_be_shared=True,
    )
    share_evidence(evidence=talk, organisation=Organisation.objects.get(slug=ORGANISATION_SLUG), user=leila)
    return reverse("skill_evidence", args=[talk.uuid])


def pages() -> dict[str, str]:
    """What a visitor gets when the server fails, and when somebody has tried too often."""
    request = RequestFactory().get("/", headers={"host": "127.0.0.1"})
    return {"500": render_to_string("500.html"), "429": render_to_string("429.html", request=request)} | stuck()


def stuck() -> dict[str, str]:
    """Work that nobody is at. Of a running site the sweep would take it up before anybody has looked."""
    organisation = Organisation.objects.get(slug=ORGANISATION_SLUG)
    request = RequestFactory().get("/", headers={"host": "127.0.0.1"})
    request.user, request.htmx = User.objects.get(email="ines@northwind.example"), False
    silent = timezone.now() - timedelta(minutes=12)
    dead = {"kind": "enrolments", "title": "Placing people in “Home care, autumn”", "requested_by": request.user, "attempts": 1}
    job = Job(pk=1, state=JobState.RUNNING, alive_at=silent, updated_at=silent, done=200, total=50_000, **dead)
    untaken = Job(pk=1, state=JobState.QUEUED, updated_at=silent, **dead)
    staged = StagedImport(organisation=organisation, job=job, state="checking", kind="enrolments", file_name="people.csv")
    context = {"organisation": organisation, "active": "people", "staged": staged, "kind": import_kinds["enrolments"]}
    return {
        "job-stuck": render_to_string("jobs/job.html", {"job": job}, request=request),
        "job-untaken": render_to_string("jobs/job.html", {"job": untaken}, request=request),
        "import-stuck": render_to_string("console/import_report.html", context | {"is_busy": True}, request=request),
    }


def _job(organisation: Organisation, person: User, **fields: object) -> Job:
    # The sweep of the running site leaves it alone.
    later = timezone.now() + timedelta(hours=1)
    job = Job.objects.create(
        organisation=organisation, requested_by=person, kind=ADD_JOB, title="Placing people in “Home care, autumn”",
        started_at=timezone.now(), result_url="/org/northwind-care/cohorts/", **{"state": JobState.RUNNING} | fields,
    )  # fmt: skip
    Job.objects.filter(pk=job.pk).update(updated_at=later)
    return job


def _run(organisation: Organisation, person: User, **fields: object) -> EvidenceRun:
    question = {"outcome": "employee_exit", "exposure": "completion", "covariates": "role:category", "clock": "day"}
    return EvidenceRun.objects.create(
        organisation=organisation, requested_by=person, outcome="employee_exit", exposure="completion", question=question,
        job=_job(organisation, person, **fields),
    )  # fmt: skip


def _link(days: int = 30, **fields: object) -> MailLink:
    hosts = Organisation.objects.get(slug="upper-valley")
    recipient = "nobody@northwind.example"
    link = make_link(kind="invitation", target_id=Membership().uuid.hex, recipient=recipient, days=days, organisation=hosts)
    MailLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() + timedelta(days=days), **fields)
    return link
