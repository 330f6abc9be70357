"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import URLPattern, path

from imports.views.files import upload_view
from stakeholders import views
from stakeholders.kinds import KINDS

urlpatterns: list[URLPattern] = [
    path(
        "outcomes/import/",
        upload_view(*KINDS, template="console/outcomes_import.html", shown=20, invalid_status=422),
        name="outcomes_import",
    ),
    path("outcomes/objections/", views.objections, name="objections"),
    path("outcomes/objections/<uuid:uuid>/withdraw/", views.objection_withdraw, name="objection_withdraw"),
    path("outcomes/templates/<slug:name>.md", views.outcomes_template, name="outcomes_template"),
    path("outcomes/data/", views.outcomes_data, name="outcomes_data"),
    path("outcomes/import/<uuid:uuid>/leavers/", views.outcomes_window, name="outcomes_window"),
    path("outcomes/import/<uuid:uuid>/not-in-it.csv", views.outcomes_missing, name="outcomes_missing"),
    path("outcomes/import/<uuid:uuid>/", views.outcomes_file, name="outcomes_file"),
]
