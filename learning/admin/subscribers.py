"""Who wants to hear when a course is complete: seen, told and taken off the list by operators."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.admin import OperatorAdmin
from learning.models import CourseSubscriber
from learning.services import subscribing


@admin.register(CourseSubscriber)
class CourseSubscriberAdmin(OperatorAdmin):
    """Filter by course, select all, and tell them; each is written to once, whoever asks how often."""

    list_display = ["course", "address", "created_at", "told_at"]
    list_filter = ["course", ("told_at", admin.EmptyFieldListFilter)]
    list_select_related = ["course", "user"]
    search_fields = ["email", "user__email"]
    actions = ["tell", "forget"]

    @admin.display(description=_("e-mail address"))
    def address(self, subscriber: CourseSubscriber) -> str:
        return subscribing.address_of(subscriber)

    def has_tell_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("learning.change_coursesubscriber"))

    @admin.action(description=_("Tell them that the course is complete"), permissions=["tell"])
    def tell(self, request: HttpRequest, queryset: QuerySet[CourseSubscriber]) -> None:
        told = subscribing.tell_complete(subscribers=queryset.values_list("pk", flat=True))
        if told.told or told.before:
            text = ngettext("%(n)s e-mail was queued.", "%(n)s e-mails were queued.", told.told) % {"n": f"{told.told:,}"}
            before = _("Told before, closed, or on the list twice: %(n)s.") % {"n": f"{told.before:,}"} if told.before else ""
            self.message_user(request, f"{text} {before}".strip(), messages.SUCCESS)
        if told.waiting:
            text = ngettext(
                "%(n)s person was not told: the course is not complete yet. Publish its modules first.",
                "%(n)s people were not told: the course is not complete yet. Publish its modules first.",
                told.waiting,
            )
            self.message_user(request, text % {"n": f"{told.waiting:,}"}, messages.WARNING)

    @admin.action(description=_("Take them off the list"), permissions=["tell"])
    def forget(self, request: HttpRequest, queryset: QuerySet[CourseSubscriber]) -> None:
        count = subscribing.remove(subscribers=queryset.values_list("pk", flat=True))
        text = ngettext("%(n)s person was taken off the list.", "%(n)s people were taken off the list.", count)
        self.message_user(request, text % {"n": f"{count:,}"}, messages.SUCCESS)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).order_by("-created_at")
