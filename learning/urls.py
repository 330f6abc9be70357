from django.urls import path

from learning.views import certificates, plans, subscribing

urlpatterns = [
    path("tell-me/<slug:slug>/", subscribing.tell_me, name="tell_me"),
    path("tell-me/confirm/<str:token>/", subscribing.confirm, name="tell_me_confirm"),
    path("learn/plans/<uuid:uuid>/", plans.plan_follow_up, name="plan_follow_up"),
    path("certificates/<uuid:uuid>/", certificates.certificate, name="certificate"),
    path("certificates/<uuid:uuid>/pdf/", certificates.certificate_pdf, name="certificate_pdf"),
    path("certificates/<uuid:uuid>/name/", certificates.certificate_name, name="certificate_name"),
]
