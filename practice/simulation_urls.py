from django.urls import path

from practice import pair_views
from practice import simulation_views as views

app_name = "simulations"
urlpatterns = [
    path("", views.simulations, name="list"),
    path("runs/<uuid:uuid>/", views.run, name="run"),
    path("runs/<uuid:uuid>/move/", views.move, name="move"),
    path("runs/<uuid:uuid>/map/", views.note, name="map"),
    path("runs/<uuid:uuid>/again/", views.again, name="again"),
    path("pairs/", pair_views.pairs, name="pairs"),
    path("pairs/calls/<uuid:uuid>/", pair_views.call, name="pair_call"),
    path("pairs/calls/<uuid:uuid>/join/", pair_views.call_join, name="pair_join"),
    path("pairs/calls/<uuid:uuid>/withdraw/", pair_views.call_withdraw, name="pair_withdraw"),
    path("pairs/calls/<uuid:uuid>/ask/", pair_views.call_ask, name="pair_ask"),
    path("pairs/<uuid:uuid>/", pair_views.pair, name="pair"),
    path("pairs/<uuid:uuid>/answer/", pair_views.answer, name="pair_answer"),
    path("pairs/<uuid:uuid>/turn/", pair_views.turn, name="pair_turn"),
    path("pairs/<uuid:uuid>/notes/", pair_views.notes, name="pair_notes"),
    path("pairs/<uuid:uuid>/stop/", pair_views.stop, name="pair_stop"),
    path("<slug:key>/", views.simulation, name="simulation"),
    path("<slug:key>/start/", views.start, name="start"),
]
