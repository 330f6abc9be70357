"""Sharing one piece of evidence with one's organisation: who sees what, and that it is gone when it is taken back."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.personal_data import erase, export_of
from accounts.services.people import mark_as_left, reinstate
from skills.errors import NotShared
from skills.models import Evidence, SharedEvidence
from skills.placed import Placed
from skills.queries import shared_with, skill
from skills.services import (
    Finding,
    correct_evidence,
    give_own_framework,
    load_framework,
    share_evidence,
    take_back_evidence,
    write_words,
)
from tests.factories import MembershipFactory, OrganisationFactory, TeamFactory, UserFactory
from tests.skills.factories import FIRST, NEWEST, measured, placed, practised
from tests.skills.test_own_frameworks import words
from tests.web.learner import SKILLS

pytestmark = pytest.mark.django_db

DISCOVER = "discover-expectations"
LABEL = "Lunch at Larch House"


@pytest.fixture(autouse=True)
def framework():
    return load_framework(SKILLS)


@pytest.fixture
def learner(organisation):
    return MembershipFactory(organisation=organisation, first_name="Ada", last_name="Lind", user=UserFactory())


@pytest.fixture
def partner(organisation, member, sign_in):
    return sign_in(member(organisation, "lnd_partner", first_name="Pia", last_name="Partner").user)


def page(client, organisation, **query):
    return client.get(reverse("org:shared_evidence", args=[organisation.slug]), query)


def sharing(piece):
    return reverse("skill_evidence", args=[piece.uuid])


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]))


def labels(client, organisation, **query) -> list[tuple[str, str]]:
    return [(piece.person, piece.label) for piece in page(client, organisation, **query).context["pieces"]]


def shared(membership, piece):
    return share_evidence(evidence=piece, organisation=membership.organisation, user=membership.user)


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))


# Sharing and taking back, through pages ------------------------------------------------------------------------------------


def test_nothing_is_seen_until_it_is_shared_and_nothing_after_it_is_taken_back(learner, partner, organisation, sign_in):
    piece, other = practised(learner.user, label=LABEL), placed(learner.user, FIRST, 2)
    client = sign_in(learner.user)
    assert "No one shares a piece of evidence with you now." in text(page(partner, organisation))
    before = text(client.get(sharing(piece)))
    assert f"What {organisation.name} would see" in before
    assert "Today these are: " in before
    answer = client.post(sharing(piece), {"organisation": organisation.pk, "action": "share"})
    assert answer.url == reverse("skill", args=[DISCOVER]) + "#evidence"
    assert labels(partner, organisation) == [("Ada Lind", LABEL)]
    assert other.label not in text(page(partner, organisation))
    own = text(client.get(reverse("skill", args=[DISCOVER])))
    assert f"You and {organisation.name}, since" in own
    assert "Only you " in own
    client.post(sharing(piece), {"organisation": organisation.pk, "action": "take-back"})
    assert labels(partner, organisation) == []
    assert SharedEvidence.objects.count() == 0
    assert verbs() == ["evidence.shared", "evidence.taken_back"]


def test_the_preview_is_word_for_word_what_the_organisation_reads(learner, partner, organisation, sign_in):
    piece = placed(learner.user, NEWEST, 1)
    team = TeamFactory(organisation=organisation, name="Kitchen")
    type(learner).objects.filter(pk=learner.pk).update(team=team)

    def table(answer) -> str:
        body = answer.content.decode().split("<tbody>")[1].split("</tbody>")[0]
        return re.sub(r"\s+", " ", body)

    preview = table(sign_in(learner.user).get(sharing(piece)))
    shared(learner, piece)
    assert table(page(partner, organisation)) == preview
    assert "most like level 3" in preview
    assert [part in preview for part in ("Ada Lind", "Kitchen", "Discover expectations", "provisional")] == [True] * 4


def test_the_preview_names_who_sees_it(learner, member, organisation, sign_in):
    for name, role in (("Olga", "owner"), ("Pia", "lnd_partner"), ("Adam", "admin"), ("Max", "manager")):
        user = UserFactory(first_name=name, last_name="")
        member(organisation, role, user=user)
    shown = text(sign_in(learner.user).get(sharing(practised(learner.user))))
    assert "Today these are: Olga, Pia." in shown
    assert "Adam" not in shown


def test_sharing_and_taking_back_twice_is_once(learner, organisation):
    piece = practised(learner.user)
    assert shared(learner, piece) == shared(learner, piece)
    for _time in range(2):
        take_back_evidence(evidence=piece, organisation=organisation, user=learner.user)
    assert verbs() == ["evidence.shared", "evidence.taken_back"]


def test_the_database_keeps_a_piece_shared_once(learner):
    piece = practised(learner.user)
    shared(learner, piece)
    with pytest.raises(IntegrityError), transaction.atomic():
        SharedEvidence.objects.create(membership=learner, evidence=piece)


def test_the_record_of_the_organisation_does_not_keep_telling_of_it(learner, organisation):
    piece = practised(learner.user)
    shared(learner, piece)
    take_back_evidence(evidence=piece, organisation=organisation, user=learner.user)
    events = AuditEvent.objects.filter(verb__startswith="evidence.")
    assert [(event.organisation, event.actor, event.target_id) for event in events] == [
        (None, learner.user, str(piece.uuid))
    ] * 2


def test_my_skills_lists_what_is_shared_and_takes_it_back(learner, organisation, sign_in):
    piece, client = practised(learner.user, label=LABEL), sign_in(learner.user)
    assert "What you share" not in text(client.get(reverse("skills")))
    shared(learner, piece)
    shown = text(client.get(reverse("skills")))
    assert f"shared with {organisation.name} on" in shown
    answer = client.post(sharing(piece), {"organisation": organisation.pk, "action": "take-back", "from": "skills"})
    assert answer.url == reverse("skills")
    assert "What you share" not in text(client.get(reverse("skills")))


def test_of_two_organisations_one_sees_it(learner, organisation, member, sign_in, partner):
    second = OrganisationFactory(name="Zephyr")
    MembershipFactory(organisation=second, user=learner.user)
    client, piece = sign_in(learner.user), practised(learner.user)
    there = sign_in(member(second, "lnd_partner").user)
    client.post(sharing(piece), {"organisation": second.pk, "action": "share"})
    assert (len(labels(there, second)), labels(partner, organisation)) == (1, [])
    assert [offer.shared_at is not None for offer in client.get(sharing(piece)).context["offers"]].count(True) == 1


def test_whoever_belongs_to_no_organisation_is_told_so(user, sign_in):
    piece = practised(user)
    assert "You do not belong to an organisation" in text(sign_in(user).get(sharing(piece)))
    assert "Who sees it" not in text(sign_in(user).get(reverse("skill", args=[DISCOVER])))


# Who may see, share and take back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("owner", 200),
        ("lnd_partner", 200),
        ("admin", 403),
        ("manager", 403),
        ("billing", 403),
        ("data_steward", 403),
        ("outcomes_reader", 403),
    ],
)
def test_owners_and_partners_see_it(learner, organisation, member, sign_in, role, status):
    shared(learner, practised(learner.user))
    assert page(sign_in(member(organisation, role).user), organisation).status_code == status


def test_the_partner_of_another_organisation_finds_nothing(learner, organisation, member, sign_in):
    shared(learner, practised(learner.user))
    other = OrganisationFactory()
    client = sign_in(member(other, "lnd_partner").user)
    assert page(client, organisation).status_code == 404
    assert labels(client, other) == []


def test_a_piece_of_somebody_else_is_not_there(learner, organisation, sign_in, member):
    piece = practised(learner.user)
    for stranger in (member(organisation, "owner").user, UserFactory()):
        client = sign_in(stranger)
        answers = [
            client.get(sharing(piece)),
            client.post(sharing(piece), {"organisation": organisation.pk, "action": "share"}),
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert SharedEvidence.objects.count() == 0
    with pytest.raises(NotShared, match="stays with you alone"):
        share_evidence(evidence=piece, organisation=organisation, user=member(organisation).user)


@pytest.mark.parametrize("given", ["", "x", "999999"])
def test_an_organisation_that_one_does_not_belong_to_is_not_there(learner, sign_in, given):
    piece = practised(learner.user)
    answer = sign_in(learner.user).post(sharing(piece), {"organisation": given, "action": "share"})
    assert (answer.status_code, SharedEvidence.objects.count()) == (404, 0)
    other = OrganisationFactory()
    assert sign_in(learner.user).post(sharing(piece), {"organisation": other.pk, "action": "share"}).status_code == 404


def test_somebody_invited_or_gone_shares_nothing(organisation, sign_in, member):
    gone = member(organisation, state="left")
    piece = practised(gone.user)
    client = sign_in(gone.user)
    client.post(sharing(piece), {"organisation": organisation.pk, "action": "share"})
    assert SharedEvidence.objects.count() == 0
    assert "You do not belong to this organisation any more" in text(client.get(sharing(piece)))


def test_visitors_sign_in_first(client, learner):
    assert client.get(sharing(practised(learner.user))).status_code == 302


def test_an_unknown_act_changes_nothing(learner, organisation, sign_in):
    sign_in(learner.user).post(sharing(practised(learner.user)), {"organisation": organisation.pk, "action": "frame"})
    assert SharedEvidence.objects.count() == 0


# What cannot be shared ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words_of_refusal"),
    [
        ("360", "those you asked were promised that no employer sees it"),
        ("workplace", "the other party was told that your employer does not see them"),
        ("practice", "This piece of evidence cannot be shared."),
    ],
)
def test_what_others_were_promised_is_kept(learner, organisation, sign_in, kind, words_of_refusal):
    piece, client = practised(learner.user, kind=kind, may_be_shared=False), sign_in(learner.user)
    assert words_of_refusal in text(client.get(sharing(piece)))
    assert "Share with" not in text(client.get(reverse("skill", args=[DISCOVER])))
    answer = client.post(sharing(piece), {"organisation": organisation.pk, "action": "share"}, follow=True)
    assert "This piece of evidence stays with you alone." in text(answer)
    assert SharedEvidence.objects.count() == 0


def test_only_sources_that_say_so_leave_evidence_that_can_be_shared():
    """Feedback and reviews of agreements do not: what others say there is promised to stay with the learner."""
    saying, silent = set(), set()
    for path in Path(__file__).resolve().parents[2].glob("*/services/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
            if isinstance(node, ast.Call) and name in ("record_evidence", "record_findings") and "skills" not in path.parts:
                says = any(word.arg == "may_be_shared" for word in node.keywords)
                (saying if says else silent).add("/".join(path.parts[-3:]))
    assert silent == {"feedback/services/closing.py", "practice/services/reviewing.py"}
    assert saying == {
        "assessments/services/attempts.py",
        "assessments/services/skill_checks.py",
        "practice/services/answering.py",
        "practice/services/pair_ending.py",
        "practice/services/simulating.py",
        "rating/services/deciding.py",
    }


def test_nothing_that_counts_reads_what_is_shared():
    """Sharing is no data: no figure, report or analysis may depend on who shares."""
    root = Path(__file__).resolve().parents[2]
    readers = {
        path.relative_to(root).parts[0]
        for app in ("outcomes", "learning", "assessments", "stakeholders", "needs", "web", "api", "cms", "feedback", "practice")
        for path in (root / app).rglob("*.py")
        if "SharedEvidence" in path.read_text(encoding="utf-8")
        or "shared_with(organisation" in path.read_text(encoding="utf-8")
    }
    assert readers == set()


# Gone at once -------------------------------------------------------------------------------------------------------------


def test_it_goes_with_leaving_and_does_not_come_back(learner, partner, organisation, member):
    shared(learner, practised(learner.user))
    owner = member(organisation, "owner").user
    mark_as_left(membership=learner, actor=owner)
    assert (labels(partner, organisation), SharedEvidence.objects.count()) == ([], 0)
    reinstate(membership=learner, actor=owner)
    assert labels(partner, organisation) == []


@pytest.mark.parametrize("fields", [{"is_active": False}, {"closes_at": timezone.now() + timedelta(days=9)}])
def test_whoever_closes_their_account_is_not_seen(learner, partner, organisation, fields):
    shared(learner, practised(learner.user))
    User.objects.filter(pk=learner.user.pk).update(**fields)
    assert labels(partner, organisation) == []


def test_it_goes_with_erasure(learner, organisation):
    shared(learner, practised(learner.user))
    assert erase(learner.user)["shared_evidence"] == 1
    assert (SharedEvidence.objects.count(), Evidence.objects.count()) == (0, 0)
    assert list(shared_with(organisation)) == []


def test_a_copy_of_ones_data_says_what_is_shared(learner, organisation):
    piece = practised(learner.user, label=LABEL)
    share = shared(learner, piece)
    [row] = export_of(learner.user)["shared_evidence"]
    assert (row["with"], row["skill"], row["from"]) == (organisation.name, "Discover expectations", LABEL)
    assert row["shared_at"][:10] == timezone.localtime(share.created_at).date().isoformat()


def test_what_is_scored_again_is_seen_no_more_until_it_is_shared_again(learner, partner, organisation, sign_in):
    piece = placed(learner.user, FIRST, 1)
    shared(learner, piece)
    finding = Finding(skill=skill(DISCOVER), placed=Placed(4, 3.5, 4.5, 4, 4, 4))
    assert correct_evidence(user=learner.user, source=piece.source, findings=[finding], is_provisional=True) == 1
    assert labels(partner, organisation) == []
    client, newer = sign_in(learner.user), Evidence.objects.in_force().get()
    assert "Scored again since you shared it" in text(client.get(reverse("skill", args=[DISCOVER])))
    assert client.get(sharing(piece)).url == sharing(newer)
    with pytest.raises(NotShared, match="scored again"):
        shared(learner, piece)
    shared(learner, newer)
    assert [piece.words for piece in page(partner, organisation).context["pieces"]] == ["most like level 4"]
    assert SharedEvidence.objects.get().evidence == newer


# The page of the organisation ------------------------------------------------------------------------------------------------


def test_it_is_filtered_by_team_and_comes_in_pages(organisation, partner):
    team = TeamFactory(organisation=organisation, name="Kitchen")
    for n in range(51):
        membership = MembershipFactory(organisation=organisation, user=UserFactory(), team=team if n == 7 else None)
        SharedEvidence.objects.create(membership=membership, evidence=practised(membership.user, label=f"Piece {n}"))
    assert [len(labels(partner, organisation, page=n)) for n in (1, 2)] == [50, 1]
    assert [label for _person, label in labels(partner, organisation, team=team.pk)] == ["Piece 7"]
    assert len(labels(partner, organisation, team="none")) == 50
    empty = TeamFactory(organisation=organisation, name="Bar")
    assert "No one in this team shares a piece of evidence now." in text(page(partner, organisation, team=empty.pk))
    assert labels(partner, organisation, team="9" * 40) != []


def test_it_takes_the_same_queries_for_one_and_for_three(organisation, partner, django_assert_num_queries):
    def shares(n):
        for _n in range(n):
            membership = MembershipFactory(organisation=organisation, user=UserFactory())
            SharedEvidence.objects.create(membership=membership, evidence=placed(membership.user))

    shares(1)
    give_own_framework(organisation=organisation, title="Own")
    page(partner, organisation)
    with django_assert_num_queries(9):
        page(partner, organisation)
    shares(2)
    with django_assert_num_queries(9):
        assert len(page(partner, organisation).context["pieces"]) == 3


def test_the_organisation_reads_its_own_name_of_the_skill(learner, organisation, partner, sign_in):
    own = give_own_framework(organisation=organisation, title="Own").skills.get(slug=DISCOVER)
    write_words(own, words(), "console")
    piece = measured(learner.user)
    assert "Hear people out" in text(sign_in(learner.user).get(sharing(piece)))
    shared(learner, piece)
    assert [piece.skill for piece in page(partner, organisation).context["pieces"]] == ["Hear people out"]


def test_what_somebody_is_called_is_shown_as_text(organisation, partner):
    membership = MembershipFactory(organisation=organisation, user=UserFactory(), first_name="<b>Bo</b>")
    SharedEvidence.objects.create(membership=membership, evidence=practised(membership.user, label="<i>Talk</i>"))
    html = page(partner, organisation).content.decode()
    assert ("&lt;b&gt;Bo" in html, "&lt;i&gt;Talk" in html, "<b>Bo" in html) == (True, True, False)


def test_the_skill_page_takes_no_more_queries_for_more_pieces(learner, organisation, sign_in, django_assert_max_num_queries):
    client, address = sign_in(learner.user), reverse("skill", args=[DISCOVER])
    shared(learner, practised(learner.user, 1))
    client.get(address)
    with django_assert_max_num_queries(60) as one:
        client.get(address)
    for n in (2, 3):
        shared(learner, practised(learner.user, n))
    with django_assert_max_num_queries(60) as three:
        client.get(address)
    assert len(three) == len(one)
