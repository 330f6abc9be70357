"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from assessments import console

urlpatterns = [
    path("people/<uuid:uuid>/extra-time/", console.extra_time, name="extra_time"),
]
