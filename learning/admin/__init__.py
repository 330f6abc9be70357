"""Learning for operators."""

from learning.admin import certificates, subscribers

__all__ = ["certificates", "subscribers"]
