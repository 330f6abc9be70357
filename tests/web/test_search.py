"""Search in the catalogue: who finds what, and whose text is shown."""

import pytest
from django.urls import reverse

from access.services import grant_access, revoke_access
from courses.models import Course
from courses.services import publish_version, unpublish
from learning import services
from skills.services import load_framework
from tests.courses.factories import block, content, lesson, published_course
from tests.factories import UserFactory
from tests.web.learner import SKILLS
from web.views.catalogue import LONGEST_QUERY, PAGE_SIZE

pytestmark = pytest.mark.django_db
SECRET = "Name the <b>deadline</b> before they do."


def written(name: str, words: str) -> dict:
    return block("text", name, {"html": f"<p>{words.replace('<', '&lt;')}</p>"})


@pytest.fixture
def course() -> Course:
    """Paid; the first lesson is a sample."""
    load_framework(SKILLS)
    return published_course(
        [
            [
                lesson("open", title="A first look", sample=True, blocks=[written("o", "The deadline is not the limit.")]),
                lesson("shut", title="The last <hour>", blocks=[written("s", SECRET), written("p", "Patience.")]),
            ]
        ],
        key="paid",
        title="Negotiate value",
        is_free=False,
        minutes=120,
        skills=[{"slug": "negotiate", "level": 2}],
    )


def html(client, **query) -> str:
    return client.get("/courses/", query).content.decode()


def cards(client, **query) -> dict[str, list[tuple[str, bool, bool]]]:
    """By course its lessons: title, whether it can be opened, whether its words are shown."""
    found = client.get("/courses/", query).context["cards"]
    return {card.course.key: [(own.title, bool(own.address), bool(own.snippet)) for own in card.lessons] for card in found}


SAMPLE, CLOSED, OPENED = ("A first look", True, True), ("The last <hour>", False, False), ("The last <hour>", True, True)


def test_visitors_read_words_of_samples_and_titles_of_the_rest(client, course):
    assert sorted(cards(client, q="deadline")["paid"]) == [SAMPLE, CLOSED]
    page = html(client, q="deadline")
    assert "The <mark>deadline</mark> is not the limit." in page
    assert "before they do" not in page
    assert f'href="{reverse("courses:lesson", args=["paid", "module-1", "open"])}"' in page
    assert reverse("courses:lesson", args=["paid", "module-1", "shut"]) not in page


def test_learners_read_words_of_lessons_that_they_may_open_and_no_others(course, user, sign_in):
    client = sign_in(user)
    assert sorted(cards(client, q="deadline")["paid"]) == [SAMPLE, CLOSED]
    grant_access(user=user, course_set=course.own_set, source="gift", source_key="gift")
    assert sorted(cards(client, q="deadline")["paid"]) == [SAMPLE, OPENED]
    revoke_access(source_key="gift")
    assert sorted(cards(client, q="deadline")["paid"]) == [SAMPLE, CLOSED]


def test_a_free_course_is_opened_by_starting_it(course, user, sign_in):
    Course.objects.update(is_free=True)
    course.refresh_from_db()
    client = sign_in(user)
    assert sorted(cards(client, q="deadline")["paid"]) == [SAMPLE, CLOSED]
    services.start_free(user=user, course=course)
    assert sorted(cards(client, q="deadline")["paid"]) == [SAMPLE, OPENED]


def test_what_is_found_is_marked_and_everything_is_escaped(course, user, sign_in):
    grant_access(user=user, course_set=course.own_set, source="gift", source_key="gift")
    page = html(sign_in(user), q="deadline hour <script>")
    assert "Name the &lt;b&gt;<mark>deadline</mark>&lt;/b&gt; before they do." in page
    assert "The last &lt;hour&gt;" in page
    assert "<script>" not in page.split('id="main"')[1].split("</main>")[0]


def test_courses_that_are_not_open_are_never_found_and_lend_no_words(course, client, user, sign_in):
    grant_access(user=user, course_set=course.own_set, source="gift", source_key="gift")
    unpublish(course=course)
    for reader in (client, sign_in(user), sign_in(UserFactory(is_superuser=True))):
        for query in ("deadline", "negotiate value", "deadlin"):
            assert cards(reader, q=query) == {}
        assert "Showing" not in html(reader, q="deadlyne")
    published_course([[lesson("other", title="A headline")]], key="other")
    assert "Showing results for “headline”" in html(client, q="headlyne")
    assert "Nothing found for “deadlyne”." in html(client, q="deadlyne")


def test_a_word_of_a_lesson_is_suggested_to_those_who_may_read_it(course, client, user, sign_in):
    """*patience* stands in a closed lesson, *limit* in a sample."""
    assert "Showing results for “limit”" in html(client, q="limitt")
    for reader in (client, sign_in(user)):
        for query in ("patiense", "pati"):
            assert f"Nothing found for “{query}”." in html(reader, q=query)
    grant_access(user=user, course_set=course.own_set, source="gift", source_key="gift")
    assert "Showing results for “patience”" in html(sign_in(user), q="patiense")
    revoke_access(source_key="gift")
    assert "Nothing found for “patiense”." in html(sign_in(user), q="patiense")
    Course.objects.update(is_free=True)
    assert "Showing results for “patience”" in html(client, q="patiense")


def test_a_sample_that_is_closed_lends_no_more_words(course, client):
    closed = lesson("open", title="A first look", blocks=[written("o", "The deadline is not the limit.")])
    publish_version(course=course, content=content([[closed]], title="Negotiate value"))
    assert "Nothing found for “limitt”." in html(client, q="limitt")
    assert cards(client, q="limit") == {"paid": [("A first look", False, False)]}


def test_words_that_learners_wrote_are_not_searched(course, user, sign_in, client):
    private = published_course(
        [[lesson("r", sample=True, blocks=[block("reflection", "r1", {"prompt": "Whom?", "help": ""})])]], key="own"
    )
    enrolment = services.start_free(user=user, course=private)
    from courses.models import Activity

    activity = Activity.objects.get(course=private, kind="reflection")
    services.save_entry(enrolment=enrolment, block_id=activity.block_id, data={"text": "Bartholomew"}, revision=0)
    for reader in (client, sign_in(user)):
        assert cards(reader, q="Bartholomew") == {}


def test_at_most_three_lessons_of_a_course_are_named(client):
    published_course([[lesson(f"l{n}", title=f"Juggling {n}") for n in range(5)]], key="many")
    assert html(client, q="juggling").count("Juggling ") == 3


# The page -------------------------------------------------------------------------------------------------------------


def test_results_come_by_rank_and_without_words_in_the_usual_order(course, client):
    load_framework(SKILLS)
    published_course([[lesson("a1", title="Value")]], key="a", title="A first course")
    assert list(cards(client)) == ["a", "paid"]
    assert list(cards(client, q="value")) == ["paid", "a"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"skill": "negotiate"}, ["paid"]),
        ({"skill": "discover-expectations"}, []),
        ({"price": "free"}, []),
        ({"length": "long"}, ["paid"]),
    ],
)
def test_filters_go_on_working_beside_words(course, client, query, keys):
    assert list(cards(client, q="deadline", **query)) == keys


def test_a_filter_that_leaves_nothing_is_said_to_be_the_reason(course, client):
    assert "No courses match these filters." in html(client, q="deadline", price="free")


def test_a_misspelling_is_put_right_and_can_be_insisted_on(course, client):
    page = html(client, q="deadlyne", price="paid")
    assert "No results for “deadlyne”. Showing results for “deadline”." in page
    assert 'href="?q=deadlyne&amp;price=paid&amp;exact=1"' in page
    assert "1 course matches" in page
    insisted = html(client, q="deadlyne", exact="1")
    assert "Nothing found for “deadlyne”." in insisted
    assert "0 courses match" in insisted


def test_some_of_the_words_are_said_to_be_some(course, client):
    assert "No course has all the words in “deadline juggling”." in html(client, q="deadline juggling")


def test_nothing_found_offers_the_skills(course, client):
    page = html(client, q="zzzzzz")
    assert "Nothing found for “zzzzzz”." in page
    assert 'href="/courses/?skill=negotiate">Negotiate</a>' in page
    assert "?skill=discover-expectations" not in page  # no course teaches it


@pytest.mark.parametrize("query", ["the", "***", "🙂", "%"])
def test_a_query_without_words_says_so(course, client, query):
    assert f"There is nothing in “{query}” to search for." in html(client, q=query)


def test_too_long_a_query_is_kept_and_said(course, client):
    query = "deadline " * 40
    page = html(client, q=query)
    assert f"Search for {LONGEST_QUERY} characters at most" in page
    assert "Nothing was searched" in page
    assert "courses match" not in page
    assert query.strip() in page


@pytest.mark.parametrize(
    "query",
    ['"', "''; --", "NEAR(", "AND", "title:x", "*", "_", "\\", "\u202ex", "x" * 10_000, "<b>", "&lt;", "漢字", "\ud83d"],
)
def test_no_query_fails(course, client, query):
    client.raise_request_exception = False
    assert client.get("/courses/", {"q": query.encode("utf-8", "surrogatepass")}).status_code in (200, 400)


def test_a_nul_is_refused(course, client):
    assert client.get("/courses/?q=%00").status_code == 400


def test_many_courses_come_in_pages(course, client):
    for number in range(PAGE_SIZE + 1):
        published_course([[lesson(f"many-{number}", title="Deadline")]], key=f"many-{number}")
    first, second = (client.get("/courses/", {"q": "deadline", "page": page}).context for page in ("1", "2"))
    assert (len(first["cards"]), len(second["cards"])) == (PAGE_SIZE, 2)
    assert "26 courses match" in html(client, q="deadline")
    assert 'href="?q=deadline&amp;page=2"' in html(client, q="deadline")
    assert len(client.get("/courses/").context["cards"]) == PAGE_SIZE


@pytest.mark.parametrize("count", [1, 3])
def test_a_search_takes_the_same_queries_for_any_number_of_courses(user, sign_in, count, django_assert_max_num_queries):
    for number in range(count):
        course = published_course([[lesson(f"q-{number}", title="Deadline")]], key=f"q-{number}", is_free=False)
        grant_access(user=user, course_set=course.own_set, source="gift", source_key=f"gift {number}")
    client = sign_in(user)
    client.get("/courses/", {"q": "deadline"})
    with django_assert_max_num_queries(14):
        assert len(client.get("/courses/", {"q": "deadline"}).context["cards"]) == count
