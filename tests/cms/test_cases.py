"""Cases of practice in the CMS: the same from a file through the blocks and back, checked before they are published."""

import json
from dataclasses import replace

import pytest
from django.urls import reverse
from wagtail.models import Workflow
from wagtail.test.utils.form_data import nested_form_data

from cms.cases.conversion import data_of, raw_value
from cms.cases.drafting import draft_of, written
from cms.cases.findings import Finding, beside_fields
from cms.cases.jobs import start_check
from cms.cases.models import CaseCheck, SimulationCase, check
from cms.content_files.report import Report
from cms.content_files.simulations import load_simulations
from cms.site import ensure_site
from jobs.models import Job
from jobs.services import perform
from practice import services
from practice.cases import CaseError, case_from_data, case_from_yaml, case_to_data
from practice.cases.structure import MAX_CASE_ID, NO_CASE_IDS
from practice.errors import CaseNotPublished
from practice.models import Simulation, SimulationRun
from practice.services import digest_of
from practice.simulation_urls import urlpatterns
from tests.cms.editing import posted
from tests.factories import UserFactory
from tests.practice.simulations import LUNCH, NIGHT, ROOM, night, shipped, small_interview

pytestmark = pytest.mark.django_db
SHIPPED = [NIGHT, ROOM, LUNCH]


def blocks_of(case):
    draft = SimulationCase(key=case.id, body=json.dumps(raw_value(case_to_data(case))))
    return draft.body


def form_of(draft, **changes):
    """What the editor sends for a draft, as it stands."""
    fields = {"key": draft.key, "position": str(draft.position), "body": posted(draft.body.stream_block, draft.body)}
    return nested_form_data(fields | changes)


def edit(draft):
    return reverse("wagtailsnippets_cms_simulationcase:edit", args=[draft.pk])


def text(response):
    return " ".join(response.content.decode().split())


def skillless(case):
    """Without the skill, which no framework of these tests has."""
    return replace(case, skill=None)


@pytest.fixture
def draft(db):
    return draft_of(skillless(night()))


# Files and blocks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_case_is_the_same_after_its_blocks_and_after_its_file(name):
    case = shipped(name)
    body = blocks_of(case)
    assert case_from_data(data_of(body[0].block_type, case.id, body[0].value)) == case
    stored = body.stream_block.to_python(json.loads(json.dumps(body.get_prep_value())))
    assert case_from_data(data_of(stored[0].block_type, case.id, stored[0].value)) == case
    assert case_from_yaml(written(case)) == case


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_is_lost_when_an_author_opens_and_saves_a_case(name, reviewer, sign_in):
    case = skillless(shipped(name))
    draft = draft_of(case)
    client = sign_in(reviewer)
    assert client.get(edit(draft)).status_code == 200
    client.post(edit(draft), form_of(draft))
    draft.refresh_from_db()
    saved = draft.get_latest_revision_as_object()
    assert (draft.revisions.count(), saved.standing().case) == (2, case)


def test_importing_again_is_a_new_draft_and_the_earlier_stay(draft):
    again = draft_of(skillless(replace(night(), summary="Another.")))
    assert (again.pk, again.revisions.count()) == (draft.pk, 2)
    summaries = [revision.as_object().body[0].value["summary"] for revision in again.revisions.order_by("pk")]
    assert summaries == [night().summary, "Another."]


# What is wrong, beside its field ----------------------------------------------------------------------------------------


def test_a_finding_stands_beside_the_field_that_it_is_about(draft):
    value = draft.body[0].value
    found = [
        Finding("issues.payment.options.d45.you", "Wrong.", "Right it."),
        Finding("issues.2", "All of it.", ""),
        Finding("them_rule.floor", "Low.", "Raise it."),
        Finding("nowhere.at.all", "Lost.", ""),
    ]
    told = beside_fields(value, found).as_json_data()["blockErrors"][0]
    payment = told["blockErrors"]["issues"]["blockErrors"][1]
    assert payment["blockErrors"]["options"]["blockErrors"][1]["blockErrors"]["you"]["messages"] == ["Wrong. Right it."]
    assert payment["messages"] == ["All of it."]
    assert told["blockErrors"]["them_rule"]["blockErrors"]["floor"]["messages"] == ["Low. Raise it."]
    assert told["messages"] == ["nowhere.at.all: Lost."]


def test_an_unfinished_draft_is_saved_and_the_editor_says_what_is_missing(draft, reviewer, sign_in):
    client = sign_in(reviewer)
    draft.body[0].value["title"] = ""
    draft.body[0].value["rounds"] = 99
    client.post(edit(draft), form_of(draft))
    draft.refresh_from_db()
    saved = draft.get_latest_revision_as_object()
    assert (saved.body[0].value["title"], saved.body[0].value["rounds"]) == ("", 99)
    assert [finding.path for finding in saved.standing().findings] == ["rounds", "title"]
    page = client.get(edit(draft))
    error = page.context["form"].errors.as_data()["body"][0].as_json_data()["blockErrors"][0]["blockErrors"]
    assert error["title"]["messages"] == ["“title” is missing. Add it."]
    assert error["rounds"]["messages"] == ["“rounds” is “99”. Give it a whole number from 4 to 12."]


def test_two_entries_with_one_id_are_both_kept_and_named(draft):
    draft.body[0].value["issues"][1]["id"] = "price"
    assert len(draft.as_data()["issues"]) == len(night().issues)
    assert any("price (2)" in finding.path or "price (2)" in finding.what for finding in draft.standing().findings)


def test_line_ends_of_browsers_are_those_of_files(draft, reviewer, sign_in):
    client = sign_in(reviewer)
    form = {name: value.replace("\n", "\r\n") if isinstance(value, str) else value for name, value in form_of(draft).items()}
    assert any("\r\n" in value for value in form.values())
    client.post(edit(draft), form)
    draft.refresh_from_db()
    assert draft.get_latest_revision_as_object().standing().case == skillless(night())


# Publishing -------------------------------------------------------------------------------------------------------------


def publish(client, draft):
    return client.post(edit(draft), form_of(draft, **{"action-publish": "1"}), follow=True)


def test_publishing_makes_a_version_and_talks_under_way_keep_theirs(draft, reviewer, sign_in):
    client = sign_in(reviewer)
    publish(client, draft)
    draft.refresh_from_db()
    simulation = Simulation.objects.get()
    assert (draft.live, simulation.key, simulation.current_version.number) == (True, NIGHT, 1)
    run = services.start_run(user=UserFactory(), simulation=simulation)
    draft.body[0].value["summary"] = "Now with another summary."
    publish(client, draft)
    simulation.refresh_from_db()
    assert (simulation.summary, simulation.current_version.number) == ("Now with another summary.", 2)
    assert SimulationRun.objects.get().version == run.version != simulation.current_version
    assert digest_of(skillless(night())) == run.version.digest


def test_a_case_in_which_splitting_wins_is_refused_with_the_reason_and_kept(draft, reviewer, sign_in):
    client = sign_in(reviewer)
    for issue in draft.body[0].value["issues"]:
        for option in issue["options"]:
            option["them"] = option["you"] + 1
    page = publish(client, draft)
    assert "It was not published. Your draft is saved" in text(page)
    draft.refresh_from_db()
    saved = draft.get_latest_revision_as_object()
    paths = {finding.path for finding in saved.standing().findings}
    assert (draft.live, Simulation.objects.count(), "issues" in paths) == (False, 0, True)
    assert saved.body[0].value["issues"][0]["options"][0]["them"] == 41
    told = page.context["form"].errors.as_data()["body"][0].as_json_data()["blockErrors"][0]["blockErrors"]
    assert any("of the issues are opposed" in message for message in told["issues"]["messages"])


def test_no_way_round_the_check_publishes(draft):
    with pytest.raises(CaseNotPublished, match="has not been checked yet"):
        draft.latest_revision.publish()
    assert (Simulation.objects.count(), SimulationCase.objects.get().live) == (0, False)
    check(skillless(night()))
    draft.latest_revision.publish()
    assert Simulation.objects.get().current_version.number == 1


def test_under_another_key_it_is_another_simulation_and_the_former_is_taken_back(draft):
    check(skillless(night()))
    draft.latest_revision.publish()
    draft = SimulationCase.objects.get()
    draft.key = "n2-night"
    check(draft.standing().case)
    draft.save_revision().publish()
    assert list(Simulation.objects.order_by("key").values_list("key", "is_listed")) == [(NIGHT, False), ("n2-night", True)]


def test_taking_it_back_lets_nobody_begin_it_and_keeps_talks(draft):
    check(skillless(night()))
    draft.latest_revision.publish()
    simulation = Simulation.objects.get()
    run = services.start_run(user=UserFactory(), simulation=simulation)
    SimulationCase.objects.get().unpublish()
    simulation.refresh_from_db()
    assert (simulation.is_listed, SimulationRun.objects.get()) == (False, run)
    moved = services.play(user=run.user, uuid=run.uuid, at=0, move={"move": "ask_priorities"})
    assert len(moved.moves) == 1


def test_a_reviewer_takes_it_back_in_the_editor(draft, reviewer, sign_in):
    check(skillless(night()))
    draft.latest_revision.publish()
    sign_in(reviewer).post(reverse("wagtailsnippets_cms_simulationcase:unpublish", args=[draft.pk]))
    assert (SimulationCase.objects.get().live, Simulation.objects.get().is_listed) == (False, False)


def test_an_interview_is_checked_by_a_worker_that_then_publishes_it(reviewer, sign_in):
    client = sign_in(reviewer)
    case = case_from_data(small_interview())
    draft = draft_of(case)
    CaseCheck.objects.create(digest=digest_of(case), findings=[], figures={"best": 1})
    publish(client, draft)
    assert Simulation.objects.get().kind == "interview"
    draft.body[0].value["title"] = "Another"
    page = publish(client, draft)
    job = Job.objects.get()
    assert (page.redirect_chain[0][0], Simulation.objects.get().title) == (reverse("job", args=[job.uuid]), "Small")
    changed = SimulationCase.objects.get().get_latest_revision_as_object().standing().case
    CaseCheck.objects.create(digest=digest_of(changed), findings=[], figures={})
    perform(job.pk)
    job.refresh_from_db()
    assert job.result["message"] == "Published. Whoever begins from now on plays this version."
    assert (Simulation.objects.get().title, Simulation.objects.get().current_version.number) == ("Another", 2)


def test_a_worker_publishes_nothing_that_its_search_refuses(reviewer):
    closed = small_interview()
    closed["cards"][2]["discloses"] = False
    draft = draft_of(case_from_data(closed))
    job = start_check(draft=draft, revision=draft.latest_revision, user=reviewer, publishes=True)
    perform(job.pk)
    job.refresh_from_db()
    known = CaseCheck.objects.get()
    assert (job.result["findings"], len(known.findings)) == (len(known.findings), len(draft.standing().findings))
    assert job.result["findings"] > 0
    assert (Simulation.objects.count(), job.result["message"][:22]) == (0, "It was not published. ")


def test_an_author_submits_and_a_reviewer_approves(draft, author, reviewer, sign_in):
    assert Workflow.objects.filter(workflow_content_types__content_type__model="simulationcase").count() == 1
    client = sign_in(author)
    assert publish(client, draft).status_code == 200
    assert Simulation.objects.count() == 0
    client.post(edit(draft), form_of(draft, **{"action-submit": "1"}))
    draft.refresh_from_db()
    assert draft.current_workflow_state.status == "in_progress"
    client = sign_in(reviewer)
    state = draft.current_workflow_task_state
    approve = reverse("wagtailsnippets_cms_simulationcase:workflow_action", args=[draft.pk, "approve", state.pk])
    client.post(approve, {"comment": ""})
    draft.refresh_from_db()
    assert (draft.live, Simulation.objects.get().current_version.number) == (True, 1)


def test_what_cannot_be_published_cannot_be_submitted(draft, author, sign_in):
    client = sign_in(author)
    draft.body[0].value["rounds"] = 99
    page = client.post(edit(draft), form_of(draft, **{"action-submit": "1"}), follow=True)
    assert "Your draft is saved" in text(page)
    draft.refresh_from_db()
    assert (draft.current_workflow_state, draft.get_latest_revision_as_object().body[0].value["rounds"]) == (None, 99)


def test_only_who_may_write_gets_in(draft, author, sign_in):
    addresses = [edit(draft), *(reverse(name, args=[draft.pk]) for name in ("case_desk", "case_play", "case_export"))]
    addresses.append(reverse("case_import"))
    client = sign_in(author)
    assert [client.get(address).status_code for address in addresses] == [200] * 5
    ensure_site()
    client = sign_in(UserFactory())
    assert {client.get(address).status_code for address in addresses} <= {302, 403}
    client = sign_in(author)
    delete = reverse("wagtailsnippets_cms_simulationcase:delete", args=[draft.pk])
    client.post(delete)
    assert SimulationCase.objects.count() == 1


# Trying, importing, exporting -------------------------------------------------------------------------------------------


def test_a_draft_is_played_to_its_end_and_nothing_is_kept(draft, author, sign_in):
    client = sign_in(author)
    address = reverse("case_play", args=[draft.pk])
    page = client.get(address)
    assert "You are trying the draft “Night deliveries”" in text(page)
    sent = {"seed": page.context["seed"], "history": page.context["history"], "move": "ask_priorities"}
    page = client.post(address, sent)
    assert json.loads(page.context["history"]) == [{"move": "ask_priorities"}]
    assert "when i get paid" in text(page).lower() or "payment, more than anything" in text(page).lower()
    wrong = client.post(address, {"seed": "1", "history": page.context["history"], "move": "accept"})
    assert (wrong.status_code, "They have made no offer yet" in text(wrong)) == (422, True)
    page = client.post(address, {"seed": "1", "history": page.context["history"], "move": "walk"})
    assert "You walked away" in text(page)
    assert (SimulationRun.objects.count(), Simulation.objects.count()) == (0, 0)
    for nonsense in ("no json", "{}", '["x"]', "[" * 5000):
        assert client.post(address, {"seed": "1", "history": nonsense, "move": "walk"}).status_code in (200, 422)


def test_a_draft_of_an_interview_is_played_up_to_its_map(author, sign_in):
    draft = draft_of(case_from_data(small_interview()))
    client = sign_in(author)
    address = reverse("case_play", args=[draft.pk])
    page = client.post(address, {"seed": "1", "history": "[]", "card": "0"})
    page = client.post(address, {"seed": "1", "history": page.context["history"], "end": "1"})
    assert "What does Kim expect?" in text(page)
    line = page.context["lines"][0].id
    page = client.post(address, {"seed": "1", "history": page.context["history"], f"{line}.status": "assumed", "show": "1"})
    assert "What Kim says about your map" in text(page)


def test_the_preview_shows_the_case_or_why_it_cannot_be_played(draft, author, sign_in):
    client = sign_in(author)
    preview = reverse("wagtailsnippets_cms_simulationcase:preview_on_edit", args=[draft.pk])
    assert client.post(preview, form_of(draft)).json()["is_valid"] is True
    shown = client.get(f"{preview}?mode=")
    assert reverse("case_play", args=[draft.pk]) in text(shown)
    draft.body[0].value["title"] = ""
    assert client.post(preview, form_of(draft)).json()["is_valid"] is True
    assert "“title” is missing. Add it." in text(client.get(f"{preview}?mode="))


def test_a_file_is_imported_and_a_wrong_one_keeps_its_text(author, sign_in):
    client = sign_in(author)
    wrong = written(night()).replace("rounds: 8", "rounds: 99")
    page = client.post(reverse("case_import"), {"text": wrong})
    assert (page.status_code, SimulationCase.objects.count()) == (422, 0)
    assert ("rounds: 99" in page.content.decode(), "whole number from 4 to 12" in text(page)) == (True, True)
    client.post(reverse("case_import"), {"text": written(skillless(night()))})
    draft = SimulationCase.objects.get()
    assert (draft.live, draft.key, draft.get_latest_revision_as_object().standing().case) == (False, NIGHT, skillless(night()))
    exported = client.get(reverse("case_export", args=[draft.pk]))
    assert exported["Content-Disposition"] == f'attachment; filename="{NIGHT}.yaml"'
    assert case_from_yaml(exported.content.decode()) == skillless(night())


def test_what_is_played_already_is_taken_over_as_a_draft(author, sign_in):
    simulation = services.publish_case(skillless(night()), position=3)
    client = sign_in(author)
    client.post(reverse("case_import"), {"simulation": simulation.pk})
    draft = SimulationCase.objects.get()
    assert (draft.position, draft.live, draft.standing().case) == (3, False, skillless(night()))


def test_a_file_does_not_undo_what_was_published_here_unless_it_is_forced(draft, tmp_path):
    folder = tmp_path / "simulations"
    folder.mkdir()
    (folder / f"{NIGHT}.yaml").write_text(written(skillless(replace(night(), summary="From the file."))))
    check(skillless(night()))
    draft.latest_revision.publish()
    report = Report()
    load_simulations(tmp_path, frozenset(), report, [])
    assert (report.conflicts, Simulation.objects.get().summary) == ([f"simulations/{NIGHT}.yaml"], night().summary)
    load_simulations(tmp_path, frozenset(), Report(), [], force=True)
    assert Simulation.objects.get().summary == "From the file."
    live = SimulationCase.objects.get()
    assert (live.body[0].value["summary"], live.revisions.count()) == ("From the file.", 2)


# Ids --------------------------------------------------------------------------------------------------------------------


def interview_case():
    return skillless(case_from_data(small_interview()))


def test_under_the_id_of_an_interview_a_negotiation_is_not_published(draft):
    """The lesson that leads to the interview, its talks and their evidence would be about another case."""
    interview = services.publish_case(interview_case())
    draft.key = interview.key
    revision = draft.save_revision()
    check(skillless(replace(night(), id=interview.key)))
    words = f"“{interview.key}” is the id of “{interview.title}” (Interview), which is another case."
    assert [finding.what for finding in draft.standing().findings] == [words]
    with pytest.raises(CaseNotPublished):
        revision.publish()
    interview.refresh_from_db()
    assert (interview.kind, interview.title, interview.versions.count()) == ("interview", interview_case().title, 1)


def test_a_key_that_is_typed_over_does_not_take_a_case_of_a_file(draft):
    played = services.publish_case(skillless(replace(night(), id="night-of-a-file")))
    draft.key = played.key
    [finding] = draft.standing().findings
    assert finding.remedy == "Choose another id; to change that case, import its file and edit the draft."
    taken_over = draft_of(skillless(replace(night(), id="night-of-a-file")))
    assert taken_over.standing().findings == ()


def test_one_from_nothing_under_the_id_of_a_file_is_refused(db):
    services.publish_case(skillless(night()))
    made = SimulationCase(key=NIGHT, live=False)
    made.body = json.dumps(raw_value(case_to_data(skillless(night()))))
    made.save()
    assert [finding.path for finding in made.standing().findings] == ["id"]


def test_what_was_published_here_is_published_again_under_its_own_id(draft):
    check(skillless(night()))
    SimulationCase.objects.update(imported_as="")
    draft.save_revision().publish()
    draft.refresh_from_db()
    draft.unpublish()
    assert draft.standing().findings == ()


def test_a_file_does_not_turn_an_interview_into_a_negotiation(tmp_path):
    services.publish_case(replace(interview_case(), id="other"))
    with pytest.raises(CaseNotPublished, match="is the id of"):
        services.publish_case(skillless(replace(night(), id="other")))
    folder, problems = tmp_path / "simulations", []
    folder.mkdir()
    (folder / "other.yaml").write_text(written(skillless(replace(night(), id="other"))))
    load_simulations(tmp_path, frozenset(), Report(), problems)
    assert [problem.what for problem in problems] == [
        "“other” is the id of “" + interview_case().title + "” (Interview) already."
    ]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("pairs", "“pairs” is the address of another page."),
        ("runs", "“runs” is the address of another page."),
        ("a" * 51, "The id of the case has 51 characters."),
        ("a" * 60, "The id of the case has 60 characters."),
    ],
)
def test_an_id_that_cannot_be_an_address_is_refused(key, words):
    data = case_to_data(skillless(night())) | {"id": key}
    with pytest.raises(CaseError) as refused:
        case_from_data(data)
    assert [(problem.path, problem.what) for problem in refused.value.problems] == [("id", words)]


def test_the_longest_id_fits_and_no_address_of_another_page_may_be_one():
    assert case_from_data(case_to_data(night()) | {"id": "a" * MAX_CASE_ID}).id == "a" * 50
    assert Simulation._meta.get_field("key").max_length == MAX_CASE_ID
    fixed = {str(pattern.pattern).split("/")[0] for pattern in urlpatterns}
    assert fixed - {"", "<slug:key>"} == NO_CASE_IDS
