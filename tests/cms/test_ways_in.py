"""One way in, and what people find behind it."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import Resolver404, resolve, reverse
from wagtail.models import Page

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
