from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "web"
    verbose_name = "Web"

    def ready(self) -> None:
        from common.page_links import PageLink, page_links

        page_links.register(PageLink("browse courses", "courses:catalogue"))
        page_links.register(PageLink("go on learning", "learn"))
        page_links.register(PageLink("read the terms", "terms"))
