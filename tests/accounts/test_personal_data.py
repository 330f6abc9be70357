"""Every table of the installation is spoken for: what an export gives of it, and what an erasure does with it."""

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.test.utils import isolate_apps

from accounts.enums import Fate
from accounts.models import Membership
from accounts.personal_data import Verdict, erased, kept, privacy_parts
from common.fields import LowercaseEmailField
from learning.models import Enrolment

# Tables that hold nothing about anybody, and why. A model of ours that points to a person, or holds an address, cannot be here.
IMPERSONAL = {
    "what courses say, for everybody": [
        "courses.Course",
        "courses.CourseAddress",
        "courses.Lesson",
        "courses.LessonAddress",
        "courses.Activity",
        "courses.CourseVersion",
        "courses.SearchEntry",
        "assessments.Item",
        "assessments.Item_enemies",
        "assessments.ItemVersion",
        "assessments.QuestionPicture",
        "assessments.Instrument",
        "assessments.InstrumentItem",
        "assessments.CalibratedItem",
        "assessments.Calibration",
        "rating.OpenQuestion",
        "rating.Rubric",
        "skills.Framework",
        "practice.Simulation",
        "practice.SimulationVersion",
        "skills.Skill",
        "skills.Level",
        "skills.SkillVersion",
        "cms.MediaUse",
        "cms.CoursePublication",
        "cms.CourseSubmission",
        "cms.LoadedFile",
        "cms.CaseCheck",
        "cms.AccordRendition",
        "wagtailimages.Rendition",
    ],
    "what is sold": ["access.CourseSet", "access.CourseSet_courses", "access.SeatPool", "billing.ReceiptSeries"],
    "the test gateway's own book: amounts by order": ["billing.TestCheckout"],
    "organisations and how they are divided; their people are in other tables": [
        "accounts.Organisation",
        "accounts.Team",
        "learning.Cohort",
        "mail.BulkTurn",
    ],
    "which assessments an organisation has given to which of its cohorts": ["assessments.AssignedInstrument"],
    "counts of an organisation": ["learning.KeptFigures"],
    "figures of the questions of a form": ["assessments.FormStudy"],
    "how an organisation's files are read": ["imports.KeptMapping"],
    "figures of teams": ["stakeholders.StakeholderTeam", "stakeholders.TeamMetric", "needs.SpecificationSkill"],
    "settings of the site, by its operator": ["cms.SiteDetails"],
    "Wagtail: trees, rights of groups, workflows, redirects, and an index of what is published": [
        "wagtailadmin.Admin",
        "wagtailcore.Locale",
        "wagtailcore.Site",
        "wagtailcore.Collection",
        "wagtailcore.CollectionViewRestriction",
        "wagtailcore.CollectionViewRestriction_groups",
        "wagtailcore.GroupApprovalTask",
        "wagtailcore.GroupApprovalTask_groups",
        "wagtailcore.GroupCollectionPermission",
        "wagtailcore.GroupPagePermission",
        "wagtailcore.GroupSitePermission",
        "wagtailcore.PageViewRestriction",
        "wagtailcore.PageViewRestriction_groups",
        "wagtailcore.ReferenceIndex",
        "wagtailcore.Task",
        "wagtailcore.Workflow",
        "wagtailcore.WorkflowContentType",
        "wagtailcore.WorkflowPage",
        "wagtailcore.WorkflowTask",
        "wagtailembeds.Embed",
        "wagtailredirects.Redirect",
        "wagtailsearch.IndexEntry",
        "wagtailsearch.SQLiteFTSIndexEntry",
        "taggit.Tag",
        "taggit.TaggedItem",
    ],
    "Django: rights and names of tables": [
        "auth.Group",
        "auth.Group_permissions",
        "auth.Permission",
        "contenttypes.ContentType",
    ],
}
NOT_ABOUT_ANYBODY = {label for labels in IMPERSONAL.values() for label in labels}
PRIVATE = (LowercaseEmailField, models.EmailField, models.GenericIPAddressField)
# The operator's own address, for everybody to see.
MAY_HOLD_AN_ADDRESS = {"cms.SiteDetails"}
# What belongs to the site or to an organisation, whoever made it: what hangs on it is not about them.
PUBLIC = {"wagtailcore.Page", "wagtailcore.Revision", "wagtailcore.WorkflowState", "cms.CoursePage"}
PUBLIC |= {"wagtailimages.Image", "wagtaildocs.Document", "cms.AccordImage"}
PUBLIC |= {"imports.StagedImport", "needs.Specification"}


def verdicts() -> list[Verdict]:
    return [verdict for part in privacy_parts for verdict in part.verdicts]


def personal(found: list[Verdict]) -> set[str]:
    return {verdict.model for verdict in found} - PUBLIC


def points_to(model, labels: set[str]) -> list[str]:
    """Fields of a model, and of whatever it inherits from, that lead to one of these models."""
    fields = [field for field in model._meta.get_fields() if field.concrete and field.is_relation and field.related_model]
    return [field.name for field in fields if field.related_model._meta.label in labels and not field.auto_created]


def unspoken_for(all_models, found: list[Verdict]) -> dict[str, str]:
    """Models without a verdict, and models that are said to hold nothing about anybody and do."""
    spoken_for = {verdict.model for verdict in found}
    faults = {}
    for model in all_models:
        label = model._meta.label
        if label in spoken_for:
            continue
        if label not in NOT_ABOUT_ANYBODY:
            faults[label] = "has no verdict"
        elif fields := points_to(model, personal(found)):
            faults[label] = f"leads to a person by {', '.join(fields)}"
        elif label not in MAY_HOLD_AN_ADDRESS and any(isinstance(field, PRIVATE) for field in model._meta.concrete_fields):
            faults[label] = "holds addresses"
    return faults


def test_every_model_has_a_verdict():
    assert unspoken_for(apps.get_models(include_auto_created=True), verdicts()) == {}


def test_no_verdict_and_no_exception_is_about_a_model_that_is_gone():
    labels = {model._meta.label for model in apps.get_models(include_auto_created=True)} | {"wagtailsearch.SQLiteFTSIndexEntry"}
    assert {verdict.model for verdict in verdicts()} <= labels
    assert labels >= NOT_ABOUT_ANYBODY
    assert NOT_ABOUT_ANYBODY & {verdict.model for verdict in verdicts()} == set()


def test_whatever_stays_says_why_and_what_is_about_people_is_given_to_them():
    assert [verdict.model for verdict in verdicts() if verdict.fate != Fate.ERASED and not str(verdict.because)] == []
    assert {verdict.model for verdict in verdicts() if verdict.fate == Fate.ERASED and not verdict.is_exported} == {
        # secrets
        "account.EmailConfirmation",
        "sessions.Session",
        # how something else was asked, reminded of or shown
        "learning.StalledReminder",
        "learning.StoppedReminders",
        "practice.ReviewRequest",
        "accounts.User_user_permissions",
        # of the payment provider, which gives it itself
        "billing.WebhookEvent",
        # what the CMS notes about an open window
        "wagtailusers.UserProfile",
        "wagtailadmin.EditingSession",
        "wagtailadmin.FormState",
        "wagtailcore.APIToken",
        "wagtailcore.PageSubscription",
        "wagtailcore.UploadedFile",
    }


@pytest.mark.parametrize("to", [get_user_model(), Membership, Enrolment], ids=["user", "membership", "enrolment"])
def test_a_new_model_about_a_person_is_noticed(to):
    with isolate_apps():

        class Diary(models.Model):
            whose = models.ForeignKey(to, models.CASCADE, related_name="+")

            class Meta:
                app_label = "tests"

            def __str__(self):
                return "diary"

        assert unspoken_for([Diary], verdicts()) == {"tests.Diary": "has no verdict"}
        NOT_ABOUT_ANYBODY.add("tests.Diary")
        try:
            assert unspoken_for([Diary], verdicts()) == {"tests.Diary": "leads to a person by whose"}
        finally:
            NOT_ABOUT_ANYBODY.discard("tests.Diary")
        assert unspoken_for([Diary], [*verdicts(), *erased("tests.Diary")]) == {}


def test_a_new_model_with_an_address_is_noticed():
    with isolate_apps():

        class Guestbook(models.Model):
            address = models.EmailField()

            class Meta:
                app_label = "tests"

            def __str__(self):
                return "guestbook"

        NOT_ABOUT_ANYBODY.add("tests.Guestbook")
        try:
            assert unspoken_for([Guestbook], verdicts()) == {"tests.Guestbook": "holds addresses"}
        finally:
            NOT_ABOUT_ANYBODY.discard("tests.Guestbook")
        assert unspoken_for([Guestbook], [*verdicts(), *kept("tests.Guestbook", because="x")]) == {}
