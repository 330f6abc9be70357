"""Data are brought as in the tests of stakeholders."""

import pytest

from outcomes.analysis import computing
from tests.stakeholders.conftest import bring, colleagues, complaints, heart, partner

from .crowd import crowd

__all__ = ["bring", "colleagues", "complaints", "heart", "partner"]


@pytest.fixture
def however_few(monkeypatch):
    """Questions are looked at even where all data together hold too few exits for any."""
    monkeypatch.setattr(computing, "_too_few_exits", lambda *_args: None)


@pytest.fixture
def acme(db):
    return crowd()
