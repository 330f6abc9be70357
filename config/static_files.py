"""Style sheets, scripts and pictures of the program: everybody may read them, whatever is kept from other accounts."""

import os
from collections.abc import Iterator
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesForAll(CompressedManifestStaticFilesStorage):
    """0644 in folders 0755, the compressed copies too, which are written past Django's own modes."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755} | options)

    def post_process(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        before = os.umask(0o022)
        try:
            yield from super().post_process(*arguments, **options)
        finally:
            os.umask(before)
