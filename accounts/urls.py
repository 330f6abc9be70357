from django.contrib.auth.decorators import login_not_required
from django.urls import path

from accounts.views import own_data, protection
from accounts.views.codes import ConfirmAddressView
from accounts.views.profile import choose_mails, profile, time_zone

urlpatterns = [
    path("profile/", profile, name="profile"),
    path("profile/mails/", choose_mails, name="choose_mails"),
    path("time-zone/", time_zone, name="time_zone"),
    path("second-factor/", protection.second_factor_needed, name="second_factor_needed"),
    # In place of allauth's, which answers a code that is asked for too soon with a bare 429.
    path("confirm-email/", login_not_required(ConfirmAddressView.as_view()), name="account_email_verification_sent"),
    # In place of allauth's, which asks nobody for the second factor that they have.
    path("password/set/", protection.set_password, name="account_set_password"),
    # In place of allauth's, which cannot end one of them.
    path("your-data/", own_data.your_data, name="your_data"),
    path("your-data/export/", own_data.prepare_export, name="prepare_export"),
    path("your-data/export/<uuid:uuid>/", own_data.download_export, name="download_export"),
    path("your-data/close/", own_data.close_account, name="close_account"),
    path("your-data/keep/", own_data.keep_account, name="keep_account"),
    path("sessions/", protection.places, name="signed_in_places"),
    path("sessions/end/", protection.end_places, name="end_places"),
]
