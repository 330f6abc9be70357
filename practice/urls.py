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
    path("<uuid:uuid>/reviews/<uuid:review>/", views.review, name="review"),
    path("<uuid:uuid>/reviews/<uuid:review>/next/", views.next_review, name="next_review"),
    path("<uuid:uuid>/review.ics", views.calendar, name="calendar"),
    path("<uuid:uuid>/delete/", views.delete, name="delete"),
]
