"""Each rule on a bank that keeps all of them, and on the same bank with one thing wrong: that rule fails and no other."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from assessments.item_rules import check
from assessments.item_rules.checking import RULES
from assessments.item_rules.model import Bank, Form, Panel
from tests.assessments.item_rules.banks import N_IN_FORM, clean_bank, swap_word, with_item, with_option

# Long words of which each is in one option only, so that no model of words learns them.
LONG = """
    consideration communication international representative circumstances understanding administration
    investigation characteristic recommendation responsibility transformation implementation identification
    classification interpretation establishment approximately determination unfortunately
""".split()  # noqa: SIM905 - words read better than quoted words


def test_the_rules_are_sixteen_and_in_order():
    assert [rule.number for rule in RULES] == list(range(1, 17))


def test_a_clean_bank_keeps_every_rule():
    report = check(clean_bank())
    assert [str(finding) for finding in report.findings] == []
    assert report.counts == {"items": 26, "open questions": 0, "forms": 1, "misconceptions": 40, "works": 1, "lessons": 1}


def too_long(bank: Bank) -> Bank:
    shortest = min(bank.items[5].options, key=lambda option: len(option.text))
    place = bank.items[5].options.index(shortest)
    longest = max(len(option.text) for option in bank.items[5].options)
    return with_option(bank, 5, place, text=shortest.text[: int(longest / 1.36) - 1] + ".")


def longest_word_wins(bank: Bank) -> Bank:
    for index, word in enumerate(LONG[:16]):
        item = bank.items[index]
        with_option(bank, index, item.key_index, text=swap_word(item.key.text, word))
    return bank


def one_word_in_keys(bank: Bank) -> Bank:
    for index in range(N_IN_FORM):
        item = bank.items[index]
        five = next((word for word in item.key.text.split()[1:-1] if len(word) == 5), None)
        if five:
            with_option(bank, index, item.key_index, text=item.key.text.replace(f" {five} ", " table "))
    return bank


def numbers_in_keys(bank: Bank) -> Bank:
    small = [index for index, item in enumerate(bank.items) if item.skill == "small-skill"]
    for index in small[:2]:
        item = bank.items[index]
        with_option(bank, index, item.key_index, text=swap_word(item.key.text, "36"))
    return bank


def always_ask(bank: Bank) -> Bank:
    for index in range(12):
        for place in range(4):
            with_option(bank, index, place, act="ask")
    return bank


def key_never_warmest(bank: Bank) -> Bank:
    """A warm wrong option, of a level near the middle, in every item; the others alike."""
    for index, item in enumerate(bank.items):
        mean = np.mean([option.level for option in item.options])
        warm = min(item.distractors, key=lambda option: abs(option.level - mean))
        for place, option in enumerate(item.options):
            with_option(bank, index, place, tone="warm" if option is warm else "neutral")
    return bank


def key_warmest_in_two_fifths(bank: Bank) -> Bank:
    others = [index for index, item in enumerate(bank.items[:N_IN_FORM]) if item.key.tone != "warm"]
    for index, item in enumerate(bank.items):
        if index in others[: 8 - (N_IN_FORM - len(others))]:
            warm = next(place for place, option in enumerate(item.options) if option.tone == "warm")
            with_option(bank, index, warm, tone=item.key.tone)
            with_option(bank, index, item.key_index, tone="warm")
    return bank


def misconception_unknown(bank: Bank) -> Bank:
    item = bank.items[4]
    return with_option(bank, 4, item.options.index(item.distractors[0]), misconception="no-such-thing")


def copied_from_a_lesson(bank: Bank) -> Bank:
    text = ". ".join(bank.items[2].situation.split(". ")[:5])
    return with_item(bank, 2, situation=f"{text}. She stood near a cold river until dusk.")


def asks_what_not_to_do(bank: Bank) -> Bank:
    return with_item(bank, 1, question="What should she not do next?")


def three_keys_in_a_row(bank: Bank) -> Bank:
    form = bank.forms[0]
    same = [item.id for item in bank.items[:N_IN_FORM] if item.key_index == 0][:3]
    bank.forms[0] = replace(form, item_ids=(*same, *(name for name in form.item_ids if name not in same)))
    return bank


def rationale_too_short(bank: Bank) -> Bank:
    return with_option(bank, 7, 2, rationale="A heron, a river. Then dusk.")


def panel_on_trial(bank: Bank) -> Bank:
    return with_item(bank, 9, panel=Panel(8, 0.9, {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.5}))


def false_sum(bank: Bank) -> Bank:
    return with_item(bank, 9, sums=("36*130 == 4681",))


def work_without_number(bank: Bank) -> Bank:
    bank.works[0] = replace(bank.works[0], doi="")
    return bank


def banned_word(bank: Bank) -> Bank:
    option = bank.items[11].options[0]
    return with_option(bank, 11, 0, rationale=f"{option.rationale.rstrip('.')} shall.")


def trade_twice(bank: Bank) -> Bank:
    return with_item(bank, 12, industry=bank.items[3].industry.upper())


MUTATIONS: list[tuple[int, Callable[[Bank], Bank], str]] = [
    (1, too_long, "over 1.35 times"),
    (2, longest_word_wins, "“Take the one with the longest word.” finds"),
    (3, one_word_in_keys, "A model of words finds"),
    (4, numbers_in_keys, "small-skill: “numbers” is in 67% of the keys and in 0% of the wrong options."),
    (5, always_ask, "Asking is right in"),
    (6, key_never_warmest, "The key is the warmest option in 0% of 20 items"),
    (6, key_warmest_in_two_fifths, "The key is the warmest option in 40% of 20 items"),
    (7, misconception_unknown, "“no-such-thing” is in no misconceptions.yaml."),
    (8, copied_from_a_lesson, "“near a cold river until dusk” is in the lesson les-one too."),
    (9, asks_what_not_to_do, "The question asks for what is wrong or left out."),
    (10, three_keys_in_a_row, "keys in a row are at the same place"),
    (11, rationale_too_short, "Its rationale has 6 words."),
    (12, panel_on_trial, "Its key is on trial and has a panel."),
    (13, false_sum, "“36*130 == 4681” is false."),
    (14, work_without_number, "work-one: it has neither DOI nor ISBN."),
    (15, banned_word, "“shall” is on the list of words to change."),
    (16, trade_twice, "The trade “trade 3” is there twice."),
]


@pytest.mark.parametrize(
    ("rule", "mutate", "says"), MUTATIONS, ids=[f"{rule} {mutate.__name__}" for rule, mutate, _ in MUTATIONS]
)
def test_one_thing_wrong_fails_its_rule_and_no_other(rule, mutate, says):
    report = check(mutate(clean_bank()))
    assert report.failed_rules == [rule]
    assert any(says in finding.what for finding in report.errors)


def test_every_rule_has_a_mutation():
    assert {rule for rule, _mutate, _says in MUTATIONS} == {rule.number for rule in RULES}


def test_a_finding_says_where_it_is():
    (finding,) = check(misconception_unknown(clean_bank()), only=[7]).errors
    place = clean_bank().items[4].options.index(clean_bank().items[4].distractors[0])
    assert str(finding) == (
        f"items.yaml:it-004:{'abcd'[place]}: rule 7: “no-such-thing” is in no misconceptions.yaml. "
        "Name one of the list by its id, or add it there with a sentence, a lesson and an origin."
    )


def messages(bank: Bank, rule: int) -> list[str]:
    return [finding.what for finding in check(bank, only=[rule]).errors]


def test_keys_must_not_be_longer_on_average():
    bank = clean_bank()
    for index, item in enumerate(bank.items):
        for place, option in enumerate(item.options):
            with_option(bank, index, place, text="m" * (70 if option.is_key else 64))
    assert messages(bank, 1) == [
        "The key is the longest option in 100% of 20 items; at most a third may be.",
        "Keys have 70 characters on average and wrong options 64: +9%.",
        "The key is the longest option in 100% of 26 items; at most a third may be.",
        "Keys have 70 characters on average and wrong options 64: +9%.",
    ]


def test_a_skill_with_32_items_is_held_to_a_fifth():
    """8 of 32 keys have a number and no wrong option: .25 is too much of 32 and little enough of 31."""
    bank = clean_bank()
    items = [replace(bank.items[index % 26], id=f"x-{index}", skill="one") for index in range(32)]
    numbered = []
    for index, item in enumerate(items):
        text = "He counts 36 birds" if index < 8 else "He counts birds"
        options = tuple(replace(option, text=text if option.is_key else "He counts birds") for option in item.options)
        numbered.append(replace(item, options=options))
    assert messages(Bank(items=numbered), 4) == ["one: “numbers” is in 25% of the keys and in 0% of the wrong options."]
    assert messages(Bank(items=numbered[:31]), 4) == []


def test_asking_must_be_wrong_in_a_quarter_though_it_is_right_in_half():
    bank = clean_bank()
    for index, item in enumerate(bank.items):
        for place, option in enumerate(item.options):
            act = "ask" if option.is_key == (index % 2 == 0) and index % 2 == 0 else "do"
            with_option(bank, index, place, act=act)
    assert messages(bank, 5) == [
        "Asking is an option and wrong in 0 of 20 items; it should be in a quarter.",
        "0 of 20 items have two options that ask, or more; half should.",
        "Asking is an option and wrong in 0 of 26 items; it should be in a quarter.",
        "0 of 26 items have two options that ask, or more; half should.",
    ]


def test_a_misconception_is_there_four_times_a_form_at_most():
    bank = clean_bank()
    for index in range(5):
        item = bank.items[index]
        with_option(bank, index, item.options.index(item.distractors[0]), misconception="mistake-0")
    bank.items[13:15] = []
    assert messages(bank, 7) == ["The misconception “mistake-0” is there 5 times; four may be."]


def test_a_misconception_has_an_origin_that_can_be_looked_up():
    bank = clean_bank()
    bank.misconceptions[0] = replace(bank.misconceptions[0], claim="", lesson="les-two")
    assert messages(bank, 7) == [
        "The misconception “mistake-0” rests on a study and names no claim of sources.yaml.",
        "The misconception “mistake-0” names the lesson “les-two”, which is not there.",
    ]


def test_enemies_are_never_in_one_form_and_twins_are_found():
    bank = with_item(clean_bank(), 0, enemies=("it-001", "it-099"))
    bank = with_item(bank, 2, situation=bank.items[3].situation, options=bank.items[3].options)
    assert messages(bank, 8) == [
        "It shares 100% of its content words with it-003; 35% may be.",
        "Its enemy “it-099” is no other item of these files.",
        "it-000 and it-001 are enemies and both are in the form.",
    ]


def test_enemies_in_the_forms_before_and_after_are_a_warning():
    bank = with_item(clean_bank(), 0, enemies=("it-025",))
    bank.forms.append(Form("form-b", "forms.yaml", "Form B", "course", tuple(f"it-{number:03}" for number in range(20, 26))))
    (warning,) = check(bank, only=[8]).warnings
    assert warning.what == "it-000 and it-025 are enemies, and one person meets both: in form-a and in form-b."


def test_what_a_stem_must_not_have():
    long = "Mr Osei, who came with Dr Haddad and Ana Lund, counted 14 boxes, 15 bags, 16 cups, 17 pans and 18 jars. "
    bank = with_item(clean_bank(), 0, situation=long, question="What do you do, and when? Then what?")
    assert messages(bank, 9) == [
        "The situation has 22 words.",
        "It has 3 names: Osei, Haddad, Ana Lund.",
        "It has 5 numbers: 14, 15, 16, 17, 18.",
        "The question does not ask what somebody should do.",
        "The question asks for more than one thing.",
    ]
    hard = "Organisational considerations notwithstanding, administrative responsibilities necessitate clarification. "
    assert any("reading ease" in what for what in messages(with_item(clean_bank(), 0, situation=hard * 5), 9))


def test_a_tenth_of_the_rationales_may_begin_alike():
    bank = clean_bank()
    for index in range(3):
        for place in range(4):
            rationale = bank.items[index].options[place].rationale
            with_option(bank, index, place, rationale=f"Kind, {rationale}")
    assert messages(bank, 11) == [
        "12 of 80 rationales begin with “Kind”; a tenth may.",
        "12 of 104 rationales begin with “Kind”; a tenth may.",
    ]


def test_a_panel_must_be_large_agreed_and_apart():
    means = {"a": 2.0, "b": 2.5, "c": 3.0, "d": 1.0}
    place = clean_bank().items[0].key_index
    means["abcd"[place]] = 3.6
    best = max(value for name, value in means.items() if name != "abcd"[place])
    bank = with_item(clean_bank(), 0, state="panel", panel=Panel(7, 0.7, means))
    assert messages(bank, 12) == [
        "Its panel has 7 experts.",
        "70% of its panel chose the key.",
        f"Its key leads the next option by {3.6 - best:.2f} points.",
    ]
    assert messages(with_item(clean_bank(), 0, state="calibrated"), 12) == ["Its key is “calibrated” and has no panel."]
    means["abcd"[place]] = best + 0.75
    assert messages(with_item(clean_bank(), 0, state="panel", panel=Panel(8, 0.75, means)), 12) == []


def test_sources_are_numbered_limited_and_cited_by_claim():
    bank = clean_bank()
    bank.works[0] = replace(bank.works[0], doi="doi:10.1/x", isbn="978-0-14-311875-7", seen="secondary")
    bank.works[0] = replace(bank.works[0], claims=(replace(bank.works[0].claims[0], says="It rose by 40 %."),))
    bank = with_item(bank, 0, claims=("claim-two",))
    assert messages(bank, 14) == [
        "work-one: “doi:10.1/x” is no DOI.",
        "work-one: “978-0-14-311875-7” is no ISBN.",
        "work-one: the claim “claim-one” prints a number that was read elsewhere.",
        "It cites “claim-two”, which no work claims.",
    ]


def test_rare_words_are_counted_without_names_and_words_that_are_explained():
    situation = "The zzyzx glorps the brompt. " * 10
    bank = with_item(clean_bank(), 0, situation=situation)
    (what,) = messages(bank, 15)
    assert what.endswith("of its words are rare: brompt, glorps, zzyzx.")
    assert messages(with_item(bank, 0, terms=("brompt", "glorps", "zzyzx")), 15) == []


def test_lessons_are_only_warned_about():
    bank = clean_bank()
    text = "Ines Costa runs a shop in Porto with Jan Vos and then Abel Sousa. We shall see."
    bank.lessons = [replace(bank.lessons[0], text=text)] * 3
    report = check(bank, only=[15])
    assert report.errors == []
    assert [finding.what for finding in report.warnings][-1] == "3 lessons in a row open with somebody's job."
    assert {finding.what for finding in report.warnings} >= {
        "“shall” is on the list of words to change.",
        "The lesson has 4 names.",
    }


def test_relationships_are_a_third_each_and_regions_four():
    bank = clean_bank()
    bank.items = [replace(item, region="europe", relationship="customer") for item in bank.items]
    assert messages(bank, 16)[:4] == [
        "20 of 20 items are about a customer; 7 should be, one more or less.",
        "0 of 20 items are about a employee; 7 should be, one more or less.",
        "0 of 20 items are about a partner; 7 should be, one more or less.",
        "It is set in 1 regions of the world; four should be there.",
    ]


def test_avoiding_a_choice_must_not_help_either_but_is_only_a_warning():
    """The first two options are of level 1 in every item: who avoids the first gains a level."""
    bank = clean_bank()
    bank.items = [item for item in bank.items if item.key_index]
    for index, item in enumerate(bank.items):
        with_option(bank, index, 0, level=1)
        rest = [place for place in range(1, 4) if place != item.key_index]
        with_option(bank, index, rest[0], level=3)
        with_option(bank, index, rest[1], level=3)
        with_option(bank, index, item.key_index, level=4)
    bank.forms = []
    warnings = [finding.what for finding in check(bank, only=[2]).warnings]
    assert any(what.startswith("“Take the first.” chooses 1.75 levels below the mean") for what in warnings)
