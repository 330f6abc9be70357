"""Where somebody lives, by what their browser says and by what they say."""

from accounts.models import User


def note_detected_zone(*, user: User, time_zone: str) -> None:
    """Take a zone of the tz database from the browser where nobody has chosen one. Repeating it changes nothing."""
    if time_zone:
        User.objects.filter(pk=user.pk, time_zone="").update(time_zone=time_zone)


def choose_zone(*, user: User, time_zone: str) -> None:
    """What the person has chosen, in place of whatever was there."""
    User.objects.filter(pk=user.pk).update(time_zone=time_zone)
