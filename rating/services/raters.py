"""Who may rate the answers to a question."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from assessments.models import Item
from rating.errors import NoSuchRater
from rating.models import Rater
from rating.services.telling import tell_of_appointment


@transaction.atomic
def appoint_rater(*, item: Item, email: str, appointed_by: User | None) -> Rater:
    """Make the owner of an account a rater of this question, and tell them. Raises NoSuchRater.

    Somebody who was one before is again, with the training they have.
    """
    Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None:
        raise NoSuchRater(
            _("There is no account with the address %(email)s. Ask them to create one here, free of charge; then appoint them.")
            % {"email": email}
        )
    rater = Rater.objects.filter(item=item, user=user).first()
    if rater is not None and rater.ended_at is None:
        raise NoSuchRater(_("%(email)s is a rater of this question already.") % {"email": email})
    if rater is None:
        last = Rater.objects.filter(item=item).aggregate(last=Max("number"))["last"] or 0
        rater = Rater(item=item, user=user, number=last + 1)
    rater.appointed_by, rater.ended_at = appointed_by, None
    rater.save()
    tell_of_appointment(rater)
    return rater


@transaction.atomic
def end_rater(*, rater: Rater) -> None:
    """They rate no more; what they have rated counts. Safe to repeat."""
    Rater.objects.filter(pk=rater.pk, ended_at=None).update(ended_at=timezone.now())
