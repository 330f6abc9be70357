"""The database's own full text search over `SearchEntry`, PostgreSQL's and SQLite's behind one interface.

Terms are words or phrases of letters, digits and spaces (`courses.queries.words.terms_of`), so no operator of either query
language ever comes from a reader; what PostgreSQL needs besides is parsed by `websearch_to_tsquery`, which refuses nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from django.db import connection

from courses.models import SearchEntry
from courses.queries.words import PLAIN_LETTERS

# Around what was found, in the text of `marked`. No text of an entry has them.
OPENING, CLOSING = "\x02", "\x03"

# Where the languages of PostgreSQL are not: no stemming, no stop words.
CONFIGURATIONS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
# PostgreSQL takes these for parts of numbers, addresses and markup; in a lesson they part words.
SEPARATORS = "-/.@_:<>&+=?%#~"


class Hit(NamedTuple):
    """One term found in one entry; more is better in `rank`, which means something within one search only."""

    term: str
    entry: int
    course: int
    lesson: int | None
    rank: float


class FullText(Protocol):
    def match(self, terms: Sequence[str]) -> Iterator[Hit]:
        """Every entry in which a term stands, for each of the terms."""

    def without_meaning(self, terms: Sequence[str]) -> set[str]:
        """Those that are left out of the index in every language."""

    def marked(self, entries: Collection[int], terms: Sequence[str]) -> dict[int, str]:
        """The text of entries by their keys, with what was found between `OPENING` and `CLOSING`."""


class PostgresFullText:
    """Each language by its text search configuration; the weights of title, heading, points and text are A to D."""

    @cached_property
    def locales(self) -> list[str]:
        return sorted(SearchEntry.objects.order_by().values_list("locale", flat=True).distinct())

    def match(self, terms: Sequence[str]) -> Iterator[Hit]:
        query = """
            SELECT %s, id, course_id, lesson_id, ts_rank('{{0.1, 0.2, 0.4, 1.0}}', vector, websearch_to_tsquery({0}, %s), 1)
            FROM courses_searchentry WHERE locale = %s AND vector @@ websearch_to_tsquery({0}, %s)
        """
        asked, values = [], list[str]()
        for locale in self.locales:
            for term in terms:
                asked.append(query.format(_configuration(locale)))
                values += [term, _quoted(term), locale, _quoted(term)]
        yield from (Hit(*row) for row in _rows(asked, values))

    def without_meaning(self, terms: Sequence[str]) -> set[str]:
        asked, values = [], list[str]()
        for term in terms:
            empty = [f"numnode(websearch_to_tsquery({_configuration(locale)}, %s)) = 0" for locale in self.locales]
            asked.append(f"SELECT %s WHERE {' AND '.join(empty) or 'false'}")
            values += [term, *[_quoted(term)] * len(self.locales)]
        return {row[0] for row in _rows(asked, values)}

    def marked(self, entries: Collection[int], terms: Sequence[str]) -> dict[int, str]:
        # The headline is of the text with plain letters, letter for letter, so that its marks fit the text itself.
        query = """
            SELECT id, text, ts_headline({0}, translate(text, %s, %s), {1}, %s)
            FROM courses_searchentry WHERE locale = %s AND id = ANY(%s)
        """
        options = f'HighlightAll=true, StartSel="{OPENING}", StopSel="{CLOSING}"'
        asked, values = [], list[Any]()
        for locale in self.locales:
            either = " || ".join([f"websearch_to_tsquery({_configuration(locale)}, %s)"] * len(terms))
            asked.append(query.format(_configuration(locale), either))
            values += [*_TRANSLATION, *map(_quoted, terms), options, locale, list(entries)]
        return {entry: _with_marks_of(headline, text) for entry, text, headline in _rows(asked, values)}


class SqliteFullText:
    """English with stems, other languages by their words; marks on letters do not count in either."""

    tables = ("courses_search_english", "courses_search_words")

    def match(self, terms: Sequence[str]) -> Iterator[Hit]:
        query = """
            SELECT %s, entry.id, entry.course_id, entry.lesson_id, -bm25({0}, 10, 4, 2, 1)
            FROM {0} JOIN courses_searchentry entry ON entry.id = {0}.rowid WHERE {0} MATCH %s
        """
        asked = [query.format(table) for table in self.tables for _ in terms]
        values = [value for _ in self.tables for term in terms for value in (term, _quoted(term))]
        yield from (Hit(*row) for row in _rows(asked, values))

    def without_meaning(self, terms: Sequence[str]) -> set[str]:
        return set()

    def marked(self, entries: Collection[int], terms: Sequence[str]) -> dict[int, str]:
        places = ", ".join("%s" for _ in entries)
        query = "SELECT rowid, highlight({0}, 3, %s, %s) FROM {0} WHERE {0} MATCH %s AND rowid IN ({1})"
        asked = [query.format(table, places) for table in self.tables]
        either = " OR ".join(map(_quoted, terms))
        values = [OPENING, CLOSING, either, *entries] * len(self.tables)
        return dict(_rows(asked, values))


def full_text() -> FullText:
    return PostgresFullText() if connection.vendor == "postgresql" else SqliteFullText()


_TRANSLATION = (
    "".join(map(chr, PLAIN_LETTERS)) + SEPARATORS,
    "".join(PLAIN_LETTERS.values()) + " " * len(SEPARATORS),
)


def _quoted(term: str) -> str:
    return f'"{term}"'


def _configuration(locale: str) -> str:
    return f"'{CONFIGURATIONS.get(locale.split('-')[0], 'simple')}'"


def _rows(asked: Sequence[str], values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of all the statements, none of which has anything in it that a reader wrote."""
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked), list(values))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _with_marks_of(headline: str, text: str) -> str:
    """`text` with the marks of its headline; without them where the headline is not the same text letter for letter."""
    if len(headline) - headline.count(OPENING) - headline.count(CLOSING) != len(text):
        return text
    letters = iter(text)
    return "".join(letter if letter in (OPENING, CLOSING) else next(letters) for letter in headline)
