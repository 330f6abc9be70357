"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import URLPattern, path

from stakeholders import views

urlpatterns: list[URLPattern] = [
    path("outcomes/import/", views.outcomes_import, name="outcomes_import"),
    path("outcomes/import/<uuid:uuid>/", views.outcomes_file, name="outcomes_file"),
    path("outcomes/import/<uuid:uuid>/withdraw/", views.outcomes_file_withdraw, name="outcomes_file_withdraw"),
]
