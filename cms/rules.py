"""Who may work in the CMS."""

from accounts.types import Visitor


def may_author(user: Visitor) -> bool:
    """Whether Wagtail lets this person in: authors, reviewers, operators. At most two queries a request."""
    return user.is_authenticated and user.has_perm("wagtailadmin.access_admin")
