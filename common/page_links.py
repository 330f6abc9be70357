"""Pages of upper apps that pages of lower ones lead to: asked for by what they do, registered by the app that has them."""

from dataclasses import dataclass

from common.registry import Registry


@dataclass(frozen=True)
class PageLink:
    """`name` is what one does there, `url_name` where it is."""

    name: str
    url_name: str


page_links: Registry[PageLink] = Registry("Links to pages of upper apps", owner="common.page_links")
