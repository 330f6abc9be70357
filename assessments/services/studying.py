"""Item fit and differences between groups, worked out by a worker and kept with the day and what went in.

Groups are only what Accord records anyway and learners know of. Nothing is recorded of sex, age, origin or language, so nothing
is asked of them.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.analysis.loading import FormRows, load_form, stamp_of
from assessments.enums import StudyKind
from assessments.errors import StudyNotPossible
from assessments.models import FormStudy, Instrument
from assessments.scoring.readiness import DIF, may_test_dif
from jobs.services import Progress

GROUPINGS = ("organisation", "occasion")


def study_fit(form: Instrument, progress: Progress) -> FormStudy:
    """Keep fit and differences of the first sittings that there are now. Repeating it is safe.

    Raises StudyNotPossible under 500 complete first sittings in today's wording.
    """
    progress.report(0, 1 + len(GROUPINGS), step=_("Reading the answers"))
    stamp, rows = stamp_of(form), load_form(form)
    content = _study(rows, progress)
    study, _new = FormStudy.objects.update_or_create(
        instrument=form,
        kind=StudyKind.FIT,
        defaults={"content": content, "stamp": stamp, "digest": rows.digest, "made_at": timezone.now()},
    )
    return study


def too_few(complete: int) -> str:
    """`complete`: first sittings in which everybody was asked all of today's questions."""
    return _(
        "%(n)s first sittings were asked all of today's questions in today's wording. Fit and groups can be looked at from "
        "%(needed)s on."
    ) % {"n": f"{complete:,}", "needed": DIF}


def _study(rows: FormRows, progress: Progress) -> dict[str, Any]:
    # Loads scipy and pandas, which no web process does.
    from assessments.scoring import item_fit

    points = np.column_stack([question.first.points for question in rows.questions]) if rows.questions else rows.points
    complete, _columns = item_fit.usable(points)
    if len(complete) < DIF:
        raise StudyNotPossible(too_few(len(complete)))
    progress.report(0, step=_("Comparing curves with answers"))
    fits = item_fit.fit_items(points)
    groupings = []
    for done, name in enumerate(GROUPINGS, start=1):
        progress.report(done, step=_("Comparing groups"))
        is_second = np.array(rows.for_organisation if name == "organisation" else rows.after, dtype=bool)
        sizes = item_fit.sizes(points, is_second)
        found = item_fit.differences(points, is_second) if may_test_dif(sizes) else None
        items = None if found is None else [None if dif is None else asdict(dif) for dif in found]
        groupings.append({"name": name, "sizes": list(sizes), "items": items})
    return {
        "by": f"mirt {item_fit.VERSION}",
        "persons": len(complete),
        "items": [question.item.pk for question in rows.questions],
        "fits": [None if fit is None else asdict(fit) for fit in fits],
        "groupings": groupings,
    }
