"""Small files without a public address: given by a view that has asked who wants them, and swept where nothing names them."""

import re
from collections.abc import Iterator
from datetime import datetime

from django.core.files.base import File
from django.core.files.storage import Storage
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

# Nothing in it runs, whatever a browser takes it for.
POLICY = "default-src 'none'; sandbox"
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


def private_file(
    request: HttpRequest, storage: Storage, name: str, *, content_type: str, file_name: str, is_shown: bool
) -> HttpResponse:
    """The file, or the part of it that a player asks for (Safari plays no sound without). 404 where it is not stored any more.

    `is_shown`: in the page, instead of being saved. `file_name` is what it is saved as.
    """
    try:
        file = storage.open(name)
    except FileNotFoundError:
        raise Http404 from None
    with file:
        return _answer(request, file, content_type, content_disposition_header(not is_shown, file_name) or "inline")


def _answer(request: HttpRequest, file: File, content_type: str, disposition: str) -> HttpResponse:
    size = file.size
    span = _span(request.headers.get("Range", ""), size)
    if span is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = span
    file.seek(first)
    response = HttpResponse(file.read(last - first + 1), content_type=content_type)
    if last - first + 1 < size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Disposition"] = disposition
    response["Accept-Ranges"] = "bytes"
    response["Content-Encoding"] = "identity"  # packed on the way, its bytes would not be those that were asked for
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    return response


def _span(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte; all of it where no part, or several, are asked for; None where there is no such part."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return 0, size - 1
    start, end = found.groups()
    first, last = (int(start), min(int(end or size - 1), size - 1)) if start else (max(0, size - int(end)), size - 1)
    return (first, last) if first <= last else None


# What is stored -----------------------------------------------------------------------------------------------------------


def stored_before(storage: Storage, folder: str, moment: datetime) -> set[str]:
    """Names of the files that were stored before then under `folder`, which has a folder a year, and in it one a month."""
    months = (month for year in _folders(storage, folder) for month in _folders(storage, year))
    names = (f"{month}/{name}" for month in months for name in storage.listdir(month)[1])
    return {name for name in names if storage.get_modified_time(name) < moment}


def _folders(storage: Storage, path: str) -> Iterator[str]:
    try:
        names = storage.listdir(path)[0]
    except FileNotFoundError:
        return  # nothing has been stored yet
    yield from (f"{path}/{name}" for name in names)
