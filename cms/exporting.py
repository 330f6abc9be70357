"""Questions of the bank as a file of another system: chosen by filters and by hand, for those who may see the question bank."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.console import signed_in
from accounts.models import User
from assessments.enums import ItemKind, ItemState, ItemUse
from assessments.exchange import FileFormat
from assessments.export_jobs import EXPORT_JOB, exportable, start_export
from assessments.models import Item
from assessments.services import Export, export_questions
from assessments.services.exporting import SUFFIXES, why_not
from assessments.storage import private_storage
from cms.analyses import may_analyse
from cms.blocks.static import RELATIONSHIPS
from cms.items import page_of, words_of
from common.http import as_download, whole_number
from courses.models import Course
from jobs.enums import JobState
from jobs.models import Job
from skills.queries import skills_of

ADDRESS = "question-export/"
MOST_AT_ONCE = 300
"""More are written by a worker, and are chosen by filters alone."""

FORMS = {FileFormat.MOODLE: "Moodle XML", FileFormat.QTI: "QTI 3.0"}
TYPES = {"xml": "application/xml", "zip": "application/zip"}


FEW_LINES = forms.SelectMultiple(attrs={"size": 4})


class Filters(forms.Form):
    """As the list of questions has them, and by the same names."""

    q = forms.CharField(label=gettext_lazy("Words"), required=False, max_length=200)
    course = forms.ModelChoiceField(Course.objects.order_by("title"), label=gettext_lazy("Course"), required=False)
    skill = forms.ModelChoiceField(skills_of(), label=gettext_lazy("Skill"), required=False)
    kind = forms.MultipleChoiceField(label=gettext_lazy("Format"), choices=ItemKind.choices, required=False, widget=FEW_LINES)
    state = forms.MultipleChoiceField(label=gettext_lazy("State"), choices=ItemState.choices, required=False, widget=FEW_LINES)
    relationship = forms.MultipleChoiceField(
        label=gettext_lazy("Relationship"), choices=RELATIONSHIPS, required=False, widget=FEW_LINES
    )
    boundary = forms.CharField(label=gettext_lazy("Levels told apart"), required=False, max_length=3)

    def chosen(self) -> QuerySet[Item]:
        """Questions of assessments that pass; a filter that says nothing that could be passes none."""
        items = Item.objects.filter(use=ItemUse.FORM).select_related("current_version", "skill", "course")
        if not self.is_valid():
            return items.none()
        said = self.cleaned_data
        for name in ("course", "skill", "boundary"):
            if said[name]:
                items = items.filter(**{name: said[name]})
        for name in ("kind", "state", "relationship"):
            if said[name]:
                items = items.filter(**{f"{name}__in": said[name]})
        if said["q"]:
            words = ("key", "industry", "current_version__prompt", "current_version__situation")
            named = [Q(**{f"{name}__icontains": said["q"]}) for name in words]
            items = items.filter(named[0] | named[1] | named[2] | named[3])
        return items.order_by("key", "pk")


def _reader(request: HttpRequest) -> User:
    user = signed_in(request)
    if not may_analyse(user):
        raise PermissionDenied
    return user


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    above = [{"url": reverse("wagtailsnippets_assessments_item:list"), "label": _("Questions")}]
    header = {"breadcrumbs_items": [*above, {"url": "", "label": title}], "header_title": title, "header_icon": "download"}
    return TemplateResponse(request, template, context | header)


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest) -> HttpResponse:
    """What the filters choose, with what cannot be exported and why; POST makes the file."""
    user = _reader(request)
    filters = Filters(request.GET)
    items = filters.chosen()
    count = items.count()
    if request.method == "POST":
        return _export(request, user, items, count)
    listed = list(items[:MOST_AT_ONCE]) if count <= MOST_AT_ONCE else []
    lines = [(item, words_of(item), page_of(item), why_not(item)) for item in listed]
    return _page(
        request,
        "cms/export_questions.html",
        _("Export questions"),
        filters=filters,
        count=count,
        most=MOST_AT_ONCE,
        lines=lines,
        writable=sum(not reason for _item, _words, _address, reason in lines),
        forms=FORMS.items(),
    )


def _export(request: HttpRequest, user: User, items: QuerySet[Item], count: int) -> HttpResponse:
    form = next((one for one in FORMS if str(one) == request.POST.get("form")), FileFormat.MOODLE)
    if count > MOST_AT_ONCE:
        ids = list(items.values_list("pk", flat=True))
        job = start_export(ids=ids, form=form, requested_by=user, result_url="")
        job.result_url = reverse("question_file", args=[job.uuid])
        job.save(update_fields=["result_url", "updated_at"])
        return redirect("job", job.uuid)
    wanted = {number for text in request.POST.getlist("question") if (number := whole_number(text)) is not None}
    export = export_questions(exportable([item.pk for item in items if item.pk in wanted]), form)
    if not export.questions:
        messages.error(request, _nothing_words(export))
        return redirect(request.get_full_path())
    suffix = SUFFIXES[form]
    return as_download(f"questions-{timezone.localdate():%Y-%m-%d}.{suffix}", export.data, TYPES[suffix])


def _nothing_words(export: Export) -> str:
    if not export.left_out:
        return _("No question was chosen, so there is no file.")
    return ngettext(
        "The question that you chose cannot be exported, so there is no file.",
        "None of the %(n)s questions that you chose can be exported, so there is no file.",
        len(export.left_out),
    ) % {"n": len(export.left_out)}


# What a worker wrote --------------------------------------------------------------------------------------------------


def _own_job(request: HttpRequest, uuid: str) -> Job:
    jobs = Job.objects.visible_to(_reader(request)).filter(kind=EXPORT_JOB, state=JobState.DONE)
    return get_object_or_404(jobs, uuid=uuid)


@require_safe
def question_file(request: HttpRequest, uuid: str) -> HttpResponse:
    """What is in the file and what is not, by name."""
    job = _own_job(request, uuid)
    is_there = private_storage().exists(job.result["file"])
    return _page(
        request, "cms/question_file.html", job.title, job=job, is_there=is_there, form=FORMS[FileFormat(job.result["form"])]
    )


@require_safe
def download_questions(request: HttpRequest, uuid: str) -> HttpResponseBase:
    """To whoever asked for it, as long as they may see the bank."""
    job = _own_job(request, uuid)
    try:
        file = private_storage().open(job.result["file"])
    except FileNotFoundError:
        raise Http404 from None
    suffix = SUFFIXES[FileFormat(job.result["form"])]
    name = f"questions-{timezone.localdate(job.finished_at):%Y-%m-%d}.{suffix}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[suffix])


urlpatterns = [
    path(ADDRESS, questions, name="export_questions"),
    path(ADDRESS + "<uuid:uuid>/", question_file, name="question_file"),
    path(ADDRESS + "<uuid:uuid>/file/", download_questions, name="download_questions"),
]
