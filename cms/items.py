"""The questions of assessments, as they are asked. (They are written in `cms.questions`; knowledge checks in their lesson.)"""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import ModelMultipleChoiceFilter
from taggit.models import Tag
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.widgets.button import Button
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views.snippets import CreateView, EditView, IndexView, InspectView, SnippetViewSet

from accounts.models import User
from assessments.answers import options_in_order, parts_of
from assessments.enums import ItemKind, ItemUse, KeyProvenance
from assessments.models import Item, ItemVersion
from cms.questions.drafting import draft_of
from cms.questions.models import QuestionDraft
from cms.questions.views import edit_address, to_typed

NOT_DRAFTED = (ItemKind.OPEN, ItemKind.COMPOSED)
WORDS_IN_LIST = 100


class ChangeOnlyPolicy(ModelPermissionPolicy):
    """For what comes from files: it is changed in the CMS, neither added nor deleted."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action not in ("add", "delete") and super().user_has_permission(user, action)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[User]:
        return super().users_with_any_permission([action for action in actions if action not in ("add", "delete")])


def words_of(item: Item) -> str:
    """What tells a question from others in a list."""
    version = item.current_version
    words = f"{version.situation} {version.prompt}" if version else item.key
    return Truncator(" ".join(words.split())).chars(WORDS_IN_LIST)


def provenance_words(version: ItemVersion) -> str:
    """Who has decided which answer is best, with how many experts they were."""
    if version.panel_experts is None:
        return {
            KeyProvenance.AUTHOR: gettext("by its author alone: it awards no level"),
            KeyProvenance.PANEL: gettext("by a panel of experts"),
            KeyProvenance.CALIBRATED: gettext("calibrated"),
        }[KeyProvenance(version.key_provenance)]
    return gettext("by a panel of %(n)s experts") % {"n": version.panel_experts}


def keyed_by(item: Item) -> str:
    """The same for a list, in a word or two."""
    version = item.current_version
    if version is None:
        return ""
    name = KeyProvenance(version.key_provenance).label
    return f"{name} ({version.panel_experts})" if version.panel_experts is not None else str(name)


def draft_state(item: Item) -> str:
    """Whether what its draft says differs from what is asked."""
    draft = getattr(item, "draft", None)
    return gettext("changes not published") if draft is not None and draft.has_unpublished_changes else ""


def page_of(item: Item) -> str:
    return reverse("wagtailsnippets_assessments_item:inspect", args=[item.pk])


def tags_of_questions() -> QuerySet[Tag]:
    """Images have tags of their own."""
    of_items = ContentType.objects.get_for_model(Item)
    return Tag.objects.filter(taggit_taggeditem_items__content_type=of_items).distinct().order_by("name")


class ItemFilterSet(WagtailFilterSet):
    tags = ModelMultipleChoiceFilter(
        label=_("Tags"),
        queryset=lambda request: tags_of_questions(),
        widget=CheckboxSelectMultiple,
    )

    class Meta:
        model = Item
        fields: ClassVar = [
            *("kind", "course", "skill", "relationship", "boundary", "state"),
            *("current_version__language", "current_version__key_provenance"),
        ]


class ItemListView(IndexView):
    page_title = _("Questions")

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """With the way to a file of what the list shows now."""
        query = self.request.GET.urlencode()
        address = reverse("export_questions")
        export = Button(_("Export"), url=f"{address}?{query}" if query else address, icon_name="download", priority=60)
        return [*super().header_more_buttons, export]


class ItemAddView(CreateView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A question begins as a draft."""
        return redirect("wagtailsnippets_cms_questiondraft:add")


class ItemEditView(EditView):
    def get_object(self, queryset: QuerySet[Item] | None = None) -> Item:
        """Open questions have a form of their own, with their rubric; checks are written in their lesson."""
        item: Item = super().get_object(queryset)
        if item.kind in NOT_DRAFTED or item.use != ItemUse.FORM or item.current_version_id is None:
            raise Http404
        return item

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A question is changed in its draft, which is made the first time."""
        return redirect(edit_address(draft_of(self.object, QuestionDraft)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.get(request)


class ItemInspectView(InspectView):
    """What is asked, whatever its draft says."""

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        return [*super().header_more_buttons, *to_typed(self.object)]

    def get_fields_context(self) -> list[dict[str, Any]]:
        fields: list[dict[str, Any]] = super().get_fields_context()
        return [{"label": label, "value": text, "component": None} for label, text in texts_of(self.object) if text] + fields


def texts_of(item: Item) -> Iterator[tuple[Any, str]]:
    """Label and words of everything that learners read of a question."""
    version = item.current_version
    if version is None:
        return
    if item.is_retired:
        yield _("Retired"), gettext("Nobody who begins from now on is asked it. Learners who have started go on with it.")
    yield _("Key"), provenance_words(version)
    yield _("Situation"), version.situation
    yield _("Question"), version.prompt
    keyed = {part.text: part.key for part in parts_of(version, [])}
    for option in options_in_order(version):
        label: Any = _("Answer, the key") if option["id"] in version.correct else _("Answer")
        if not version.is_choice and keyed.get(option["text"]):
            label = _("%(answer)s (key: %(key)s)") % {"answer": label, "key": keyed[option["text"]]}
        if "level" in option:
            label = _("%(answer)s, level %(level)s") % {"answer": label, "level": option["level"]}
        yield label, f"{option['text']} – {option['feedback']}"


class ItemViewSet(SnippetViewSet):
    model = Item
    index_view_class = ItemListView
    add_view_class = ItemAddView
    edit_view_class = ItemEditView
    inspect_view_class = ItemInspectView
    inspect_view_fields: ClassVar = [
        "key",
        "kind",
        "state",
        "course",
        "skill",
        "relationship",
        "industry",
        "boundary",
        "region",
    ]
    icon = "help"
    menu_label = _("Questions")
    menu_name = "assessment-questions"
    menu_order = 250
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    list_display: ClassVar = [
        TitleColumn("words", label=_("Question"), accessor=words_of, get_url=page_of),
        "key",
        Column("get_kind_display", label=_("Format")),
        "course",
        "skill",
        "relationship",
        "industry",
        Column("keyed_by", label=_("Keyed by"), accessor=keyed_by),
        Column("get_state_display", label=_("State")),
        Column("draft_state", label=_("Draft"), accessor=draft_state),
    ]
    filterset_class = ItemFilterSet
    search_fields: ClassVar = ["key", "industry", "tags__name", "current_version__prompt", "current_version__situation"]
    search_backend_name = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        return (
            Item.objects.filter(use=ItemUse.FORM)
            .exclude(kind=ItemKind.OPEN)
            .select_related("course", "skill", "current_version", "draft")
        )
