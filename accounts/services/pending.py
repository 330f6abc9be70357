"""Sign-ins under way: what somebody has shown so far, and whether the account is still what it was when they began."""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, clear_login, unstash_login
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User

# Beside the sign-in that allauth keeps in a session: when it began, and what its account was like then.
PENDING_KEY = "accounts_pending_sign_in"


def knows_password(request: HttpRequest, user: User) -> bool:
    """Whether somebody has given the password of an account in this session, or chose it there when they signed up."""
    if any(record["method"] == "password" for record in get_authentication_records(request, user)):
        return True
    pending = unstash_login(request, peek=True)
    return pending is not None and pending.signup and pending.user == user


def note_pending_sign_in(request: HttpRequest) -> None:
    """Remember what an account was like when a sign-in to it began that waits for a code or a second factor."""
    pending = request.session.get(LOGIN_SESSION_KEY)
    noted = request.session.get(PENDING_KEY)
    if noted and not pending:
        del request.session[PENDING_KEY]
    if not pending or (noted and noted[0] == pending["initiated_at"]):
        return
    login = unstash_login(request, peek=True)
    state = login.user.get_session_auth_hash() if login and isinstance(login.user, User) else ""
    request.session[PENDING_KEY] = [pending["initiated_at"], state]


def end_outdated_sign_in(request: HttpRequest) -> bool:
    """Drop a sign-in under way whose account has got another password, another second factor, or been closed since it began.

    Such changes end sessions, and this would become one.
    """
    noted = request.session.get(PENDING_KEY)
    login = unstash_login(request, peek=True) if noted else None
    if login is None or not noted or noted[0] != login.initiated_at or not noted[1]:
        return False
    if isinstance(login.user, User) and constant_time_compare(noted[1], login.user.get_session_auth_hash()):
        return False
    clear_login(request)
    return True
