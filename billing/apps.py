from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "Billing"

    def ready(self) -> None:
        from accounts.personal_data import closing_obstacles, privacy_parts
        from billing import checks  # noqa: F401  # registers itself
        from billing.privacy import OBSTACLES, PARTS
        from billing.services.notices import TEMPLATES
        from common.page_links import PageLink, page_links
        from mail.kinds import MailTemplate, mail_templates

        for name in TEMPLATES:
            # `answer`: the words of whoever decided, whole, with paragraphs, and with an address where they gave one.
            mail_templates.register(MailTemplate(name, addresses=frozenset({"order_path", "answer"}), is_essential=True))
        for part in PARTS:
            privacy_parts.register(part)
        for obstacle in OBSTACLES:
            closing_obstacles.register(obstacle)
        page_links.register(PageLink("buy seats", "org:seats"))
