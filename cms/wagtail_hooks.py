"""What the authoring side shows beyond pages."""

from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from assessments.models import Item
from cms.items import ChangeOnlyPolicy, ItemViewSet

register_permission_policy(Item, ChangeOnlyPolicy(Item))
register_snippet(ItemViewSet)
