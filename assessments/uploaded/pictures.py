"""Pictures: drawn anew, so that nothing is left but their points. Where and when a photograph was taken goes with the rest."""

import io
import struct
import warnings

from PIL import Image, ImageOps

from assessments.uploaded.refusals import Fault, Unreadable

_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
_FORMATS = {"png": "PNG", "jpg": "JPEG"}
MOST_POINTS = 25_000_000
QUALITY = 90
# What Pillow raises where a picture, or what it says of itself, is damaged.
_BROKEN = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError, struct.error),
    *(Image.DecompressionBombError, MemoryError),
)


def kind_of(data: bytes) -> str:
    return next((name for mark, name in _BEGINNINGS.items() if data.startswith(mark)), "")


def clean(data: bytes) -> bytes:
    form = _FORMATS[kind_of(data)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of broken details that are left out anyway; points are counted below
            with Image.open(io.BytesIO(data), formats=[form]) as picture:
                if picture.width * picture.height > MOST_POINTS:
                    raise Unreadable(Fault.TOO_MUCH)
                return _drawn(picture, form)
    except _BROKEN as error:
        raise Unreadable(Fault.BROKEN) from error


def _drawn(picture: Image.Image, form: str) -> bytes:
    """Without a copy where none is needed: a photograph is a hundred megabytes once it is drawn."""
    picture.load()
    ImageOps.exif_transpose(picture, in_place=True)
    upright = picture if form == "PNG" or picture.mode in ("RGB", "L") else picture.convert("RGB")
    upright.info = {name: value for name, value in upright.info.items() if name in ("transparency", "gamma")}
    out = io.BytesIO()
    upright.save(out, form, **({"quality": QUALITY} if form == "JPEG" else {}))
    return out.getvalue()
