"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import URLPattern, path

from outcomes import views

urlpatterns: list[URLPattern] = [
    path("outcomes/", views.outcomes, name="outcomes"),
    path("outcomes/runs/<uuid:uuid>/", views.evidence_run, name="evidence_run"),
    path("outcomes/runs/<uuid:uuid>/refresh/", views.refresh_run, name="refresh_run"),
    path("outcomes/runs/<uuid:uuid>/answer.json", views.evidence_run_json, name="evidence_run_json"),
    path("outcomes/runs/<uuid:uuid>/<slug:table>.csv", views.evidence_run_table, name="evidence_run_table"),
]
