"""What the authoring side shows beyond pages."""

from django.contrib.auth.models import Group
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from accounts.models import User
from assessments.models import Item
from cms.items import ChangeOnlyPolicy, ItemViewSet
from cms.people import ClosedPolicy

register_permission_policy(Item, ChangeOnlyPolicy(Item))
register_snippet(ItemViewSet)
for model in (User, Group):
    register_permission_policy(model, ClosedPolicy(model))


@hooks.register("insert_global_admin_css")
def colours() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("css/authoring.css"))
