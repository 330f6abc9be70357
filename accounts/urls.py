from django.urls import path

from accounts.views.profile import profile

urlpatterns = [
    path("profile/", profile, name="profile"),
]
