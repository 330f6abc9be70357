"""What the admin pages of several apps share, and the site that they stand on."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


class ReadOnly:
    """Nothing is added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OperatorAdmin(ReadOnly, admin.ModelAdmin):
    """A page on which operators look, and act through actions that call a service."""


class OperatorSite(admin.AdminSite):
    """`/admin/`. Pages that libraries bring are left out: they write to any field, past our services and the audit log."""

    def register(
        self,
        model_or_iterable: type[models.Model] | Iterable[type[models.Model]],
        admin_class: type[admin.ModelAdmin] | None = None,
        **options: Any,
    ) -> None:
        if admin_class is not None and issubclass(admin_class, OperatorAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def password_change(  # type: ignore[override]  # Django promises a page, and we answer with a redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own form asks for no second factor and tells nobody."""
        return redirect("account_change_password")
