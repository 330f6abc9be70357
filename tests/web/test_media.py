"""Every image and document is behind the rule of the page that shows it: files × people, and how they are answered."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Collection, CollectionViewRestriction, Page, Site

from access.models import CourseSet
from access.services import grant_access, revoke_access
from cms.blocks.base import lesson_blocks
from cms.media import keep_media_uses
from cms.models import MediaUse, SiteDetails, StandardPage
from cms.site import AUTHORS, REVIEWERS, ensure_site
from courses.events import VersionPublished
from courses.models import Course
from courses.services import unpublish
from learning.models import Enrolment
from tests.courses.factories import lesson, republish
from tests.factories import UserFactory
from tests.web.files import (
    course_with,
    image_block,
    link_block,
    read,
    rendition,
    rendition_address,
    uploaded_document,
    uploaded_image,
)

pytestmark = pytest.mark.django_db

PUBLIC = "public, max-age=3600"
PRIVATE = "private, no-cache"


def with_access(user, course: Course) -> None:
    grant_access(user=user, course_set=CourseSet.objects.get(own_course=course), source="order", source_key=f"{course.key}")


class Places:
    """One file in every place where a file may be, as an address that a browser asks for."""

    def __init__(self) -> None:
        self.course = course_with(key="paid")
        self.addresses: dict[str, str] = {}
        shown = uploaded_image("Paid"), uploaded_document("paid.pdf")
        sample = uploaded_image("Sample"), uploaded_document("sample.pdf")
        free = uploaded_image("Free"), uploaded_document("free.pdf")
        withdrawn = uploaded_image("Withdrawn"), uploaded_document("withdrawn.pdf")
        draft = uploaded_image("Draft"), uploaded_document("draft.pdf")
        on_page, on_text_page, in_foot = (uploaded_document(f"{name}.pdf") for name in ("page", "text", "foot"))
        blocks = {"paid": shown, "sample": sample}
        lessons = [lesson(name, blocks=both(pair), sample=name == "sample") for name, pair in blocks.items()]
        link = link_block(on_page)["value"]["html"]
        republish(self.course, [lessons], description=link)
        course_with(*both(free), key="free", is_free=True)
        self.withdrawn = course_with(*both(withdrawn), key="withdrawn", sample=True, is_free=True)
        unpublish(course=self.withdrawn)
        self.text_page(link_block(on_text_page)["value"]["html"])
        details = SiteDetails.for_site(Site.objects.get(is_default_site=True))
        details.footer_text = link_block(in_foot)["value"]["html"]
        details.save()
        for name, (image, document) in {
            "paid": shown, "sample": sample, "free": free, "withdrawn": withdrawn, "draft": draft
        }.items():  # fmt: skip
            self.addresses[f"{name} picture"] = rendition_address(image)
            self.addresses[f"{name} original"] = image.file.url
            self.addresses[f"{name} document"] = document.url
            self.addresses[f"{name} document in the store"] = document.file.url
        for name, document in {"course page": on_page, "text page": on_text_page, "foot": in_foot}.items():
            self.addresses[f"{name} document"] = document.url
            self.addresses[f"{name} document in the store"] = document.file.url

    def text_page(self, html: str) -> Page:
        return ensure_site().home.add_child(instance=StandardPage(title="Terms of sale", slug="sale", body=html))

    def seen_by(self, client: Client) -> set[str]:
        found = set()
        for name, address in self.addresses.items():
            answer = client.get(address)
            assert answer.status_code in (200, 404), name
            if answer.status_code == 200:
                assert read(answer), name
                found.add(name)
        return found


def both(pair) -> list[dict]:
    image, document = pair
    return [image_block(image), link_block(document)]


FOR_EVERYBODY = {
    "sample picture",
    "sample document",
    "free picture",
    "free document",
    "course page document",
    "text page document",
    "foot document",
}
PAID = {"paid picture", "paid document"}
WITHDRAWN = {"withdrawn picture", "withdrawn document"}


@pytest.fixture
def places() -> Places:
    return Places()


def test_each_sees_what_the_pages_show_them(places, sign_in):
    learner, outsider, author = UserFactory(), UserFactory(), UserFactory()
    with_access(learner, places.course)
    author.groups.add(Group.objects.get(name=AUTHORS))
    seen = {
        "visitor": places.seen_by(Client()),
        "without access": places.seen_by(sign_in(outsider)),
        "with access": places.seen_by(sign_in(learner)),
        "author": places.seen_by(sign_in(author)),
    }
    assert seen == {
        "visitor": FOR_EVERYBODY,
        "without access": FOR_EVERYBODY,
        "with access": FOR_EVERYBODY | PAID,
        "author": set(places.addresses),
    }


def test_a_reviewer_without_the_second_factor_that_they_need_sees_what_everybody_sees(places, sign_in, settings):
    settings.ACCORD_REQUIRE_SECOND_FACTOR = True
    reviewer = UserFactory()
    reviewer.groups.add(Group.objects.get(name=REVIEWERS))
    places.addresses = {name: address for name, address in places.addresses.items() if address.startswith("/media/")}
    client = sign_in(reviewer)
    assert places.seen_by(client) == FOR_EVERYBODY & places.addresses.keys()
    TOTP.activate(reviewer, "JBSWY3DPEHPK3PXP")
    assert places.seen_by(client) == places.addresses.keys()


def test_a_file_is_closed_again_with_the_access(places, user, sign_in):
    with_access(user, places.course)
    client = sign_in(user)
    assert places.seen_by(client) >= PAID
    revoke_access(source_key=places.course.key)
    assert places.seen_by(client) == FOR_EVERYBODY


def test_a_withdrawn_course_shows_its_files_to_those_who_are_on_it(places, user, sign_in):
    Enrolment.objects.create(user=user, course=places.withdrawn, version=places.withdrawn.current_version)
    assert places.seen_by(sign_in(user)) == FOR_EVERYBODY | WITHDRAWN


def test_only_the_caches_of_public_files_are_shared(places, user, sign_in):
    with_access(user, places.course)
    client = sign_in(user)
    answers = {name: client.get(places.addresses[name]) for name in FOR_EVERYBODY | PAID}
    said = {name: answer["Cache-Control"] for name, answer in answers.items() if read(answer)}
    assert said == dict.fromkeys(FOR_EVERYBODY, PUBLIC) | dict.fromkeys(PAID, PRIVATE)


def test_a_refusal_is_kept_by_nobody(places):
    for name in PAID:
        assert "no-store" in Client().get(places.addresses[name])["Cache-Control"]


def test_what_a_new_version_no_longer_shows_is_closed(places, user, sign_in):
    with_access(user, places.course)
    client = sign_in(user)
    republish(places.course, [["sample"]])
    assert not PAID & places.seen_by(client)


def test_a_lesson_that_stops_being_a_sample_takes_its_files_along():
    image = uploaded_image()
    course = course_with(image_block(image), sample=True)
    assert read(Client().get(rendition_address(image)))
    republish(course, [[lesson("shown-1", blocks=[image_block(image)])]])
    assert Client().get(rendition_address(image)).status_code == 404


def test_publishing_the_same_again_writes_nothing():
    course = course_with(image_block(uploaded_image()))
    with CaptureQueriesContext(connection) as queries:
        keep_media_uses(VersionPublished(course.current_version, None))
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
    assert MediaUse.objects.count() == 1


def test_a_picture_that_was_deleted_and_a_document_that_never_was_are_not_noted():
    image = uploaded_image()
    blocks = [
        image_block(image),
        {"type": "text", "id": "00000000-0000-4000-8000-000000000001", "value": {"html": "/documents/99/x.pdf"}},
    ]
    image.delete()
    course_with(*blocks)
    assert not MediaUse.objects.exists()


def test_a_request_costs_few_queries(places, user, sign_in, django_assert_num_queries):
    with_access(user, places.course)
    visitor, learner = Client(), sign_in(user)
    with django_assert_num_queries(1):
        read(visitor.get(places.addresses["sample picture"]))
    with django_assert_num_queries(2 + 2):  # session and person, then the uses and the grants
        read(learner.get(places.addresses["paid picture"]))


def choosers() -> set[str]:
    """Declared blocks in which an author chooses an image, however deep."""
    from wagtail.blocks import Block, ListBlock
    from wagtail.images.blocks import ImageBlock, ImageChooserBlock

    def has_image(block: Block) -> bool:
        if isinstance(block, ImageBlock | ImageChooserBlock):
            return True
        if isinstance(block, ListBlock):
            return has_image(block.child_block)
        return any(has_image(child) for child in getattr(block, "child_blocks", {}).values())

    return {entry.name for entry in lesson_blocks if has_image(entry.block())}


def test_every_block_with_an_image_says_which():
    from cms.blocks.base import Published

    saying = {entry.name for entry in lesson_blocks if entry.block.images_in is not Published.images_in}
    assert choosers() == saying == {"image"}


# How a file is answered -----------------------------------------------------------------------------------------------


@pytest.fixture
def author(db, sign_in):
    ensure_site()
    user = UserFactory()
    user.groups.add(Group.objects.get(name=AUTHORS))
    return sign_in(user)


@pytest.fixture
def stored():
    """`stored(name)` keeps a file in the media storage until the test is over."""
    kept: list[str] = []

    def store(name: str, content: bytes = b"<script>alert(1)</script>") -> str:
        kept.append(default_storage.save(name, ContentFile(content)))
        return default_storage.url(kept[-1])

    yield store
    for name in kept:
        default_storage.delete(name)


@pytest.mark.parametrize("name", ["a.svg", "a.html", "a.xhtml", "a.xml", "a.js", "a.txt", "a", "a.png.svg", "a.SVG", "a.svgz"])
def test_what_could_carry_scripts_is_saved_and_never_shown(author, stored, name):
    answer = author.get(stored(f"media-test/{name}"))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    read(answer)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "image/png"), ("a.webp", "image/webp"), ("a.AVIF", "image/avif"), ("a.pdf", "application/pdf")]
)
def test_pictures_and_pdf_are_shown(author, stored, name, kind):
    answer = author.get(stored(f"media-test/{name}"))
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == (kind, "nosniff")
    assert answer["Content-Disposition"].startswith("inline")
    read(answer)


@pytest.mark.parametrize("path", ["nothing.png", "../secret_key", "..%2f..%2fetc/passwd", "%00", "images/", "media-test"])
def test_what_is_not_there_is_not_found(author, stored, path):
    stored("media-test/a.png")
    assert author.get(f"/media/{path}").status_code == 404


def test_an_unchanged_file_is_not_sent_again():
    image = uploaded_image()
    course_with(image_block(image), sample=True)
    first = Client().get(rendition_address(image))
    read(first)
    for known in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        again = Client().get(rendition_address(image), headers=known)
        assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", PUBLIC)


def test_files_are_only_read():
    image = uploaded_image()
    course_with(image_block(image), sample=True)
    answer = Client().head(rendition_address(image))
    assert (answer.status_code, read(answer), answer["Content-Length"]) == (200, b"", str(rendition(image).file.size))
    assert Client().post(rendition_address(image)).status_code == 405


def test_a_web_server_in_front_is_told_which_file(settings):
    settings.MEDIA_ACCEL_PREFIX = "/protected-media/"
    image, document = uploaded_image("Füße & co"), uploaded_document("plan ä.pdf")
    course_with(image_block(image), link_block(document), sample=True)
    for address, name in (
        (rendition_address(image), rendition(image).file.name),
        (document.url, document.file.name),
    ):
        answer = Client().get(address)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["X-Accel-Redirect"].isascii()
        assert unquote(answer["X-Accel-Redirect"]) == f"/protected-media/{name}"
        assert answer["Cache-Control"] == PUBLIC


def test_a_web_server_in_front_is_told_of_no_other_file(settings, author):
    settings.MEDIA_ACCEL_PREFIX = "/protected-media/"
    assert author.get("/media/../secret_key").status_code == 404


@pytest.fixture
def in_a_store(settings):
    """From now on media are in an S3-compatible store; nothing is asked of it."""

    def move() -> None:
        options = {
            "bucket_name": "accord",
            "location": "media",
            "endpoint_url": "https://store.example.net",
            "region_name": "eu-west-1",
            "signature_version": "s3v4",
            "access_key": "key",
            "secret_key": "secret",
            "querystring_expire": 300,
        }
        store = {"BACKEND": "common.media_storage.SignedMediaStorage", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"default": store}

    return move


def test_a_store_gives_what_somebody_may_see_for_five_minutes(in_a_store, user, sign_in):
    image, document, shown = uploaded_image(), uploaded_document("plan.html"), uploaded_image("Sample")
    course = course_with(image_block(image), link_block(document))
    course_with(image_block(shown), key="samples", sample=True)
    with_access(user, course)
    paths = {image: rendition_address(image), document: document.url, shown: rendition_address(shown)}
    in_a_store()
    assert rendition(image).url == paths[image]  # in pages and caches stands our address, never a signed one
    client = sign_in(user)
    for thing, path in paths.items():
        answer = client.get(path)
        way = urlsplit(answer["Location"])
        query = parse_qs(way.query)
        name = thing.file.name if thing is document else rendition(thing).file.name
        assert (answer.status_code, way.netloc, unquote(way.path)) == (302, "store.example.net", f"/accord/media/{name}")
        assert (query["X-Amz-Expires"], query["X-Amz-Algorithm"]) == (["300"], ["AWS4-HMAC-SHA256"])
        kind = "attachment" if thing is document else "inline"
        assert query["response-content-disposition"][0].startswith(kind)
        assert answer["Cache-Control"] == ("public, max-age=120" if thing is shown else PRIVATE)
    assert {Client().get(paths[thing]).status_code for thing in (image, document)} == {404}


def test_a_private_collection_stays_private(user, sign_in):
    collection = Collection.get_first_root_node().add_child(name="Staff")
    CollectionViewRestriction.objects.create(collection=collection, restriction_type=CollectionViewRestriction.LOGIN)
    document = uploaded_document()
    document.collection = collection
    document.save()
    course_with(link_block(document), sample=True)
    answer = Client().get(document.url)
    assert (answer.status_code, "login" in answer["Location"]) == (302, True)
    answer = sign_in(user).get(document.url)
    assert (answer.status_code, answer["Cache-Control"]) == (200, PRIVATE)
    read(answer)


def test_a_document_has_one_name():
    document = uploaded_document()
    course_with(link_block(document), sample=True)
    assert Client().get(f"/documents/{document.pk}/other.pdf").status_code == 404


def test_nothing_is_served_by_the_view_that_asks_nobody():
    """Django's `serve` and Wagtail's give a file to anybody."""
    from django.urls import URLResolver, get_resolver
    from django.views.static import serve as django_serve
    from wagtail.documents.views.serve import serve as wagtail_serve

    def views(resolver):
        for entry in resolver.url_patterns:
            yield from views(entry) if isinstance(entry, URLResolver) else [entry.callback]

    assert not {django_serve, wagtail_serve} & set(views(get_resolver()))
