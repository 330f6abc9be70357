"""Where somebody is signed in, and for how long."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.rules import kinds_of

LEARNER = "learner"
SESSION_KEY = "lifetime"
# How often a session is written because somebody is still there, in seconds; never more than a tenth of its idle time.
REFRESH = 300


@dataclass(frozen=True)
class Lifetime:
    """How long a session goes on unused (`idle`) and altogether (`absolute`), in seconds."""

    idle: int
    absolute: int


def lifetime_of(user: User) -> Lifetime:
    """The shortest that any of their kinds has."""
    kinds = [LEARNER, *(kind.name for kind in kinds_of(user))]
    lifetimes = [settings.SESSION_LIFETIMES[kind] for kind in kinds]
    return Lifetime(idle=min(idle for idle, _ in lifetimes), absolute=min(absolute for _, absolute in lifetimes))


def begin(session: SessionBase, user: User) -> None:
    """Note in a session that has just been signed in when it ends."""
    now = int(time.time())
    lifetime = lifetime_of(user)
    session[SESSION_KEY] = {"since": now, "seen": now, "idle": lifetime.idle, "absolute": lifetime.absolute}


def has_ended(session: SessionBase) -> bool:
    """Whether nobody has used a session for too long, or whether it has gone on for too long altogether."""
    noted: dict[str, int] | None = session.get(SESSION_KEY)
    if noted is None:  # signed in before there were lifetimes: it begins now
        return False
    now = time.time()
    return now - noted["seen"] >= noted["idle"] or now - noted["since"] >= noted["absolute"]


def is_due_for_refresh(session: SessionBase) -> bool:
    noted: dict[str, int] | None = session.get(SESSION_KEY)
    return noted is None or time.time() - noted["seen"] >= min(REFRESH, noted["idle"] / 10)


def refresh(request: HttpRequest, user: User) -> None:
    """Note that somebody is still there. Rights given since they signed in shorten the session, none lengthens it."""
    noted: dict[str, int] | None = request.session.get(SESSION_KEY)
    if noted is None:
        begin(request.session, user)
    else:
        lifetime = lifetime_of(user)
        request.session[SESSION_KEY] = noted | {
            "seen": int(time.time()),
            "idle": min(noted["idle"], lifetime.idle),
            "absolute": min(noted["absolute"], lifetime.absolute),
        }
    UserSession.objects.create_from_request(request)


@dataclass(frozen=True)
class Place:
    """A browser in which somebody is signed in."""

    pk: int
    user_agent: str
    ip: str
    signed_in_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    is_current: bool


def places_of(user: User, current_key: str | None) -> list[Place]:
    """Where somebody is signed in, this browser first, then the latest seen. Sessions that have ended are forgotten."""
    places = []
    for kept in UserSession.objects.filter(user=user).order_by("pk"):
        session = _store()(kept.session_key)
        if kept.purge():
            continue
        if has_ended(session):
            kept.end()
            continue
        places.append(_place(kept, session, is_current=kept.session_key == current_key))
    return sorted(places, key=lambda place: (place.is_current, place.last_seen_at), reverse=True)


def _place(kept: UserSession, session: SessionBase, *, is_current: bool) -> Place:
    noted = session.get(SESSION_KEY)
    if noted is None:
        ends_at = session.get_expiry_date()
    else:
        moment = min(noted["since"] + noted["absolute"], noted["seen"] + noted["idle"])
        ends_at = timezone.now() + timedelta(seconds=moment - time.time())
    return Place(
        pk=kept.pk,
        user_agent=kept.user_agent,
        ip=kept.ip,
        signed_in_at=kept.created_at,
        last_seen_at=kept.last_seen_at,
        ends_at=ends_at,
        is_current=is_current,
    )


def end_place(*, user: User, pk: int, current_key: str | None) -> bool:
    """Sign somebody out in another browser. False where it was signed out already; this browser has a button of its own."""
    ended = _others(user, current_key).filter(pk=pk).first()
    if ended is None:
        return False
    ended.end()
    return True


def end_other_places(*, user: User, current_key: str | None) -> int:
    """Sign somebody out everywhere else; in how many browsers."""
    others = list(_others(user, current_key))
    for kept in others:
        kept.end()
    return len(others)


def _others(user: User, current_key: str | None) -> QuerySet[UserSession]:
    others: QuerySet[UserSession] = UserSession.objects.filter(user=user)
    return others.exclude(session_key=current_key) if current_key else others


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


@transaction.atomic
def end_sessions(*, user: User, keep: HttpRequest | None = None) -> None:
    """Sign somebody out everywhere, at the next request of each session; the session of `keep` goes on if it is theirs."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    if keep is not None and keep.user.pk == user.pk:
        update_session_auth_hash(keep, user)
        # It goes on under another key.
        UserSession.objects.create_from_request(keep)
