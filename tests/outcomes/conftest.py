"""Data are brought as in the tests of stakeholders."""

from tests.stakeholders.conftest import bring, colleagues, complaints, heart, partner

__all__ = ["bring", "colleagues", "complaints", "heart", "partner"]
