"""Base classes. No tables of their own."""

import uuid

from django.db import models


class TimeStampedModel(models.Model):
    """Knows when it was made and last changed (UTC)."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class PublicModel(TimeStampedModel):
    """Has an identity that may appear in an address without telling how many there are."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True
