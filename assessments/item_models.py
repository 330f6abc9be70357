"""The item bank with its versions, and the forms in which items are asked. `models` brings these to Django."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager

from assessments.enums import (
    OF_COURSE,
    CountingRule,
    Delivery,
    ItemKind,
    ItemState,
    ItemUse,
    KeyProvenance,
    Presentation,
    ReviewRule,
)
from assessments.formats.written import AnswerTerms, Means, terms_of
from assessments.item_rules.model import MOST_ATTEMPTS, MOST_MINUTES, MOST_WAIT
from common.models import PublicModel, TimeStampedModel
from skills.enums import DEFAULT_FRAMEWORK


class ItemQuerySet(models.QuerySet["Item"]):
    def to_be_written(self, course_id: int) -> Self:
        """What learners of a course answer in their own words, on the occasion that each names; no form has it."""
        return self.of_texts().filter(course=course_id).order_by("pk")

    def of_texts(self) -> Self:
        """The same of all courses."""
        items = self.filter(kind=ItemKind.OPEN, use=ItemUse.FORM, current_version__isnull=False)
        return items.exclude(occasion="").exclude(state__in=[ItemState.DRAFT, ItemState.RETIRED])


class Item(PublicModel):
    """A question with a stable identity; what it says stands in its versions."""

    course = models.ForeignKey("courses.Course", models.PROTECT, null=True, blank=True, related_name="items")
    key = models.CharField(max_length=100, help_text=_("Key within its course, as written in the content files."))
    use = models.CharField(max_length=10, choices=ItemUse)
    kind = models.CharField(max_length=10, choices=ItemKind, default=ItemKind.SINGLE)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.TRIAL)
    state_before = models.CharField(
        max_length=10, choices=ItemState, blank=True, help_text=_("Of a retired question: what it is again when taken back.")
    )
    skill = models.ForeignKey(
        "skills.Skill",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        # Accord's: those of an organisation's own framework are its own words, and nothing is measured in them.
        limit_choices_to={"framework__slug": DEFAULT_FRAMEWORK},
    )
    relationship = models.CharField(max_length=20, blank=True)
    industry = models.CharField(max_length=80, blank=True)
    boundary = models.CharField(
        max_length=3, blank=True, help_text=_("The two levels that the question should tell apart, such as 2|3.")
    )
    region = models.CharField(max_length=40, blank=True)
    occasion = models.CharField(
        max_length=10,
        choices=[(one.value, one.label) for one in OF_COURSE],
        blank=True,
        help_text=_("Of an open response: when learners of its course are asked it."),
    )
    enemies = models.ManyToManyField("self", blank=True, help_text=_("Questions that nobody should meet beside this one."))
    tags = TaggableManager(_("tags"), blank=True, help_text=_("Words by which authors find it."))
    translation_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="translations",
        help_text=_("The question that this one says in another language. No form asks both."),
    )
    current_version = models.ForeignKey("ItemVersion", models.SET_NULL, null=True, blank=True, related_name="+")

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("question"), _("questions")
        constraints = [models.UniqueConstraint(Coalesce("course", 0), "key", name="assessments_item_key_once_per_course")]

    def __str__(self) -> str:
        return self.key

    @property
    def is_retired(self) -> bool:
        return self.state == ItemState.RETIRED


class ItemVersion(TimeStampedModel):
    """What a learner saw. Immutable once somebody has answered it.

    `options`: list of {"id", "text", "feedback", "misconception"}, and where the question is keyed by level "level", from 1 to
    5. Of matching, those with "is_target" are what the others are matched with. `correct`: the key, as the format of the
    question writes it (assessments/formats/question.py); of single and multiple choice option ids.
    """

    item = models.ForeignKey(Item, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(
        max_length=10,
        choices=ItemKind,
        blank=True,
        help_text=_("Format when it was written. Empty of versions that are older than this field: single or multiple choice."),
    )
    situation = models.TextField(blank=True)
    prompt = models.TextField()
    options = models.JSONField()
    correct = models.JSONField(help_text=_("The key: ids of options, or what its format writes."))
    key_provenance = models.CharField(max_length=12, choices=KeyProvenance, default=KeyProvenance.AUTHOR)
    panel_experts = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Of a key that a panel of experts has given: how many they were.")
    )
    concept = models.CharField(max_length=300, blank=True)
    language = models.CharField(
        max_length=20, blank=True, help_text=_("BCP 47 tag, such as de or pt-BR. Empty: the language of this installation.")
    )
    picture = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("Shown with the situation: {id, alt, width, height}, of a QuestionPicture. Empty without one."),
    )
    digest = models.CharField(max_length=64)

    preview_of_picture: Mapping[str, Any] = MappingProxyType({})
    """Of a question that an author tries before it is published: {src, alt, width, height}."""

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="assessments_item_version_once")]

    def __str__(self) -> str:
        return f"{self.item} {self.number}"

    @property
    def format(self) -> str:
        """What it asks for; an `ItemKind`."""
        return self.kind or self.item.kind

    @property
    def is_choice(self) -> bool:
        """Whether it is answered by choosing among its options: as all questions were before there were other formats."""
        return self.kind in ("", ItemKind.SINGLE, ItemKind.MULTIPLE)

    @property
    def is_open(self) -> bool:
        """Whether people rate its answers, written, spoken or in a file: no key says whether one agrees."""
        return self.kind == ItemKind.OPEN

    @property
    def answer_terms(self) -> AnswerTerms:
        """Of an open question: whether it is answered in words, by a file or by speaking, and within which limits."""
        return terms_of(self.correct)

    @property
    def takes_file(self) -> bool:
        """Whether its answer is a file, or a recording, instead of words."""
        return self.is_open and self.answer_terms.by != Means.WORDS

    @property
    def is_typed(self) -> bool:
        """Whether it is answered in somebody's own words, which a key knows or a learner compares."""
        return self.kind in (ItemKind.TEXT, ItemKind.COMPOSED)

    @property
    def takes_one(self) -> bool:
        """Of lines: whether one of them is to be marked, or several."""
        return len(self.correct) == 1

    @property
    def levels(self) -> dict[str, int]:
        """By option id; empty where the question is not keyed by level."""
        return {option["id"]: option["level"] for option in self.options if "level" in option}

    @property
    def picture_source(self) -> str:
        """Address of its picture, empty without one."""
        return reverse("assessments:picture", args=[self.picture["id"]]) if self.picture else ""

    @property
    def shown_picture(self) -> Mapping[str, Any]:
        """With its address; of a draft that is tried, that of `preview_of_picture`."""
        return {"src": self.picture_source, **self.picture} if self.picture else self.preview_of_picture

    @property
    def fragment_key(self) -> tuple[Any, ...]:
        """What the page of a question depends on; one that an author tries before it is published has no digest yet."""
        words = self.digest or json.dumps([self.situation, self.prompt, self.options, self.correct, self.picture])
        return self.pk, words, self.format


class Instrument(PublicModel):
    """An ordered set of items, or by what it is drawn or chosen: one form. Two forms of a course make its before and after; one
    without a course is the skill check for everybody, or is taken by itself.
    """

    course = models.ForeignKey("courses.Course", models.CASCADE, null=True, blank=True, related_name="instruments")
    key = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    delivery = models.CharField(_("where it is taken"), max_length=10, choices=Delivery, default=Delivery.COURSE)
    time_limit = models.PositiveSmallIntegerField(
        _("time limit in minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)],
        help_text=_("Counted on the server from the start. Empty: no limit."),
    )
    presentation = models.CharField(_("layout"), max_length=10, choices=Presentation, default=Presentation.SCREENS)
    shuffles_options = models.BooleanField(
        _("shuffle the answers"), default=True, help_text=_("Each learner sees the answers in an order of their own.")
    )
    opens_on = models.DateField(_("first day"), null=True, blank=True)
    closes_on = models.DateField(_("last day"), null=True, blank=True)
    review = models.CharField(
        _("keys and reasons are shown"), max_length=12, choices=ReviewRule, default=ReviewRule.AFTER_COURSE
    )
    blueprint = models.JSONField(
        default=dict, blank=True, help_text=_("By what each sitting is drawn from the bank; empty for a fixed form.")
    )
    adaptive = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("By what each question is chosen from the answers before it; empty where questions are not chosen so."),
    )
    attempts_allowed = models.PositiveSmallIntegerField(
        _("attempts allowed"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS)],
        help_text=_("Of one person, where it is taken by itself. The sittings around a course are always one each."),
    )
    wait_days = models.PositiveSmallIntegerField(
        _("days between two attempts"),
        default=0,
        validators=[MaxValueValidator(MOST_WAIT)],
        help_text=_("From submitting one to beginning the next. 0: at once."),
    )
    counts = models.CharField(_("which attempt counts"), max_length=10, choices=CountingRule, default=CountingRule.FIRST)
    loaded_settings = models.JSONField(
        default=dict, blank=True, help_text=_("Settings as a content file wrote them last; empty where none has.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("assessment"), _("assessments")
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["course", "key"], name="assessments_instrument_once_per_course"),
            models.UniqueConstraint(fields=["key"], condition=models.Q(course=None), name="assessments_public_instrument_once"),
            models.CheckConstraint(
                condition=models.Q(opens_on=None) | models.Q(closes_on=None) | models.Q(closes_on__gte=models.F("opens_on")),
                name="assessments_instrument_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=~models.Q(review=ReviewRule.CLOSED) | models.Q(closes_on__isnull=False),
                name="assessments_review_after_a_closing_day",
            ),
            models.CheckConstraint(
                condition=models.Q(delivery=Delivery.COURSE, course__isnull=False)
                | (~models.Q(delivery=Delivery.COURSE) & models.Q(course=None)),
                name="assessments_instrument_delivered_in_one_way",
            ),
            models.CheckConstraint(
                condition=models.Q(adaptive={}) | models.Q(blueprint={}, delivery=Delivery.ALONE),
                name="assessments_adaptive_is_taken_by_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_public(self) -> bool:
        """Whether it is the skill check for everybody."""
        return self.delivery == Delivery.CHECK

    @property
    def is_alone(self) -> bool:
        return self.delivery == Delivery.ALONE

    @property
    def is_adaptive(self) -> bool:
        return bool(self.adaptive)

    @property
    def adaptive_skills(self) -> list[str]:
        """Slugs of what questions are chosen for by answers; empty where they are not."""
        parts = self.adaptive.get("skills", [self.adaptive]) if self.adaptive else []
        return [part["skill"] for part in parts]

    @property
    def is_drawn(self) -> bool:
        return bool(self.blueprint)

    @property
    def is_fixed(self) -> bool:
        """Whether everybody is asked the same questions."""
        return not self.is_adaptive and not self.is_drawn

    @property
    def blueprint_length(self) -> int:
        """Questions of a drawn sitting; 0 where the form is fixed."""
        if not self.is_drawn:
            return 0
        count: int = sum(cell["count"] for cell in self.blueprint["cells"]) + self.blueprint["anchor_count"]
        return count

    def blueprint_count(self, skill: str) -> int:
        """Of how many questions of a drawn sitting it is sure that they are of this skill: anchors may be of another."""
        return sum(cell["count"] for cell in self.blueprint["cells"] if cell["skill"] == skill)


class EntryQuerySet(models.QuerySet["InstrumentItem"]):
    def asked(self) -> Self:
        """Of what a fixed form has, what whoever begins now is asked: nothing that is retired."""
        return self.filter(item__current_version__isnull=False).exclude(item__state=ItemState.RETIRED)


class InstrumentItem(models.Model):
    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="entries")
    item = models.ForeignKey(Item, models.PROTECT, related_name="instrument_entries")
    position = models.PositiveSmallIntegerField()

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["instrument", "item"], name="assessments_item_once_per_instrument"),
            models.UniqueConstraint(fields=["instrument", "position"], name="assessments_position_once_per_instrument"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id}/{self.position}"
