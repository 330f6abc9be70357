"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from imports.views import files, remedies

urlpatterns = [
    path("imports/<uuid:uuid>/", files.import_report, name="import_report"),
    path("imports/<uuid:uuid>/apply/", files.import_apply, name="import_apply"),
    path("imports/<uuid:uuid>/check/", files.import_check, name="import_check"),
    path("imports/<uuid:uuid>/stop/", files.import_stop, name="import_stop"),
    path("imports/<uuid:uuid>/restart/", files.import_restart, name="import_restart"),
    path("imports/<uuid:uuid>/discard/", files.import_discard, name="import_discard"),
    path("imports/<uuid:uuid>/withdraw/", files.import_withdraw, name="import_withdraw"),
    path("imports/<uuid:uuid>/columns/", remedies.import_match, name="import_match"),
    path("imports/<uuid:uuid>/dates/", remedies.import_dates, name="import_dates"),
    path("imports/<uuid:uuid>/skip/", remedies.import_skip, name="import_skip"),
    path("imports/<uuid:uuid>/skipped-rows.csv", remedies.import_skipped_rows, name="import_skipped_rows"),
    path("imports/<uuid:uuid>/problems.csv", files.import_problems, name="import_problems"),
    path("imports/templates/<slug:kind>.csv", files.import_template, name="import_template"),
]
