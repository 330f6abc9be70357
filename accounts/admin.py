"""For operators: look, find, and act on an account. What organisations do, they do in their console."""

from collections.abc import Callable
from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import AuditEvent, Membership, Organisation, RoleAssignment, User
from accounts.services import operators
from common.admin import OperatorAdmin, ReadOnly
from common.errors import UserError


class AddressInline(ReadOnly, admin.TabularInline):
    model = EmailAddress
    fields = ["email", "verified", "primary"]
    extra = 0


class GroupChoiceForm(ActionForm):
    group = forms.ModelChoiceField(Group.objects.order_by("name"), required=False, empty_label=_("Group …"), label="")


Act = Callable[..., bool]


@admin.register(User)
class UserAdmin(OperatorAdmin):
    """Nothing of a person is edited here: they change it themselves. What only operators can do is done by actions."""

    list_display = ["email", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser", "groups"]
    search_fields = ["email", "first_name", "last_name"]
    fields = [
        "email",
        "first_name",
        "last_name",
        "time_zone",
        "is_active",
        "is_staff",
        "is_superuser",
        "groups",
        "last_login",
        "date_joined",
    ]
    inlines = [AddressInline]
    action_form = GroupChoiceForm
    actions = [
        "deactivate",
        "reactivate",
        "remove_second_factor",
        "add_to_group",
        "remove_from_group",
        "grant_staff_access",
        "withdraw_staff_access",
    ]

    def has_switch_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("accounts.change_user"))

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    @admin.action(description=_("Deactivate accounts"), permissions=["switch"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._act(request, queryset, operators.deactivate_account)

    @admin.action(description=_("Reactivate accounts"), permissions=["switch"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._act(request, queryset, operators.reactivate_account)

    @admin.action(description=_("Remove the second factor"), permissions=["operate"])
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._act(request, queryset, operators.remove_second_factor)

    @admin.action(description=_("Add to the group chosen"), permissions=["operate"])
    def add_to_group(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._act_with_group(request, queryset, operators.add_to_group)

    @admin.action(description=_("Remove from the group chosen"), permissions=["operate"])
    def remove_from_group(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._act_with_group(request, queryset, operators.remove_from_group)

    @admin.action(description=_("Grant staff access"), permissions=["operate"])
    def grant_staff_access(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._act(request, queryset, operators.grant_staff_access)

    @admin.action(description=_("Withdraw staff access"), permissions=["operate"])
    def withdraw_staff_access(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._act(request, queryset, operators.withdraw_staff_access)

    def _act_with_group(self, request: HttpRequest, queryset: QuerySet[User], act: Act) -> None:
        form = GroupChoiceForm({"group": request.POST.get("group", "")})
        form.fields["action"].required = False
        group = form.cleaned_data["group"] if form.is_valid() else None
        if group is None:
            self.message_user(request, _("Choose a group as well."), messages.ERROR)
            return
        self._act(request, queryset, partial(act, group=group))

    def _act(self, request: HttpRequest, queryset: QuerySet[User], act: Act) -> None:
        """Do `act` to each account: all of them or, where one is refused, none."""
        try:
            with transaction.atomic():
                changed = sum(act(user=user, actor=request.user) for user in queryset.order_by("pk"))
        except UserError as error:
            self.message_user(request, _("Nothing was changed: %(reason)s") % {"reason": error}, messages.ERROR)
            return
        text = ngettext("%(n)s account was changed.", "%(n)s accounts were changed.", changed) % {"n": f"{changed:,}"}
        self.message_user(request, text, messages.SUCCESS)


@admin.register(EmailAddress)
class EmailAddressAdmin(OperatorAdmin):
    list_display = ["email", "user", "verified", "primary"]
    list_filter = ["verified", "primary"]
    list_select_related = ["user"]
    search_fields = ["email", "user__email"]
    show_full_result_count = False


@admin.register(Authenticator)
class AuthenticatorAdmin(OperatorAdmin):
    """Who has a second factor, never its secret."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]


@admin.register(Group)
class GroupAdmin(OperatorAdmin):
    """What the groups of authors, reviewers and staff may do."""

    search_fields = ["name"]
    fields = ["name", "permissions"]


@admin.register(Organisation)
class OrganisationAdmin(OperatorAdmin):
    list_display = ["name", "slug", "is_demo", "currency", "created_at"]
    search_fields = ["name", "slug"]


class RoleInline(ReadOnly, admin.TabularInline):
    model = RoleAssignment
    fields = ["role", "team"]
    extra = 0


@admin.register(Membership)
class MembershipAdmin(OperatorAdmin):
    list_display = ["email", "organisation", "state", "joined_at", "left_at"]
    list_filter = ["state"]
    list_select_related = ["organisation"]
    search_fields = ["email", "first_name", "last_name", "organisation__slug"]
    inlines = [RoleInline]
    show_full_result_count = False


@admin.register(AuditEvent)
class AuditEventAdmin(OperatorAdmin):
    list_display = ["occurred_at", "organisation", "actor", "verb", "summary"]
    list_filter = ["verb"]
    search_fields = ["organisation__slug", "actor__email", "target_id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return super().get_queryset(request).select_related("organisation", "actor")
