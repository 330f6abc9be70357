from django.urls import path

from api import cohorts, courses, enrolments  # noqa: F401  # each registers its resource
from api.service import api

urlpatterns = [path("v1/", api.urls)]
