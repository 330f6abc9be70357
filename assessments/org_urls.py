"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from assessments import change_views

urlpatterns = [
    path("changes/", change_views.changes, name="changes"),
    path("changes/table.csv", change_views.changes_csv, name="changes_csv"),
]
