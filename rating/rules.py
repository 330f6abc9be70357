"""Who may rate, and who may make somebody a rater. The default is no."""

from accounts.rules import is_operator
from accounts.types import Visitor


def may_lead_raters(user: Visitor) -> bool:
    """Those who may reword questions: they write rubrics, appoint raters and have them train again."""
    return user.is_authenticated and (is_operator(user) or user.has_perm("assessments.change_item"))


def may_see_figures(user: Visitor) -> bool:
    return user.is_authenticated and (may_lead_raters(user) or user.has_perm("assessments.view_item"))
