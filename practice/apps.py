from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "practice"
    verbose_name = "Practice"

    def ready(self) -> None:
        from operations import links
        from practice import link_views
        from practice.contacts import LINK_KIND

        links.register_kind(LINK_KIND, link_views.answer)
