"""The sentences of a certificate, for its page and its PDF, in the language of the moment."""

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common.templatetags.accord import minutes
from learning.certificates.done import Done, ModuleDone, done_of
from learning.enums import AssessmentDone
from learning.models import Certificate

# More are counted and not named, so that all fits on one sheet.
NAMED_MODULES = 4


def public_address(certificate: Certificate) -> str:
    return settings.ACCORD_BASE_URL.rstrip("/") + certificate.get_absolute_url()


def words_of(certificate: Certificate) -> dict[str, str | list[str]]:
    """Everything that is printed."""
    done = done_of(certificate)
    return {
        "lang": (get_language() or "en")[:2],
        "issuer": settings.WAGTAIL_SITE_NAME,
        "heading": heading(done),
        "name": certificate.name or _("The holder of this certificate"),
        "has_completed": _("has completed a part of the course") if done and done.is_partial else _("has completed the course"),
        "course": certificate.course_title,
        "facts": _("%(date)s · about %(length)s of study")
        % {"date": date_format(certificate.completed_on, "DATE_FORMAT"), "length": minutes(certificate.minutes)},
        "scope": scope(done),
        "meaning": meaning(),
        "verify": _("Verify this certificate at"),
        "number": _("Certificate number"),
        "address": public_address(certificate),
        "uuid": str(certificate.uuid),
    }


def heading(done: Done | None) -> str:
    return _("Certificate of partial completion") if done and done.is_partial else _("Certificate of completion")


def meaning() -> str:
    """What a certificate says, and what it does not."""
    return _(
        "Each lesson that is counted here was finished, with the knowledge checks that it required. A certificate of "
        "completion does not state a skill level."
    )


def scope(done: Done | None) -> list[str]:
    """What exactly was done, a sentence a line."""
    if done is None:
        return []
    return [*_modules(done), *_not_needed(done), _assessment(done)]


def _modules(done: Done) -> list[str]:
    lessons = _lessons(done.lessons)
    if not done.is_partial:
        modules = ngettext("%(n)s module", "%(n)s modules", len(done.modules)) % {"n": len(done.modules)}
        return [_("%(modules)s, %(lessons)s.") % {"modules": modules, "lessons": lessons}]
    others = done.announced_modules - len(done.begun_modules)
    return [*_named(done.begun_modules, lessons), _other_modules(done, others)]


def _named(modules: list[ModuleDone], lessons: str) -> list[str]:
    if len(modules) > NAMED_MODULES:
        return [_("%(n)s modules, %(lessons)s.") % {"n": len(modules), "lessons": lessons}]
    named = _("Module %(number)s: %(title)s (%(lessons)s).")
    return [named % {"number": module.number, "title": module.title, "lessons": _lessons(module.lessons)} for module in modules]


def _lessons(count: int) -> str:
    return ngettext("%(n)s lesson", "%(n)s lessons", count) % {"n": count}


def _other_modules(done: Done, others: int) -> str:
    if done.to_follow:
        text = ngettext(
            "The course will have %(all)s modules; one of them is not part of this certificate.",
            "The course will have %(all)s modules; %(n)s of them are not part of this certificate.",
            others,
        )
    else:
        text = ngettext(
            "The course had %(all)s modules by then; one of them is not part of this certificate.",
            "The course had %(all)s modules by then; %(n)s of them are not part of this certificate.",
            others,
        )
    return text % {"all": done.announced_modules, "n": others}


def _not_needed(done: Done) -> list[str]:
    """What was added after they had begun, and what had left before it was done."""
    sentences = []
    added = sum(module.of - module.lessons for module in done.begun_modules)
    if added:
        text = ngettext(
            "One lesson that was added later is not part of it.",
            "%(n)s lessons that were added later are not part of it.",
            added,
        )
        sentences.append(text % {"n": added})
    waived = []
    if done.waived_lessons:
        waived.append(ngettext("one lesson", "%(n)s lessons", done.waived_lessons) % {"n": done.waived_lessons})
    if done.waived_checks:
        waived.append(ngettext("one knowledge check", "%(n)s knowledge checks", done.waived_checks) % {"n": done.waived_checks})
    if waived:
        sentences.append(_("Waived, because it left the course before it was done: %(what)s.") % {"what": ", ".join(waived)})
    return sentences


def _assessment(done: Done) -> str:
    return {
        AssessmentDone.NONE: _("The course had no assessment."),
        AssessmentDone.TAKEN: _("The assessment after the course was taken. It has no pass mark."),
        AssessmentDone.WAIVED: _("The assessment after the course was waived, because it left the course."),
        AssessmentDone.ADDED_LATER: _("The assessment after the course was not taken: it was added later."),
    }[done.assessment]
