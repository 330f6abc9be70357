"""What somebody pastes is never cut without a word."""

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from common.forms import LongTextField

ROOT = settings.BASE_DIR


class Letter(forms.Form):
    text = LongTextField(limit=10)


def own_forms() -> list[type[forms.BaseForm]]:
    for app in apps.get_app_configs():
        for file in ROOT.glob(f"{app.name}/**/*forms.py"):
            import_string(f"{'.'.join(file.relative_to(ROOT).with_suffix('').parts)}.__name__")
    found, waiting = [], [forms.BaseForm]
    while waiting:
        made = waiting.pop().__subclasses__()
        waiting += made
        found += [form for form in made if (ROOT / form.__module__.split(".")[0]).is_dir()]
    return found


def test_no_long_text_is_cut_by_the_browser():
    """`maxlength` cuts what is pasted and says nothing: `LongTextField` counts, and refuses in words."""
    with_limit = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in own_forms()
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, forms.Textarea) and "maxlength" in field.widget.attrs
    ]
    assert with_limit == []
    in_templates = [
        file.name
        for file in (ROOT / "templates").rglob("*.html")
        for line in file.read_text().split("<textarea")[1:]
        if "maxlength" in line.split(">")[0]
    ]
    assert in_templates == []


def test_a_text_that_is_too_long_is_refused_with_its_length_and_kept():
    form = Letter({"text": "x" * 12})
    assert form.errors["text"] == ["Your text has 12 characters; the limit is 10. Shorten it: all of it is still here."]
    assert "x" * 12 in str(form["text"])
    assert ('data-counter="10"' in str(form["text"]), "maxlength" in str(form["text"])) == (True, False)


@pytest.mark.parametrize("text", ["0123456789", "0123\r\n5678", "😀" * 10])
def test_a_text_of_exactly_the_limit_fits_however_its_lines_end(text):
    form = Letter({"text": text})
    assert form.is_valid()
    assert form.cleaned_data["text"] == text.replace("\r\n", "\n")
