"""The cache and the queue on a real server."""

import uuid

import pytest
from django.conf import settings
from django.core.cache import cache

pytestmark = pytest.mark.services


def test_cache_is_redis_and_keeps_values():
    assert settings.CACHES["default"]["BACKEND"].endswith("RedisCache")
    key = uuid.uuid4().hex
    cache.set(key, {"a": 1}, 30)
    assert cache.get(key) == {"a": 1}
    cache.delete(key)
