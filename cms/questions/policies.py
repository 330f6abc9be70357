"""Who may do what with questions. Authors write drafts, reviewers publish them; what was published once is kept."""

from collections.abc import Iterable

from django.db.models import QuerySet
from wagtail.permission_policies import ModelPermissionPolicy

from accounts.models import User
from assessments.models import Item
from cms.questions.models import QuestionDraft


class DraftPolicy(ModelPermissionPolicy):
    """Whoever may add a draft may delete one, as long as it was never published: the others are the history of a question."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return bool(super().user_has_permission(user, _as_granted(action)))

    def user_has_permission_for_instance(self, user: User, action: str, instance: QuestionDraft) -> bool:
        return (action != "delete" or instance.item_id is None) and self.user_has_permission(user, action)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[User]:
        users: QuerySet[User] = super().users_with_any_permission([_as_granted(action) for action in actions])
        return users


def _as_granted(action: str) -> str:
    return "add" if action == "delete" else action


DRAFTS = DraftPolicy(QuestionDraft)


class ItemPolicy(ModelPermissionPolicy):
    """Questions are read by whoever may see the bank. To add or to change one is to write a draft; nobody deletes one."""

    def user_has_permission(self, user: User, action: str) -> bool:
        if action in ("add", "change"):
            return DRAFTS.user_has_permission(user, action)
        return action != "delete" and bool(super().user_has_permission(user, action))

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[User]:
        asked = set(actions)
        writers = DRAFTS.users_with_any_permission(asked & {"add", "change"})
        readers: QuerySet[User] = super().users_with_any_permission(asked - {"add", "change", "delete"})
        return writers | readers


ITEMS = ItemPolicy(Item)
