"""What search engines are told."""

import re

import pytest
from django.urls import reverse

from courses.models import Course
from tests.courses.factories import published_course
from tests.factories import CourseFactory

pytestmark = pytest.mark.django_db


def test_the_map_of_the_site_has_the_public_pages_and_the_courses_of_the_catalogue(client, settings):
    settings.ACCORD_BASE_URL = "https://learn.example"
    listed, hidden, unpublished = published_course([["m1"]]), published_course([["m2"]]), CourseFactory()
    Course.objects.filter(pk=hidden.pk).update(is_listed=False)
    response = client.get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    found = re.findall(r"<loc>([^<]+)</loc>", response.content.decode())
    assert f"https://learn.example{listed.get_absolute_url()}" in found
    assert not {f"https://learn.example{course.get_absolute_url()}" for course in (hidden, unpublished)} & set(found)
    for address in found:
        assert client.get(address.removeprefix("https://learn.example")).status_code == 200


def test_robots_find_the_map_and_stay_out_of_what_is_somebodys_own(client, settings):
    settings.ACCORD_BASE_URL = "https://learn.example"
    response = client.get("/robots.txt")
    lines = response.content.decode().splitlines()
    assert (response["Content-Type"], lines[0]) == ("text/plain; charset=utf-8", "User-agent: *")
    assert "Sitemap: https://learn.example/sitemap.xml" in lines
    closed = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    for own in (reverse("learn"), reverse("profile"), reverse("practice:list"), reverse("billing:orders")):
        assert own.startswith(tuple(closed))
    for public in ("/", reverse("courses:catalogue"), reverse("privacy")):
        assert not public.startswith(tuple(closed))
