from django.urls import path

from web.api import api

urlpatterns = [path("v1/", api.urls)]
