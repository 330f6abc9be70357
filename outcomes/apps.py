from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    name = "outcomes"
    verbose_name = "Outcomes"

    def ready(self) -> None:
        from accounts.personal_data import privacy_parts
        from common.page_links import PageLink, page_links
        from outcomes.jobs import register_jobs
        from outcomes.privacy import PARTS

        register_jobs()
        page_links.register(PageLink("run analyses", "org:outcomes"))
        for part in PARTS:
            privacy_parts.register(part)
