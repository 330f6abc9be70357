from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "web"
    verbose_name = "Web"

    def ready(self) -> None:
        from common.page_links import PageLink, page_links
        from learning.completions import WHAT_YOU_WROTE
        from learning.kinds import NextActKind, next_act_kinds
        from web.links import next_course

        page_links.register(PageLink("browse courses", "courses:catalogue"))
        page_links.register(PageLink("go on learning", "learn"))
        page_links.register(PageLink("see what you have completed", "completed"))
        page_links.register(PageLink(WHAT_YOU_WROTE, "courses:words"))
        next_act_kinds.register(NextActKind("next course", 30, next_course))
        page_links.register(PageLink("read a lesson", "courses:lesson"))
        page_links.register(PageLink("read the terms", "terms"))
        page_links.register(PageLink("read what is kept of you", "privacy"))
