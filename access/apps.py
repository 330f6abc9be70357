from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "access"
    verbose_name = "Access"

    def ready(self) -> None:
        from access import handlers
        from access.privacy import PARTS
        from access.queries import seats_that_end
        from accounts.events import membership_accepted, membership_ended
        from accounts.member_parts import MemberPart, member_parts
        from accounts.personal_data import privacy_parts
        from courses.events import course_ensured

        course_ensured.connect("course set", handlers.ensure_own_set)
        membership_accepted.connect("seats", handlers.open_seats)
        membership_ended.connect("seats", handlers.release_seats)
        member_parts.register(MemberPart("seats", losses=seats_that_end))
        for part in PARTS:
            privacy_parts.register(part)
