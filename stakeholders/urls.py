"""Pages about oneself, under /accounts/your-data/."""

from django.urls import path

from stakeholders import views

urlpatterns = [path("outcomes/<slug:organisation>/", views.own_objection, name="own_objection")]
