from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    name = "outcomes"
    verbose_name = "Outcomes"

    def ready(self) -> None:
        from common.page_links import PageLink, page_links
        from outcomes.jobs import register_jobs

        register_jobs()
        page_links.register(PageLink("run analyses", "org:outcomes"))
