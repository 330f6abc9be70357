"""Data are brought as in the tests of stakeholders."""

import pytest

from tests.stakeholders.conftest import bring, colleagues, complaints, heart, partner

from .crowd import crowd

__all__ = ["bring", "colleagues", "complaints", "heart", "partner"]


@pytest.fixture
def acme(db):
    return crowd()
