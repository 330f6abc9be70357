from django.urls import path

from practice import simulation_views as views

app_name = "simulations"
urlpatterns = [
    path("", views.simulations, name="list"),
    path("runs/<uuid:uuid>/", views.run, name="run"),
    path("runs/<uuid:uuid>/move/", views.move, name="move"),
    path("runs/<uuid:uuid>/map/", views.note, name="map"),
    path("runs/<uuid:uuid>/again/", views.again, name="again"),
    path("<slug:key>/", views.simulation, name="simulation"),
    path("<slug:key>/start/", views.start, name="start"),
]
