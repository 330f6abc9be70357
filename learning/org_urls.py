"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from learning import views

urlpatterns = [
    path("people/import/", views.people_import, name="people_import"),
    path("cohorts/", views.cohorts, name="cohorts"),
    path("cohorts/new/", views.cohort_create, name="cohort_create"),
    path("cohorts/<uuid:uuid>/", views.cohort, name="cohort"),
    path("cohorts/<uuid:uuid>/edit/", views.cohort_edit, name="cohort_edit"),
    path("cohorts/<uuid:uuid>/place/", views.cohort_place, name="cohort_place"),
    path("cohorts/<uuid:uuid>/people/<uuid:person>/take-out/", views.cohort_take_out, name="cohort_take_out"),
]
