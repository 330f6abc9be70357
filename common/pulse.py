"""How long work lets whoever started it have a word: it is called again and again, and may raise to stop the work."""

from collections.abc import Callable

Pulse = Callable[[], None]


def no_pulse() -> None:
    """Nobody waits for a word, or wants to stop the work."""
