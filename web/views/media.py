"""Images and documents, each behind the rule of what shows it; the bytes come from Django, the web server or the store."""

import mimetypes
from pathlib import PurePosixPath
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import Storage, default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.documents import get_document_model
from wagtail.documents.models import document_served

from common.media_storage import SignedMediaStorage
from web.media import Audience, audience_of_document, audience_of_file

# What a browser may show in a page of ours. Everything else is saved: a drawing or a page of HTML could carry scripts.
IMAGES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
PDF = {".pdf": "application/pdf"}
POLICY = "default-src 'none'; sandbox"
# Browsers show no PDF in a sandbox, and have a stricter one of their own for it.
PDF_POLICY = "default-src 'none'"
# Names are used again after an image was deleted, and a lesson may stop being a sample: no longer than that.
PUBLIC_CACHE = "public, max-age=3600"
PRIVATE_CACHE = "private, no-cache"
# A copy of the way to the store must not outlive the signature.
PUBLIC_WAY_CACHE = "public, max-age=120"


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of the media storage by its name; 404 to whoever may not see it, as if there were none."""
    if "\0" in name:  # which neither a database nor a file system takes
        raise Http404
    audience = audience_of_file(name, request.user)
    if audience is Audience.NOBODY:
        raise Http404
    return send(request, default_storage, name, audience)


@require_safe
def document(request: HttpRequest, document_id: int, document_filename: str) -> HttpResponseBase:
    """In place of Wagtail's own view, which knows nothing of courses. Its private collections stay private all the same."""
    document = get_object_or_404(get_document_model().objects.select_related("collection"), pk=document_id)
    if document.filename != document_filename:
        raise Http404
    for restrict in hooks.get_hooks("before_serve_document"):
        if (instead := restrict(document, request)) is not None:
            return instead
    audience = audience_of_document(document, request.user)
    if audience is Audience.NOBODY:
        raise Http404
    document_served.send(sender=type(document), instance=document, request=request)
    return send(request, document.file.storage, document.file.name, audience)


def send(request: HttpRequest, storage: Storage, name: str, audience: Audience) -> HttpResponseBase:
    """The file, in the way the installation sends files: by the store, by the web server in front, or by this process."""
    is_public = audience is Audience.EVERYBODY
    base = getattr(storage, "_wrapped", storage)  # of `default_storage`, which is lazy
    if isinstance(base, SignedMediaStorage):
        way = HttpResponseRedirect(base.signed_url(name, content_type=content_type(name), disposition=disposition(name)))
        way["Cache-Control"] = PUBLIC_WAY_CACHE if is_public else PRIVATE_CACHE
        return way
    response = _by_web_server(storage, name) if settings.MEDIA_ACCEL_PREFIX else _by_this_process(request, storage, name)
    response["Cache-Control"] = PUBLIC_CACHE if is_public else PRIVATE_CACHE
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = PDF_POLICY if _ending(name) in PDF else POLICY
    return response


def _by_web_server(storage: Storage, name: str) -> HttpResponse:
    _path_of(storage, name)
    response = HttpResponse(content_type=content_type(name), headers={"Content-Disposition": disposition(name)})
    response["X-Accel-Redirect"] = quote(settings.MEDIA_ACCEL_PREFIX + name)
    return response


def _by_this_process(request: HttpRequest, storage: Storage, name: str) -> HttpResponseBase:
    """Whole, without ranges: no sound and no film can be uploaded, and whoever asks for a part may be given everything."""
    path = _path_of(storage, name)
    try:
        changed, size = storage.get_modified_time(name), storage.size(name)
        etag = f'"{int(changed.timestamp() * 1_000_000):x}-{size:x}"'
        unchanged = get_conditional_response(request, etag, int(changed.timestamp()))
        if unchanged is not None:
            return unchanged
        response = FileResponse(open(path, "rb"), content_type=content_type(name))  # noqa: SIM115 - closed by the response
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise Http404 from None
    response["Content-Disposition"] = disposition(name)
    response["ETag"], response["Last-Modified"] = etag, http_date(changed.timestamp())
    return response


def _path_of(storage: Storage, name: str) -> str:
    try:
        return storage.path(name)
    except SuspiciousFileOperation:
        raise Http404 from None


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def content_type(name: str) -> str:
    known = (IMAGES | PDF).get(_ending(name))
    return known or mimetypes.guess_type(name)[0] or "application/octet-stream"


def disposition(name: str) -> str:
    is_shown = _ending(name) in IMAGES | PDF
    return content_disposition_header(not is_shown, PurePosixPath(name).name) or "inline"
