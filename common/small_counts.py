"""Counts of people as they may be read: one of 1 to 9, or whose complement is, names nobody."""

from django.utils.translation import gettext as _

from common.few import SMALL, is_small

__all__ = ["SMALL", "is_small", "share_of", "shown", "shown_of"]


def shown(n: int) -> str:
    """A count that stands alone."""
    return _("1–9") if is_small(n) else f"{n:,}"


def shown_of(n: int, total: int) -> str:
    """A count beside the whole of which it is a part: "120 of 400 (30%)", "1–9 of 400", "all but 1–9 of 400".

    Of a whole of 1 to 9 nothing is said, which would say how many it is; of an empty one that there is none.
    """
    if not total:
        return _("none")
    if is_small(total):
        return _("not shown")
    words = {"n": f"{n:,}", "total": f"{total:,}"}
    if is_small(n):
        return _("1–9 of %(total)s") % words
    if is_small(total - n):
        return _("all but 1–9 of %(total)s") % words
    return _("%(n)s of %(total)s (%(share)s%%)") % (words | {"share": f"{100 * n / total:.0f}"})


def share_of(n: int, total: int) -> str:
    """A share alone, blank where there is nothing to share, and none where it would give a small count away."""
    if not total:
        return ""
    if is_small(n) or is_small(total - n):
        return _("not shown")
    return f"{100 * n / total:.0f}%"
