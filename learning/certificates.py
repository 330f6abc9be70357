"""A certificate as PDF, set by typst from its rows alone."""

import json
from pathlib import Path

import typst
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.templatetags.accord import minutes
from learning.models import Certificate

TEMPLATE = Path(__file__).parent / "typst" / "certificate.typ"


def public_address(certificate: Certificate) -> str:
    return settings.ACCORD_BASE_URL.rstrip("/") + certificate.get_absolute_url()


def words_of(certificate: Certificate) -> dict[str, str]:
    """Everything that is printed, in the language of the moment."""
    return {
        "lang": (get_language() or "en")[:2],
        "issuer": settings.WAGTAIL_SITE_NAME,
        "heading": _("Certificate of completion"),
        "name": certificate.name or _("The holder of this certificate"),
        "has_completed": _("has completed the course"),
        "course": certificate.course_title,
        "facts": _("%(date)s · about %(length)s of study")
        % {"date": date_format(certificate.completed_on, "DATE_FORMAT"), "length": minutes(certificate.minutes)},
        "meaning": meaning(),
        "verify": _("Verify this certificate at"),
        "number": _("Certificate number"),
        "address": public_address(certificate),
        "uuid": str(certificate.uuid),
    }


def meaning() -> str:
    """What a certificate says, and what it does not."""
    return _(
        "Every lesson and knowledge check was completed, and the final assessment where the course has "
        "one. A certificate of completion does not state a skill level."
    )


def pdf_of(certificate: Certificate) -> bytes:
    """One page, A4 landscape. Words go in as data, so nothing in a name can be read as markup."""
    data = json.dumps(words_of(certificate), ensure_ascii=False)
    return typst.compile(str(TEMPLATE), root=str(TEMPLATE.parent), format="pdf", sys_inputs={"data": data})
