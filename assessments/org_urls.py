"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from assessments import change_views, console

urlpatterns = [
    path("people/<uuid:uuid>/extra-time/", console.extra_time, name="extra_time"),
    path("changes/", change_views.changes, name="changes"),
    path("changes/table.csv", change_views.changes_csv, name="changes_csv"),
]
