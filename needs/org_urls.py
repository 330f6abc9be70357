"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from needs import views

urlpatterns = [
    path("needs/", views.needs, name="needs"),
    path("needs/new/", views.gap_new, name="gap_new"),
    path("needs/gaps/<uuid:uuid>/", views.gap, name="gap"),
    path("needs/gaps/<uuid:uuid>/edit/", views.gap_edit, name="gap_edit"),
    path("needs/gaps/<uuid:uuid>/causes/", views.causes, name="causes"),
    path("needs/gaps/<uuid:uuid>/remeasure/", views.gap_remeasure, name="gap_remeasure"),
    path("needs/gaps/<uuid:uuid>/specify/", views.specification_new, name="specification_new"),
    path("needs/specifications/<uuid:uuid>/", views.specification, name="specification"),
    path("needs/specifications/<uuid:uuid>/edit/", views.specification_edit, name="specification_edit"),
    path("needs/specifications/<uuid:uuid>/approve/", views.specification_approve, name="specification_approve"),
    path("needs/specifications/<uuid:uuid>/expect/", views.expectation_new, name="expectation_new"),
    path("needs/expectations/<uuid:uuid>/edit/", views.expectation_edit, name="expectation_edit"),
    path("needs/expectations/<uuid:uuid>/withdraw/", views.expectation_withdraw, name="expectation_withdraw"),
    path("needs/expectations/<uuid:uuid>/measure/", views.expectation_measure, name="expectation_measure"),
]
