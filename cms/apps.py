"""Hears Wagtail: whatever changes what is live asks for a new course version.

Django reads this file before there are models, so what needs them is imported when it is called.
"""

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from wagtail.models import Page


def _published(sender: type["Page"], instance: "Page", **kwargs: Any) -> None:
    # There are no models yet when this file is read.
    from cms.publishing import schedule_publish_of

    schedule_publish_of(instance)


def _moved(
    sender: type["Page"], instance: "Page", parent_page_before: "Page", parent_page_after: "Page", **kwargs: Any
) -> None:
    # There are no models yet when this file is read.
    from cms.publishing import schedule_publish_of

    for page in (parent_page_before, parent_page_after, instance):
        schedule_publish_of(page)


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = "Authoring"

    def ready(self) -> None:
        from wagtail.signals import page_published, page_unpublished, post_page_move

        from accounts.kinds import UserKind, user_kinds
        from cms import people

        user_kinds.register(UserKind("publisher", people.may_publish, because=_("you can publish courses")))
        user_kinds.register(UserKind("author", people.may_author))
        page_published.connect(_published, dispatch_uid="cms.published")
        page_unpublished.connect(_published, dispatch_uid="cms.unpublished")
        post_page_move.connect(_moved, dispatch_uid="cms.moved")
