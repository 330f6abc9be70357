"""What the admin pages of several apps share, and the site that they stand on."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.constants import LOOKUP_SEP
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
    """A page on which operators look, and act through actions that call a service.

    By what can be filtered, a row can be read letter by letter: a password hash, the secret of a second factor, what a mail
    says. So lists are filtered by what they show, and searched across a relation only by who may view what is at its end.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        offered = self._offered(request)
        return lookup in offered or _field_path(self.model, lookup) in offered

    def _offered(self, request: HttpRequest) -> set[str]:
        """Paths of the fields that the list shows or has a filter for, and names of parameters that are no fields."""
        filters = [item[0] if isinstance(item, tuple) else item for item in self.get_list_filter(request)]
        names = [getattr(item, "parameter_name", item) for item in filters]
        names += [*self.get_list_display(request), self.opts.pk.name, self.date_hierarchy]
        return {name for name in names if isinstance(name, str)}

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return [path for path in super().get_search_fields(request) if self._may_search(request, path)]

    def _may_search(self, request: HttpRequest, path: str) -> bool:
        related = _models_on_path(self.model, path)
        return all(request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}") for model in related)


def _fields_on_path(model: type[models.Model], lookup: str) -> list[Any]:
    """The fields that a lookup goes through; transforms and the kind of comparison at its end are left out."""
    fields: list[Any] = []
    current: type[models.Model] | None = model
    for part in lookup.split(LOOKUP_SEP):
        if current is None:
            break
        try:
            field: Any = current._meta.pk if part == "pk" else current._meta.get_field(part)
        except FieldDoesNotExist:
            break
        fields.append(field)
        current = field.related_model if field.is_relation else None
    return fields


def _field_path(model: type[models.Model], lookup: str) -> str:
    """A related row's key says what the relation itself says: `groups__id__exact` is about `groups`."""
    fields = _fields_on_path(model, lookup)
    if len(fields) > 1 and getattr(fields[-1], "primary_key", False):
        fields.pop()
    return LOOKUP_SEP.join(field.name for field in fields)


def _models_on_path(model: type[models.Model], path: str) -> set[type[models.Model]]:
    return {field.related_model for field in _fields_on_path(model, path) if field.is_relation}


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
