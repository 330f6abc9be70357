"""`{% kept %}` and `{% live %}`: parts of pages that are rendered once, and what in them is different each time.

    {% kept title=lesson.title is_open=is_open %}
      <h1>{{ title }}</h1> … <form>{% csrf_token %}{% live %}{{ user }}{% endlive %}</form>
    {% endkept %}

Built into every template. See `common.fragments` for what may be named. Inside stand only the names that the tag gives, and
nothing of the page around it. What is between `{% live %}` and `{% endlive %}` is rendered for each page with the names of the
page around the fragment, without those of a `{% with %}` or `{% for %}` inside it. Tokens of forms are each page's own.
"""

from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.template import Context, Library, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.loader_tags import BlockNode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from common import fragments
from common.kept_forms import OWNER_IN_CONTEXT, owner_field_of

register = Library()
# What fills the holes of the fragment that is being rendered; the first two are those of every form.
_holes: ContextVar[list[NodeList | str] | None] = ContextVar("holes", default=None)
CSRF, OWNER = 0, 1


class LiveNode(Node):
    """In a fragment a hole; everywhere else as if it were not there."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        holes = _holes.get()
        if holes is None:
            return self.nodelist.render(context)
        holes.append(self.nodelist)
        return mark_safe(fragments.hole(len(holes) - 1))


class KeptNode(Node):
    def __init__(self, values: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.values, self.nodelist = values, nodelist

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context, ignore_failures=True) for name, value in self.values.items()}
        if not settings.ACCORD_KEEPS_FRAGMENTS or _holes.get() is not None or "csrf_token" not in context:
            with context.push(**values):
                return self.nodelist.render(context)
        key = (self, get_language(), context.autoescape, *map(fragments.key_of, values.values()))
        fragment = fragments.find(key)
        if fragment is None:
            fragment = self._rendered(context, values)
            fragments.keep(key, fragment)
        filled = [part if isinstance(part, str) else _fill(part, fragment, context) for part in fragment.parts]
        return mark_safe("".join(filled))

    def _rendered(self, page: Context, values: dict[str, Any]) -> fragments.Fragment:
        holes: list[NodeList | str] = ["csrf", "owner"]
        of_forms = {"csrf_token": fragments.hole(CSRF), OWNER_IN_CONTEXT: fragments.hole(OWNER)}
        alone = Context(values | of_forms, autoescape=page.autoescape, use_l10n=page.use_l10n, use_tz=page.use_tz)
        before = _holes.set(holes)
        try:
            with alone.bind_template(page.template):  # type: ignore[arg-type]  # it is being rendered
                html = self.nodelist.render(alone)
        finally:
            _holes.reset(before)
        return fragments.Fragment(fragments.parts_of(html), holes)


def _fill(number: int, fragment: fragments.Fragment, page: Context) -> str:
    if number == CSRF:
        return str(page["csrf_token"])
    if number == OWNER:
        return owner_field_of(page["request"])
    return fragment.live[number].render(page)


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    if bits:
        raise TemplateSyntaxError(f"kept takes names with values, not {bits[0]}.")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(BlockNode):
        raise TemplateSyntaxError("A block that other templates fill cannot be kept: put kept into the block.")
    return KeptNode(values, nodelist)


@register.tag
def live(parser: Parser, token: Token) -> LiveNode:
    nodelist = parser.parse(("endlive",))
    parser.delete_first_token()
    return LiveNode(nodelist)
