"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from web.views import console

urlpatterns = [path("", console.overview, name="overview")]
