"""What imports holds of a person who uploaded files for an organisation."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import Row, kept, made_anonymous, moment, part_of_rows
from imports.models import StagedImport


def _uploads(user: User) -> QuerySet[StagedImport]:
    return StagedImport.objects.filter(uploaded_by=user).select_related("organisation").order_by("pk")


def _upload(staged: StagedImport) -> Row:
    """What it was called. What was in it is about other people."""
    return {
        "organisation": staged.organisation.name,
        "file": staged.file_name,
        "state": staged.state,
        "uploaded_at": moment(staged.created_at),
    }


PARTS = (
    part_of_rows(
        "files for organisations",
        _("Tables you uploaded for an organisation"),
        _uploads,
        _upload,
        lambda user: _uploads(user).update(uploaded_by=None),
        made_anonymous(
            "imports.StagedImport",
            because=_("The list of imports belongs to the organisation. It no longer says who uploaded a file."),
        )
        + kept(
            "imports.ImportProblem",
            because=_(
                "What was wrong in an organisation’s file is kept for 90 days, for whoever has to correct it. It may hold what "
                "the organisation wrote about you."
            ),
        )
        + kept(
            "imports.MissingRow",
            because=_("It says which rows of earlier files a later file did not hold: numbers of rows, and nobody's name."),
        ),
    ),
)
