"""What is missing in the files of a question, by the files alone: days of leaving, and people whose completions are in them."""

from django.utils import timezone

from common.small_counts import shown
from outcomes.analysis.loading.loaded import Loaded
from outcomes.evidence import limits
from outcomes.evidence.observation import lacks_completions_of_leavers
from outcomes.evidence.question import Question
from outcomes.evidence.result import Notice
from outcomes.evidence.words.notices import REFUSALS, WARNINGS
from outcomes.evidence.words.terms import OUTCOME_TERMS

MOST = f"{100 * limits.MAX_LEFT_OUT:.0f}"


def look_at_gaps(loaded: Loaded, question: Question) -> tuple[list[Notice], list[Notice]]:
    """Refusals and warnings of a question about people; the others have neither."""
    found = [_undated(loaded, question), _left_open(loaded, question), _withdrawn(loaded)]
    if question.exposure == "completion":
        found += [_of_nobody(loaded), _of_leavers(loaded, question)]
    refusals = [notice for notice, is_refused in filter(None, found) if is_refused]
    return refusals, [notice for notice, is_refused in filter(None, found) if not is_refused]


def _undated(loaded: Loaded, question: Question) -> tuple[Notice, bool] | None:
    """Of those who are said to have left, and not when."""
    if not loaded.n_undated:
        return None
    share = loaded.n_undated / (loaded.n_undated + loaded.n_exits)
    terms = OUTCOME_TERMS[question.outcome]
    if share > limits.MAX_LEFT_OUT:
        message = REFUSALS["exit_days_unknown"].format(most=MOST, exits=terms.exits)
        return Notice("exit_days_unknown", message), True
    message = WARNINGS["exits_without_day"].format(share=in_fives(share), exits=terms.exits)
    return Notice("exits_without_day", message), False


def _left_open(loaded: Loaded, question: Question) -> tuple[Notice, bool] | None:
    """Of people whose last row ends while an earlier one has no end: they count as still there."""
    share = loaded.n_left_open / max(loaded.n_left_open + loaded.n_exits, 1)
    exits = OUTCOME_TERMS[question.outcome].exits
    if share > limits.MAX_LEFT_OUT:
        return Notice("rows_left_open", REFUSALS["rows_left_open"].format(most=MOST, exits=exits)), True
    if share < limits.MUCH_MISSING:
        return None
    return Notice("earlier_rows_open", WARNINGS["earlier_rows_open"].format(share=in_fives(share), exits=exits)), False


def _withdrawn(loaded: Loaded) -> tuple[Notice, bool] | None:
    """Of notices after which people stayed."""
    if not loaded.n_withdrawn:
        return None
    message = WARNINGS["notices_without_exit"].format(n=shown(loaded.n_withdrawn))
    return Notice("notices_without_exit", message), False


def _of_nobody(loaded: Loaded) -> tuple[Notice, bool] | None:
    """Of completions in files whose people are not in the data: those they are of count as never completed."""
    share = loaded.matches.share_unknown if loaded.matches else 0.0
    if share > limits.MAX_LEFT_OUT:
        return Notice("completions_unmatched", REFUSALS["completions_unmatched"].format(most=MOST)), True
    if share < limits.MUCH_MISSING:
        return None
    return Notice("completions_of_others", WARNINGS["completions_of_others"].format(share=in_fives(share))), False


def _of_leavers(loaded: Loaded, question: Question) -> tuple[Notice, bool] | None:
    """Of people: whether completions of those who left are missing, by the files alone and whatever Accord knows."""
    units = loaded.units
    code = "completions_of_leavers_missing"
    if loaded.matches is None or not lacks_completions_of_leavers(
        units, loaded.brought, question.as_of or timezone.localdate()
    ):
        return None
    return Notice(code, WARNINGS[code].format(exits=OUTCOME_TERMS[question.outcome].exits)), False


def in_fives(share: float) -> str:
    """To the nearest 5 %, so that one more changes nothing that can be read."""
    nearest = 5 * round(20 * share)
    return f"about {nearest}%" if nearest else "less than 5%"
