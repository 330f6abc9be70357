"""Search over the database's own index: the same on SQLite and PostgreSQL."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.searching import make_searchable, words_shown
from courses.content import text_of
from courses.models import Course, CourseVersion, SearchEntry
from courses.queries.search import SNIPPET_LENGTH, search, snippets
from courses.queries.words import Vocabulary, corrected, terms_of
from courses.services import publish_version, unpublish, write_search_entries
from skills.services import load_framework
from tests.courses.factories import block, content, lesson, published_course
from tests.web.learner import SKILLS

pytestmark = pytest.mark.django_db


def text(name: str, html: str) -> dict:
    return block("text", name, {"html": html})


@pytest.fixture
def shelf():
    """Two courses whose lessons have a page each."""
    load_framework(SKILLS)
    deal = published_course(
        [
            [
                lesson(
                    "deal",
                    sample=True,
                    title="Before the deal",
                    blocks=[text("d1", "<p>Negotiate the deadline in a café.</p>")],
                ),
                lesson("rest", sample=True, title="After it", blocks=[text("d2", "<p>Both sides write it down.</p>")]),
            ]
        ],
        key="deal",
        title="Trade fairly",
        skills=[{"slug": "negotiate", "level": 2}],
    )
    ask = published_course(
        [[lesson("ask", sample=True, title="A short interview", blocks=[text("a1", "<p>Stakeholders expect an answer.</p>")])]],
        key="ask",
        title="Ask well",
        outcomes=["Hear what is behind a demand"],
    )
    return deal, ask


def everything() -> list[int]:
    return list(Course.objects.values_list("pk", flat=True))


def found(query: str, among=None, **how) -> list[str]:
    result = search(query, among=everything() if among is None else among, **how)
    return [Course.objects.get(pk=course.course).key for course in result.courses]


def lessons(query: str) -> list[str]:
    result = search(query, among=everything())
    titles = dict(SearchEntry.objects.values_list("pk", "title"))
    return [titles[entry] for course in result.courses for entry in course.entries]


def marked(query: str) -> list[str]:
    result = search(query, among=everything())
    shown = snippets([entry for course in result.courses for entry in course.entries], result.terms)
    return ["".join(f"[{part.text}]" if part.is_found else part.text for part in parts) for parts in shown.values()]


# What is found --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("trade", ["deal"]),  # title of the course
        ("fairly TRADE", ["deal"]),
        ("interviews", ["ask"]),  # title of a lesson
        ("demands", ["ask"]),  # outcome
        ("negotiating", ["deal"]),  # skill and text, by stem
        ("discovers", ["ask"]),  # skill only
        ("stakeholder expectation", ["ask"]),
        ("deadline write down", ["deal"]),  # words in different lessons
        ("juggling", []),
        ('"sides write"', ["deal"]),
        ('"write sides"', []),
        ("module", ["ask", "deal"]),  # of every module
    ],
)
def test_courses_are_found_by_titles_outcomes_skills_and_text(shelf, query, keys):
    assert sorted(found(query, is_exact=True)) == keys


@pytest.mark.parametrize("query", ["café", "cafe", "CAFÉ", "cafe\u0301"])
def test_marks_on_letters_do_not_count(shelf, query):
    assert found(query) == ["deal"]
    assert marked(query) == ["Negotiate the deadline in a [café]."]


def test_titles_weigh_more_than_text():
    load_framework(SKILLS)
    for key, title in (("a", "Words"), ("b", "Deadlines"), ("c", "More words")):
        written = [text(f"{key}-t", f"<p>{'Something else. ' * 9} A deadline.</p>")]
        published_course([[lesson(f"{key}-1", blocks=written)]], key=key, title=title)
    assert found("deadline")[0] == "b"


def test_the_lessons_that_have_most_of_the_words_are_named_best_first(shelf):
    assert lessons("deal") == ["Before the deal"]
    assert lessons("negotiate deadline") == ["Before the deal"]
    assert sorted(lessons("deadline sides")) == ["After it", "Before the deal"]
    assert lessons("trade") == []


def test_nothing_but_the_courses_asked_for_is_found_or_corrected(shelf):
    deal, ask = shelf
    assert found("deal interview", among=[ask.pk], is_exact=True) == []
    assert found("deadline", among=[ask.pk]) == []
    result = search("deadlyne", among=[ask.pk])
    assert (result.query, result.courses) == ("deadlyne", [])
    assert search("deadlyne", among=[deal.pk]).query == "deadline"


def test_a_word_of_a_course_that_is_not_asked_for_stands_in_the_way_of_no_correction(shelf):
    _deal, ask = shelf
    published_course([[lesson("other", title="Interviuws")]], key="other")
    assert search("interviuw", among=[ask.pk]).query == "interview"


def test_a_correction_that_finds_nothing_either_is_not_shown(shelf):
    result = search("deadlyne interviww", among=everything())
    assert (result.query, result.courses) == ("deadlyne interviww", [])


def test_many_lessons_with_a_word_count_no_more_than_the_best_of_them():
    said = "<p>A deadline, and much else that has nothing to do with it.</p>"
    published_course(
        [[lesson(f"l{n}", title=f"Part {n}", blocks=[text(f"t{n}", said)]) for n in range(6)]], key="long", title="Long"
    )
    published_course(
        [[lesson("s", title="The deadline", blocks=[text("ts", "<p>A deadline.</p>")])]], key="short", title="Short"
    )
    assert found("deadline", is_exact=True) == ["short", "long"]


# Misspelt, too much, too little ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "right", "keys"),
    [
        ("negotate", "negotiate", ["deal"]),
        ("intervew", "interview", ["ask"]),
        ("stakeholdr expct", "stakeholders expect", ["ask"]),
        ("stake", "stakeholders", ["ask"]),
        ("caffé", "café", ["deal"]),
    ],
)
def test_misspelt_words_are_put_right_and_it_is_said(shelf, query, right, keys):
    result = search(query, among=everything())
    assert (result.query, found(query)) == (right, keys)
    assert found(query, is_exact=True) == []


def test_the_words_of_courses_are_read_once_and_again_when_a_course_has_others(shelf):
    among = everything()
    search("intervew", among=among)
    with CaptureQueriesContext(connection) as queries:
        search("negotate", among=among)
    assert [query["sql"] for query in queries if '"vocabulary"' in query["sql"]] == []
    publish_version(course=shelf[1], content=content([[lesson("ask", title="A long conversation")]]))
    assert search("conversaton", among=among).query == "conversation"
    assert search("intervew", among=among).query == "intervew"


def test_where_no_course_has_all_the_words_those_with_most_are_found(shelf):
    result = search("short interview juggling trade", among=everything())
    assert (result.is_partial, found("short interview juggling trade")) == (True, ["ask"])
    assert found("short interview juggling trade", is_exact=True) == []


@pytest.mark.parametrize(
    "query",
    [
        '"',
        '"""',
        "'",
        "''; DROP TABLE courses_course; --",
        "title:deal",
        "{title text}: deal",
        "deal NEAR( deal, 3)",
        "NEAR(",
        "AND OR NOT",
        "deal & | ! <-> ():*",
        "*",
        "deal*",
        "%",
        "_",
        "100%",
        "\\",
        "the of and to",
        "\u202edeal\u202c",
        "שלום مرحبا",
        "🙂🙂 👩‍👩‍👧",
        "漢字 テスト",
        "a" * 10_000,
        "deal " * 2_000,
        "\x01\x02\x03",
        "ﬀ İ ß ǅ",
        "<script>alert(1)</script>",
        "\ud800",
    ],
)
def test_whatever_is_typed_is_only_words(shelf, query):
    result = search(query, among=everything())
    shown = snippets([entry for course in result.courses for entry in course.entries], result.terms)
    assert {course.course for course in result.courses} <= set(everything())
    assert len(shown) <= 3
    assert Course.objects.count() == 2


@pytest.mark.parametrize("query", ["", "the of and", "***", "🙂"])
def test_a_query_without_words_finds_nothing_and_asks_nothing_of_the_index(shelf, query):
    result = search(query, among=everything())
    assert (result.terms, result.courses, result.is_partial) == ([], [], False)


def test_searching_takes_the_same_queries_for_any_number_of_courses(shelf, django_assert_max_num_queries):
    for number in range(5):
        published_course([[lesson(f"more-{number}", title="One more interview")]], key=f"more-{number}")
    among = [*range(1000), *everything()]
    with django_assert_max_num_queries(3):
        result = search("interview", among=among)
    assert len(result.courses) == 6
    with django_assert_max_num_queries(7):  # the words of the courses were not read before
        search("intervieww", among=among)
    with django_assert_max_num_queries(6):
        search("interviewww", among=among)


# Snippets -------------------------------------------------------------------------------------------------------------


def test_a_snippet_is_the_paragraph_with_most_of_what_was_found():
    long = "word " * 100
    written = f"<p>A demand.</p><p>{long}demands <strong>de</strong>mand {long}</p><ul><li>no</li></ul>"
    published_course([[lesson("s", title="Three", blocks=[text("s1", written)])]], key="s")
    (snippet,) = marked("demand")
    assert snippet.startswith("… word word")
    assert "[demands] [demand] word" in snippet
    assert snippet.endswith("word …")
    assert len(snippet) < SNIPPET_LENGTH + 100


def test_a_snippet_keeps_the_text_as_it_was_written_and_nothing_of_its_markup():
    written = (
        "<p>If 1 &lt; 2 &amp; they demand &lt;b&gt;more&lt;/b&gt;: by-laws at a@b.example/c?d=1, Zoë’s naïve “demand”.</p>"
    )
    published_course([[lesson("s", title="Signs", blocks=[text("s1", written)])]], key="s")
    assert marked("demand") == ["If 1 < 2 & they [demand] <b>more</b>: by-laws at a@b.example/c?d=1, Zoë’s naïve “[demand]”."]
    assert marked("laws") == ["If 1 < 2 & they demand <b>more</b>: by-[laws] at a@b.example/c?d=1, Zoë’s naïve “demand”."]
    assert marked("naive")[0].endswith("Zoë’s [naïve] “demand”.")


def test_lessons_found_by_their_title_alone_have_no_snippet(shelf):
    assert marked("interview") == []


# What stands in the entries -------------------------------------------------------------------------------------------


def test_only_what_a_lesson_shows_at_first_is_searched(shelf):
    from tests.web.learner import rich_course

    course = rich_course()
    assert found("inventory") == ["rich"]  # the title of a worksheet
    assert found("whom choose") == ["rich"]  # the question of a reflection
    for hidden in ("satisfied", "complained", "evidence", "knows"):
        assert found(hidden, among=[course.pk], is_exact=True) == []


def test_every_block_that_is_read_is_searched():
    blocks = [
        block("callout", "1", {"tone": "note", "title": "Alpha", "html": "<p>bravo</p>"}),
        block("case", "2", {"title": "Charlie", "relationship": "partner", "industry": "delta", "html": "<p>echo</p>"}),
        block("dialogue", "3", {"title": "", "lines": [{"who": "Foxtrot", "says": "**golf**", "note": "hotel"}]}),
        block("quotation", "4", {"text": "india", "source": "Juliett"}),
        block("table", "5", {"caption": "kilo", "header": ["lima", ""], "rows": [["mike", "november"]]}),
        block("steps", "6", {"title": "Oscar", "items": [{"title": "papa", "text": "quebec"}]}),
        block("image", "7", {"image": None, "alt": "romeo", "caption": "sierra", "credit": ""}),
        block("plan", "8", {"prompt": "tango", "if_hint": "uniform", "then_hint": "victor"}),
        block("agreement", "9", {"title": "whiskey", "intro": "xray"}),
        block("of-a-kind-that-is-gone", "10", {"text": "yankee"}),
    ]
    published_course([[lesson("all", blocks=blocks)]], key="all")
    names = "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo"
    for name in f"{names} sierra tango uniform victor whiskey xray".split():
        assert found(name, is_exact=True) == ["all"], name
    assert found("yankee", is_exact=True) == []


def test_words_that_the_author_named_find_the_course_and_are_in_no_snippet(shelf):
    publish_version(course=shelf[1], content=content([["ask"]], search_words=["active listening"]))
    assert found("listening") == ["ask"]
    assert (lessons("listening"), marked("listening")) == ([], [])


# Entries follow what is published -------------------------------------------------------------------------------------


def test_entries_are_those_of_the_newest_version(shelf):
    deal, _ask = shelf
    publish_version(course=deal, content=content([[lesson("rest", title="Afterwards")]], title="Deal with it"))
    assert (found("trade", is_exact=True), found("deadline", is_exact=True)) == ([], [])
    assert (found("deal"), found("afterwards")) == (["deal"], ["deal"])
    assert deal.search_entries.count() == 2


def test_equal_content_writes_no_entry(shelf):
    deal, _ask = shelf
    before = set(SearchEntry.objects.values_list("pk", flat=True))
    publish_version(course=deal, content=deal.current_version.content)
    make_searchable()
    assert set(SearchEntry.objects.values_list("pk", flat=True)) == before


def test_a_renamed_skill_leaves_no_stale_word(shelf):
    renamed = SKILLS | {"skills": [SKILLS["skills"][0], SKILLS["skills"][1] | {"name": "Bargain"}]}
    load_framework(renamed)
    assert found("bargaining") == ["deal"]


def test_a_site_that_changes_its_language_keeps_no_words_of_the_other(shelf, settings):
    settings.LANGUAGE_CODE = "de"
    make_searchable()
    assert set(SearchEntry.objects.values_list("locale", flat=True)) == {"de"}


def test_a_course_that_is_taken_back_is_found_again_when_it_returns(shelf):
    deal, _ask = shelf
    unpublish(course=deal)
    listed = Course.objects.filter(is_listed=True).values_list("pk", flat=True)
    assert found("deadline", among=list(listed)) == []
    assert SearchEntry.objects.filter(course=deal).exists()


def test_entries_go_with_their_course(shelf):
    deal, _ask = shelf
    CourseVersion.objects.filter(course=deal).delete()
    deal.sets.all().delete()
    deal.delete()
    assert found("deadline", is_exact=True) == []
    assert len(list(search("interview", among=everything()).courses)) == 1


def test_courses_that_were_published_before_are_found_after_migrate(shelf):
    """Whoever upgrades has versions and no entries."""
    SearchEntry.objects.all().delete()
    assert found("deadline") == []
    call_command("migrate", verbosity=0)
    assert found("deadline") == ["deal"]


def test_a_course_that_cannot_be_read_stops_neither_the_others_nor_migrate(shelf, caplog):
    deal, _ask = shelf
    CourseVersion.objects.filter(course=deal).update(content={"schema": 99}, uuid="00000000-0000-4000-8000-000000000099")
    SearchEntry.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert (found("deadline"), found("interview")) == ([], ["ask"])
    assert f"Search entries of courses: {deal.pk} failed" in caplog.text


def test_entries_of_an_earlier_form_are_written_anew_after_migrate(shelf):
    SearchEntry.objects.filter(lesson=None).update(digest="of an earlier form")
    SearchEntry.objects.exclude(lesson=None).update(text="")
    call_command("migrate", verbosity=0)
    assert found("deadline") == ["deal"]


def test_a_very_long_lesson_is_published_and_found_by_what_comes_first():
    words = " ".join(f"word{number}" for number in range(60_000))
    blocks = [text("long", f"<p>Beginning. {words} {'x' * 5000} ending</p>")]
    published_course([[lesson("long", blocks=blocks)]], key="long")
    assert (found("beginning"), found("ending", is_exact=True)) == (["long"], [])


# Languages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def german():
    course = published_course(
        [[lesson("de", title="Gespräche führen", blocks=[text("de1", "<p>Erwartungen der Kunden klären.</p>")])]],
        key="german",
        title="Erwartungen verstehen",
        outcomes=["Schwierige Gespräche vorbereiten"],
    )
    version = course.current_version
    write_search_entries(version=version, words_shown=words_shown, locale="de")
    assert text_of(version).title == "Erwartungen verstehen"
    return course


@pytest.mark.parametrize("query", ["Gespräche", "gesprache", "Erwartungen", "kunden klaren", "führen"])
def test_german_words_are_found_with_and_without_their_marks(shelf, german, query):
    assert found(query, is_exact=True) == ["german"]


def test_languages_stand_side_by_side(shelf, german):
    assert (found("interviews"), found("erwartungen")) == (["ask"], ["german"])
    assert marked("Kunden") == ["Erwartungen der [Kunden] klären."]
    assert search("Gesprech", among=everything()).query == "gespräche"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has stems of English words only")
def test_postgresql_has_the_stems_of_other_languages(german):
    assert found("Erwartung", is_exact=True) == ["german"]
    assert search("der", among=everything()).terms == []


# The index itself -----------------------------------------------------------------------------------------------------


def test_the_database_keeps_an_index_of_its_own():
    """A migration that makes the table anew on SQLite has to make the triggers anew (0006)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'courses_searchentry_vector'")
            assert "USING gin (vector)" in cursor.fetchone()[0]
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'courses_searchentry' ORDER BY 1")
        tables, events = ("courses_search_english", "courses_search_words"), ("delete", "insert", "update")
        assert [row[0] for row in cursor] == [f"{table}_{event}" for table in tables for event in events]
        for table in tables:
            cursor.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")  # noqa: S608


def test_a_word_that_begins_another_is_completed_before_it_is_taken_for_a_misspelling():
    words = Vocabulary({"take": 90, "stakeholder": 1, "shake": 9, "stakeholders": 4, "staked": 2})
    assert corrected("stake", {"stake"}, words) == "stakeholders"
    assert corrected("stkae", {"stkae"}, Vocabulary({"stake": 1})) == "stake"


def test_what_is_left_of_a_contraction_is_not_searched():
    assert terms_of("we’re negotiating what you'll and I’d share") == ["negotiating", "share"]


def test_a_phrase_tells_nothing_of_lessons_that_are_closed_to_the_reader(shelf):
    """Seven words in a row gave a course, in another order none: the text of a lesson could be put together from that."""
    deal, _ask = shelf
    quoted = '"both sides write it down"'
    assert found(quoted, is_exact=True) == ["deal"]  # in a sample
    SearchEntry.objects.filter(lesson__isnull=False).update(is_sample=False)
    assert found(quoted, is_exact=True) == []
    assert found(quoted, opened=[deal.pk], is_exact=True) == ["deal"]
    assert found("both sides write it down", is_exact=True) == ["deal"]  # that the words are there may be known
