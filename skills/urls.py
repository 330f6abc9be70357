"""A learner's own pages of skills, under /skills/."""

from django.urls import path

from skills.views import own

urlpatterns = [
    path("", own.levels, name="skills"),
    path("evidence/<uuid:uuid>/", own.evidence, name="skill_evidence"),
    path("<slug:slug>/", own.skill, name="skill"),
]
