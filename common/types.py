"""What code below the app of people may know of an organisation or of a person: enough to point at them, no more."""

from typing import Protocol


class OrganisationRef(Protocol):
    """An organisation, to those who import no higher app."""

    pk: int
    slug: str
    name: str


class PersonRef(Protocol):
    """Somebody who signs in. A membership is not one: it has no password and no session."""

    pk: int
    email: str

    @property
    def is_authenticated(self) -> bool: ...
