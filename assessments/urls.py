from django.urls import path

from assessments import alone_views, sitting_views, upload_views, views

app_name = "assessments"
urlpatterns = [
    path("assigned/<uuid:uuid>/", alone_views.assigned, name="assigned"),
    path("lessons/<uuid:enrolment>/<uuid:block>/", alone_views.in_lesson, name="in_lesson"),
    path("attempts/<uuid:uuid>/result/", alone_views.sitting, name="sitting"),
    path("<uuid:enrolment>/result/", views.result, name="result"),
    path("<uuid:enrolment>/<slug:occasion>/", views.start, name="start"),
    path("attempts/<uuid:uuid>/", sitting_views.attempt, name="attempt"),
    path("attempts/<uuid:uuid>/time/", sitting_views.time_left, name="time_left"),
    path("attempts/<uuid:uuid>/answers/<int:version>/", sitting_views.save_answer, name="save_answer"),
    path("attempts/<uuid:uuid>/files/<int:version>/", sitting_views.change_file, name="change_file"),
    path("files/<uuid:uuid>/", upload_views.own_file, name="own_file"),
    path("pictures/<uuid:uuid>/", upload_views.picture, name="picture"),
]
