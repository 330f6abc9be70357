"""Media in an S3-compatible store. Pages print our own address; whoever may see the file is sent on to a signed one."""

from typing import Any

from django.conf import settings
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage


class SignedMediaStorage(S3Storage):
    """Its `url` is behind our permission view, so that it may stand in pages and caches."""

    def url(self, name: str, *arguments: Any, **options: Any) -> str:
        return settings.MEDIA_URL + filepath_to_uri(name)

    def signed_url(self, name: str, *, content_type: str, disposition: str) -> str:
        """An address in the store that ends after `querystring_expire` seconds, and that fixes how the file is answered."""
        return super().url(name, {"ResponseContentType": content_type, "ResponseContentDisposition": disposition})
