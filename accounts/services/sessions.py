"""Where somebody is signed in."""

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from accounts.models import User


@transaction.atomic
def end_sessions(*, user: User, keep: HttpRequest | None = None) -> None:
    """Sign somebody out everywhere, at the next request of each session; the session of `keep` goes on if it is theirs."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    if keep is not None and keep.user.pk == user.pk:
        update_session_auth_hash(keep, user)
