"""The learner never reaches one rater's answers: by no page, export, API, mail or log, by no count over time, and by no side
door, though they own their organisation and operate the site.

The proof is that of two worlds. Where one rater has said something else, all that the learner can reach is the same, to the
letter, until the round closes; and afterwards, where two of a group have said each other's answers, and where somebody has said
something else whose group is too small to be shown.
"""

import logging
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from wagtail.snippets.models import get_snippet_models

from accounts.personal_data import export_of
from cms.site import ensure_site
from feedback.answers import Answers
from feedback.models import Rater, Round, ShownComment
from feedback.services import answer, close_round, close_rounds, remind, take_back
from mail.models import MailDelivery
from mail.services.delivering import render
from skills.models import Evidence
from tests.factories import MembershipFactory, OrganisationFactory, RoleAssignmentFactory, UserFactory
from tests.feedback.factories import (
    all_say,
    closed,
    data_of,
    page_of,
    raters,
    running,
    says,
    skill,
    with_people,
)
from tests.whole_person import tables_with

pytestmark = pytest.mark.django_db
WORDS = "Zanzibar seldom asks"
# What ends a session, or does something by GET.
LEFT_OUT = re.compile(
    r"logout|login|signup|password|2fa|social|reauthenticate|confirm|sessions|healthz|readyz|metrics|status|failwhale"
)
# Tokens and nonces, which differ from one request to the next. No figure and no word of anybody is as long.
CHANGING = re.compile(r"[A-Za-z0-9_:.+/=-]{30,}")


@pytest.fixture
def learner():
    """Somebody with every right there is."""
    ensure_site()
    user = UserFactory(first_name="Leila", last_name="Haddad", is_staff=True, is_superuser=True, email="leila@example.com")
    membership = MembershipFactory(organisation=OrganisationFactory(slug="acme"), user=user)
    for role in ("owner", "admin", "lnd_partner", "data_steward", "outcomes_reader"):
        RoleAssignmentFactory(membership=membership, role=role)
    return user


@pytest.fixture
def leila(client, learner):
    client.force_login(learner)
    return client


def addresses(feedback_round: Round) -> Iterator[str]:
    """Every address of the site that names no row, those of the learner's organisation, and all of the round."""
    for path in _walk(get_resolver().url_patterns):
        filled = path.replace("<slug:organisation>", "acme").replace("<slug:slug>", "discover-expectations")
        if "<" not in filled and "(" not in filled and not LEFT_OUT.search(filled):
            yield filled
    for name in ("round", "own", "end", "add_person"):
        yield reverse(f"feedback:{name}", args=[feedback_round.uuid])
    yield from (page_of(rater) for rater in raters(feedback_round))


def _walk(entries: list, prefix: str = "/") -> Iterator[str]:
    for entry in entries:
        path = prefix + str(entry.pattern).removeprefix("^").removesuffix("$").replace(r"\.", ".")
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, path)
        elif isinstance(entry, URLPattern):
            yield path


def text_of(client: Client, path: str) -> str:
    """Status and all that is said, but for what differs each time."""
    response = client.get(path)
    return f"{response.status_code} {CHANGING.sub('', response.getvalue().decode(errors='replace'))}"


def seen_by(client: Client, feedback_round: Round) -> dict[str, str]:
    """All that can be opened, and the copy of the learner's own data."""
    return {path: text_of(client, path) for path in addresses(feedback_round)} | {
        "copy": repr(export_of(feedback_round.user)),
        "evidence": repr(list(Evidence.objects.values())),
    }


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return [path for path in one if one[path] != other.get(path)]


def test_the_walk_meets_what_the_learner_can_open(leila, learner):
    feedback_round = running(learner, peers=4)
    seen = seen_by(leila, feedback_round)
    opened = {path for path, text in seen.items() if text.startswith("200")}
    assert len(opened) > 80
    assert {"/admin/", "/admin/mail/maildelivery/", "/cms/", "/org/acme/", "/org/acme/people/", "/skills/", "/learn/"} <= opened
    assert {"/skills/discover-expectations/", "/feedback/", feedback_round.get_absolute_url(), "/demo/mailbox/"} - opened == {
        "/demo/mailbox/"
    }
    assert {seen[page_of(rater)][:3] for rater in raters(feedback_round)} == {"403"}


def test_until_it_closes_nothing_depends_on_what_is_said(leila, learner):
    """A page is looked at twice before, so that what belongs to the second look is not taken for an answer."""
    feedback_round = running(learner, peers=5, manager=1, customers=2)
    all_say(feedback_round, 2)
    seen_by(leila, feedback_round)
    before = seen_by(leila, feedback_round)
    for rater in raters(feedback_round):
        says(rater, 5, 1, 0, keep=WORDS, change=WORDS, may_be_named=True)
    assert differing(before, seen_by(leila, feedback_round)) == []


def test_the_link_that_a_rater_passes_on_opens_for_the_learner_to_nothing(leila, learner):
    feedback_round = running(learner, peers=3)
    rater = raters(feedback_round)[0]
    says(rater, 1, keep=WORDS, is_final=False)
    shown = leila.get(page_of(rater))
    assert (shown.status_code, WORDS in shown.content.decode()) == (403, False)
    assert leila.post(page_of(rater), data_of(rater, 5)).status_code == 403
    rater.refresh_from_db()
    assert not rater.is_submitted


def test_counts_over_time_move_by_threes_and_never_tell_who(leila, learner):
    feedback_round = running(learner, peers=7, customers=2)
    address = feedback_round.get_absolute_url()
    shown = []
    pages = []
    for rater in [None, *raters(feedback_round)]:
        if rater is not None:
            says(rater, 3)
        page = text_of(leila, address)
        pages.append(page)
        shown.append([row.at_least for row in leila.get(address).context["progress"]])
    assert shown == [[n // 3 * 3, 0] for n in range(8)] + [[6, 0], [6, 0]]
    assert len(set(pages)) == 3
    assert {"not shown: fewer than three are asked" in page for page in pages} == {True}


def test_taking_back_is_seen_only_where_a_count_of_three_falls(leila, learner):
    feedback_round = running(learner, peers=5)
    all_say(feedback_round, 3)
    before = text_of(leila, feedback_round.get_absolute_url())
    for rater in raters(feedback_round)[:2]:
        take_back(rater=rater)
    assert text_of(leila, feedback_round.get_absolute_url()) == before


def test_a_fourth_answer_changes_no_mean_that_three_have_shown(leila, learner):
    """Nothing is shown before the close, and after it nobody is added."""
    feedback_round = running(learner, peers=4)
    first, *others = raters(feedback_round)
    for rater in others:
        says(rater, 3)
    assert leila.get(feedback_round.get_absolute_url()).templates[0].name == "feedback/round.html"
    finished = close_round(feedback_round=feedback_round)
    before = seen_by(leila, finished)
    visitor = Client()
    assert visitor.post(f"/l/{'x' * 20}/", {}).status_code == 404
    with pytest.raises(Exception, match="closed or called off"):
        says(first, 1)
    with pytest.raises(Exception, match="closed or called off"):
        with_people(finished, peers=1)
    assert differing(before, seen_by(leila, finished)) == []


# After the close ------------------------------------------------------------------------------------------------------


def results(feedback_round: Round) -> list[tuple[str, str, float, float, float, int]]:
    figures = [
        (group, figure) for group in feedback_round.shown.all() for figure in group.figures.select_related("round_skill")
    ]
    return [(group.name, row.round_skill.name, row.mean, row.low, row.high, row.n) for group, row in figures]


def world(said: dict[str, list[int]], **more) -> Round:
    """A closed round in which each of a group said that."""
    feedback_round = running(UserFactory(), **{group: len(ratings) for group, ratings in said.items()})
    for group, ratings in said.items():
        for rater, rating in zip(raters(feedback_round, group), ratings, strict=True):
            says(rater, rating, **(more if group == "manager" else {}))
    return close_round(feedback_round=feedback_round)


def test_whoever_of_a_group_said_what_the_results_are_the_same():
    one = world({"peers": [1, 3, 5, 2], "customers": [2, 2, 5]})
    other = world({"peers": [5, 2, 1, 3], "customers": [5, 2, 2]})
    assert results(one) == results(other)
    assert len(results(one)) == 2


def test_how_the_answers_of_a_group_are_spread_is_not_shown():
    assert results(world({"peers": [3, 3, 3]})) == results(world({"peers": [1, 3, 5]}))


@pytest.mark.parametrize("group", ["customers", "partners"])
def test_what_a_group_of_two_said_is_nowhere_in_the_results(group):
    """Neither by itself nor in what is shown of all together."""
    low, high = (world({"peers": [2, 3, 4], group: [rating, rating]}) for rating in (1, 5))
    assert results(low) == results(high) == [("peers", "Discover expectations", 3.0, 2.3, 3.7, 3)]
    labels = Evidence.objects.order_by("pk").values_list("label", flat=True)
    assert list(labels) == ["360 feedback: sometimes, as 3 people see it"] * 2


def test_a_manager_alone_is_put_together_with_the_peers_and_said_so():
    with_low, with_high = (world({"manager": [rating], "peers": [4, 4, high]}) for rating, high in ((1, 4), (4, 1)))
    assert results(with_low) == results(with_high)
    assert [row[0] for row in results(with_low)] == ["manager_and_peers"]


def test_a_manager_who_agrees_is_shown_alone_and_the_peers_without_them():
    feedback_round = world({"manager": [2], "peers": [4, 4, 4]}, may_be_named=True)
    assert [(name, mean, n) for name, _skill, mean, _low, _high, n in results(feedback_round)] == [
        ("one_manager", 2.0, 1),
        ("peers", 4.0, 3),
    ]


def test_a_manager_and_one_peer_are_not_shown_at_all():
    assert results(world({"manager": [5], "peers": [1], "customers": [3, 3, 3]})) == [
        ("customers", "Discover expectations", 3.0, 2.3, 3.7, 3)
    ]


def test_three_who_all_say_the_most_are_not_read_from_the_mean():
    assert results(world({"peers": [5, 5, 5]})) == results(world({"peers": [5, 5, 4]}))


def test_a_skill_that_two_of_three_have_seen_is_not_shown():
    skills = [skill(), skill("negotiate-fairness", "Negotiate fairness")]
    feedback_round = running(UserFactory(), skills, peers=3)
    first, *others = raters(feedback_round)
    says(first, 4, 4, 4, 0)  # nothing of the second skill
    for rater in others:
        says(rater, 2)
    assert [(row[1], row[5]) for row in results(close_round(feedback_round=feedback_round))] == [("Discover expectations", 3)]


def test_whoever_could_observe_nothing_does_not_make_a_group():
    assert results(world({"peers": [0, 3, 3]})) == []


def test_words_are_shuffled_and_neither_question_follows_the_order_of_the_other():
    feedback_round = running(peers=10)
    for n, rater in enumerate(raters(feedback_round)):
        says(rater, 3, keep=f"Keep {n:02d}", change=f"Change {n:02d}")
    close_round(feedback_round=feedback_round)
    orders = {
        question: [text[-2:] for text in feedback_round.comments.filter(question=question).values_list("text", flat=True)]
        for question in ("keep", "change")
    }
    as_answered = [f"{n:02d}" for n in range(10)]
    assert sorted(orders["keep"]) == sorted(orders["change"]) == as_answered
    # By chance one in 3.6 million.
    assert orders["keep"] != as_answered
    assert orders["change"] != as_answered
    assert orders["keep"] != orders["change"]
    assert {field.name for field in ShownComment._meta.concrete_fields} == {"id", "feedback_round", "question", "text"}


def test_words_of_fewer_than_three_and_of_groups_that_are_not_shown_are_kept_back():
    feedback_round = running(peers=4, customers=2, manager=1)
    for n, rater in enumerate(raters(feedback_round, "peers")):
        says(rater, 3, keep=f"Keep {n}" if n < 3 else "", change="Change" if n < 2 else "")
    for rater in [*raters(feedback_round, "customers")]:
        says(rater, 3, keep=WORDS, change=WORDS)
    close_round(feedback_round=feedback_round)
    assert sorted(feedback_round.comments.values_list("question", "text")) == [("keep", f"Keep {n}") for n in range(3)]


def test_once_it_has_closed_no_table_knows_who_said_what():
    feedback_round = running(peers=3)
    for rater in raters(feedback_round):
        says(rater, 2, keep=WORDS)
    assert tables_with(WORDS) == {}  # sealed
    pages = [page_of(rater) for rater in raters(feedback_round)]
    close_round(feedback_round=feedback_round)
    assert tables_with(WORDS) == {"feedback.ShownComment": 3}
    assert Rater.objects.count() == 0
    assert tables_with("peers0@people.example").keys() == {"mail.Contact", "mail.MailLink", "mail.MailDelivery"}
    assert {Client().get(page).status_code for page in pages} == {410}


def test_calling_it_off_keeps_nothing_and_shows_nothing(leila, learner):
    feedback_round = running(learner, peers=3)
    all_say(feedback_round, 5, keep=WORDS)
    leila.post(reverse("feedback:end", args=[feedback_round.uuid]), {"action": "cancel"})
    assert (Rater.objects.count(), Evidence.objects.count(), ShownComment.objects.count()) == (0, 0, 0)
    assert "This round was called off" in leila.get(feedback_round.get_absolute_url()).content.decode()


# Mails, logs and side doors -------------------------------------------------------------------------------------------


def test_no_mail_says_what_anybody_has_said(learner):
    feedback_round = running(learner, peers=4)
    for rater in raters(feedback_round)[:3]:
        says(rater, 1, keep=WORDS, change=WORDS)
    Round.objects.update(sent_at=timezone.now() - timezone.timedelta(days=4))
    remind(feedback_round=feedback_round)
    assert not MailDelivery.objects.filter(recipient=learner.email).exists()
    Round.objects.update(closes_at=timezone.now())
    close_rounds()
    told = MailDelivery.objects.get(recipient=learner.email)
    assert (told.template, told.context) == ("feedback_closed", {"page": feedback_round.get_absolute_url()})
    texts = [message.body + str(message.alternatives) for message in map(render, MailDelivery.objects.all())]
    assert len(texts) == 6  # four asked, one reminded, the learner told
    assert [text for text in texts if WORDS in text or "never," in text.lower() or "almost always" in text.lower()] == []


def test_no_log_line_names_anybody_or_says_anything(leila, learner, caplog):
    feedback_round = running(learner, peers=3)
    caplog.set_level(logging.DEBUG)
    for rater in raters(feedback_round):
        Client().post(page_of(rater), data_of(rater, 4, keep=WORDS))
    Round.objects.update(closes_at=timezone.now())
    close_rounds()
    leila.get(feedback_round.get_absolute_url())
    lines = [f"{record.getMessage()} {record.args}" for record in caplog.records if not record.name.startswith("django.db")]
    assert [line for line in lines if WORDS in line or "people.example" in line or "leila@" in line] == []


def test_no_admin_and_no_snippet_shows_a_round():
    models = set(apps.get_app_config("feedback").get_models())
    assert len(models) == 7
    assert models & set(admin.site._registry) == set()
    assert models & set(get_snippet_models()) == set()


def test_the_api_has_no_rounds(leila):
    assert "feedback" not in leila.get("/api/v1/openapi.json").content.decode().lower()


def test_nobody_else_sees_that_there_is_a_round(client):
    """An employer's owner, whose pages are walked whole, sees the same before and after a colleague asks others."""
    organisation = OrganisationFactory(slug="acme")
    owner = MembershipFactory(organisation=organisation)
    for role in ("owner", "admin"):
        RoleAssignmentFactory(membership=owner, role=role)
    colleague = MembershipFactory(organisation=organisation).user
    skill()
    client.force_login(owner.user)
    paths = [path.replace("<slug:organisation>", "acme") for path in _walk(get_resolver().url_patterns) if "org/" in path]
    paths = [path for path in paths if "<" not in path]

    def console() -> list[str]:
        return [text_of(client, path) for path in paths]

    console()
    before = console()
    assert len(before) > 20
    closed(colleague, peers=3)
    assert [path for path, one, other in zip(paths, before, console(), strict=True) if one != other] == []


def test_answers_that_no_key_opens_count_as_none_and_the_round_closes(settings):
    feedback_round = running(peers=4)
    says(raters(feedback_round)[0], 1)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", []
    for rater in raters(feedback_round)[1:]:
        says(rater, 3)
    assert results(close_round(feedback_round=feedback_round)) == [("peers", "Discover expectations", 3.0, 2.3, 3.7, 3)]


def test_an_answer_that_comes_while_it_closes_is_counted_or_refused():
    feedback_round = running(peers=3)
    first = raters(feedback_round)[0]
    close_round(feedback_round=feedback_round)
    with pytest.raises(Exception, match="closed or called off"):
        answer(rater=first, answers=Answers({}), is_final=True)
    with pytest.raises(Exception, match="closed already"):
        close_round(feedback_round=feedback_round)
    assert Evidence.objects.count() == 0


def test_a_dump_of_the_tables_holds_no_rating_of_anybody(tmp_path):
    feedback_round = running(peers=3)
    says(raters(feedback_round)[0], 1, 2, 3, keep=WORDS)
    call_command("dumpdata", "feedback", output=str(tmp_path / "dump.json"))
    dump = (tmp_path / "dump.json").read_text()
    assert WORDS not in dump
    assert '"ratings"' not in dump
    assert dump.count('"answers": "encrypted:') == 1
