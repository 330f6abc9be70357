"""What rating has to do with a learner's skill page: where a text is that was rated, and what was said of it."""

from collections.abc import Collection
from uuid import UUID

from django.urls import reverse

from accounts.models import User
from rating.queries import own_works
from rating.summary import words_of


def work_addresses(user: User, works: Collection[UUID]) -> dict[UUID, str]:
    """Of those that are the user's own. One query."""
    return {work.uuid: reverse("rating:results", args=[work.response.attempt.uuid]) for work in own_works(user, works)}


def work_words(user: User, works: Collection[UUID]) -> dict[UUID, str]:
    """What each says of itself now. One query."""
    return {work.uuid: words_of(work) for work in own_works(user, works)}
