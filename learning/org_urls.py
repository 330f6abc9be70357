"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from imports.views.files import upload_view
from learning.enrolling import ENROLMENTS
from learning.views import cohorts, seats

urlpatterns = [
    path("people/import/", upload_view(ENROLMENTS, template="console/people_import.html"), name="people_import"),
    path("cohorts/", cohorts.cohorts, name="cohorts"),
    path("cohorts/new/", cohorts.cohort_create, name="cohort_create"),
    path("cohorts/<uuid:uuid>/", cohorts.cohort, name="cohort"),
    path("cohorts/<uuid:uuid>/edit/", cohorts.cohort_edit, name="cohort_edit"),
    path("cohorts/<uuid:uuid>/archive/", cohorts.cohort_archive, name="cohort_archive"),
    path("cohorts/<uuid:uuid>/restore/", cohorts.cohort_restore, name="cohort_restore"),
    path("cohorts/<uuid:uuid>/remind/", cohorts.cohort_remind, name="cohort_remind"),
    path("cohorts/<uuid:uuid>/seats/", seats.cohort_seats, name="cohort_seats"),
    path("cohorts/<uuid:uuid>/add/", cohorts.cohort_add, name="cohort_add"),
    path("cohorts/<uuid:uuid>/people/<uuid:person>/remove/", cohorts.cohort_remove, name="cohort_remove"),
    path("seats/<uuid:uuid>/<int:number>/free/", seats.seat_free, name="seat_free"),
]
