from django.urls import path

from feedback import views

app_name = "feedback"
urlpatterns = [
    path("", views.rounds, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:uuid>/", views.show_round, name="round"),
    path("<uuid:uuid>/people/", views.add_person, name="add_person"),
    path("<uuid:uuid>/people/<uuid:person>/remove/", views.remove_person, name="remove_person"),
    path("<uuid:uuid>/send/", views.send, name="send"),
    path("<uuid:uuid>/remind/", views.remind, name="remind"),
    path("<uuid:uuid>/own/", views.own, name="own"),
    path("<uuid:uuid>/end/", views.end, name="end"),
    path("<uuid:uuid>/discard/", views.discard, name="discard"),
]
