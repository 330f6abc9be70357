"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from accounts.views import import_remedies, imports, people, settings

urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/export/", people.people_export, name="people_export"),
    path("people/add/", people.person_add, name="person_add"),
    path("people/import/", imports.people_import, name="people_import"),
    path("people/remind/", people.people_remind, name="people_remind"),
    path("people/<uuid:uuid>/", people.person, name="person"),
    path("people/<uuid:uuid>/invite/", people.person_invite_again, name="person_invite_again"),
    path("people/<uuid:uuid>/leave/", people.person_leave, name="person_leave"),
    path("people/<uuid:uuid>/bring-back/", people.person_bring_back, name="person_bring_back"),
    path("people/<uuid:uuid>/roles/", people.role_add, name="role_add"),
    path("people/<uuid:uuid>/roles/<int:role>/remove/", people.role_remove, name="role_remove"),
    path("imports/<uuid:uuid>/", imports.import_report, name="import_report"),
    path("imports/<uuid:uuid>/apply/", imports.import_apply, name="import_apply"),
    path("imports/<uuid:uuid>/check/", imports.import_check, name="import_check"),
    path("imports/<uuid:uuid>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<uuid:uuid>/columns/", import_remedies.import_match, name="import_match"),
    path("imports/<uuid:uuid>/set-aside/", import_remedies.import_set_aside, name="import_set_aside"),
    path("imports/<uuid:uuid>/set-aside.csv", import_remedies.import_set_aside_rows, name="import_set_aside_rows"),
    path("imports/<uuid:uuid>/problems.csv", imports.import_problems, name="import_problems"),
    path("imports/templates/<slug:kind>.csv", imports.import_template, name="import_template"),
    path("teams/", settings.teams, name="teams"),
    path("teams/<int:team_id>/", settings.team, name="team"),
    path("settings/", settings.settings, name="settings"),
    path("audit/", settings.audit, name="audit"),
    path("audit/export/", settings.audit_export, name="audit_export"),
]
