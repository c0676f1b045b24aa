"""Say how long something took, the same way in every sentence of the commands; pure."""

_MOST_MILLISECONDS = 999.5


def lapse(seconds: float) -> str:
    """Return `0.35 ms`, `18.0 ms`, `812 ms` or `9.99 s`: three figures, which is all that anybody reads."""
    milliseconds = seconds * 1e3
    if milliseconds >= _MOST_MILLISECONDS:
        return f"{seconds:.2f} s" if seconds < 100 else f"{seconds:.0f} s"
    return f"{milliseconds:.{_decimals(milliseconds)}f} ms"


def between(shortest: float, longest: float) -> str:
    """Return one time where both read alike, or else `15.0 ms to 1.20 s`."""
    first, last = lapse(shortest), lapse(longest)
    return first if first == last else f"{first} to {last}"


def _decimals(milliseconds: float) -> int:
    if milliseconds < 9.995:
        return 2
    return 1 if milliseconds < 99.95 else 0
