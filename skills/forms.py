"""The words of a skill of an organisation's own, as its console takes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.forms import LongTextField, choice_of_rows
from skills.models import Framework, Skill, SkillVersion
from skills.queries import skills_of
from skills.services import LevelWords, SkillWords

LEVELS = (1, 2, 3, 4, 5)
LIMIT = 600
# As the column has it.
NAME_LIMIT = 200


@dataclass(frozen=True)
class LevelFields:
    """The two fields of one level, and what Accord says of it where the skill is measured as one of Accord."""

    number: int
    fields: list[forms.BoundField]
    accords: str


class OwnSkillForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=NAME_LIMIT)
    summary = LongTextField(
        label=_("Summary"), limit=LIMIT, required=False, help_text=_("One or two sentences below the name.")
    )
    measured_as = forms.ModelChoiceField(
        label=_("Measured as"),
        queryset=Skill.objects.none(),
        required=False,
        empty_label=_("Nothing in Accord measures it"),
        help_text=_(
            "The skill of Accord whose assessments and practice count here. Each can be chosen for one of your skills."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None = None, *, framework: Framework, skill: Skill | None = None) -> None:
        super().__init__(data, initial=_initial(skill) if skill else {})
        taken = framework.skills.filter(measured_as__isnull=False)
        others = taken.exclude(pk=skill.pk) if skill else taken
        free = skills_of().filter(~Q(pk__in=others.values("measured_as"))).prefetch_related("levels")
        choice_of_rows(self, "measured_as").queryset = free
        for n in LEVELS:
            self.fields[f"level_{n}_name"] = forms.CharField(label=_("Name of level %(n)s") % {"n": n}, max_length=80)
            self.fields[f"level_{n}_behaviour"] = LongTextField(
                label=_("What people at level %(n)s do") % {"n": n}, limit=LIMIT
            )
        self.accord = skill.measured_as if skill else None

    def see_version(self, version: SkillVersion | None) -> None:
        """From now on the form says that whoever sends it has seen this version."""
        data = cast(QueryDict, self.data).copy()
        data["version"] = str(version.number if version else 0)
        self.data = data

    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "summary", "measured_as")]

    def levels(self) -> Iterator[LevelFields]:
        accords = (
            {level.number: f"{level.name}: {level.behaviour}" for level in self.accord.levels.all()} if self.accord else {}
        )
        for n in LEVELS:
            yield LevelFields(n, [self[f"level_{n}_name"], self[f"level_{n}_behaviour"]], accords.get(n, ""))

    @property
    def words(self) -> SkillWords:
        data = self.cleaned_data
        levels = (LevelWords(n, data[f"level_{n}_name"], data[f"level_{n}_behaviour"]) for n in LEVELS)
        return SkillWords(data["name"], data["summary"], tuple(levels))


def _initial(skill: Skill) -> dict[str, Any]:
    newest = skill.versions.first()
    initial = {"name": skill.name, "summary": skill.summary, "measured_as": skill.measured_as_id}
    for level in skill.levels.all():
        initial |= {f"level_{level.number}_name": level.name, f"level_{level.number}_behaviour": level.behaviour}
    return initial | {"version": newest.number if newest else 0}
