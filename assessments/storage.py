"""Where files live that must never have a public address."""

from django.core.files.storage import Storage, storages


def private_storage() -> Storage:
    return storages["private"]
