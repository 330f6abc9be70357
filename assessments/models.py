"""How we measure: an item bank with versions, fixed forms, attempts that lose no answer, scores that say how sure they are."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager

from assessments.delivery_models import (
    AssignedInstrument,
    AssignedRelease,
    AssignedReleasePerson,
    AssignmentNotice,
    CalibratedItem,
    Calibration,
)
from assessments.enums import (
    OF_COURSE,
    CountingRule,
    Delivery,
    ItemKind,
    ItemState,
    ItemUse,
    KeyProvenance,
    Occasion,
    Presentation,
    ReviewRule,
    StudyKind,
)
from assessments.file_models import AnswerFile
from assessments.formats.written import AnswerTerms, Means, terms_of
from assessments.item_rules.model import MOST_ATTEMPTS, MOST_MINUTES, MOST_WAIT
from common.models import PublicModel, TimeStampedModel
from skills.enums import DEFAULT_FRAMEWORK

__all__ = [
    "AnswerFile",
    "AssignedInstrument",
    "AssignedRelease",
    "AssignedReleasePerson",
    "AssignmentNotice",
    "CalibratedItem",
    "Calibration",
]

MOST_EXTRA = 300
# Answers that were given in time may still be on their way when it ends.
GRACE = timedelta(seconds=30)


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
    digest = models.CharField(max_length=64)

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
    def fragment_key(self) -> tuple[Any, ...]:
        """What the page of a question depends on; one that an author tries before it is published has no digest yet."""
        words = self.digest or json.dumps([self.situation, self.prompt, self.options, self.correct])
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


class FormAllocation(TimeStampedModel):
    """Which form a learner meets first, drawn in balanced blocks so that forms and occasions do not confound."""

    enrolment = models.OneToOneField("learning.Enrolment", models.CASCADE, related_name="form_allocation")
    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="form_allocations")
    sequence = models.PositiveIntegerField()
    first = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    second = models.ForeignKey(Instrument, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "sequence"], name="assessments_allocation_sequence_once")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.first_id}, {self.second_id}"


def _is_superseded() -> models.Q:
    """An attempt before the course closes when the one after it begins."""
    after = Attempt.objects.filter(enrolment=models.OuterRef("enrolment"), occasion=Occasion.AFTER)
    return models.Q(models.Exists(after), occasion=Occasion.BEFORE)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def superseded(self) -> Self:
        return self.filter(_is_superseded())

    def unfinished(self) -> Self:
        """Those that may still be answered and submitted."""
        return self.filter(~_is_superseded(), submitted_at__isnull=True)

    def with_superseded(self) -> Self:
        """Each attempt with `is_superseded`."""
        return self.annotate(is_superseded=_is_superseded())


class Attempt(PublicModel):
    """One sitting. Its `items` are written when it begins and freeze what it asks; immutable once submitted."""

    enrolment = models.ForeignKey("learning.Enrolment", models.CASCADE, related_name="attempts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="attempts")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="attempts")
    occasion = models.CharField(max_length=10, choices=Occasion)
    assigned = models.ForeignKey(AssignedInstrument, models.SET_NULL, null=True, blank=True, related_name="attempts")
    block_id = models.UUIDField(null=True, blank=True, help_text=_("The block of the lesson that it was begun from."))
    number = models.PositiveSmallIntegerField(default=1, help_text=_("Which one it is of those that its learner may take."))
    calibration = models.ForeignKey(
        Calibration,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attempts",
        help_text=_("By which its questions are chosen one by one; empty where they are all asked from the start."),
    )
    adaptive = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("The plan by which it began, and of each skill of it the calibration; empty of all that choose nothing."),
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When its time ends, by limit or last day. Later changes never bring it forward.")
    )
    is_closed_by_time = models.BooleanField(default=False, help_text=_("Submitted because its time had run out."))
    counts_in_groups = models.BooleanField(
        default=False,
        help_text=_("Whether its learner was told, before it began, that it counts in the mean of a group for their employer."),
    )

    is_superseded: bool  # where `with_superseded` has asked

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "occasion"],
                condition=models.Q(occasion__in=OF_COURSE),
                name="assessments_attempt_once_per_occasion",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "assigned", "number"],
                condition=models.Q(assigned__isnull=False),
                name="assessments_assigned_attempt_once",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "block_id", "number"],
                condition=models.Q(block_id__isnull=False),
                name="assessments_lesson_attempt_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(submitted_at__isnull=True, due_at__isnull=False),
                name="assessments_attempt_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.occasion}"

    @property
    def is_of_course(self) -> bool:
        """Whether it is one of the two around a course."""
        return self.occasion in OF_COURSE

    @property
    def is_adaptive(self) -> bool:
        return self.calibration_id is not None

    @property
    def terms(self) -> "Instrument | AssignedInstrument":
        """What gives it its days and minutes."""
        return self.assigned or self.instrument

    def option_order(self, version_id: int, options: list[dict[str, Any]]) -> list[str]:
        """Option ids by a hash of attempt and option: the same on every visit, another order for every learner."""

        def digest(option_id: str) -> bytes:
            return hashlib.sha256(f"{self.uuid}:{version_id}:{option_id}".encode()).digest()

        return sorted((option["id"] for option in options), key=digest)

    def is_due(self, now: datetime) -> bool:
        """Whether its time has ended, though answers on their way may still count."""
        return self.due_at is not None and self.due_at <= now

    def is_out_of_time(self, now: datetime) -> bool:
        """Whether no answer counts any more, not even one that was on its way when the time ended."""
        return self.submitted_at is None and self.due_at is not None and now > self.due_at + GRACE


class ExtraTime(TimeStampedModel):
    """How much longer than others somebody may take, in per cent: of a member, in what the organisation gave them; of a user,
    in what they take by themselves. Why is nobody's business and kept nowhere.
    """

    membership = models.OneToOneField("accounts.Membership", models.CASCADE, null=True, blank=True, related_name="extra_time")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="extra_time")
    percent = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_EXTRA)])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(membership__isnull=False, user__isnull=True)
                | models.Q(membership__isnull=True, user__isnull=False),
                name="assessments_extra_time_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"+{self.percent}%"


class AttemptItem(models.Model):
    """One item as one attempt presents it. `item` repeats that of the version: no attempt asks the same item twice.

    `parameters`: the item's parameters as they were at presentation; empty while no item has any.
    """

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="presentations")
    item_version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="presentations")
    position = models.PositiveSmallIntegerField()
    shown_at = models.DateTimeField(null=True, blank=True, help_text=_("When it was first shown on a page."))
    parameters = models.JSONField(default=dict, blank=True)
    option_order = models.JSONField(
        default=list, blank=True, help_text=_("Option ids as they were shown; empty in sittings that began before it was kept.")
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="assessments_position_once_per_attempt"),
            models.UniqueConstraint(fields=["attempt", "item"], name="assessments_item_once_per_attempt"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.position}"


class Response(TimeStampedModel):
    """The latest answer to one item of an attempt, saved as it is given."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="responses")
    item_version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="responses")
    chosen = models.JSONField(default=list, help_text=_("Ids of options, or what the format of the question writes."))
    is_complete = models.BooleanField(
        default=True, help_text=_("Whether it answers all of the question; an empty answer is none, whatever stands here.")
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "item_version"], name="assessments_response_once_per_item")]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.item_version_id}"


class ScoringQuerySet(models.QuerySet["ScoringRecord"]):
    def in_force(self) -> Self:
        """The scoring of each attempt that counts: its newest. Those it replaced are kept and count no more."""
        newer = ScoringRecord.objects.filter(attempt=models.OuterRef("attempt"), pk__gt=models.OuterRef("pk"))
        return self.filter(~models.Exists(newer))


class ScoringRecord(TimeStampedModel):
    """The score of an attempt under the keys of the day. Scoring again makes a new record beside the old one."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="scorings")
    method = models.CharField(max_length=40)
    agreed = models.PositiveSmallIntegerField(help_text=_("Answers that agree with the key."))
    items = models.PositiveSmallIntegerField()
    agreed_low = models.PositiveSmallIntegerField()
    agreed_high = models.PositiveSmallIntegerField()
    confidence = models.FloatField(default=0.95)
    is_provisional = models.BooleanField(default=True)
    detail = models.JSONField(
        default=dict, help_text=_("Per skill: agreed, items, low, high; and the placement, where options have levels.")
    )
    keyed_by = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("By id of the version that was asked the id of the version whose key counted, where that is another."),
    )
    rekeyed = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("Where it was scored again: in how many questions the key, the levels or who decided had changed."),
    )

    objects = ScoringQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.agreed}/{self.items}"


class CheckAnswer(TimeStampedModel):
    """One try at a knowledge check in a lesson; tries are not limited and every one is kept."""

    enrolment = models.ForeignKey("learning.Enrolment", models.CASCADE, related_name="check_answers")
    item_version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="check_answers")
    chosen = models.JSONField()
    is_correct = models.BooleanField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["enrolment", "item_version"], name="assessments_check_latest")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.item_version_id}"

    @property
    def fragment_key(self) -> tuple[Any, ...]:
        return self.item_version_id, self.item_version.digest, tuple(self.chosen), self.is_correct


class SkillCheckQuerySet(models.QuerySet["SkillCheck"]):
    def in_force(self, now: datetime) -> Self:
        """Those that have not expired. One that somebody kept never does."""
        return self.filter(models.Q(expires_at__gt=now) | models.Q(user__isnull=False))


class SkillCheck(PublicModel):
    """One sitting of the skill check, of the browser that holds its token. Nothing says whose it is until somebody keeps it.

    `questions`: [id of the version, option ids in the order shown] each; `answers`: by id of the version, as text, option ids.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="skill_checks")
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="skill_checks")
    questions = models.JSONField(default=list)
    answers = models.JSONField(default=dict, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    keyed_by = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("Where it was scored again after it was kept: as of a scoring record, by which version's key."),
    )
    rekeyed = models.JSONField(default=dict, blank=True, help_text=_("As of a scoring record: what had changed."))
    scored_again_at = models.DateTimeField(null=True, blank=True)

    objects = SkillCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(user__isnull=False), name="assessments_skill_check_kept_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class FormStudy(models.Model):
    """What was worked out of the answers to a form, for authors. `stamp`: the state of the answers, in short; `digest`: of
    everything that went in. About no single learner: nothing is told of fewer than ten.
    """

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="studies")
    kind = models.CharField(max_length=10, choices=StudyKind)
    content = models.JSONField()
    stamp = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instrument", "kind"], name="assessments_form_study_once")]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.kind}"


class ChangeRelease(PublicModel):
    """The mean change of a group of learners, as it was shown to their organisation: of a cohort, or of all on a course.

    `people`: how many they were, counting those whose accounts are gone since. `content`: the figures.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="change_releases")
    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="change_releases")
    cohort = models.ForeignKey("learning.Cohort", models.CASCADE, null=True, blank=True, related_name="change_releases")
    people = models.PositiveIntegerField()
    content = models.JSONField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.course_id}/{self.cohort_id}: {self.people}"


class ChangeReleasePerson(models.Model):
    """That somebody's two sittings are in a mean: so that no two means are shown that differ by a few people."""

    release = models.ForeignKey(ChangeRelease, models.CASCADE, related_name="counted")
    enrolment = models.ForeignKey("learning.Enrolment", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "enrolment"], name="assessments_person_once_per_release")]

    def __str__(self) -> str:
        return f"{self.release_id}/{self.enrolment_id}"
