"""Pictures: drawn anew, so that nothing is left but their points. Where and when a photograph was taken goes with the rest."""

import io
import warnings

from PIL import Image, ImageOps

from assessments.uploaded.refusals import Fault, Unreadable

_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
_FORMATS = {"png": "PNG", "jpg": "JPEG"}
MOST_POINTS = 60_000_000
QUALITY = 90


def kind_of(data: bytes) -> str:
    return next((name for mark, name in _BEGINNINGS.items() if data.startswith(mark)), "")


def clean(data: bytes) -> bytes:
    form = _FORMATS[kind_of(data)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # counted below, before anything is drawn
            with Image.open(io.BytesIO(data), formats=[form]) as picture:
                if picture.width * picture.height > MOST_POINTS:
                    raise Unreadable(Fault.TOO_MUCH)
                return _drawn(picture, form)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unreadable(Fault.BROKEN) from error


def _drawn(picture: Image.Image, form: str) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    if upright.mode not in ("RGB", "L") and form == "JPEG":
        upright = upright.convert("RGB")
    bare = upright.copy()
    bare.info = {name: value for name, value in bare.info.items() if name in ("transparency", "gamma")}
    out = io.BytesIO()
    bare.save(out, form, **({"quality": QUALITY} if form == "JPEG" else {}))
    return out.getvalue()
