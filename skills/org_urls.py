"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from skills.views import frameworks, shared

urlpatterns = [
    path("skills/", frameworks.framework, name="framework"),
    path("skills/begin/", frameworks.framework_begin, name="framework_begin"),
    path("skills/add/", frameworks.framework_add, name="framework_add"),
    path("skills/give-back/", frameworks.framework_away, name="framework_away"),
    path("skills/use-again/", frameworks.framework_again, name="framework_again"),
    path("skills/shared/", shared.shared_evidence, name="shared_evidence"),
    path("skills/own/<slug:skill>/", frameworks.framework_skill, name="framework_skill"),
    path("skills/own/<slug:skill>/move/", frameworks.framework_move, name="framework_move"),
    path("skills/own/<slug:skill>/hide/", frameworks.framework_hide, name="framework_hide"),
    path("skills/own/<slug:skill>/versions/<int:number>/", frameworks.framework_version, name="framework_version"),
]
