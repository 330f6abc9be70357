"""What an installation needs before anybody writes: the top of the tree, who may do what, and the way to publication.

`ensure_site` may be run any number of times; what an operator has changed since stays as it is.
"""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
    Site,
    Workflow,
    WorkflowContentType,
    WorkflowPage,
    WorkflowTask,
)

from cms.cases.models import SimulationCase
from cms.models import CourseIndexPage, HomePage
from cms.open_drafts.models import OpenQuestionDraft
from cms.questions.models import QuestionDraft

AUTHORS = "Authors"
REVIEWERS = "Reviewers"
WORKFLOW = "Review before publishing"
PAGE_PERMISSIONS = {AUTHORS: ("add", "change"), REVIEWERS: ("add", "change", "publish", "lock", "unlock")}
# Wagtail asks for the permissions of its own image model, whichever model holds the images.
# Whoever adds an image may change it; reviewers also correct what others say about theirs.
IMAGE_PERMISSIONS = {AUTHORS: ("add_image", "choose_image"), REVIEWERS: ("add_image", "choose_image", "change_image")}
# Money is no page: who sets prices and answers requests for refunds needs staff access to `/admin/` beside this group.
FINANCE = "Finance"
FINANCE_PERMISSIONS = {
    "billing": (
        "view_order",
        "view_orderline",
        "view_refund",
        "view_dispute",
        "view_price",
        "add_price",
        "view_refundrequest",
        "change_refundrequest",
    ),
    "access": ("view_courseset",),
}
# Cases of practice: authors write, reviewers publish.
CASE_PERMISSIONS = {
    AUTHORS: ("view_simulationcase", "add_simulationcase", "change_simulationcase"),
    REVIEWERS: (
        "view_simulationcase",
        "add_simulationcase",
        "change_simulationcase",
        "publish_simulationcase",
        "lock_simulationcase",
        "unlock_simulationcase",
    ),
}
# Questions of assessments: the same. The bank itself is read; reviewers also take keys of panels and what learners wrote.
QUESTION_PERMISSIONS = {
    AUTHORS: tuple(f"{act}_{draft}" for draft in ("questiondraft", "openquestiondraft") for act in ("view", "add", "change")),
    REVIEWERS: tuple(
        f"{act}_{draft}"
        for draft in ("questiondraft", "openquestiondraft")
        for act in ("view", "add", "change", "publish", "lock", "unlock")
    ),
}
ITEM_PERMISSIONS = {
    AUTHORS: ("view_item", "view_instrument"),
    REVIEWERS: ("view_item", "change_item", "view_instrument", "change_instrument"),
}


SKILL_PERMISSIONS = {AUTHORS: ("view_skill",), REVIEWERS: ("view_skill", "change_skill")}


@dataclass(frozen=True)
class SiteTree:
    home: HomePage
    course_index: CourseIndexPage


@transaction.atomic
def ensure_site() -> SiteTree:
    Locale.objects.get_or_create(language_code="en")
    home = _ensure_home()
    index = CourseIndexPage.objects.first() or home.add_child(
        instance=CourseIndexPage(title="Courses", slug="courses", live=True)
    )
    for name in (AUTHORS, REVIEWERS):
        _ensure_group(name, index)
    _ensure_finance()
    _ensure_workflow(index)
    return SiteTree(home, index)


def _ensure_home() -> HomePage:
    """Our root of the site; Wagtail's welcome page, which has nothing of anybody's in it, makes room for it."""
    home = HomePage.objects.first()
    if home is None:
        root = Page.get_first_root_node()
        home = root.add_child(instance=HomePage(title="Accord", slug="accord", live=True))
        _take_over_site(home)
    return home


def _take_over_site(home: HomePage) -> None:
    site = Site.objects.filter(is_default_site=True).first()
    if site is None:
        Site.objects.create(hostname="localhost", port=80, site_name="Accord", root_page=home, is_default_site=True)
        return
    welcome = site.root_page
    site.root_page, site.site_name = home, site.site_name or "Accord"
    site.save()
    if welcome.pk != home.pk and type(welcome.specific) is Page and welcome.numchild == 0:
        welcome.delete()


def _ensure_group(name: str, index: CourseIndexPage) -> None:
    group, created = Group.objects.get_or_create(name=name)
    if not created and GroupPagePermission.objects.filter(group=group).exists():
        return
    wanted = Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin")
    group.permissions.add(*wanted)
    group.permissions.add(
        *Permission.objects.filter(content_type__app_label="assessments", codename__in=ITEM_PERMISSIONS[name])
    )
    group.permissions.add(*Permission.objects.filter(content_type__app_label="skills", codename__in=SKILL_PERMISSIONS[name]))
    group.permissions.add(*Permission.objects.filter(content_type__app_label="cms", codename__in=CASE_PERMISSIONS[name]))
    group.permissions.add(*Permission.objects.filter(content_type__app_label="cms", codename__in=QUESTION_PERMISSIONS[name]))
    for kind in PAGE_PERMISSIONS[name]:
        GroupPagePermission.objects.create(group=group, page=index, permission_type=kind)
    collection = Collection.get_first_root_node()
    for permission in Permission.objects.filter(content_type__app_label="wagtailimages", codename__in=IMAGE_PERMISSIONS[name]):
        GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission)


def _ensure_finance() -> None:
    group, created = Group.objects.get_or_create(name=FINANCE)
    if not created:
        return
    for app, names in FINANCE_PERMISSIONS.items():
        group.permissions.add(*Permission.objects.filter(content_type__app_label=app, codename__in=names))


def _ensure_workflow(index: CourseIndexPage) -> None:
    """One approval by a reviewer for everything under the courses, instead of Wagtail's example for the whole site."""
    workflow = Workflow.objects.filter(name=WORKFLOW).first()
    if workflow is not None:
        return
    workflow = Workflow.objects.create(name=WORKFLOW, active=True)
    task = GroupApprovalTask.objects.create(name=WORKFLOW, active=True)
    task.groups.add(Group.objects.get(name=REVIEWERS))
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.create(workflow=workflow, page=index)
    for model in (SimulationCase, QuestionDraft, OpenQuestionDraft):
        WorkflowContentType.objects.get_or_create(
            content_type=ContentType.objects.get_for_model(model), defaults={"workflow": workflow}
        )
    for example in Workflow.objects.filter(name="Moderators approval", active=True):
        example.deactivate()
