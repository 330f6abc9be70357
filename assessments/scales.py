"""The answers to the questions of one skill, as the matrix that is calibrated."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.answer_files import AnswerTable
from assessments.answers import agrees, is_complete, step, steps
from assessments.enums import ItemState, ItemUse
from assessments.errors import AnswersNotUsable
from assessments.models import AttemptItem, Item, Response
from assessments.queries import first_sittings
from assessments.scoring.irt.responses import MISSING
from assessments.scoring.steps import Categories, categories_of
from skills.models import Skill


@dataclass(frozen=True)
class ScaleAnswers:
    """`items` are the columns of `table`; `complete`: how many answers to each are finished, without those left open."""

    skill: Skill
    items: list[Item]
    table: AnswerTable
    complete: list[int]


def scale_answers(slug: str, *, in_steps: bool = False) -> AnswerTable:
    """See `answers_of_scale`."""
    return answers_of_scale(slug, in_steps=in_steps).table


def answers_of_scale(slug: str, *, in_steps: bool = False) -> ScaleAnswers:
    """A row for each learner who has submitted questions of this skill, a column for each question that is in use.

    1 where the answer agreed with the key that the attempt froze, 0 where it did not or none was given, −1 where the question
    was not asked. `in_steps`: an answer that agrees in part counts by how far it does (`assessments.formats.step_of`), where
    the format of its question gives more than right and wrong; steps on which fewer than ten are stand together with their
    neighbours. Otherwise such an answer is 0. Only first sittings count: whoever meets a second form has
    learnt in between. Only answers to what a question says today count; an earlier wording was another question.

    Raises AnswersNotUsable where there is no such skill, no question of it, or no answer.
    """
    skill = _skill(slug)
    items = list(_items_of(skill))
    if not items:
        raise AnswersNotUsable([_("The skill “%(slug)s” has no assessment questions in use.") % {"slug": slug}])
    columns = {item.current_version_id: position for position, item in enumerate(items)}
    rows: dict[int, int] = {}
    asked = list(_asked(items))
    for entry in asked:
        rows.setdefault(entry.attempt_id, len(rows))
    codes = np.full((len(rows), len(items)), MISSING, dtype=np.int8)
    code_of = step if in_steps else agrees
    chosen = _chosen(rows)
    complete, earlier = [0] * len(items), 0
    for entry in asked:
        position = columns.get(entry.item_version_id)
        if position is None:
            earlier += 1
            continue
        given = chosen.get((entry.attempt_id, entry.item_version_id), [])
        codes[rows[entry.attempt_id], position] = code_of(entry.item_version, given)
        complete[position] += is_complete(entry.item_version, given)
    if not (codes != MISSING).any():
        raise AnswersNotUsable([_nobody(slug, len(items))])
    names = tuple(item.key for item in items)
    codes = codes[(codes != MISSING).any(axis=1)]
    if not in_steps:
        return ScaleAnswers(skill, items, AnswerTable(names, codes, _notes(earlier)), complete)
    found = categories_of(codes, [_steps(item) for item in items])
    table = AnswerTable(names, found.codes, (*_notes(earlier), *_merged(names, found)))
    return ScaleAnswers(skill, items, table, complete)


def _steps(item: Item) -> int:
    return steps(item.current_version) if item.current_version else 1


def _merged(names: tuple[str, ...], found: Categories) -> Iterator[str]:
    """Which steps stand together: 0 is nothing of the key, the highest all of it."""
    for place, name in enumerate(names):
        if found.merged(place):
            said = ", ".join("–".join(str(step) for step in sorted({group[0], group[-1]})) for group in found.groups[place])
            yield _("Steps of %(question)s, taken together where fewer than ten answers are on one: %(steps)s.") % {
                "question": name,
                "steps": said,
            }


def _skill(slug: str) -> Skill:
    ours = Skill.objects.filter(framework__organisation=None)
    skill = ours.filter(slug=slug).order_by("framework__slug", "-framework__version").first()
    if skill is None:
        known = ", ".join(ours.order_by("position").values_list("slug", flat=True)) or _("none yet")
        raise AnswersNotUsable([_("There is no skill “%(slug)s”. There are: %(known)s.") % {"slug": slug, "known": known}])
    return skill


def _items_of(skill: Skill) -> Iterable[Item]:
    in_use = Item.objects.filter(skill=skill, use=ItemUse.FORM, state__in=[ItemState.TRIAL, ItemState.LIVE])
    return in_use.exclude(current_version=None).select_related("current_version").order_by("course", "key")


def _asked(items: list[Item]) -> Iterable[AttemptItem]:
    # Chosen by the answers before them, questions say less of how hard they are than asked of everybody.
    sittings = first_sittings().filter(calibration=None)
    entries = AttemptItem.objects.filter(attempt__in=sittings, item__in=items)
    return entries.select_related("item_version").order_by("attempt", "position").iterator()


def _chosen(attempts: Iterable[int]) -> dict[tuple[int, int], list[str]]:
    """Option ids by attempt and version; in parts, since a database takes only so many numbers in one question."""
    found: dict[tuple[int, int], list[str]] = {}
    wanted = list(attempts)
    for first in range(0, len(wanted), 500):
        given = Response.objects.filter(attempt__in=wanted[first : first + 500])
        for attempt_id, version_id, chosen in given.values_list("attempt", "item_version", "chosen"):
            found[attempt_id, version_id] = chosen
    return found


def _nobody(slug: str, questions: int) -> str:
    return ngettext(
        "Nobody has submitted the assessment question of “%(slug)s” yet.",
        "Nobody has submitted any of the %(count)s assessment questions of “%(slug)s” yet.",
        questions,
    ) % {"slug": slug, "count": questions}


def _notes(earlier: int) -> tuple[str, ...]:
    if not earlier:
        return ()
    note = ngettext(
        "%(count)s answer to an earlier wording of a question does not count.",
        "%(count)s answers to earlier wordings of questions do not count.",
        earlier,
    )
    return (note % {"count": earlier},)
