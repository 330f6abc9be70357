"""Course covers drawn from a colour and a key: two circles, as in our mark, that meet in one of several ways."""

import math
import re
from collections.abc import Callable

WIDTH, HEIGHT = 640, 280
MIDDLE = HEIGHT / 2
# What WCAG 2.2 asks of graphics, 1.4.11.
MIN_CONTRAST = 3
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def _mixed(colour: str, other: int, share: float) -> str:
    """`colour` with `share` of a grey level mixed in."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part * (1 - share) + other * share):02x}" for part in parts)


def _circle(cx: float, cy: float, r: float) -> str:
    return f'<circle cx="{cx:.0f}" cy="{cy:.0f}" r="{r:.0f}"/>'


def _lens(left: float, right: float, y: float, r: float) -> str:
    """What two circles of one size, side by side, have in common."""
    half = math.sqrt(max(r * r - ((right - left) / 2) ** 2, 0))
    x = (left + right) / 2
    arc = f"A{r:.0f} {r:.0f} 0 0 1 {x:.0f}"
    return f'<path d="M{x:.0f} {y - half:.0f}{arc} {y + half:.0f}{arc} {y - half:.0f}Z"/>'


def _meet(n: int) -> str:
    """Two circles and what they share."""
    apart = 120 + n % 60
    left, right = WIDTH / 2 - apart / 2, WIDTH / 2 + apart / 2
    both = _circle(left, MIDDLE, 104) + _circle(right, MIDDLE, 104)
    return f'<g class="soft">{both}</g><g class="bright">{_lens(left, right, MIDDLE, 104)}</g>'


def _uncover(n: int) -> str:
    """One circle clears the fog of lines before the other."""
    rows = "".join(f'<path d="M0 {y}H{WIDTH}"/>' for y in range(14, HEIGHT, 18))
    x = 220 + n % 60
    return (
        f'<g class="line">{rows}</g><g class="back">{_circle(x + 150, MIDDLE, 96)}</g>'
        f'<g class="soft">{_circle(x + 150, MIDDLE, 96)}</g><g class="bright">{_circle(x, MIDDLE, 58)}</g>'
    )


def _trade(n: int) -> str:
    """Each side holds half of the other."""
    left, right, r = 236 - n % 20, 404 + n % 20, 92
    top, foot = MIDDLE - r, MIDDLE + r
    return (
        f'<g class="soft">{_circle(left, MIDDLE, r)}</g><g class="bright">{_circle(right, MIDDLE, r)}</g>'
        f'<g class="bright"><path d="M{left} {top}A{r} {r} 0 0 1 {left} {foot}Z"/></g>'
        f'<g class="mid"><path d="M{right} {top}A{r} {r} 0 0 0 {right} {foot}Z"/></g>'
    )


def _approach(n: int) -> str:
    """Steps from one side to the other."""
    steps = 5 + n % 2
    gap = 420 / steps
    row = "".join(_circle(130 + gap * step, MIDDLE, 30 + 8 * step) for step in range(steps))
    return f'<g class="ring">{row}</g><g class="bright">{_circle(130 + gap * steps - 20, MIDDLE, 62)}</g>'


def _orbit(n: int) -> str:
    """One side moves round the other's expectations."""
    angle = math.tau * (n % 12) / 12
    rings = "".join(_circle(WIDTH / 2, MIDDLE, r) for r in (52, 92, 132, 172, 212, 252))
    x, y = WIDTH / 2 + 172 * math.cos(angle), MIDDLE + 92 * math.sin(angle)
    centre = _circle(WIDTH / 2, MIDDLE, 34)
    return f'<g class="ring">{rings}</g><g class="bright">{centre}</g><g class="mid">{_circle(x, y, 24)}</g>'


def _chain(n: int) -> str:
    """Links that hold because each goes through the next."""
    count, r = 4, 70 + n % 12
    gap = 110
    first = WIDTH / 2 - gap * (count - 1) / 2
    rings = "".join(_circle(first + gap * link, MIDDLE, r) for link in range(count))
    lenses = "".join(_lens(first + gap * link, first + gap * (link + 1), MIDDLE, r) for link in range(count - 1))
    return f'<g class="bright">{lenses}</g><g class="ring ring--strong">{rings}</g>'


MOTIFS: tuple[Callable[[int], str], ...] = (_meet, _uncover, _trade, _approach, _orbit, _chain)


def motif_of(seed: bytes) -> int:
    return seed[8] % len(MOTIFS)


def shades(colour: str) -> tuple[str, str]:
    """Of the ground and of what is drawn on it."""
    return _mixed(colour, 0, 0.28), _mixed(colour, 255, 0.62)


def is_visible(colour: str) -> bool:
    """Whether the drawing stands out from its ground. Where it does, the cover also stands out from the page.

    A ground that gives a light drawing 3:1 is dark enough for a light page, and the drawing light enough for a dark one.
    """
    ground, drawing = shades(colour)
    return contrast(drawing, ground) >= MIN_CONTRAST


def contrast(colour: str, other: str) -> float:
    """Ratio of two colours by WCAG 2.2, from 1 to 21."""
    high, low = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def cover_svg(colour: str, *, seed: bytes) -> str:
    """SVG text of the cover; the same seed and colour always give the same picture."""
    base = colour if _HEX.fullmatch(colour or "") else "#0B5D57"
    dark, light = shades(base)
    looks = {
        "soft": f'fill="{light}" fill-opacity=".24"',
        "mid": f'fill="{light}" fill-opacity=".55"',
        "bright": f'fill="{light}"',
        "back": f'fill="{dark}"',
        "line": f'stroke="{light}" stroke-opacity=".28" stroke-width="2"',
        "ring": f'fill="none" stroke="{light}" stroke-opacity=".42" stroke-width="2"',
        "ring ring--strong": f'fill="none" stroke="{light}" stroke-width="5"',
    }
    motif = MOTIFS[motif_of(seed)](seed[1])
    for name, look in looks.items():
        motif = motif.replace(f'class="{name}"', look)
    return (
        f'<svg class="cover" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice"'
        ' aria-hidden="true" focusable="false">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{dark}"/>{motif}</svg>'
    )
