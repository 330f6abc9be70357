"""Data are brought as in the tests of stakeholders."""

from tests.stakeholders.conftest import bring, complaints

__all__ = ["bring", "complaints"]
