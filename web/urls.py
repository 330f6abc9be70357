from django.urls import include, path

from web.views import catalogue, course, crawlers, home, learning, lesson, styleguide, words

LESSON = "courses/<slug:slug>/<slug:module>/<slug:lesson>/"
courses = [
    path("courses/", catalogue.catalogue, name="catalogue"),
    path("courses/<slug:slug>/", course.course, name="course"),
    path("courses/<slug:slug>/start/", course.start, name="start"),
    path("courses/<slug:slug>/what-you-wrote/", words.words, name="words"),
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
    path("learn/<uuid:enrolment>/completed/", learning.completed, name="completed"),
    path("learn/<uuid:enrolment>/put-away/", learning.put_away, name="put_away"),
    path("for-organisations/", home.for_organisations, name="for_organisations"),
    path("privacy/", home.privacy, name="privacy"),
    path("terms/", home.terms, name="terms"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("sitemap.xml", crawlers.sitemap, name="sitemap"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
