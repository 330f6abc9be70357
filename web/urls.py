from django.urls import include, path

from web.views import catalogue, course, home, learning, lesson, styleguide

LESSON = "courses/<slug:slug>/<slug:module>/<slug:lesson>/"
courses = [
    path("courses/", catalogue.catalogue, name="catalogue"),
    path("courses/<slug:slug>/", course.course, name="course"),
    path("courses/<slug:slug>/start/", course.start, name="start"),
    path(LESSON, lesson.lesson, name="lesson"),
    path(LESSON + "checks/<uuid:block>/", lesson.answer, name="answer"),
    path(LESSON + "entries/<uuid:block>/", lesson.entry, name="entry"),
    path(LESSON + "finish/", lesson.finish, name="finish"),
    path(LESSON + "position/", lesson.position, name="position"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("", include((courses, "courses"))),
    path("learn/", learning.learn, name="learn"),
    path("for-organisations/", home.for_organisations, name="for_organisations"),
    path("privacy/", home.privacy, name="privacy"),
    path("terms/", home.terms, name="terms"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
