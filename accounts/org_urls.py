"""Console pages of this app, mounted under /org/<organisation>/."""

from django.urls import path

from accounts.views import own_team, people, settings

urlpatterns = [
    path("my-team/", own_team.own_team, name="own_team"),
    path("people/", people.people, name="people"),
    path("people/export/", people.people_export, name="people_export"),
    path("people/add/", people.person_add, name="person_add"),
    path("people/resend-invitations/", people.people_resend_invitations, name="people_resend_invitations"),
    path("people/resend-undelivered/", people.people_resend_undelivered, name="people_resend_undelivered"),
    path("people/<uuid:uuid>/", people.person, name="person"),
    path("people/<uuid:uuid>/resend-invitation/", people.person_resend_invitation, name="person_resend_invitation"),
    path("people/<uuid:uuid>/leave/", people.person_leave, name="person_leave"),
    path("people/<uuid:uuid>/reinstate/", people.person_reinstate, name="person_reinstate"),
    path("people/<uuid:uuid>/roles/", people.role_add, name="role_add"),
    path("people/<uuid:uuid>/roles/<int:role>/remove/", people.role_remove, name="role_remove"),
    path("teams/", settings.teams, name="teams"),
    path("teams/<int:team_id>/", settings.team, name="team"),
    path("settings/", settings.settings, name="settings"),
    path("audit/", settings.audit, name="audit"),
    path("audit/export/", settings.audit_export, name="audit_export"),
]
