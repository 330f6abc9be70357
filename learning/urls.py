from django.urls import path

from learning.views import certificates

urlpatterns = [
    path("certificates/<uuid:uuid>/", certificates.certificate, name="certificate"),
    path("certificates/<uuid:uuid>/pdf/", certificates.certificate_pdf, name="certificate_pdf"),
]
