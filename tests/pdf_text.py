"""The words and the pages of a PDF as typst writes it."""

import re
import zlib

# What a string of a PDF may hold: brackets in pairs stand as they are, single ones have a backslash.
NESTED = rb"(?:\\.|[^\\()])*"
for _depth in range(8):
    NESTED = rb"(?:\\.|[^\\()]|\(" + NESTED + rb"\))*"


def text_of(pdf: bytes) -> str:
    """The words of a PDF as typst writes it: glyph numbers in content streams, each font with a table back to Unicode."""
    objects, streams = _objects(pdf)

    def table(font: bytes) -> dict[str, str]:
        cmap = streams[int(re.search(rb"/ToUnicode (\d+) 0 R", font)[1])].decode()
        pairs = re.findall(r"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", cmap)
        return {glyph.upper(): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}

    page = next(body for body in objects.values() if b"/Type/Page/" in body or b"/Type /Page\n" in body)
    names = dict(re.findall(rb"/(f\d+) (\d+) 0 R", b" ".join(objects.values())))
    fonts = {name: table(objects[int(number)]) for name, number in names.items() if b"/ToUnicode" in objects[int(number)]}
    content = streams[int(re.search(rb"/Contents (\d+) 0 R", page)[1])]
    words, font = [], {}
    for name, hexed, plain in re.findall(rb"/(f\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>|\((" + NESTED + rb")\)", content, re.DOTALL):
        if name:
            font = fonts[name]
        else:
            codes = bytes.fromhex(hexed.decode()) if hexed else _unescaped(plain)
            words += [font.get(codes[at : at + 2].hex().upper(), "") for at in range(0, len(codes), 2)]
    return "".join(words)


def _objects(pdf: bytes) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Dictionaries and unpacked streams by object number. A stream is as long as /Length says; it may end in a newline."""
    dictionaries, streams, position = {}, {}, 0
    while found := re.compile(rb"(?s)(\d+) 0 obj\n(.*?)(?:\bstream\r?\n|\nendobj)").search(pdf, position):
        number, dictionary, position = int(found[1]), found[2], found.end()
        dictionaries[number] = dictionary
        if not found[0].endswith(b"endobj"):
            end = position + int(re.search(rb"/Length (\d+)(?! \d+ R)", dictionary)[1])
            data, position = pdf[position:end], end
            assert re.match(rb"\r?\n?endstream\s+endobj", pdf[end:])
            streams[number] = zlib.decompress(data) if b"/FlateDecode" in dictionary else data
    return dictionaries, streams


def _unescaped(text: bytes) -> bytes:
    simple = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    return re.sub(
        rb"\\([0-7]{1,3}|.)",
        lambda m: bytes([int(m[1], 8)]) if m[1].isdigit() else simple.get(m[1], m[1]),
        text,
        flags=re.DOTALL,
    )


def pages_of(pdf: bytes) -> int:
    objects, _streams = _objects(pdf)
    return sum(bool(re.search(rb"/Type ?/Page\b(?!s)", body)) for body in objects.values())
