"""Courses and lessons in which words stand, the best first."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from courses.models import SearchEntry
from courses.queries.fulltext import CLOSING, OPENING, FullText, Hit, full_text
from courses.queries.words import Vocabulary, corrected, terms_of

# A word in what stands on the page of the course says more than the same word in one of its lessons.
WEIGHT_OF_COURSE = 2.0
SNIPPET_LENGTH = 180
# One for each set of courses that readers may find: what everybody sees, and what members of an organisation see besides.
KEPT_VOCABULARIES = 8


@dataclass(frozen=True)
class FoundCourse:
    """`entries` are of the lessons that have most of the words, best first."""

    course: int
    rank: float
    entries: list[int]


@dataclass(frozen=True)
class SearchResult:
    """`query` is what was searched in the end, another than was asked where that was misspelt.

    `is_partial`: no course has all the words, and these have most of them. `terms` is empty where nothing was left to search.
    """

    query: str
    terms: list[str] = field(default_factory=list)
    courses: list[FoundCourse] = field(default_factory=list)
    is_partial: bool = False


def search(query: str, *, among: Collection[int], opened: Collection[int] = (), is_exact: bool = False) -> SearchResult:
    """Those `among` courses (by their keys) that have every word of the query, in one place or several.

    A phrase is not looked for in lessons that are closed to the reader: whole sentences of them could be put together from
    what is found. Where no course has all, misspelt words are put right from the words of these very courses, and at last
    courses are taken that have some of the words; not where the search `is_exact`. Words of lessons that are no samples are
    suggested only of `opened` courses. At most five queries of the index, four of the words, and two where there are phrases.
    """
    index, among = full_text(), frozenset(among)
    result, hits = _search(index, query, among, opened)
    if result.courses or not result.terms or is_exact:
        return result
    unknown = set(result.terms) - {hit.term for hit in hits}
    if other := corrected(query, unknown, _vocabulary(among)) or corrected(query, unknown, _closed_words(among, opened)):
        better, _hits = _search(index, other, among, opened)
        if better.courses:
            return better
    return SearchResult(query, result.terms, _most(hits), is_partial=bool(hits))


def _search(index: FullText, query: str, among: frozenset[int], opened: Collection[int]) -> tuple[SearchResult, list[Hit]]:
    terms = terms_of(query)
    meaningless = index.without_meaning(terms)
    terms = [term for term in terms if term not in meaningless]
    hits = [hit for hit in index.match(terms) if hit.course in among] if terms else []
    hits = _without_closed_phrases(hits, opened)
    return SearchResult(query, terms, _with(len(terms), hits)), hits


def _without_closed_phrases(hits: list[Hit], opened: Collection[int]) -> list[Hit]:
    """Without phrases that were found in lessons which the reader may not open."""
    phrases = {hit.entry for hit in hits if " " in hit.term and hit.lesson is not None and hit.course not in opened}
    if not phrases:
        return hits
    closed = set(SearchEntry.objects.filter(pk__in=phrases, is_sample=False).values_list("pk", flat=True))
    return [hit for hit in hits if " " not in hit.term or hit.entry not in closed]


def _with(number: int, hits: Iterable[Hit]) -> list[FoundCourse]:
    """The courses that have so many different terms."""
    of_courses = defaultdict[int, list[Hit]](list)
    for hit in hits:
        of_courses[hit.course].append(hit)
    found = [_found(course, own) for course, own in of_courses.items() if len({hit.term for hit in own}) == number]
    return sorted(found, key=lambda course: (-course.rank, course.course))


def _most(hits: list[Hit]) -> list[FoundCourse]:
    of_courses = defaultdict[int, set[str]](set)
    for hit in hits:
        of_courses[hit.course].add(hit.term)
    return _with(max(map(len, of_courses.values()), default=0), hits)


def _found(course: int, hits: list[Hit]) -> FoundCourse:
    best = defaultdict[tuple[str, bool], float](float)
    lessons = defaultdict[int, list[Hit]](list)
    for hit in hits:
        place = (hit.term, hit.lesson is None)
        best[place] = max(best[place], hit.rank)
        if hit.lesson is not None:
            lessons[hit.lesson].append(hit)
    rank = sum(value * (WEIGHT_OF_COURSE if is_course else 1) for (_term, is_course), value in best.items())
    most = max(map(len, lessons.values()), default=0)
    fullest = {own[0].entry: sum(hit.rank for hit in own) for own in lessons.values() if len(own) == most}
    return FoundCourse(course, rank, sorted(fullest, key=lambda entry: (-fullest[entry], entry)))


def _vocabulary(among: Collection[int]) -> Vocabulary:
    """What anybody may read of these courses."""
    entries = SearchEntry.objects.filter(lesson=None, course__in=among).order_by("pk")
    return _merged(tuple(entries.values_list("pk", "digest")))


def _closed_words(among: Collection[int], opened: Collection[int]) -> Vocabulary:
    """The words of lessons that are closed to others."""
    courses = set(among).intersection(opened)
    entries = SearchEntry.objects.filter(lesson__isnull=False, is_sample=False, course__in=courses).order_by("pk")
    return _merged(tuple(entries.values_list("pk", "digest"))) if courses else Vocabulary({})


@lru_cache(maxsize=KEPT_VOCABULARIES)
def _merged(entries: tuple[tuple[int, str], ...]) -> Vocabulary:
    """The words of these entries together, kept by what they were made from: reading them is most of a correction."""
    counts = Counter[str]()
    for vocabulary in SearchEntry.objects.filter(pk__in=[pk for pk, _digest in entries]).values_list("vocabulary", flat=True):
        counts.update(vocabulary)
    return Vocabulary(counts)


# What is shown of a lesson ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A piece of a snippet; `is_found` where it is what was looked for."""

    text: str
    is_found: bool = False


_MARKED = re.compile(f"{OPENING}([^{CLOSING}]*){CLOSING}")


def snippets(entries: Collection[int], terms: list[str]) -> dict[int, list[Part]]:
    """Of each of the `entries` the few words around what was found in its text; nothing where only its title has it.

    It is for the caller to ask for entries of lessons that the reader may open. One query of the index.
    """
    marked = full_text().marked(entries, terms) if entries and terms else {}
    return {entry: _snippet(text) for entry, text in marked.items() if OPENING in text}


def _snippet(marked: str) -> list[Part]:
    """The paragraph in which most was found, around the first of it where it is long."""
    paragraph = max(marked.split("\n"), key=lambda line: line.count(OPENING))
    parts = [Part(text, bool(odd % 2)) for odd, text in enumerate(_MARKED.split(paragraph)) if text]
    return _after(_before(parts))


def _before(parts: list[Part]) -> list[Part]:
    """Without most of what stands before the first word that was found."""
    first, *others = parts
    if first.is_found or len(first.text) <= SNIPPET_LENGTH // 3:
        return parts
    return [Part("… " + first.text[-SNIPPET_LENGTH // 3 :].partition(" ")[2]), *others]


def _after(parts: list[Part]) -> list[Part]:
    """Cut at the end of a word where the snippet has become long."""
    kept: list[Part] = []
    left = SNIPPET_LENGTH
    for part in parts:
        if len(part.text) > left:
            text = part.text[:left].rpartition(" ")[0] if not part.is_found else ""
            return [*kept, Part(f"{text} …")]
        kept.append(part)
        left -= len(part.text)
    return kept
