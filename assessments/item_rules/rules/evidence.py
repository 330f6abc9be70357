"""Rules 12, 13 and 14: where keys, sums and claims come from."""

import re
from collections.abc import Iterator

from assessments.item_rules.findings import Finding
from assessments.item_rules.model import BEST_WORST, Bank, Item, Panel, Work
from assessments.item_rules.sums import BadSum, holds
from assessments.item_rules.text import NUMERAL, numbers
from assessments.scoring.panel import LEAST_CHOSEN, LEAST_EXPERTS, LEAST_LEAD

_DOI = re.compile(r"^10\.\d{4,9}/\S+$")


def provenance(bank: Bank) -> Iterator[Finding]:
    """12. A key on trial has no panel (`panel: null`); any other has one: at least 8 experts, of whom 75 % chose the key, whose
    mean is at least 0.75 of five points above the next option's. Where options are rated the panel's means are the key: all of
    them are there, and of best and worst each is 0.75 away from the next."""
    for item in bank.items:
        for what, remedy in _faults_of_key(item):
            yield Finding(12, "error", what, remedy, item.file, item.id)


def _faults_of_key(item: Item) -> Iterator[tuple[str, str]]:
    if item.state == "trial" and item.panel is not None:
        yield "Its key is on trial and has a panel.", "Write “state: panel”, or “panel: null”."
    elif item.state != "trial" and item.panel is None:
        yield f"Its key is “{item.state}” and has no panel.", "Write “state: trial” until one has rated it."
    elif item.panel is not None:
        yield from _faults_of_panel(item, item.panel)


def _faults_of_panel(item: Item, panel: Panel) -> Iterator[tuple[str, str]]:
    if panel.experts < LEAST_EXPERTS:
        yield f"Its panel has {panel.experts} experts.", "Ask until there are 8."
    if item.is_rated:
        yield from _faults_of_means(item, panel)
    if not item.has_one_key:
        return
    if panel.chose_key < LEAST_CHOSEN:
        yield f"{panel.chose_key:.0%} of its panel chose the key.", "Write the item again, or keep it on trial; 75% must."
    missing = [option.id for option in item.options if option.id not in panel.means]
    if missing:
        yield f"Its panel has no mean of {', '.join(missing)}.", "Give the mean of every option."
        return
    lead = panel.means[item.key.id] - max(panel.means[option.id] for option in item.distractors)
    if lead < LEAST_LEAD - 1e-9:
        yield (
            f"Its key leads the next option by {lead:.2f} points.",
            "Write the item again, or keep it on trial; 0.75 is needed.",
        )


def _faults_of_means(item: Item, panel: Panel) -> Iterator[tuple[str, str]]:
    """The means are the key (reading has asked for all of them); of best and worst both are clear of the others."""
    in_order = sorted(panel.means[option.id] for option in item.options)
    lead = min(in_order[1] - in_order[0], in_order[-1] - in_order[-2])
    if item.format == BEST_WORST and lead < LEAST_LEAD - 1e-9:
        yield (
            f"Its best or its worst option is {lead:.2f} points from the next.",
            "Write the item again, or keep it on trial; 0.75 is needed.",
        )


def sums(bank: Bank) -> Iterator[Finding]:
    """13. Every sum in `assert` is true, and one of its numbers at least is in the item; an item without any is fine."""
    for item in bank.items:
        shown = {_plain(number) for text in (item.running_text,) for number in NUMERAL.findall(text)}
        for text in item.sums:
            try:
                if not holds(text):
                    yield Finding(
                        13, "error", f"“{text}” is false.", "Correct the sum, or the figures in the item.", item.file, item.id
                    )
                elif not {_plain(number) for number in NUMERAL.findall(text)} & shown and not numbers(item.running_text):
                    what = f"None of the numbers of “{text}” is in the item."
                    yield Finding(13, "warning", what, "Write the sum that the item rests on.", item.file, item.id)
            except BadSum as error:
                what = f"“{text}” cannot be worked out: {error}."
                yield Finding(13, "error", what, "Write numbers, + - * / and a comparison.", item.file, item.id)


def _plain(number: str) -> str:
    return number.replace(",", "").rstrip(".:")


def sources(bank: Bank) -> Iterator[Finding]:
    """14. Every work has a DOI or an ISBN (its check digit is right), says how much of it was seen, has a claim and its limits;
    one that was seen in a secondary source only claims no number. What items and lessons cite are claims that are there."""
    for work in bank.works:
        for what, remedy in _faults_of_work(work):
            yield Finding(14, "error", f"{work.id}: {what}", remedy, work.file)
    known = {claim.id for work in bank.works for claim in work.claims}
    cited = [(item.file, item.id, claim) for item in bank.items for claim in item.claims]
    cited += [(lesson.file, "", claim) for lesson in bank.lessons for claim in lesson.claims]
    for file, item_id, claim in cited:
        if claim not in known:
            yield Finding(
                14, "error", f"It cites “{claim}”, which no work claims.", "Cite a claim of sources.yaml.", file, item_id
            )


def _faults_of_work(work: Work) -> Iterator[tuple[str, str]]:
    if not (work.doi or work.isbn):
        yield "it has neither DOI nor ISBN.", "Add one, or leave the work out."
    if work.doi and not _DOI.match(work.doi):
        yield f"“{work.doi}” is no DOI.", "Write it without address, beginning with 10."
    if work.isbn and not is_isbn(work.isbn):
        yield f"“{work.isbn}” is no ISBN.", "Copy it again: its check digit is wrong."
    if not work.claims:
        yield "it claims nothing.", "Write what may be said from it, or leave it out."
    for claim in work.claims:
        if work.seen == "secondary" and (NUMERAL.search(claim.says) or numbers(claim.says)):
            yield (
                f"the claim “{claim.id}” prints a number that was read elsewhere.",
                "Read the work, or say it without the number.",
            )


def is_isbn(text: str) -> bool:
    """Whether the digits of an ISBN-13 or ISBN-10, hyphens aside, agree with the last (ISO 2108)."""
    digits = text.replace("-", "").replace(" ", "").upper()
    if re.fullmatch(r"\d{13}", digits):
        return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
    if re.fullmatch(r"\d{9}[\dX]", digits):
        values = [10 if digit == "X" else int(digit) for digit in digits]
        return sum(value * (10 - place) for place, value in enumerate(values)) % 11 == 0
    return False
