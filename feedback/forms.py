"""What the learner and those who are asked fill in."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import zone_of
from common.forms import LongTextField, choice_of_rows
from common.names import NameField
from common.shown import SHOWN, mark_of
from feedback.answers import NAMED, Answers, Merged, fields_of
from feedback.enums import Frequency, Question, RaterGroup
from feedback.models import RoundSkill
from feedback.services.starting import LATEST, MOST_SKILLS, SOONEST
from skills.models import Skill
from skills.queries import calling, framework_of, skills_of

COMMENT_LIMIT = 1500
# In the order in which they are read: from seldom to often, and beside them what cannot be said.
CHOICES = [(str(value), Frequency(value).label) for value in (1, 2, 3, 4, 5, 0)]
OWN_CHOICES = [*CHOICES[:-1], ("0", _("No occasion"))]


class RoundForm(forms.Form):
    skills = forms.ModelMultipleChoiceField(
        label=_("Skills"),
        queryset=Skill.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("One to four. Each asks three questions of everybody; with one or two, more people answer to the end."),
        error_messages={"required": _("Choose at least one skill.")},
    )
    closes_on = forms.DateField(
        label=_("Last day for answers"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("From five days to two months from now. Two or three weeks suit most people."),
        error_messages={"required": _("Choose a day.")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.today = timezone.localdate(timezone=zone_of(user))
        kwargs.setdefault("initial", {"closes_on": self.today + 4 * SOONEST})
        super().__init__(*args, **kwargs)
        skills = choice_of_rows(self, "skills")
        skills.queryset = skills_of().prefetch_related("levels")
        skills.label_from_instance = calling(framework_of(user))  # type: ignore[assignment, method-assign]  # Django’s way

    def clean_skills(self) -> list[Skill]:
        skills = list(self.cleaned_data["skills"])
        if len(skills) > MOST_SKILLS:
            raise forms.ValidationError(_("Choose four skills at most: whoever is asked more stops halfway."))
        return skills

    def clean_closes_on(self) -> date:
        day: date = self.cleaned_data["closes_on"]
        if not self.today + SOONEST <= day <= self.today + LATEST:
            raise forms.ValidationError(_("Choose a day from five days to two months from now."))
        return day


class PersonForm(forms.Form):
    name = NameField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    group = forms.ChoiceField(label=_("They are"), choices=[("", _("Choose …")), *RaterGroup.choices])


class RatingField(forms.ChoiceField):
    """How often one behaviour is seen, or was done. `words`: the sentence, which its legend says."""

    def __init__(self, *, words: str, is_own: bool) -> None:
        self.words = words
        super().__init__(
            label=words.rstrip("."),
            choices=OWN_CHOICES if is_own else CHOICES,
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose how often, or the last answer.")},
        )


def _questions(name: str) -> dict[str, str]:
    return {
        Question.KEEP.value: _("What should %(name)s go on doing?") % {"name": name},
        Question.CHANGE.value: _("What could %(name)s do differently?") % {"name": name},
    }


class AnswersForm(forms.Form):
    """One rating a behaviour. Others, who are told the learner's `name`, may add words; a manager may agree to be named.

    A draft may have gaps: `answers` takes what is there.
    """

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        skills: Sequence[RoundSkill],
        answers: Answers,
        name: str = "",
        is_manager: bool = False,
    ) -> None:
        initial: dict[str, Any] = {f"b{key}": str(value) for key, value in answers.ratings.items()}
        initial |= dict(answers.comments) | {"may_be_named": answers.may_be_named}
        super().__init__(data, initial=initial)
        self.skills, self.saved = skills, answers
        for skill in skills:
            for behaviour in skill.behaviours.all():
                words = behaviour.words if name else behaviour.own_words
                self.fields[f"b{behaviour.pk}"] = RatingField(words=words, is_own=not name)
        for question, asked in _questions(name).items() if name else ():
            self.fields[question] = LongTextField(label=asked, limit=COMMENT_LIMIT, required=False)
        if is_manager:
            self.fields["may_be_named"] = forms.BooleanField(
                label=_("My answers may be shown by themselves, as those of the manager"), required=False
            )

    def parts(self) -> list[tuple[RoundSkill, list[forms.BoundField]]]:
        """Skill by skill, for the page."""
        return [(skill, [self[f"b{one.pk}"] for one in skill.behaviours.all()]) for skill in self.skills]

    def words(self) -> list[forms.BoundField]:
        return [self[question.value] for question in Question if question.value in self.fields]

    def answers(self) -> Answers:
        """What is there and can be kept, whether or not it is all."""
        given = self.cleaned_data
        ratings = {
            int(name.removeprefix("b")): int(given[name])
            for name, field in self.fields.items()
            if isinstance(field, RatingField) and given.get(name)
        }
        comments = {question.value: given[question.value] for question in Question if given.get(question.value)}
        return Answers(ratings, comments, bool(given.get("may_be_named")))

    def seen(self) -> dict[str, str]:
        """The marks of what the page that was sent had shown; without what is too long to be kept, which stays in its field."""
        long = set(self.errors).intersection(Question.values)
        return {name: self.data.get(f"{SHOWN}-{name}", "") for name in self.fields if name not in long}

    def marks(self) -> list[tuple[str, str]]:
        """What a page that shows what is saved says that it showed."""
        shown = fields_of(self.saved)
        return [(f"{SHOWN}-{name}", mark_of(shown.get(name, ""))) for name in self.fields]

    def marks_after(self, merged: Merged) -> list[tuple[str, str]]:
        """For a page that stays as it is: as it was typed, but for what was not saved of it."""
        typed, taken = fields_of(self.answers()), set(self.seen()) - set(merged.unsaved)
        shown = {name: mark_of(typed.get(name, "")) for name in taken}
        return [(f"{SHOWN}-{name}", shown.get(name, str(self.data.get(f"{SHOWN}-{name}", "")))) for name in self.fields]

    def show_merged(self, merged: Merged) -> None:
        """Have the fields hold what is saved now: newer answers of another page, and what was taken from this one."""
        now, seen = fields_of(merged.answers), self.seen()
        typed = {name: value for name, value in self.data.items() if name not in seen}
        self.data, self.saved = typed | {name: now[name] for name in seen if name in now}, merged.answers

    def unsaved_words(self, merged: Merged) -> list[tuple[str, str]]:
        """What was typed over a newer answer: what was asked, and the words."""
        labels = dict(CHOICES)
        return [
            (str(self.fields[name].label), str(labels.get(value, value) if name != NAMED else "✓") or "–")
            for name, value in merged.unsaved.items()
        ]
