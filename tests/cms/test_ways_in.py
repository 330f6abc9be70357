"""One way in, and what people find behind it."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import Resolver404, resolve, reverse
from wagtail.models import Page

from assessments.exchange import FileFormat, read_bytes
from assessments.models import Item
from assessments.services import import_questions, upsert_item
from cms import context_processors
from cms.models import SiteDetails, StandardPage
from cms.site import ensure_site
from jobs.tasks import run_library_task
from tests.factories import UserFactory


@pytest.fixture
def administrator(db):
    ensure_site()
    return UserFactory(is_superuser=True, is_staff=True)


@pytest.mark.parametrize("path", ["/cms/login/", "/_util/login/", "/admin/login/"])
def test_every_sign_in_page_leads_to_ours(client, db, path):
    response = client.get(path, {"next": "/cms/pages/"})
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=%2Fcms%2Fpages%2F")


def test_a_forgotten_password_leads_to_ours(client, db):
    assert client.get("/cms/password_reset/")["Location"] == reverse("account_reset_password")


def test_somebody_unknown_is_asked_to_sign_in(client, db):
    response = client.get("/cms/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/cms/")


@pytest.mark.parametrize("path", ["/cms/", "/cms/pages/", "/cms/login/", "/_util/login/", "/admin/login/"])
def test_somebody_who_may_not_author_is_refused_and_not_sent_round(db, user, sign_in, path):
    assert sign_in(user).get(path).status_code == 403


def test_an_author_finds_the_dashboard(author, sign_in):
    assert sign_in(author).get("/cms/").status_code == 200


def test_wagtails_api_is_not_there(client, db):
    ensure_site()
    with pytest.raises(Resolver404):
        resolve("/api/v2/pages/", urlconf="api.urls")
    assert client.get("/api/v2/pages/").status_code == 404


def test_indexing_starts_after_the_commit(db, django_capture_on_commit_callbacks):
    home = ensure_site().home
    with django_capture_on_commit_callbacks() as callbacks:
        page = home.add_child(instance=StandardPage(title="Privacy", slug="privacy", body="<p>Unmistakable</p>"))
        assert list(Page.objects.search("Privacy")) == []
    for callback in callbacks:
        callback()
    assert [result.pk for result in Page.objects.search("Privacy")] == [page.pk]
    assert run_library_task.name == "jobs.run_library_task"


def test_a_page_of_text_is_read_at_its_own_address(db, client):
    home = ensure_site().home
    home.add_child(instance=StandardPage(title="About us", slug="about-us", body="<p>What we keep.</p>"))
    assert "What we keep." in client.get("/about-us/").content.decode()


def test_pages_of_a_course_have_the_addresses_of_learners(loaded, course_page, module_page, lesson_page):
    assert course_page.url == "/courses/listen-first/"
    assert module_page("hear").url == "/courses/listen-first/"
    assert lesson_page("ask").url == "/courses/listen-first/hear/ask/"


def test_a_module_leads_to_its_course(loaded, client):
    response = client.get("/courses/listen-first/hear/")
    assert (response.status_code, response["Location"]) == (302, "/courses/listen-first/")


def test_what_the_site_says_of_itself_is_edited(administrator, sign_in):
    site = ensure_site().home.get_site()
    address = reverse("wagtailsettings:edit", args=["cms", "sitedetails", site.pk])
    fields = {"site_name": "Northwind", "contact_email": "help@example.com", "footer_text": "null"}
    assert sign_in(administrator).post(address, fields).status_code == 302
    assert SiteDetails.for_site(site).contact_email == "help@example.com"


def test_every_page_says_who_runs_the_site(db, client):
    site = ensure_site().home.get_site()
    SiteDetails.objects.create(
        site=site,
        site_name="Northwind",
        contact_email="help@example.com",
        footer_text='<p>Northwind Learning Ltd, <a href="https://example.com/imprint">who we are</a></p>',
    )
    context_processors.forget()
    page = client.get("/terms/").content.decode()
    assert "<title>Terms · Northwind</title>" in re.sub(r"\s+", " ", page)
    assert '<p>Northwind Learning Ltd, <a href="https://example.com/imprint">who we are</a></p>' in page
    assert 'href="mailto:help@example.com"' in page


def test_who_runs_the_site_is_read_once_a_minute(db, client, django_assert_num_queries):
    SiteDetails.objects.create(site=ensure_site().home.get_site(), site_name="Northwind")
    context_processors.forget()
    client.get("/terms/")
    with django_assert_num_queries(0):
        assert "Northwind" in client.get("/terms/").content.decode()
    SiteDetails.objects.update(site_name="Southwind")
    with time_machine.travel(dt.timedelta(seconds=context_processors.SECONDS + 1)):
        assert "Southwind" in client.get("/terms/").content.decode()


def test_no_more_is_remembered_for_whoever_makes_up_hosts(db, client):
    for port in range(1000, 1000 + 3 * context_processors.MAX_HOSTS):
        client.get("/terms/", headers={"host": f"testserver:{port}"})
    assert 0 < len(context_processors._kept) <= context_processors.MAX_HOSTS


def test_a_site_that_says_nothing_of_itself_is_accord(db, client):
    context_processors.forget()
    assert "Accord: find out what others expect, agree on it, keep it." in client.get("/terms/").content.decode()


def test_an_unknown_host_gets_the_page_that_says_so(db, client):
    response = client.get("/terms/", headers={"host": "elsewhere.example"})
    assert (response.status_code, "Accord" in response.content.decode()) == (400, True)


def question_form(item: Item, **changes: str) -> dict[str, str]:
    version = item.current_version
    data = {
        "situation": version.situation,
        "prompt": version.prompt,
        "concept": version.concept,
        "relationship": item.relationship,
        "industry": item.industry,
        "options-count": str(len(version.options)),
    }
    for number, option in enumerate(version.options):
        data |= {
            f"options-{number}-id": option["id"],
            f"options-{number}-order": str(number),
            f"options-{number}-deleted": "",
            f"options-{number}-value-text": option["text"],
            f"options-{number}-value-feedback": option["feedback"],
            f"options-{number}-value-misconception": option["misconception"],
        }
        if option["id"] in version.correct:
            data[f"options-{number}-value-correct"] = "on"
    return data | changes


@pytest.fixture
def question(loaded) -> Item:
    return Item.objects.get(key="a1")


def test_a_reviewer_rewords_a_question_and_its_identity_stays(question, reviewer, sign_in):
    address = reverse("wagtailsnippets_assessments_item:edit", args=[question.pk])
    client = sign_in(reviewer)
    assert client.get(address).status_code == 200
    assert client.post(address, question_form(question, prompt="What first?")).status_code == 302
    question.refresh_from_db()
    version = question.current_version
    assert (version.number, version.prompt) == (2, "What first?")
    assert [option["id"] for option in version.options] == ["a", "b"]
    assert version.correct == ["b"]


def test_saving_a_question_unchanged_makes_no_version(question, reviewer, sign_in):
    address = reverse("wagtailsnippets_assessments_item:edit", args=[question.pk])
    assert sign_in(reviewer).post(address, question_form(question)).status_code == 302
    question.refresh_from_db()
    assert question.current_version.number == 1


def test_a_question_keeps_exactly_one_key(question, reviewer, sign_in):
    address = reverse("wagtailsnippets_assessments_item:edit", args=[question.pk])
    changes = {"options-0-value-correct": "on"}
    response = sign_in(reviewer).post(address, question_form(question, **changes))
    assert "Mark exactly one answer as the key." in response.content.decode()


def test_an_author_reads_questions_and_does_not_change_them(question, author, sign_in):
    client = sign_in(author)
    assert client.get(reverse("wagtailsnippets_assessments_item:list")).status_code == 200
    assert client.get(reverse("wagtailsnippets_assessments_item:edit", args=[question.pk])).status_code == 302
    assert client.get(reverse("wagtailsnippets_assessments_item:add")).status_code == 302


def test_a_draft_of_a_file_is_found_and_finished_in_the_cms(loaded, reviewer, sign_in):
    """It belongs to no course and may have several right answers."""
    text = "Which of these help?{~%50%Ask#Yes ~%50%Listen#Yes ~Tell#No}"
    import_questions(questions=read_bytes(text.encode(), FileFormat.GIFT).questions, file_name="bank.gift")
    draft = Item.objects.get(state="draft")
    client = sign_in(reviewer)
    assert "Which of these help?" in client.get(reverse("wagtailsnippets_assessments_item:list")).content.decode()
    assert client.get(reverse("wagtailsnippets_assessments_item:inspect", args=[draft.pk])).status_code == 200
    address = reverse("wagtailsnippets_assessments_item:edit", args=[draft.pk])
    form = question_form(draft, prompt="Which help most?", relationship="customer")
    assert client.post(address, form).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.current_version.prompt, len(draft.current_version.correct)) == ("draft", "Which help most?", 2)
    none = {name: value for name, value in form.items() if not name.endswith("correct")}
    assert "Mark at least one answer as the key." in client.post(address, none).content.decode()


def of_format(question, kind, correct):
    version = question.current_version
    options = [{"id": name, "text": f"Text {name}", "feedback": "Because.", "misconception": ""} for name in ("k3", "k1", "k2")]
    return upsert_item(
        course=question.course,
        key=question.key,
        uuid=question.uuid,
        use=question.use,
        kind=kind,
        skill_slug=question.skill.slug,
        situation=version.situation,
        prompt=version.prompt,
        options=options,
        correct=correct,
        relationship=question.relationship,
        industry=question.industry,
    )


def form_of_format(item, ids):
    """What the editor sends: options as authors write them, with their ratings."""
    version = item.current_version
    form = question_form(item)
    texts = {option["id"]: option["text"] for option in version.options}
    ratings = dict(part.split(":") for part in version.correct) if item.kind in ("rate", "best-worst") else {}
    for number, option_id in enumerate(ids):
        form[f"options-{number}-id"] = option_id
        form[f"options-{number}-value-text"] = texts[option_id]
        form[f"options-{number}-value-rating"] = ratings.get(option_id, "")
        form.pop(f"options-{number}-value-correct", None)
    return form


@pytest.mark.parametrize(
    ("kind", "correct", "shown", "change", "kept"),
    [
        ("rate", ["k3:5", "k1:2.25", "k2:1"], ["k3", "k1", "k2"], {"options-1-value-rating": "3"}, ["k3:5", "k1:3", "k2:1"]),
        ("order", ["k3:2", "k1:3", "k2:1"], ["k2", "k3", "k1"], {}, ["k1:3", "k2:1", "k3:2"]),
    ],
)
def test_a_question_of_another_format_is_keyed_in_the_cms(question, reviewer, sign_in, kind, correct, shown, change, kept):
    item = of_format(question, kind, correct)
    client, address = sign_in(reviewer), reverse("wagtailsnippets_assessments_item:edit", args=[item.pk])
    page = client.get(address).content.decode()
    assert [page.index(f"Text {name}") for name in shown] == sorted(page.index(f"Text {name}") for name in shown)
    assert client.get(reverse("wagtailsnippets_assessments_item:inspect", args=[item.pk])).status_code == 200
    number = item.current_version.number
    assert client.post(address, form_of_format(item, shown)).status_code == 302
    item.refresh_from_db()
    assert item.current_version.number == number
    assert client.post(address, form_of_format(item, shown) | change).status_code == 302
    item.refresh_from_db()
    assert item.current_version.correct == kept


def test_ratings_that_name_no_best_are_refused_and_shown_again(question, reviewer, sign_in):
    item = of_format(question, "best-worst", ["k3:5", "k1:3", "k2:1"])
    address = reverse("wagtailsnippets_assessments_item:edit", args=[item.pk])
    form = form_of_format(item, ["k3", "k1", "k2"]) | {"options-1-value-rating": "5", "prompt": "What is best?"}
    refused = sign_in(reviewer).post(address, form).content.decode()
    assert "One answer must have the highest rating and one the lowest." in refused
    assert "What is best?" in refused


@pytest.mark.parametrize(
    ("kind", "shown", "change", "problem"),
    [
        ("scale", ["k1", "k2", "k3"], {"options-0-value-correct": "on"}, "The points that are right must follow each other."),
        ("scale", ["k1", "k2"], {}, "A scale has at least 3 points."),
        (
            "text",
            ["k1", "k2", "k3"],
            {"options-1-value-text": "text K1."},
            "is there twice: capitals, spaces and a full stop make no difference",
        ),
        ("text", ["k1", "k2", "k3"], {"options-1-value-text": "a" * 201}, "is longer than 200 characters"),
        ("single", ["k3"], {}, "One answer alone leaves nothing to answer."),
    ],
)
def test_a_key_that_does_not_fit_is_refused_with_what_to_do(question, reviewer, sign_in, kind, shown, change, problem):
    item = of_format(question, kind, ["k3"])
    form = form_of_marks(item, shown, ["k3"]) | change
    address = reverse("wagtailsnippets_assessments_item:edit", args=[item.pk])
    refused = sign_in(reviewer).post(address, form)
    assert (refused.status_code, problem in refused.content.decode().replace("&#x27;", "'")) == (200, True)


def form_of_marks(item, ids, marked):
    form = {name: value for name, value in form_of_format(item, []).items() if not name.startswith("options-")}
    texts = {option["id"]: option["text"] for option in item.current_version.options}
    form["options-count"] = str(len(ids))
    for number, option_id in enumerate(ids):
        form |= {
            f"options-{number}-id": option_id,
            f"options-{number}-order": str(number),
            f"options-{number}-deleted": "",
            f"options-{number}-value-text": texts[option_id],
            f"options-{number}-value-feedback": f"Why {option_id}",
            f"options-{number}-value-misconception": "",
            f"options-{number}-value-rating": "",
            f"options-{number}-value-match": "",
            f"options-{number}-value-level": "",
        }
        if option_id in marked:
            form[f"options-{number}-value-correct"] = "on"
    return form


@pytest.mark.parametrize(("kind", "marked"), [("text", ["k1", "k3"]), ("scale", ["k1", "k2"])])
def test_a_short_text_and_a_scale_are_keyed_in_the_cms(question, reviewer, sign_in, kind, marked):
    item = of_format(question, kind, ["k3"])
    client, address = sign_in(reviewer), reverse("wagtailsnippets_assessments_item:edit", args=[item.pk])
    hint = "Learners see no wording before they have answered." if kind == "text" else "The points of the scale in their order."
    assert hint in client.get(address).content.decode()
    assert client.post(address, form_of_marks(item, ["k1", "k2", "k3"], marked)).status_code == 302
    item.refresh_from_db()
    assert item.current_version.correct == marked
    assert client.get(reverse("wagtailsnippets_assessments_item:inspect", args=[item.pk])).status_code == 200
