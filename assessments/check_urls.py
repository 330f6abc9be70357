from django.urls import path

from assessments import check_views

app_name = "skill_check"
urlpatterns = [
    path("", check_views.start, name="start"),
    path("questions/", check_views.questions, name="questions"),
    path("result/", check_views.result, name="result"),
]
