"""What authors type to open a panel, and experts when they rate."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.answers import RATINGS
from assessments.models import ItemVersion
from assessments.scoring.panel import HIGHEST, LOWEST
from common.forms import LongTextField
from common.names import NameField
from panels.content import asks_for_best, asks_for_levels, option_ids
from panels.models import Expert, Judgement, today

WEEKS = 3
SCALE = tuple(str(point) for point in range(LOWEST, HIGHEST + 1))
EARLINESS = {
    "1": gettext_lazy("last of all"),
    "2": gettext_lazy("late"),
    "3": gettext_lazy("in the middle"),
    "4": gettext_lazy("early"),
    "5": gettext_lazy("first of all"),
}


# Authors ----------------------------------------------------------------------------------------------------------------


class AddressesField(forms.CharField):
    """E-mail addresses, one a line or with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}), **kwargs)

    def to_python(self, value: Any) -> Any:
        found = [part for part in re.split(r"[\s,;]+", super().to_python(value) or "") if part]
        return list(dict.fromkeys(part.lower() for part in found))

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(_("Enter at least one e-mail address."))
        wrong = [part for part in value if not _is_address(part)]
        if wrong:
            raise ValidationError(
                _("These are no complete e-mail addresses: %(these)s. Correct them, then invite.") % {"these": ", ".join(wrong)}
            )

    def run_validators(self, value: Any) -> None:
        """None of those for text."""


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _day_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def in_some_weeks() -> date:
    return today() + timedelta(weeks=WEEKS)


class OpenPanelForm(forms.Form):
    title = NameField(
        label=gettext_lazy("Title"),
        max_length=120,
        help_text=gettext_lazy("Experts read it in the e-mail. Say what the questions are about, and not who wrote them."),
    )
    words = LongTextField(
        label=gettext_lazy("What experts should know"),
        limit=2000,
        rows=5,
        required=False,
        help_text=gettext_lazy(
            "For whom the questions are, and in what kind of work. Say nothing of which answers you think best."
        ),
    )
    closes_on = _day_field(
        label=gettext_lazy("Last day"),
        initial=in_some_weeks,
        help_text=gettext_lazy(
            "What experts said is shown once the panel is closed and 8 have finished. Whoever has not is reminded once."
        ),
    )


class InviteForm(forms.Form):
    emails = AddressesField(
        label=gettext_lazy("E-mail addresses of experts"),
        help_text=gettext_lazy(
            "One a line. Each gets an e-mail with a link; they need no account. Ask people who do not work with whoever wrote "
            "the questions: at least 8 have to finish, so ask about 12."
        ),
    )


class GoOnForm(forms.Form):
    closes_on = _day_field(label=gettext_lazy("Last day"), initial=in_some_weeks)


# Experts ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True)
class OptionRow:
    """One option as an expert rates it. `name`: of its field of points; `level_name`: empty where no level is asked for."""

    option: str
    text: str
    name: str
    points: list[Point]
    is_best: bool
    level_name: str
    level: str


class JudgementForm:
    """The fields of one question, as they were sent or saved. Anything may be left open until the expert finishes."""

    def __init__(self, version: ItemVersion, expert: Expert, saved: Judgement | None, sent: Any = None) -> None:
        self.version, self.expert = version, expert
        self.has_best, self.has_levels = asks_for_best(version), asks_for_levels(version)
        self.options = option_ids(version)
        if sent is not None:
            self.points = self._numbers(sent, "points")
            self.levels = self._numbers(sent, "level") if self.has_levels else {}
            best = sent.get("best", "")
            self.best = best if best in self.options and self.has_best else ""
        else:
            self.points = dict(saved.points) if saved else {}
            self.levels = dict(saved.levels) if saved else {}
            self.best = saved.best if saved else ""

    def _numbers(self, sent: Any, name: str) -> dict[str, int]:
        given = {option: sent.get(f"{name}-{option}", "") for option in self.options}
        return {option: int(value) for option, value in given.items() if value in SCALE}

    @property
    def words(self) -> dict[str, str]:
        """What the points mean."""
        return {point: str(words) for point, words in (RATINGS if self.has_best else EARLINESS).items()}

    def rows(self) -> list[OptionRow]:
        """In an order of each expert's own, so that no place is rated better than another."""
        texts = {option["id"]: option["text"] for option in self.version.options}
        return [self._row(option, texts[option]) for option in sorted(self.options, key=self._place)]

    def _place(self, option: str) -> str:
        return hashlib.sha256(f"{self.expert.uuid}:{self.version.pk}:{option}".encode()).hexdigest()

    def _row(self, option: str, text: str) -> OptionRow:
        chosen = str(self.points.get(option, ""))
        return OptionRow(
            option=option,
            text=text,
            name=f"points-{option}",
            points=[Point(point, words, point == chosen) for point, words in self.words.items()],
            is_best=self.best == option,
            level_name=f"level-{option}" if self.has_levels else "",
            level=str(self.levels.get(option, "")),
        )

    def missing(self) -> list[str]:
        """What is still open, in words; empty where the question is finished."""
        told = []
        if unrated := len(self.options) - len(self.points):
            told.append(_("Answers without a rating: %(n)s.") % {"n": unrated})
        if self.has_best and not self.best:
            told.append(_("Choose the best answer."))
        if self.levels and len(self.levels) < len(self.options):
            told.append(_("Give every answer a level, or none."))
        return told


class FinishForm(forms.Form):
    """Who they are, as far as they want to say, and that they agree."""

    is_named = forms.TypedChoiceField(
        label=gettext_lazy("Your name among the experts"),
        choices=[("no", gettext_lazy("I stay unnamed")), ("yes", gettext_lazy("Authors may read my name"))],
        coerce=lambda value: value == "yes",
        initial="no",
        widget=forms.RadioSelect,
    )
    name = NameField(
        label=gettext_lazy("Your name"), max_length=100, required=False, help_text=gettext_lazy("Only where you are named.")
    )
    expertise = NameField(
        label=gettext_lazy("What makes you an expert here"),
        max_length=300,
        help_text=gettext_lazy("In a few words, such as “18 years of buying for a hospital group”. Authors read it."),
    )
    consents = forms.BooleanField(
        label=gettext_lazy("I agree that my ratings are counted in the key of these questions"),
        required=False,
        help_text=gettext_lazy("Authors see means of 8 experts or more, and never what you rated yourself."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("consents"):
            self.add_error(
                "consents", _("Your ratings count only if you agree to it. Tick the box, or leave without finishing.")
            )
        if cleaned.get("is_named") and "name" in cleaned and not cleaned["name"]:
            self.add_error("name", _("Enter your name, or choose to stay unnamed."))
        return cleaned


class DeclineForm(forms.Form):
    no_more = forms.BooleanField(
        label=gettext_lazy("Please do not ask me again"),
        required=False,
        help_text=gettext_lazy("No panel will write to this address again."),
    )
