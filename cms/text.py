"""HTML that leaves the authoring side: few elements, no attributes but addresses, one spelling of everything.

The same text gives the same bytes whether it came from the editor or from a content file, so that opening and saving a
lesson makes no new course version.
"""

import re

import nh3
from wagtail.rich_text import expand_db_html

TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "b", "em", "i", "a", "br"}
ADDRESSES = {"http", "https", "mailto"}
_BETWEEN_BLOCKS = re.compile(r"(</?(?:p|h2|h3|ul|ol|li)>)\s+(?=</?(?:p|h2|h3|ul|ol|li)>)")


def published_html(source: object) -> str:
    """Rich text as stored by Wagtail, as clean HTML with plain addresses."""
    html = nh3.clean(
        expand_db_html(str(source or "")),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=ADDRESSES,
        link_rel=None,
    )
    html = re.sub(r"<(/?)b>", r"<\1strong>", html)
    html = re.sub(r"<(/?)i>", r"<\1em>", html)
    return _BETWEEN_BLOCKS.sub(r"\1", html).strip()
