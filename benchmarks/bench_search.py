"""Search in 2,000 lessons of 100 courses, beside a plain SELECT of the rows in which something was found.

On the database of the settings: SQLite, or what DATABASE_URL names. The lessons are made of words drawn with the frequencies of
a language: few stand in every lesson, most in a handful.
"""

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 25
LARGE, QUICK = (100, 20), (3, 4)
WORDS_A_LESSON, VOCABULARY = 900, 8_000
AIM = "at most 0.1"
# Words of the lessons by how often they stand there: in nearly all, in some, in a few.
QUERIES = {
    "a common word": "{0}",
    "a rare word": "{7000}",
    "four words": "{40} {200} {900} {2500}",
    "a phrase": '"{40} {200}"',
}


def run(*, quick: bool) -> list[dict]:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    courses, lessons = QUICK if quick else LARGE
    words = fill(courses, lessons)
    return rows(words, 2 if quick else ROUNDS)


def words_of_a_language(number: int) -> list[str]:
    """So many words that nobody knows, the same each time; they end like English ones, so that there are stems."""
    draw = random.Random(7)
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    endings = ["", "ing", "s", "ed", "ation"]
    words: dict[str, None] = {}
    while len(words) < number:
        words["".join(draw.choices(syllables, k=draw.randint(2, 4))) + draw.choice(endings)] = None
    return list(words)


def fill(courses: int, lessons: int) -> list[str]:
    from courses.services import ensure_course, list_course, publish_version

    draw, words = random.Random(8), words_of_a_language(VOCABULARY)
    weights = [1 / (rank + 10) for rank in range(VOCABULARY)]
    for number in range(courses):
        course = ensure_course(key=f"bench-{number}", slug=f"bench-{number}", title=f"Course {number}", is_free=True)
        publish_version(course=course, content=content(number, lessons, lambda k: draw.choices(words, weights, k=k)))
        list_course(course=course)
    return words


def content(course: int, lessons: int, some: Callable[[int], list[str]]) -> dict[str, Any]:
    from uuid import NAMESPACE_URL, uuid5

    def lesson(number: int) -> dict[str, Any]:
        identity = str(uuid5(NAMESPACE_URL, f"{course}-{number}"))
        html = "".join(f"<p>{' '.join(some(60))}.</p>" for _paragraph in range(WORDS_A_LESSON // 60))
        block = {"type": "text", "id": str(uuid5(NAMESPACE_URL, f"text {identity}")), "value": {"html": html}}
        slug = f"lesson-{number}"
        return {"id": identity, "key": slug, "slug": slug, "title": " ".join(some(4)), "minutes": 5, "blocks": [block]}

    module = {"id": str(uuid5(NAMESPACE_URL, f"module {course}")), "slug": "module", "title": " ".join(some(3))}
    module["lessons"] = [lesson(number) for number in range(lessons)]
    return {"title": " ".join(some(3)), "summary": " ".join(some(20)), "outcomes": [" ".join(some(9))], "modules": [module]}


def rows(words: list[str], rounds: int) -> list[dict]:
    from courses.models import Course, SearchEntry
    from courses.queries.search import search, snippets

    among = list(Course.objects.values_list("pk", flat=True))
    table = []
    for name, pattern in QUERIES.items():
        query = pattern.format(*words)
        result = search(query, among=among)
        seconds = median_of(lambda query=query: search(query, among=among), rounds)
        entries = found_by(result.terms)
        plain = median_of(lambda entries=entries: plain_rows(entries), rounds)
        table.append(row(f"{name}: {len(entries):,} of {SearchEntry.objects.count():,} rows", seconds, plain))
    shown = [entry for course in result.courses[:24] for entry in course.entries[:3]]
    table.append(row(f"snippets of {len(shown)} lessons", median_of(lambda: snippets(shown, result.terms), rounds), None))
    misspelt = words[7000][:-1] + "x" + words[7000][-1]
    corrected = median_of(lambda: search(misspelt, among=among, opened=among), min(rounds, 5))
    table.append(row("a misspelt word", corrected, None))
    return table


def found_by(terms: list[str]) -> list[int]:
    from courses.queries.fulltext import full_text

    return sorted({hit.entry for hit in full_text().match(terms)})


def plain_rows(entries: list[int]) -> list[tuple]:
    """What a page would read of these rows if somebody had told it their keys."""
    from courses.models import SearchEntry

    return list(SearchEntry.objects.filter(pk__in=entries).values_list("pk", "course", "lesson", "title"))


def median_of(act: Callable[[], object], rounds: int) -> float:
    act()
    times = []
    for _round in range(rounds):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def row(name: str, seconds: float, beside: float | None) -> dict:
    ratio = seconds / beside if beside else None
    return {"name": f"search {name}", "value": seconds, "unit": "s", "beside": beside, "ratio": ratio, "aim": AIM}
