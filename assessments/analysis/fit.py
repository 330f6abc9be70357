"""What a worker found of item fit and differences between groups, in words."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from assessments.analysis.words import NOTHING, number
from assessments.enums import StudyKind
from assessments.models import FormStudy, Instrument
from assessments.scoring.item_analysis import FEWEST
from assessments.scoring.readiness import DIF, DIF_GROUP

SIGNIFICANT = 0.05
NEGLIGIBLE = "A"


def kept_fit(form: Instrument) -> FormStudy | None:
    return FormStudy.objects.filter(instrument=form, kind=StudyKind.FIT).first()


def fit_lines(study: FormStudy) -> Iterator[tuple[int, str, str]]:
    """Of each question its key, what is said of its curve, and of groups."""
    content = study.content
    asked = [grouping for grouping in content["groupings"] if grouping["items"]]
    for place, item in enumerate(content["items"]):
        found = [_difference(grouping["name"], grouping["items"][place]) for grouping in asked]
        told = " ".join(sentence for sentence in found if sentence)
        yield item, _fit(content["fits"][place]), told or (_("No difference was found.") if asked else NOTHING)


def _fit(fit: dict[str, Any] | None) -> str:
    if fit is None or fit["p"] is None:
        return NOTHING
    words = {"statistic": number(fit["statistic"]), "freedom": f"{fit['freedom']:.0f}", "p": _p(fit["p"])}
    if fit["p"] < SIGNIFICANT:
        return _("No: the answers stray from it (S-X² %(statistic)s, df %(freedom)s, p %(p)s). Look at the dots.") % words
    return _("Nothing speaks against it (S-X² %(statistic)s, df %(freedom)s, p %(p)s).") % words


def _difference(grouping: str, found: dict[str, Any] | None) -> str:
    """Only what is both unlikely to be chance and large enough to matter."""
    if found is None or found["p"] is None or found["p"] >= SIGNIFICANT or found["category"] == NEGLIGIBLE:
        return ""
    is_harder = (found["harder"] or 0) > 0
    texts = {
        ("organisation", True): _("Harder for those who learn for an organisation, at the same level (%(size)s, p %(p)s)."),
        ("organisation", False): _("Easier for those who learn for an organisation, at the same level (%(size)s, p %(p)s)."),
        ("occasion", True): _("Harder after the course than before it, at the same level (%(size)s, p %(p)s)."),
        ("occasion", False): _("Easier after the course than before it, at the same level (%(size)s, p %(p)s)."),
    }
    size = _("%(n)s standard deviations") % {"n": number(abs(found["harder"] or 0))}
    return texts[grouping, is_harder] % {"size": size, "p": _p(found["p"])}


def _p(value: float) -> str:
    return _("below 0.001") if value < 0.001 else f"{value:.3f}"


def fit_notes(study: FormStudy) -> list[str]:
    """Which groups were compared and which could not be, and what was never asked."""
    notes = [_grouping_note(grouping) for grouping in study.content["groupings"]]
    notes.append(
        _("p values are corrected for the number of questions. Only differences that ETS calls moderate or large count.")
    )
    notes.append(
        _("Levels are found from all questions, so one large difference can make others seem to differ a little the other way.")
    )
    notes.append(_("Accord records nothing of sex, age, origin or language, so groups by these cannot be compared."))
    return notes


def _grouping_note(grouping: dict[str, Any]) -> str:
    first, second = (f"{size:,}" if size >= FEWEST else _("fewer than 10") for size in grouping["sizes"])
    sizes = {"first": first, "second": second, "needed": DIF, "group": DIF_GROUP}
    if grouping["name"] == "organisation":
        names = _("On their own: %(first)s; for an organisation: %(second)s.") % sizes
    else:
        names = _("First sittings before the course: %(first)s; after it: %(second)s.") % sizes
    if grouping["items"]:
        return names
    return names + " " + _("Not compared: that takes %(needed)s, with %(group)s in each group.") % sizes
