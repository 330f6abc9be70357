"""The question which column of a file is which of ours and what the words in it mean."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from common.private_columns import WHAT
from imports.cells import plain_word
from imports.kinds import ImportKind
from imports.matching import BLANK, FileColumn, FirstRows, reasons_given, suggest_columns, words_to_match
from imports.models import MAX_MATCHED, StagedImport
from imports.tables.layout import LABELS, LEFT_OUT, OWN, cannot_be_read_as, plain

MAX_REASON = 300


class ReadingForm(forms.Form):
    """From which row on, and in which encoding, a file is read."""

    header_row = forms.TypedChoiceField(label=_lazy("Row with the column names"), coerce=int)
    encoding = forms.ChoiceField(
        label=_lazy("Encoding"), help_text=_lazy("Choose another one if names look wrong, such as “MÃ¼ller”.")
    )

    def __init__(self, data: Any, *, first_rows: FirstRows) -> None:
        self.unreadable = first_rows.unreadable
        codecs = {label: codec for codec, label in reversed(LABELS.items())}
        initial = {"header_row": first_rows.header_row, "encoding": codecs.get(first_rows.encoding, "")}
        super().__init__(data, initial=initial)
        rows: Any = self.fields["header_row"]
        rows.choices = [
            (number, _("Row %(row)s: %(text)s") % {"row": number, "text": text}) for number, text in first_rows.rows.items()
        ]
        if first_rows.encoding:
            encodings: Any = self.fields["encoding"]
            encodings.choices = sorted(((codec, label) for label, codec in codecs.items()), key=lambda choice: choice[1])
        else:
            del self.fields["encoding"]

    def clean_encoding(self) -> str:
        """Whether the file can be read so, its check finds out; what was tried before is known."""
        codec: str = self.cleaned_data["encoding"]
        if codec in self.unreadable:
            raise forms.ValidationError(cannot_be_read_as(codec))
        return codec


class MatchForm(forms.Form):
    """One select for each column, and one for each word that was not understood.

    A column that seems to tell of a person what an analysis seldom needs has a field for the reason why it is kept.
    """

    def __init__(self, data: Any, *, staged: StagedImport, kind: ImportKind, columns: Sequence[FileColumn]) -> None:
        super().__init__(data)
        self.kind = kind
        self.file_columns = [column for column in columns if column.name][:MAX_MATCHED]
        reasons = reasons_given(staged)
        for position, suggested in enumerate(suggest_columns(staged, kind, self.file_columns)):
            theirs = self.file_columns[position]
            self.fields[f"column_{position}"] = self._column_field(theirs.name, suggested)
            if kind.keeps_others and theirs.profile.private:
                self.fields[f"reason_{position}"] = _reason_field(theirs, reasons.get(plain(theirs.name), ""))
        self.words = [
            (column, word, f"word_{column}_{number}", meaning)
            for column, words in words_to_match(staged, kind).items()
            for number, (word, meaning) in enumerate(words.items())
        ]
        for column, word, name, meaning in self.words:
            choices = [("", _("Choose a value")), *((one, one) for one in kind.words[column])]
            if blank_means := kind.column(column).blank_means:
                choices.append((BLANK, str(blank_means)))
            # Whether one has to be chosen depends on whether the column is used; `clean` says it.
            self.fields[name] = forms.ChoiceField(label=word, choices=choices, initial=meaning, required=False)

    def _column_field(self, name: str, suggested: str) -> forms.ChoiceField:
        columns = self.kind.header
        needed = [(one, one) for one in columns.required]
        others = [(one, one) for one in columns.known if one not in columns.required]
        groups = [(_("Required columns"), needed), (_("Other columns"), others)]
        own = [(OWN, _("Keep it under its own name"))] if columns.keeps_others and plain(name) not in columns.known else []
        choices = [*own, ("-", _("Leave it out")), *(group for group in groups if group[1])]
        initial = "-" if suggested == LEFT_OUT or (suggested == OWN and not own) else suggested
        return forms.ChoiceField(label=name, choices=choices, initial=initial)

    def column_rows(self) -> Iterator[tuple[FileColumn, forms.BoundField, forms.BoundField | None]]:
        """Each column with its select and, where one is asked, the field for a reason."""
        for position, column in enumerate(self.file_columns):
            reason = f"reason_{position}"
            yield column, self[f"column_{position}"], self[reason] if reason in self.fields else None

    def word_rows(self) -> Iterator[tuple[str, str, forms.BoundField]]:
        for column, word, name, _meaning in self.words:
            yield column, word, self[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen: dict[str, str] = {}
        for position, column in enumerate(self.file_columns):
            ours = cleaned.get(f"column_{position}", "-")
            if ours in chosen and ours not in (OWN, "-"):
                message = _("“%(other)s” is already mapped to %(ours)s. Choose another column for one of the two.")
                self.add_error(f"column_{position}", message % {"other": chosen[ours], "ours": ours})
            chosen.setdefault(ours, column.name)
            if ours == OWN and f"reason_{position}" in self.fields and not cleaned.get(f"reason_{position}"):
                self.add_error(f"reason_{position}", _("Say why you keep this column, or leave it out."))
        self._refuse_missing(set(chosen))
        self._require_words(set(chosen))
        return cleaned

    def _require_words(self, chosen: set[str]) -> None:
        """Words of a column that is not used mean nothing, and need not be explained."""
        for column, _word, name, _meaning in self.words:
            if column in chosen and not self.cleaned_data.get(name):
                self.add_error(name, _("Choose what this value means."))

    def _refuse_missing(self, chosen: set[str]) -> None:
        wanted = [f"“{name}”" for name in self.kind.header.required if name not in chosen]
        groups = [group for group in self.kind.header.any_of if not chosen & set(group)]
        wanted += [_(" or ").join(f"“{name}”" for name in group) for group in groups]
        if wanted:
            message = _("Map one of your columns to %(wanted)s; the file cannot be read without it.")
            self.add_error(None, message % {"wanted": _(" and ").join(wanted)})

    def chosen_columns(self) -> dict[str, str]:
        """Their name of each column, and ours, `OWN` or `LEFT_OUT`."""
        chosen = [self.cleaned_data[f"column_{position}"] for position in range(len(self.file_columns))]
        pairs = zip(self.file_columns, chosen, strict=True)
        return {column.name: LEFT_OUT if ours == "-" else ours for column, ours in pairs}

    def chosen_words(self) -> dict[str, dict[str, str]]:
        """By column: their word, and ours."""
        words: dict[str, dict[str, str]] = {}
        for column, word, name, _meaning in self.words:
            if meaning := self.cleaned_data[name]:
                words.setdefault(column, {})[plain_word(word)] = "" if meaning == BLANK else meaning
        return words

    def chosen_reasons(self) -> dict[str, str]:
        """Why columns are kept that tell of a person, by their name in the file."""
        kept = [name for name, ours in self.chosen_columns().items() if ours == OWN]
        reasons = {column.name: self.cleaned_data.get(f"reason_{n}", "") for n, column in enumerate(self.file_columns)}
        return {name: reasons[name] for name in kept if reasons[name]}


def _reason_field(column: FileColumn, given: str) -> forms.CharField:
    return forms.CharField(
        label=_("Reason for keeping “%(column)s”") % {"column": column.name},
        help_text=_("Seems to hold %(what)s, so it is left out unless you say why the analysis needs it.")
        % {"what": WHAT[column.profile.private]},
        max_length=MAX_REASON,
        required=False,
        initial=given,
    )
