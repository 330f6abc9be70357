"""Every component in every state, for those who build and check pages."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.forms import LongTextField
from common.icons import ICONS
from learning.activity_types import Worksheet
from outcomes.sample_report import retention_figure

COLOURS = ("paper", "surface", "sunken", "ink", "muted", "line", "control-line", "primary", "accent")
TONES = ("good", "caution", "danger", "info")


class SampleForm(forms.Form):
    """One field of each kind, filled in wrongly where `SAMPLE` says so."""

    name = forms.CharField(label="Name of the cohort", help_text="Your colleagues see it in their invitation.")
    email = forms.EmailField(label="E-mail address")
    course = forms.ChoiceField(label="Course", choices=[("a", "Uncover what others expect"), ("b", "Negotiate mutual value")])
    due = forms.DateField(label="Due", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    note = LongTextField(label="Note to the members", required=False, limit=280, help_text="Goes with the invitation.")
    table = forms.FileField(label="People", required=False, help_text="CSV or XLSX, up to 200 MB.")
    remind = forms.ChoiceField(
        label="Remind them",
        choices=[("week", "a week before it is due"), ("never", "not at all")],
        widget=forms.RadioSelect,
        initial="week",
    )
    groups = forms.MultipleChoiceField(
        label="Whom do they work with?",
        required=False,
        choices=[("customers", "Customers"), ("colleagues", "Colleagues"), ("partners", "Partners")],
        widget=forms.CheckboxSelectMultiple,
    )
    agreed = forms.BooleanField(label="They know that I will see whether they finished")


SHEET = {
    "title": "Inventory of one relationship",
    "intro": "",
    "rows": 3,
    "columns": [
        {"id": "who", "label": "Who expects it", "hint": "Name and role", "example": "Karim, can stop it"},
        {"id": "what", "label": "What they expect", "hint": "In their words", "kind": "long", "example": "A note before six"},
        {"id": "how", "label": "How I know", "hint": "", "kind": "choice", "options": ["Known", "Assumed"], "example": "Known"},
    ],
}
WRITTEN = {
    "rows": [{"who": "Anjali", "what": "A price that holds for a year", "how": "Assumed"}, {"who": "Tom", "how": "not asked"}],
    "deleted": [{"id": 2, "at": 1, "cells": {"who": "Mia", "what": "To be asked first"}}],
}


def sample_sheet() -> dict[str, Any]:
    return {"id": "sample", "type": "worksheet", "value": SHEET} | Worksheet().shown(SHEET, WRITTEN)


def sample_form() -> SampleForm:
    form = SampleForm({"name": "", "email": "ada@example", "course": "a", "remind": "week", "note": "See you on Monday."})
    form.is_valid()
    return form


def context() -> dict[str, Any]:
    return {
        "form": sample_form(),
        "colours": COLOURS,
        "tones": TONES,
        "icons": sorted(ICONS),
        "page": Paginator(range(400), 25).page(5),
        "figure": retention_figure(),
        "worksheet": sample_sheet(),
        "covers": [
            ("Uncover what others expect", "#0B5D57"),
            ("Negotiate mutual value", "#5B3A63"),
            ("Keep a promise visible", "#1F4E8C"),
            ("When expectations change", "#A8431F"),
            ("Say what you need", "#7A5200"),
            ("Repair a broken agreement", "#1F6B3A"),
        ],
        "rows": [
            ("Ada Okafor", "Ward 3", "Finished", "good", 100),
            ("Jonas Meier", "Home visits", "Under way", "info", 60),
            ("Priya Nair", "Admissions", "Overdue", "caution", 10),
        ],
        "skill_names": ["Discover expectations", "Understand interests"],
    }


@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    if not request.user.is_staff:
        raise PermissionDenied
    return render(request, "styleguide.html", context())
