"""When figures of a form are worked out: as somebody looks where it has few sittings, otherwise by a worker, and kept."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from assessments.analysis.figures import FormFigures, content_of, figures_of_form, read_figures
from assessments.analysis.loading import stamp_of
from assessments.analysis.sittings import sittings_of
from assessments.enums import StudyKind
from assessments.models import FormStudy, Instrument

LIVE_SITTINGS = 100
FRESH = timedelta(minutes=1)


@dataclass(frozen=True)
class Shown:
    """`figures`: None while a worker is at the first ones. `is_old`: newer ones are being worked out."""

    figures: FormFigures | None
    made_at: datetime
    is_old: bool = False


def shown_figures(form: Instrument) -> Shown:
    """What a page shows. It never waits for thousands of sittings."""
    if sittings_of(form) <= LIVE_SITTINGS:
        return Shown(figures_of_form(form), timezone.now())
    study = FormStudy.objects.filter(instrument=form, kind=StudyKind.FIGURES).first()
    figures = _read(study) if study else None
    is_old = study is None or figures is None or study.stamp != stamp_of(form)
    if is_old and (study is None or figures is None or study.made_at < timezone.now() - FRESH):
        with suppress(OperationalError):  # without a broker the page shows what it has; the next visitor asks again
            keep_form_figures.delay(form.pk)
    return Shown(figures, study.made_at if study else timezone.now(), is_old)


def _read(study: FormStudy) -> FormFigures | None:
    """None where an earlier release has kept them in another shape."""
    try:
        return read_figures(study.content)
    except (KeyError, TypeError, ValueError):
        return None


@shared_task(name="assessments.keep_form_figures")
def keep_form_figures(instrument_id: int) -> None:
    """Work out the figures of a form, unless they are those of the answers that there are."""
    form = Instrument.objects.get(pk=instrument_id)
    # Before the answers are read: those that come meanwhile make the figures old, never seemingly new.
    stamp = stamp_of(form)
    study = FormStudy.objects.filter(instrument=form, kind=StudyKind.FIGURES).first()
    if study is not None and study.stamp == stamp and _read(study) is not None:
        return
    figures = figures_of_form(form)
    FormStudy.objects.update_or_create(
        instrument=form,
        kind=StudyKind.FIGURES,
        defaults={
            "content": content_of(figures),
            "stamp": stamp,
            "digest": figures.digest,
            "made_at": timezone.now(),
        },
    )
