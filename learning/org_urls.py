"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from learning.views import cohorts

urlpatterns = [
    path("people/import/", cohorts.people_import, name="people_import"),
    path("cohorts/", cohorts.cohorts, name="cohorts"),
    path("cohorts/new/", cohorts.cohort_create, name="cohort_create"),
    path("cohorts/<uuid:uuid>/", cohorts.cohort, name="cohort"),
    path("cohorts/<uuid:uuid>/edit/", cohorts.cohort_edit, name="cohort_edit"),
    path("cohorts/<uuid:uuid>/place/", cohorts.cohort_place, name="cohort_place"),
    path("cohorts/<uuid:uuid>/people/<uuid:person>/take-out/", cohorts.cohort_take_out, name="cohort_take_out"),
]
