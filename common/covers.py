"""Course covers drawn from a colour and a title: two families of lines that meet, and the initials."""

import math
import re

from django.utils.html import escape

WIDTH, HEIGHT = 640, 280
SERIF = "Iowan Old Style, Palatino Linotype, Palatino, P052, Georgia, serif"
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_SMALL_WORDS = {"a", "an", "and", "at", "for", "in", "of", "on", "or", "the", "to", "what", "with", "your"}


def initials_of(title: str) -> str:
    """Up to two letters: of the first two words that carry meaning."""
    words = [word for word in re.findall(r"[^\W_]+", title) if word.lower() not in _SMALL_WORDS] or title.split()
    return "".join(word[0].upper() for word in words[:2])


def _mixed(colour: str, other: int, share: float) -> str:
    """`colour` with `share` of a grey level mixed in."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part * (1 - share) + other * share):02x}" for part in parts)


def _rings(cx: float, cy: float, step: float, count: int) -> str:
    return "".join(f'<circle cx="{cx:.0f}" cy="{cy:.0f}" r="{step * n:.0f}"/>' for n in range(1, count + 1))


def _waves(phase: float, rows: int, lift: float) -> str:
    gap = HEIGHT / rows
    return "".join(
        f'<path d="M0 {gap * n:.0f}C160 {gap * n - lift:.0f} 240 {gap * n + lift * math.cos(phase):.0f} 320 {gap * n:.0f}'
        f'S520 {gap * n + lift:.0f} 640 {gap * n - lift * math.sin(phase):.0f}"/>'
        for n in range(-2, rows + 3)
    )


def _rays(cx: float, cy: float, count: int) -> str:
    lines = []
    for n in range(count):
        angle = math.tau * n / count
        lines.append(f'<path d="M{cx:.0f} {cy:.0f}l{800 * math.cos(angle):.0f} {800 * math.sin(angle):.0f}"/>')
    return "".join(lines)


def _pattern(seed: bytes) -> str:
    left, right = 60 + seed[1] % 120, 400 + seed[2] % 180
    kind = seed[0] % 3
    if kind == 0:
        return _rings(left, seed[3] % HEIGHT, 26, 14) + _rings(right, HEIGHT - seed[3] % HEIGHT, 26, 14)
    if kind == 1:
        return _waves(seed[1] / 40, 11, 24 + seed[2] % 40) + _rings(right, seed[3] % HEIGHT, 34, 8)
    return _rays(left, 40 + seed[3] % 200, 44) + _rings(right, HEIGHT - seed[3] % HEIGHT, 30, 10)


def cover_svg(title: str, colour: str, *, seed: bytes) -> str:
    """SVG text of the cover; the same title and colour always give the same picture."""
    base = colour if _HEX.fullmatch(colour or "") else "#0B5D57"
    dark, light = _mixed(base, 0, 0.28), _mixed(base, 255, 0.42)
    return (
        f'<svg class="cover" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice"'
        ' aria-hidden="true" focusable="false">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{dark}"/>'
        f'<g fill="none" stroke="{light}" stroke-opacity=".5" stroke-width="1.5">{_pattern(seed)}</g>'
        f'<text x="36" y="{HEIGHT - 36}" fill="#fff" font-family="{SERIF}"'
        f' font-size="104" letter-spacing="-3">{escape(initials_of(title))}</text></svg>'
    )
