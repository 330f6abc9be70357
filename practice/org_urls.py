"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from practice import pair_console

urlpatterns = [
    path("cohorts/<uuid:uuid>/pairs/", pair_console.cohort_pairs, name="cohort_pairs"),
    path("pairs/<uuid:uuid>/all/", pair_console.pairs_all, name="pairs_all"),
    path("pairs/<uuid:uuid>/propose/", pair_console.pairs_propose, name="pairs_propose"),
    path("pairs/<uuid:uuid>/close/", pair_console.pairs_close, name="pairs_close"),
    path("pairs/reports/<uuid:uuid>/settle/", pair_console.pairs_report, name="pairs_report"),
]
