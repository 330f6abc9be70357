"""Rules 5, 7, 8 and 16: acts, misconceptions, siblings and the mix of cases."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from assessments.item_rules.findings import Finding
from assessments.item_rules.model import RELATIONSHIPS, Bank, Group, Item
from assessments.item_rules.text import content_words, jaccard, runs_of_words

MAX_ASK_KEYS = 0.50
LEAST_WRONG_ASKS = 0.25
LEAST_TWO_ASKS = 0.50
MOST_IN_A_FORM = 4
MAX_LIKENESS = 0.35
SHARED_WORDS = 6
LEAST_REGIONS = 4


def acts_mixed(bank: Bank) -> Iterator[Finding]:
    """5. In a form and in the bank asking is the key's act in at most half of the items; at least a quarter have an ask among
    the options while their key is no ask, so that asking is wrong there; at least half have two asks or more."""
    for group in bank.keyed_groups:
        n_items = len(group.items)
        n_asks = [sum(option.act == "ask" for option in item.options) for item in group.items]
        keyed = sum(item.key.act == "ask" for item in group.items)
        wrong = sum(asks > 0 and item.key.act != "ask" for item, asks in zip(group.items, n_asks, strict=True))
        several = sum(asks >= 2 for asks in n_asks)
        if keyed / n_items > MAX_ASK_KEYS:
            what = f"Asking is right in {keyed} of {n_items} items; it may be in half."
            yield _of_group(5, group, what, "Write items in which telling, deciding, waiting or declining is right.")
        if wrong / n_items < LEAST_WRONG_ASKS:
            what = f"Asking is an option and wrong in {wrong} of {n_items} items; it should be in a quarter."
            yield _of_group(
                5, group, what, "Write items in which the answer is known, the time is gone or one's own side must speak."
            )
        if several / n_items < LEAST_TWO_ASKS:
            what = f"{several} of {n_items} items have two options that ask, or more; half should."
            yield _of_group(5, group, what, "Let more wrong options ask.")


def misconceptions(bank: Bank) -> Iterator[Finding]:
    """7. Every wrong option has a misconception of misconceptions.yaml, all of an item different; in a form each is there at
    most four times. Where options are not right or wrong by themselves, they may have one. One that rests on a study names a
    claim of sources.yaml; its lesson is there."""
    known = {entry.id for entry in bank.misconceptions}
    for item in bank.items:
        shown = item.distractors or [option for option in item.options if option.misconception]
        for option in shown:
            if option.misconception not in known:
                what = (
                    f"“{option.misconception}” is in no misconceptions.yaml."
                    if option.misconception
                    else "It has no misconception."
                )
                remedy = "Name one of the list by its id, or add it there with a sentence, a lesson and an origin."
                yield Finding(7, "error", what, remedy, item.file, item.id, option.id)
        yield from _three_different(item)
    for group in bank.groups:
        if group.is_form:
            yield from _too_often(group)
    yield from _origins(bank)


def _three_different(item: Item) -> Iterator[Finding]:
    if item.has_one_key and item.key.misconception:
        what = "The key has a misconception."
        yield Finding(7, "error", what, "Take it away; only wrong options have one.", item.file, item.id, item.key.id)
    counted = Counter(option.misconception for option in item.distractors if option.misconception)
    for name in sorted(name for name, times in counted.items() if times > 1):
        what = f"Two options show the misconception “{name}”."
        yield Finding(7, "error", what, "Give each wrong option another one.", item.file, item.id)


def _too_often(group: Group) -> Iterator[Finding]:
    counted = Counter(option.misconception for item in group.items for option in item.options if option.misconception)
    for name, times in sorted(counted.items()):
        if times > MOST_IN_A_FORM:
            what = f"The misconception “{name}” is there {times} times; four may be."
            yield _of_group(7, group, what, "Exchange an item, or write another wrong option.")


def _origins(bank: Bank) -> Iterator[Finding]:
    claims = {claim.id for work in bank.works for claim in work.claims}
    lessons = {lesson.id for lesson in bank.lessons}
    for entry in bank.misconceptions:
        if entry.origin == "study" and entry.claim not in claims:
            what = f"The misconception “{entry.id}” rests on a study and names no claim of sources.yaml."
            yield Finding(7, "error", what, "Name the claim, or write “origin: author”.", entry.file)
        if lessons and entry.lesson not in lessons:
            what = f"The misconception “{entry.id}” names the lesson “{entry.lesson}”, which is not there."
            yield Finding(7, "error", what, "Name the lesson that deals with it.", entry.file)


def siblings(bank: Bank) -> Iterator[Finding]:
    """8. The content words of two items overlap by at most .35 (Jaccard, stems of what a learner reads); enemies exist and are
    never in one form; no six words in a row are shared with a lesson or a check. Enemies in two forms of one course, which one
    person takes before and after, are a warning."""
    contents = [(item, content_words(item.shown)) for item in bank.items]
    for (first, ours), (second, theirs) in combinations(contents, 2):
        likeness = jaccard(ours, theirs)
        if likeness > MAX_LIKENESS:
            what = f"It shares {likeness:.0%} of its content words with {second.id}; 35% may be."
            yield Finding(8, "error", what, "Give one of them another case.", first.file, first.id)
    yield from _enemies(bank)
    yield from _copied(bank)


def _enemies(bank: Bank) -> Iterator[Finding]:
    known = {item.id for item in bank.items}
    enemies = {frozenset((item.id, enemy)) for item in bank.items for enemy in item.enemies}
    for item in bank.items:
        for enemy in item.enemies:
            if enemy not in known or enemy == item.id:
                what = f"Its enemy “{enemy}” is no other item of these files."
                yield Finding(8, "error", what, "Correct the id, or take it off.", item.file, item.id)
    for form in bank.forms:
        for pair in sorted(tuple(sorted(pair)) for pair in enemies if pair <= set(form.all_ids)):
            what = f"{' and '.join(pair)} are enemies and both are in the form."
            yield Finding(8, "error", what, "Exchange one of them.", form.file, group=form.id)
    for first, second in combinations([form for form in bank.forms if form.course], 2):
        if first.course != second.course:
            continue
        for pair in sorted(tuple(sorted(pair)) for pair in enemies):
            if _apart(pair, set(first.all_ids), set(second.all_ids)):
                what = f"{' and '.join(pair)} are enemies, and one person meets both: in {first.id} and in {second.id}."
                yield Finding(8, "warning", what, "Exchange one of them.", second.file, group=second.id)


def _apart(pair: tuple[str, ...], first: set[str], second: set[str]) -> bool:
    return (pair[0] in first and pair[1] in second) or (pair[1] in first and pair[0] in second)


def _copied(bank: Bank) -> Iterator[Finding]:
    where = defaultdict(list)
    for lesson in bank.lessons:
        for run in runs_of_words(lesson.text, SHARED_WORDS):
            where[run].append(lesson.id)
    for item in bank.items:
        shared = sorted(run for run in runs_of_words(item.running_text, SHARED_WORDS) if run in where)
        if shared:
            what = f"“{' '.join(shared[0])}” is in the lesson {where[shared[0]][0]} too."
            yield Finding(8, "error", what, "Say it in other words.", item.file, item.id)


def mix(bank: Bank) -> Iterator[Finding]:
    """16. In a form and in the bank each relationship has a third of the items, one more or less; a form has no trade twice
    and at least four regions of the world. (Cases that end badly belong to lessons, which do not mark them: not checked.)"""
    for group in bank.groups:
        counted = Counter(item.relationship for item in group.items)
        third = len(group.items) / len(RELATIONSHIPS)
        for relationship in RELATIONSHIPS:
            if abs(counted[relationship] - third) > 1 + 1e-9:
                n_items, wanted = len(group.items), f"{third:.0f} should be, one more or less"
                what = f"{counted[relationship]} of {n_items} items are about a {relationship}; {wanted}."
                yield _of_group(16, group, what, "Exchange items.")
        if group.is_form:
            yield from _trades_and_regions(group)


def _trades_and_regions(group: Group) -> Iterator[Finding]:
    for trade in _repeated(item.industry.lower() for item in group.items):
        yield _of_group(16, group, f"The trade “{trade}” is there twice.", "Exchange one of the items.")
    regions = {item.region for item in group.items if item.region}
    if len(regions) < LEAST_REGIONS:
        what = f"It is set in {len(regions)} regions of the world; four should be there."
        yield _of_group(16, group, what, "Exchange items, or set some elsewhere.")


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def _of_group(rule: int, group: Group, what: str, remedy: str) -> Finding:
    return Finding(rule, "error", what, remedy, group.file, group=group.name)
