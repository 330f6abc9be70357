from django.urls import path

from practice import views

app_name = "practice"
urlpatterns = [
    path("", views.agreements, name="list"),
    path("new/", views.new, name="create"),
    path("<uuid:uuid>/", views.agreement, name="agreement"),
    path("<uuid:uuid>/edit/", views.edit, name="edit"),
    path("<uuid:uuid>/send/", views.send, name="send"),
    path("<uuid:uuid>/remind/", views.remind, name="remind"),
    path("<uuid:uuid>/resend/", views.resend, name="resend"),
    path("<uuid:uuid>/reopen/", views.reopen, name="reopen"),
    path("<uuid:uuid>/take-over/", views.take_over, name="take_over"),
    path("<uuid:uuid>/delete/", views.delete, name="delete"),
]
