"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import URLPattern, path

from outcomes.views import evidence, imports

urlpatterns: list[URLPattern] = [
    path("outcomes/", evidence.outcomes, name="outcomes"),
    path("outcomes/import/", imports.outcomes_import, name="outcomes_import"),
    path("outcomes/import/<uuid:uuid>/", imports.outcomes_file, name="outcomes_file"),
    path("outcomes/import/<uuid:uuid>/withdraw/", imports.outcomes_file_withdraw, name="outcomes_file_withdraw"),
    path("outcomes/runs/<uuid:uuid>/", evidence.evidence_run, name="evidence_run"),
    path("outcomes/runs/<uuid:uuid>/answer.json", evidence.evidence_run_json, name="evidence_run_json"),
    path("outcomes/runs/<uuid:uuid>/<slug:table>.csv", evidence.evidence_run_table, name="evidence_run_table"),
]
