"""For operators: look, find, and switch an account off. What organisations do, they do in their console."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import AuditEvent, Membership, Organisation, RoleAssignment, User
from common.admin import ReadOnly


class AddressInline(ReadOnly, admin.TabularInline):
    model = EmailAddress
    fields = ["email", "verified", "primary"]
    extra = 0


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Passwords are not set here: people ask for a code by mail."""

    list_display = ["email", "first_name", "last_name", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "first_name", "last_name"]
    fields = ["email", "first_name", "last_name", "time_zone", "is_active", "is_staff", "groups", "last_login", "date_joined"]
    readonly_fields = ["email", "is_staff", "last_login", "date_joined"]
    filter_horizontal = ["groups"]
    inlines = [AddressInline]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Only a superuser hands out rights."""
        return (
            self.readonly_fields[:1] + self.readonly_fields[2:]
            if request.user.is_superuser
            else [*self.readonly_fields, "groups"]
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Organisation)
class OrganisationAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "slug", "is_demo", "currency", "created_at"]
    search_fields = ["name", "slug"]


class RoleInline(ReadOnly, admin.TabularInline):
    model = RoleAssignment
    fields = ["role", "team"]
    extra = 0


@admin.register(Membership)
class MembershipAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["email", "organisation", "state", "joined_at", "left_at"]
    list_filter = ["state"]
    list_select_related = ["organisation"]
    search_fields = ["email", "first_name", "last_name", "organisation__slug"]
    inlines = [RoleInline]
    show_full_result_count = False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["occurred_at", "organisation", "actor", "verb", "summary"]
    list_filter = ["verb"]
    search_fields = ["organisation__slug", "actor__email", "target_id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return super().get_queryset(request).select_related("organisation", "actor")
