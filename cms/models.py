"""What authors write. Pages are edited here; what learners see is the course version made from them (`cms.publishing`).

The identity of a page is its `translation_key`: Wagtail keeps it when a page moves, is renamed or translated, gives a copy
a new one, and the database holds it unique with the locale.
"""

from typing import Any, ClassVar

from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField, StreamField
from wagtail.images.models import AbstractImage, AbstractRendition, Image
from wagtail.models import Page
from wagtail.search import index

from cms import block_ids
from cms.addresses import OwnAddressMixin
from cms.blocks import LessonStreamBlock, SkillsStreamBlock
from cms.blocks.base import RICH_TEXT, SHORT_RICH_TEXT
from cms.cases.models import CaseCheck as CaseCheck
from cms.cases.models import SimulationCase as SimulationCase
from cms.forms import CopyForm, CourseCopyForm, CourseForm, PartCopyForm
from cms.open_drafts.models import OpenQuestionDraft as OpenQuestionDraft
from cms.panels import WaitingPanel
from cms.part_titles import PartTitleMixin
from cms.previews import course_preview, lesson_preview, module_preview
from cms.questions.models import QuestionDraft as QuestionDraft
from common.models import TimeStampedModel
from courses import services
from courses.models import Course

ONE_PER_LINE = _("One per line.")
# How the course of the page stands with learners, above everything else.
COURSE_STATE = HelpPanel(template="cms/panels/course.html")
# What Wagtail also promotes is used by pages of text: menus and search engines get a course's own title and summary.
ADDRESS_PANELS = [FieldPanel("slug")]


def searched(*fields: str) -> list[index.BaseField]:
    """The search of all pages looks for whole words, that of the tree for their beginnings."""
    return [kind(field) for field in fields for kind in (index.SearchField, index.AutocompleteField)]


class AccordImage(AbstractImage):
    """An image with the words that stand for it; decorative images say so instead of leaving it open."""

    alt_text = models.CharField(_("alternative text"), max_length=300, blank=True)
    credit = models.CharField(_("credit"), max_length=200, blank=True)

    # Wagtail's description reaches nobody: ours takes its place.
    admin_form_fields = (*("alt_text" if name == "description" else name for name in Image.admin_form_fields), "credit")

    class Meta(AbstractImage.Meta):
        verbose_name = _("image")
        verbose_name_plural = _("images")

    @property
    def default_alt_text(self) -> str:
        return self.alt_text


class AccordRendition(AbstractRendition):
    image = models.ForeignKey(AccordImage, models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "filter_spec", "focal_point_key"], name="cms_rendition_once")]
        indexes = [models.Index(fields=["file"], name="cms_rendition_file")]  # a request for a file knows its name only


class MediaUse(models.Model):
    """An image or a document that the newest version of a course shows: in a lesson, or without one on the course's page.

    Written at publication (`cms.media`), so that who may see a file is asked of rows and not of every course's text.
    """

    course = models.ForeignKey(Course, models.CASCADE, related_name="media_uses")
    lesson = models.ForeignKey("courses.Lesson", models.CASCADE, null=True, blank=True, related_name="+")
    is_open = models.BooleanField(help_text=_("Shown without access: on the course's page or in a sample lesson."))
    image = models.ForeignKey(AccordImage, models.CASCADE, null=True, blank=True, related_name="uses")
    document = models.ForeignKey("wagtaildocs.Document", models.CASCADE, null=True, blank=True, related_name="uses")

    # Derived from the pages, which Wagtail counts by itself.
    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(image__isnull=False, document__isnull=True)
                | models.Q(image__isnull=True, document__isnull=False),
                name="cms_media_use_of_an_image_or_a_document",
            )
        ]

    def __str__(self) -> str:
        return f"{self.image or self.document}: {self.lesson or self.course}"


class ReaderAddressMixin:
    """A page that learners read at an address of `web`; Wagtail's own address of it only leads there."""

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        target = self.get_url(request)  # type: ignore[attr-defined]  # of the page it is mixed into
        if not target or target == request.path:
            raise Http404
        return HttpResponseRedirect(target)


class IdentityMixin:
    """A page that names what it stands for. Revisions keep that as it was when they were written; what the page says counts."""

    identity: ClassVar[str]
    copy_form_class = CopyForm

    def with_content_json(self, content: dict[str, Any]) -> Any:
        page = super().with_content_json(content)  # type: ignore[misc]  # of the page it is mixed into
        setattr(page, f"{self.identity}_id", getattr(self, f"{self.identity}_id"))
        return page


class HomePage(ReaderAddressMixin, Page):
    """Root of the tree. `/` itself is served by `web`."""

    max_count = 1
    parent_page_types: ClassVar = ["wagtailcore.Page"]
    subpage_types: ClassVar = ["cms.CourseIndexPage", "cms.StandardPage"]
    page_description = _("The root of the site.")
    preview_modes: ClassVar[list[tuple[str, str]]] = []

    class Meta:
        verbose_name = _("home page")


class StandardPage(Page):
    """Privacy, terms, about us: a page that is only text."""

    body = RichTextField(_("text"), features=RICH_TEXT)

    content_panels: ClassVar = [*Page.content_panels, FieldPanel("body")]
    search_fields: ClassVar = [*Page.search_fields, *searched("body")]
    parent_page_types: ClassVar = ["cms.HomePage", "cms.StandardPage"]
    subpage_types: ClassVar = ["cms.StandardPage"]
    page_description = _("A page of text, such as the privacy notice.")
    template = "cms/standard_page.html"

    class Meta:
        verbose_name = _("text page")


class CourseIndexPage(ReaderAddressMixin, Page):
    """Holds all courses; learners see the catalogue at its address."""

    max_count = 1
    parent_page_types: ClassVar = ["cms.HomePage"]
    subpage_types: ClassVar = ["cms.CoursePage"]
    page_description = _("Holds all courses.")
    preview_modes: ClassVar[list[tuple[str, str]]] = []

    class Meta:
        verbose_name = _("courses")


class CoursePage(ReaderAddressMixin, OwnAddressMixin, IdentityMixin, Page):
    """A course as its author writes it. Its identity is `translation_key`: kept by a translation, new in a copy."""

    identity = "course"
    course = models.ForeignKey("courses.Course", models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    summary = models.CharField(
        _("summary"), max_length=160, help_text=_("One sentence that says what the learner will be able to do.")
    )
    audience = models.TextField(_("who it is for"), help_text=_("One or two sentences."), validators=[MaxLengthValidator(600)])
    outcomes = models.TextField(
        _("what learners will be able to do"), help_text=_("Three to six, one per line. Start each with a verb.")
    )
    description = RichTextField(
        _("description"), features=SHORT_RICH_TEXT, help_text=_("What the course is, in two to four short paragraphs.")
    )
    skills = StreamField(SkillsStreamBlock(), verbose_name=_("skills it teaches"), blank=True)
    colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#0B5D57",
        validators=[RegexValidator(r"^#[0-9A-Fa-f]{6}$", _("Write a colour as # and six digits, such as #0B5D57."))],
        help_text=_(
            "The cover is drawn in shades of it, without words. Very light colours are refused: nothing would be seen."
        ),
    )
    is_free = models.BooleanField(
        _("free"),
        default=False,
        help_text=_("Anyone can start it. Otherwise, only people who have bought it or hold a seat can."),
    )
    # Said of the course and not of a text: no revision carries it, and `cms.enrolment` alone changes it.
    open_for_enrolment = models.BooleanField(
        _("open for enrolment"),
        default=False,
        editable=False,
        help_text=_("Whether new learners are let in. Those who are on the course keep learning either way."),
    )

    modules_planned = models.PositiveSmallIntegerField(
        _("modules when complete"),
        null=True,
        blank=True,
        validators=[MinValueValidator(2), MaxValueValidator(40)],
        help_text=_(
            "For a course that is not complete yet: how many modules it will have. Until that many are published, its page "
            "calls it a preview and offers to tell people when it is complete. Leave empty for a complete course."
        ),
    )

    search_words = models.TextField(
        _("other words people search for"),
        blank=True,
        validators=[MaxLengthValidator(600)],
        help_text=_(
            "One per line. Words for what the course teaches that it does not use itself, such as “stakeholder”. Search finds "
            "the course by them; they are not shown."
        ),
    )

    base_form_class = CourseForm
    copy_form_class = CourseCopyForm
    content_panels: ClassVar = [
        COURSE_STATE,
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("audience"),
        FieldPanel("outcomes"),
        FieldPanel("description"),
        FieldPanel("skills"),
        FieldRowPanel([FieldPanel("is_free"), FieldPanel("colour")]),
        FieldPanel("modules_planned"),
        FieldPanel("search_words"),
        WaitingPanel(),
    ]
    promote_panels: ClassVar = ADDRESS_PANELS
    search_fields: ClassVar = [*Page.search_fields, *searched("summary", "description")]
    parent_page_types: ClassVar = ["cms.CourseIndexPage"]
    subpage_types: ClassVar = ["cms.ModulePage"]
    page_description = _("A course: what it promises, and its modules.")
    exclude_fields_in_copy: ClassVar = ["course", "open_for_enrolment"]

    class Meta:
        verbose_name = _("course")

    def with_content_json(self, content: dict[str, Any]) -> "CoursePage":
        """A draft written before the course was opened or closed does not undo that when it is published."""
        page: CoursePage = super().with_content_json(content)
        page.open_for_enrolment = CoursePage.objects.filter(pk=self.pk, open_for_enrolment=True).exists()
        return page

    def ensure_course(self, *, key: str = "") -> Course:
        """The course it stands for, made if there is none yet; its slug, summary and price tag follow at publication."""
        course = Course.objects.filter(uuid=self.translation_key).first()
        if course is None:
            key = key or self.slug
            if Course.objects.filter(key=key).exists():
                key = str(self.translation_key)
            slug = str(self.translation_key) if Course.objects.filter(slug=self.slug).exists() else self.slug
            course = services.ensure_course(
                key=key, slug=slug, title=self.title, is_free=self.is_free, uuid=self.translation_key
            )
        self.course = course
        return course

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return course_preview(request, self)


class CoursePublication(TimeStampedModel):
    """How publishing a course went last, for its author to read (`cms.publications`); written by `cms.publishing`."""

    page = models.OneToOneField(CoursePage, models.CASCADE, related_name="publication")
    version = models.ForeignKey("courses.CourseVersion", models.SET_NULL, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When what is live in the page tree last reached learners.")
    )
    error = models.TextField(blank=True, help_text=_("Why it failed last, and what to do; empty when it did not."))
    failing_since = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0, help_text=_("How often it has failed in a row."))
    next_try_at = models.DateTimeField(null=True, blank=True)

    # Derived from the pages, which Wagtail counts by itself.
    wagtail_reference_index_ignore = True

    def __str__(self) -> str:
        return f"{self.page}: {self.error or self.version}"


class CourseSubmission(TimeStampedModel):
    """A whole course under review: one decision, on the page of the course, about the drafts of everything under it."""

    workflow_state = models.OneToOneField("wagtailcore.WorkflowState", models.CASCADE, related_name="course_submission")
    revision_ids = models.JSONField(default=list, help_text=_("The drafts that were submitted, besides that of the course."))

    def __str__(self) -> str:
        return f"{self.workflow_state}: {len(self.revision_ids)}"


class ModulePage(ReaderAddressMixin, OwnAddressMixin, PartTitleMixin, Page):
    """Three to five lessons under one outcome. Its identity is `translation_key`."""

    key = models.SlugField(_("key"), max_length=100, blank=True, editable=False)
    outcome = models.CharField(
        _("outcome"), max_length=300, help_text=_("What learners can do afterwards: one sentence, starting with a verb.")
    )
    intro = RichTextField(_("introduction"), features=SHORT_RICH_TEXT, blank=True, help_text=_("A paragraph, if it needs one."))
    manager_questions = models.TextField(
        _("questions for the learner's manager"),
        blank=True,
        help_text=_("Two questions a manager may ask about it at work, one per line."),
    )

    copy_form_class = PartCopyForm
    content_panels: ClassVar = [
        COURSE_STATE,
        *Page.content_panels,
        FieldPanel("outcome"),
        FieldPanel("intro"),
        FieldPanel("manager_questions"),
    ]
    promote_panels: ClassVar = ADDRESS_PANELS
    search_fields: ClassVar = [*Page.search_fields, *searched("outcome", "intro")]
    parent_page_types: ClassVar = ["cms.CoursePage"]
    subpage_types: ClassVar = ["cms.LessonPage"]
    page_description = _("A part of a course: a few lessons under one outcome.")
    exclude_fields_in_copy: ClassVar = ["key"]

    class Meta:
        verbose_name = _("module")

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """A module has no page of its own: its lessons stand on the page of the course."""
        parts = super().get_url_parts(request)
        if not parts or parts[2] is None:
            return parts
        return parts[0], parts[1], parts[2].rstrip("/").rpartition("/")[0] + "/"

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return module_preview(request, self)


class LessonPage(ReaderAddressMixin, OwnAddressMixin, IdentityMixin, PartTitleMixin, Page):
    """One lesson. Its identity is `translation_key`; `lesson` is set when it is published."""

    identity = "lesson"
    key = models.SlugField(_("key"), max_length=100, blank=True, editable=False)
    lesson = models.ForeignKey("courses.Lesson", models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("An honest estimate, including reading and exercises."),
    )
    sample = models.BooleanField(
        _("open to visitors"), default=False, help_text=_("Anyone can read it before buying the course.")
    )
    body = StreamField(LessonStreamBlock(), verbose_name=_("lesson"), blank=True)
    sources = models.TextField(
        _("sources"),
        blank=True,
        help_text=_("One per line, as they should appear on the page. List only sources you have read."),
    )

    copy_form_class = PartCopyForm
    content_panels: ClassVar = [
        COURSE_STATE,
        *Page.content_panels,
        FieldRowPanel([FieldPanel("minutes"), FieldPanel("sample")]),
        FieldPanel("body"),
        FieldPanel("sources"),
    ]
    promote_panels: ClassVar = ADDRESS_PANELS
    search_fields: ClassVar = [*Page.search_fields, *searched("body")]
    parent_page_types: ClassVar = ["cms.ModulePage"]
    subpage_types: ClassVar[list[str]] = []
    page_description = _("One lesson: text, cases, checks and what the learner does with them.")
    exclude_fields_in_copy: ClassVar = ["lesson", "key"]

    class Meta:
        verbose_name = _("lesson")

    def copy_all_child_relations(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        """Wagtail asks this of every page that it copies, at every level and before the copy is saved."""
        if target.translation_key != self.translation_key:
            target.body = block_ids.renewed(self.body, target.translation_key)
        return super().copy_all_child_relations(target, *args, **kwargs)

    def with_content_json(self, content: dict[str, Any]) -> "LessonPage":
        """A revision as a page. One that was written for the page this is a copy of gets the ids of the copy."""
        page: LessonPage = super().with_content_json(content)
        if str(content.get("translation_key") or self.translation_key) != str(self.translation_key):
            page.body = block_ids.renewed(page.body, self.translation_key)
        return page

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return lesson_preview(request, self)


class LoadedFile(TimeStampedModel):
    """What `load_content` last wrote to a page, a form or the item bank: it never writes over what an author has done since.

    A file of the bank has neither page nor form; of an open question its id stands behind the file, as in conflicts.
    """

    path = models.CharField(max_length=300)
    digest = models.CharField(
        max_length=64, blank=True, help_text=_("Checksum of the file; empty if the file no longer exists.")
    )
    page = models.OneToOneField("wagtailcore.Page", models.CASCADE, null=True, blank=True, related_name="loaded_file")
    revision = models.ForeignKey("wagtailcore.Revision", models.SET_NULL, null=True, blank=True, related_name="+")
    instrument = models.OneToOneField(
        "assessments.Instrument", models.CASCADE, null=True, blank=True, related_name="loaded_file"
    )
    item_versions = models.JSONField(default=list, blank=True, help_text=_("Ids of the item versions of the file as loaded."))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(page__isnull=True) | models.Q(instrument__isnull=True),
                name="cms_loaded_file_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.path


@register_setting(icon="cog")
class SiteDetails(BaseSiteSetting):
    """What the pages say about who runs them."""

    site_name = models.CharField(_("site name"), max_length=80, default="Accord")
    contact_email = models.EmailField(_("contact address"), blank=True, help_text=_("The address readers can write to."))
    footer_text = RichTextField(_("footer text"), features=["bold", "italic", "link"], blank=True)

    panels: ClassVar = [
        HelpPanel(
            content=_(
                "Shown on every page of this site within a minute of being saved. Use the footer text to say who runs the "
                "site: the legal name and where it is based."
            )
        ),
        MultiFieldPanel([FieldPanel("site_name"), FieldPanel("contact_email"), FieldPanel("footer_text")]),
    ]

    class Meta:
        verbose_name = _("about this site")
