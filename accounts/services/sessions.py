"""Where somebody is signed in."""

from celery import shared_task
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from common.retention import delete_in_batches


@transaction.atomic
def end_sessions(*, user: User, keep: HttpRequest | None = None) -> None:
    """Sign somebody out everywhere, at the next request of each session; the session of `keep` goes on if it is theirs."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    if keep is not None and keep.user.pk == user.pk:
        update_session_auth_hash(keep, user)


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Those that have run out; nobody can come back to them."""
    delete_in_batches(Session.objects.filter(expire_date__lt=timezone.now()), name="sessions that had run out deleted")
