from django.urls import path

from accounts.views import protection
from accounts.views.profile import profile

urlpatterns = [
    path("profile/", profile, name="profile"),
    path("second-factor/", protection.second_factor_needed, name="second_factor_needed"),
    # In place of allauth's, which cannot end one of them.
    path("sessions/", protection.places, name="signed_in_places"),
    path("sessions/end/", protection.end_places, name="end_places"),
]
