"""Files of every kind that answers a question, each with the name of its author where such files keep one."""

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

AUTHOR = b"Zenobia Quartz"

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def packed(parts, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (parts | more).items():
            package.writestr(name, content)
    return out.getvalue()


def docx(**more):
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "docProps/core.xml": f"<coreProperties><creator>{AUTHOR.decode()}</creator></coreProperties>",
            "docProps/app.xml": f"<Properties><Manager>{AUTHOR.decode()}</Manager></Properties>",
            "word/document.xml": f'<w:document {W}><w:ins w:author="{AUTHOR.decode()}">We ask first.</w:ins></w:document>',
            "word/comments.xml": f'<w:comments {W}><w:comment w:author="{AUTHOR.decode()}" w:initials="ZQ"/></w:comments>',
        },
        **more,
    )


def odt(**more):
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office><dc:creator>{AUTHOR.decode()}</dc:creator><text:p>We ask first.</text:p></office>",
            "meta.xml": f"<meta><dc:creator>{AUTHOR.decode()}</dc:creator></meta>",
            "Thumbnails/thumbnail.png": b"picture of " + AUTHOR,
        },
        **more,
    )


def pdf(body=b""):
    xmp = b"<?xpacket begin='' id='x'?><x><dc:creator>" + AUTHOR + b"</dc:creator></x><?xpacket end='w'?>"
    info = b"<< /Title (Answer \\(mine\\)) /Author (" + AUTHOR + b") /Creator <FEFF005A> >>"
    return b"%PDF-1.7\n1 0 obj\n" + info + b"\nendobj\n" + xmp + body + b"\ntrailer\nstartxref\n9\n%%EOF\n"


def picture(form="JPEG", size=(8, 6)):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = AUTHOR.decode()
    Image.new("RGB", size, "white").save(out, form, exif=exif)
    return out.getvalue()


def jpg():
    return picture()


def png():
    return picture("PNG")


def txt():
    return "We ask first – since when?\n".encode()


def wav():
    data, extra = b"\0\1" * 100, b"INFOIART" + len(AUTHOR).to_bytes(4, "little") + AUTHOR
    chunks = b"fmt " + (16).to_bytes(4, "little") + b"\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0"
    chunks += b"LIST" + len(extra).to_bytes(4, "little") + extra + b"data" + len(data).to_bytes(4, "little") + data
    return b"RIFF" + (len(chunks) + 4).to_bytes(4, "little") + b"WAVE" + chunks


def mp3():
    frame = b"\xff\xfb\x90\x00" + b"\0" * 413
    old = b"TAG" + AUTHOR.ljust(125, b"\0")
    return b"ID3\3\0\0" + bytes([0, 0, 0, len(AUTHOR)]) + AUTHOR + frame * 3 + old


def box(name, *contents):
    body = b"".join(contents)
    return (len(body) + 8).to_bytes(4, "big") + name + body


def m4a(handler=b"soun"):
    tags = box(b"udta", box(b"meta", AUTHOR))
    track = box(b"trak", box(b"mdia", box(b"hdlr", b"\0" * 8 + handler + b"\0" * 12)), tags)
    return box(b"ftyp", b"M4A \0\0\0\0") + box(b"moov", track, tags) + box(b"mdat", b"sound" * 20)


def webm(codec=b"A_OPUS"):
    return b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm" + b"\x18S\x80g" + codec + b"\0" * 200


def ogg(codec=b"OpusHead"):
    return b"OggS\0\2" + b"\0" * 22 + codec + b"\0" * 200


MADE = {make.__name__: make for make in (pdf, docx, odt, txt, png, jpg, webm, m4a, mp3, ogg, wav)}


def sent(kind="pdf", name="Zenobia's answer.pdf", data=None):
    """As a browser sends it: whatever it says of the type, and under whatever name."""
    return SimpleUploadedFile(name, MADE[kind]() if data is None else data, content_type="text/html")
