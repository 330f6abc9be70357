"""Fixtures of the tests of imports."""

import pytest


@pytest.fixture
def user(organisation, member):
    """Somebody who may import files of every kind."""
    return member(organisation, "owner", "lnd_partner", "data_steward").user
