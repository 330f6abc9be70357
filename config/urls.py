"""All addresses. The console (`/org/<organisation>/…`) is put together from the apps' `org_urls`."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.documents.views.serve import authenticate_with_password

import accounts.org_urls
import assessments.org_urls
import billing.org_urls
import imports.org_urls
import jobs.views
import learning.org_urls
import mail.views
import needs.org_urls
import outcomes.org_urls
import practice.org_urls
import skills.org_urls
import stakeholders.org_urls
import web.org_urls
import web.views.media
from cms.people import AccountView
from cms.sessions import editor_session
from common import views as common_views
from config import health, status

console = [
    *web.org_urls.urlpatterns,
    *accounts.org_urls.urlpatterns,
    *imports.org_urls.urlpatterns,
    *skills.org_urls.urlpatterns,
    *learning.org_urls.urlpatterns,
    *assessments.org_urls.urlpatterns,
    *practice.org_urls.urlpatterns,
    *billing.org_urls.urlpatterns,
    *needs.org_urls.urlpatterns,
    *stakeholders.org_urls.urlpatterns,
    *outcomes.org_urls.urlpatterns,
]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("status", status.status, name="status"),
    path("metrics", status.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("declared/", common_views.declared, name="declared"),
    # Found before Wagtail's own, which would let people change their name and address past allauth.
    path("cms/account/", require_admin_access(AccountView.as_view())),
    path("cms/session/", editor_session, name="editor_session"),
    path("cms/", include(wagtailadmin_urls)),
    # Under the names of Wagtail's own, which would give a document to anybody.
    path("documents/<int:document_id>/<path:document_filename>", web.views.media.document, name="wagtaildocs_serve"),
    path(
        "documents/authenticate_with_password/<int:restriction_id>/",
        authenticate_with_password,
        name="wagtaildocs_authenticate_with_password",
    ),
    path("accounts/", include("accounts.urls")),
    path("accounts/your-data/", include("stakeholders.urls")),
    path("accounts/", include("allauth.urls")),
    path("jobs/<uuid:uuid>/", jobs.views.job, name="job"),
    path("jobs/<uuid:uuid>/stop/", jobs.views.stop, name="job_stop"),
    path("jobs/<uuid:uuid>/restart/", jobs.views.restart, name="job_restart"),
    path("l/<str:token>/", mail.views.mail_link, name="mail_link"),
    path("org/<slug:organisation>/", include((console, "org"))),
    path("assessments/", include("assessments.urls")),
    path("", include("rating.urls")),
    path("skill-check/", include("assessments.check_urls")),
    path("agreements/", include("practice.urls")),
    path("feedback/", include("feedback.urls")),
    path("practice/", include("practice.simulation_urls")),
    path("billing/", include("billing.urls")),
    path("api/", include("api.urls")),
    path("skills/", include("skills.urls")),
    path("", include("learning.urls")),
    *([path("demo/", include("demo.urls"))] if apps.is_installed("demo") else []),
    path("", include("web.urls")),
    path("media/<path:name>", web.views.media.media, name="media"),
    path("", include(wagtail_urls)),
]

handler400 = "common.views.bad_request"
handler403 = "common.views.permission_denied"
handler404 = "common.views.page_not_found"
handler500 = "common.views.server_error"
