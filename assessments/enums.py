from django.db import models
from django.utils.translation import gettext_lazy as _


class ItemKind(models.TextChoices):
    SINGLE = "single", _("Single choice")
    MULTIPLE = "multiple", _("Multiple choice")
    RATE = "rate", _("Rate each")
    BEST_WORST = "best-worst", _("Best and worst")
    RANK = "rank", _("Rank")
    ORDER = "order", _("Put into order")
    LINES = "lines", _("Mark lines of a transcript")
    MATCH = "match", _("Match")
    SCALE = "scale", _("Ordered scale")
    TEXT = "text", _("Short text")
    COMPOSED = "composed", _("Composed answer")
    OPEN = "open", _("Open response")


class ItemState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    TRIAL = "trial", _("Trial")
    LIVE = "live", _("Live")
    RETIRED = "retired", _("Retired")


class ItemUse(models.TextChoices):
    """A check and a test never share an item."""

    CHECK = "check", _("Knowledge check in a lesson")
    FORM = "form", _("Assessment")


class KeyProvenance(models.TextChoices):
    AUTHOR = "author", _("Author")
    PANEL = "panel", _("Panel of experts")
    CALIBRATED = "calibrated", _("Calibrated")


class Occasion(models.TextChoices):
    BEFORE = "before", _("Before the course")
    AFTER = "after", _("After the course")
    ASSIGNED = "assigned", _("Assigned by an organisation")
    LESSON = "lesson", _("In a lesson")


OF_COURSE = (Occasion.BEFORE, Occasion.AFTER)
"""The two sittings around a course. Others are no before and no after, whenever they are taken."""


class Delivery(models.TextChoices):
    """Where an instrument is taken."""

    COURSE = "course", _("Before and after a course")
    CHECK = "check", _("Skill check for everybody")
    ALONE = "alone", _("By itself: assigned to cohorts, or in a lesson")


class CountingRule(models.TextChoices):
    """Which of several sittings is the result. Never the best one: the best of several is better than anybody is."""

    FIRST = "first", _("The first")
    LATEST = "latest", _("The latest")


class NoticeReason(models.TextChoices):
    """Why people are written to about an assigned assessment."""

    OPEN = "open", _("It is open")
    CLOSING = "closing", _("It closes soon")


class Presentation(models.TextChoices):
    """How the questions of a sitting are laid out."""

    SCREENS = "screens", _("One after the other in the browser; all on one page without JavaScript")
    PAGE = "page", _("All on one page")
    SINGLE = "single", _("Each on a page of its own, with a list to review at the end")


class ReviewRule(models.TextChoices):
    """When learners see, question by question, which answer is best and why."""

    AFTER_COURSE = "after_course", _("Once the assessment after the course is submitted")
    SUBMITTED = "submitted", _("As soon as they have submitted")
    CLOSED = "closed", _("After the closing day")
    NEVER = "never", _("Never")


class StudyKind(models.TextChoices):
    FIGURES = "figures", _("Figures of a form and its questions")
    FIT = "fit", _("Fit and differences between groups")
