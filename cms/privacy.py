"""What authors leave in the CMS: drafts and comments, files they uploaded, and the log of what they did to pages.

What was published is the site's and stays. It names no author, and no longer says who made it.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.models import EditingSession, FormState
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import (
    APIToken,
    Comment,
    CommentReply,
    ModelLogEntry,
    Page,
    PageLogEntry,
    PageSubscription,
    Revision,
    TaskState,
    UploadedFile,
    WorkflowState,
)
from wagtail.users.models import UserProfile

from accounts.models import User
from accounts.personal_data import READ_TOGETHER, OwnFile, PrivacyPart, Row, erased, made_anonymous, moment, part_of_rows
from cms.models import AccordImage, OpenQuestionDraft, QuestionDraft, SimulationCase
from cms.questions.base import BankDraft

COMMENTS = "wagtail_admin_comments"
Rows = QuerySet[Any]


def _comments(user: User) -> Rows:
    return cast(Rows, Comment.objects.filter(user=user).select_related("page").order_by("pk"))


def _replies(user: User) -> Rows:
    return cast(Rows, CommentReply.objects.filter(user=user).select_related("comment__page").order_by("pk"))


def _reviews(user: User) -> Rows:
    return cast(Rows, TaskState.objects.filter(finished_by=user).exclude(comment="").order_by("pk"))


def export_comments(user: User) -> Iterator[Row]:
    for comment in _comments(user):
        yield {"page": comment.page.title, "said": comment.text, "at": moment(comment.created_at)}
    for reply in _replies(user):
        yield {"page": reply.comment.page.title, "said": reply.text, "at": moment(reply.created_at)}
    for state in _reviews(user):
        yield {"page": str(state.revision), "said": state.comment, "at": moment(state.finished_at)}


def erase_comments(user: User) -> int:
    """Others have answered them, so their place stays: in the tables, in the drafts that hold a copy, and in the log."""
    removed = gettext("Removed")
    pages = set(_comments(user).values_list("page", flat=True)) | set(_replies(user).values_list("comment__page", flat=True))
    for revision in _revisions_of(pages).iterator(chunk_size=READ_TOGETHER):
        if _without_words(revision.content.get(COMMENTS) or [], user.pk, removed):
            Revision.objects.filter(pk=revision.pk).update(content=revision.content)
    for entry in PageLogEntry.objects.filter(user=user).exclude(data={}).iterator(chunk_size=READ_TOGETHER):
        if _without_comment(entry.data):
            PageLogEntry.objects.filter(pk=entry.pk).update(data=entry.data)
    count = _comments(user).exclude(text=removed).update(text=removed)
    count += _replies(user).exclude(text=removed).update(text=removed)
    return count + _reviews(user).update(comment="")


def _revisions_of(pages: set[int]) -> Rows:
    of_pages = Revision.objects.filter(base_content_type=ContentType.objects.get_for_model(Page))
    return cast(Rows, of_pages.filter(object_id__in=[str(pk) for pk in pages]).order_by("pk"))


def _without_words(comments: list[dict[str, Any]], author: int, removed: str) -> bool:
    """Whether there were any of theirs, which are gone now."""
    found = False
    for comment in comments:
        for words in (comment, *(comment.get("replies") or [])):
            if words.get("user") == author and words.get("text") != removed:
                words["text"], found = removed, True
    return found


def _without_comment(data: dict[str, Any]) -> bool:
    """Of an entry of the log: what was said about a page, or on approving or rejecting it."""
    found = False
    for holder in (data, data.get("workflow"), data.get("comment"), data.get("reply")):
        if not isinstance(holder, dict):
            continue
        for name in ("text", "comment"):
            if isinstance(holder.get(name), str) and holder[name]:
                holder[name], found = "", True
    return found


# Pages ----------------------------------------------------------------------------------------------------------------


def _page_acts(user: User) -> Rows:
    return cast(Rows, PageLogEntry.objects.filter(user=user).order_by("pk"))


def _page_act(entry: Any) -> Row:
    return {"page": entry.label, "what": entry.action, "at": moment(entry.timestamp)}


def erase_authorship(user: User) -> int:
    """No page says any more who wrote it; what they alone had open or kept for themselves goes."""
    Page.objects.filter(locked_by=user).update(locked=False, locked_by=None, locked_at=None)
    Page.objects.filter(owner=user).update(owner=None)
    WorkflowState.objects.filter(requested_by=user).update(requested_by=None)
    TaskState.objects.filter(finished_by=user).update(finished_by=None)
    about = ModelLogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    about.update(label="", data={})
    for profile in UserProfile.objects.filter(user=user):
        if profile.avatar:
            profile.avatar.delete(save=False)
        profile.delete()
    for file in UploadedFile.objects.filter(uploaded_by_user=user):
        file.file.delete(save=False)
        file.delete()
    for model in (EditingSession, FormState, APIToken, PageSubscription):
        model.objects.filter(user=user).delete()
    return cast(int, Revision.objects.filter(user=user).update(user=None))


# Cases of practice, and questions -----------------------------------------------------------------------------------------


def _acts_on(model: type[SimulationCase | BankDraft], user: User) -> Rows:
    acts = ModelLogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    return cast(Rows, acts.filter(user=user).order_by("pk"))


def _case_act(entry: Any) -> Row:
    return {"case": entry.label, "what": entry.action, "at": moment(entry.timestamp)}


def _question_act(entry: Any) -> Row:
    return {"question": entry.label, "what": entry.action, "at": moment(entry.timestamp)}


def _erase_authorship_of(model: type[SimulationCase | BankDraft], user: User) -> int:
    """Drafts and acts stay, as those of pages do; what was said on approving or rejecting goes."""
    count = int(model.objects.filter(locked_by=user).update(locked=False, locked_by=None, locked_at=None))
    for entry in _acts_on(model, user).exclude(data={}).iterator(chunk_size=READ_TOGETHER):
        if _without_comment(entry.data):
            count += int(ModelLogEntry.objects.filter(pk=entry.pk).update(data=entry.data))
    return count


# Files ----------------------------------------------------------------------------------------------------------------

FILES = ((AccordImage, "images"), (Document, "documents"))


def _files(user: User) -> Iterator[tuple[str, Any]]:
    for model, folder in FILES:
        for file in model.objects.filter(uploaded_by_user=user).order_by("pk").iterator(chunk_size=READ_TOGETHER):
            yield folder, file


def export_files(user: User) -> Iterator[Row]:
    for folder, file in _files(user):
        yield {"title": file.title, "kind": folder, "file": _name_of(folder, file), "at": moment(file.created_at)}


def own_files(user: User) -> Iterator[OwnFile]:
    for folder, file in _files(user):
        yield OwnFile(_name_of(folder, file), partial(file.file.storage.open, file.file.name))


def _name_of(folder: str, file: Any) -> str:
    return f"{folder}/{file.pk}-{file.file.name.rsplit('/', 1)[-1]}"


def erase_uploaders(user: User) -> int:
    Image.objects.filter(uploaded_by_user=user).update(uploaded_by_user=None)
    return sum(model.objects.filter(uploaded_by_user=user).update(uploaded_by_user=None) for model, _folder in FILES)


OF_THE_SITE = _(
    "Pages, courses, images and documents you made as an author belong to this site and stay. They no longer say who wrote or "
    "uploaded them."
)
OF_OTHERS = _("Others have answered what you said about drafts, so its place stays, without your words and your name.")
PARTS = (
    PrivacyPart(
        "comments on drafts",
        _("What you said about drafts of courses"),
        export_comments,
        erase_comments,
        lambda user: _comments(user).count() + _replies(user).count() + _reviews(user).count(),
        made_anonymous("wagtailcore.Comment", "wagtailcore.CommentReply", "wagtailcore.TaskState", because=OF_OTHERS),
        headings=("page",),
        order=40,
    ),
    part_of_rows(
        "pages",
        _("Pages you worked on as an author"),
        _page_acts,
        _page_act,
        erase_authorship,
        made_anonymous(
            "wagtailcore.Page",
            "wagtailcore.Revision",
            "wagtailcore.WorkflowState",
            "wagtailcore.PageLogEntry",
            "wagtailcore.ModelLogEntry",
            "cms.HomePage",
            "cms.StandardPage",
            "cms.CourseIndexPage",
            "cms.CoursePage",
            "cms.ModulePage",
            "cms.LessonPage",
            because=OF_THE_SITE,
        )
        + erased(
            "wagtailusers.UserProfile",
            "wagtailadmin.EditingSession",
            "wagtailadmin.FormState",
            "wagtailcore.APIToken",
            "wagtailcore.PageSubscription",
            "wagtailcore.UploadedFile",
            is_exported=False,
        ),
    ),
    part_of_rows(
        "cases",
        _("Interviews and negotiations you worked on as an author"),
        partial(_acts_on, SimulationCase),
        _case_act,
        partial(_erase_authorship_of, SimulationCase),
        made_anonymous("cms.SimulationCase", because=OF_THE_SITE),
    ),
    part_of_rows(
        "questions",
        _("Questions of assessments you worked on as an author"),
        partial(_acts_on, QuestionDraft),
        _question_act,
        partial(_erase_authorship_of, QuestionDraft),
        made_anonymous("cms.QuestionDraft", because=OF_THE_SITE),
    ),
    part_of_rows(
        "open questions",
        _("Questions in one's own words that you worked on as an author"),
        partial(_acts_on, OpenQuestionDraft),
        _question_act,
        partial(_erase_authorship_of, OpenQuestionDraft),
        made_anonymous("cms.OpenQuestionDraft", because=OF_THE_SITE),
    ),
    PrivacyPart(
        "images and documents",
        _("Images and documents you uploaded as an author"),
        export_files,
        erase_uploaders,
        lambda user: sum(model.objects.filter(uploaded_by_user=user).count() for model, _folder in FILES),
        made_anonymous("cms.AccordImage", "wagtaildocs.Document", "wagtailimages.Image", because=OF_THE_SITE),
        files=own_files,
    ),
)
