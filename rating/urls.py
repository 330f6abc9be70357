from django.urls import path

from rating import views

app_name = "rating"
urlpatterns = [
    path("rating/", views.questions, name="questions"),
    path("rating/<uuid:item>/", views.queue, name="queue"),
    path("rating/<uuid:item>/training/", views.training, name="training"),
    path("rating/<uuid:item>/answers/<uuid:work>/", views.answer_file, name="answer_file"),
    path("texts/<uuid:attempt>/", views.results, name="results"),
]
