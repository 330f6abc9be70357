"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from assessments import assigned_views, change_views, console

urlpatterns = [
    path("people/<uuid:uuid>/extra-time/", console.extra_time, name="extra_time"),
    path("cohorts/<uuid:uuid>/assessments/", assigned_views.cohort_assessments, name="cohort_assessments"),
    path("cohorts/<uuid:uuid>/assessments/new/", assigned_views.assign, name="assign_assessment"),
    path("assessments/<uuid:uuid>/", assigned_views.assigned, name="assigned_assessment"),
    path("assessments/<uuid:uuid>/edit/", assigned_views.edit, name="assigned_edit"),
    path("assessments/<uuid:uuid>/withdraw/", assigned_views.withdraw, name="assigned_withdraw"),
    path("changes/", change_views.changes, name="changes"),
    path("changes/table.csv", change_views.changes_csv, name="changes_csv"),
]
