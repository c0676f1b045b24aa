"""How numbers, instants and states are worded on the page; pure."""

import re
from datetime import UTC, datetime, timedelta

from probe.track import State

_WORDS = {
    State.OK: "ok",
    State.FAILED: "failed",
    State.NOT_MEASURED: "not measured",
    State.UNKNOWN: "unknown",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_NS = 86_400 * 10**9
_EXACT = re.compile(r"(?<![0-9.])([0-9]{1,9}\.[0-9]{3,12}) (?:s\b|秒)")


def word(state: State) -> str:
    """Return a state as a reader calls it."""
    return _WORDS[state]


def duration(seconds: float) -> str:
    """Return a duration with three digits at most: `0.31 ms`, `42 ms`, `3.21 s`, `75 s`."""
    milliseconds = seconds * 1000
    if milliseconds < 1:
        return f"{milliseconds:.2f} ms"
    if milliseconds < 9.95:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    return f"{seconds:.1f} s" if seconds < 59.95 else f"{seconds:,.0f} s"


def rounded(text: str) -> str:
    """Return a text with its times to more than two decimals of a second as the page has others: `1.1 ms`, not `0.00106 s`."""
    return _EXACT.sub(lambda found: duration(float(found[1])), text)


def every(seconds: float) -> str:
    """Return a configured duration without digits that say nothing: `5 s`, `1.5 s`, `2 min`."""
    return f"{seconds / 60:g} min" if seconds >= 120 and seconds % 60 == 0 else f"{seconds:g} s"


def iso(at_ns: int) -> str:
    """Return an instant as ISO 8601 in UTC, to the millisecond."""
    return f"{_instant(at_ns).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"


def iso_seconds(at_ns: int) -> str:
    """Return an instant as ISO 8601 in UTC, to the second: what a link to the search carries."""
    return f"{_instant(at_ns).isoformat(timespec='seconds').removesuffix('+00:00')}Z"


def clock_short(at_ns: int) -> str:
    """Return the hour and minute of an instant of the last day, in UTC."""
    return _instant(at_ns).strftime("%H:%M UTC")


def clock(at_ns: int, now_ns: int) -> str:
    """Return an instant as a clock shows it, in UTC; with its date when that is not obvious."""
    pattern = "%H:%M:%S UTC" if abs(now_ns - at_ns) < _DAY_NS // 2 else "%Y-%m-%d %H:%M:%S UTC"
    return _instant(at_ns).strftime(pattern)


def _instant(at_ns: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=at_ns // 1000)
    except OverflowError:
        return _EPOCH


def counted(count: int, thing: str) -> str:
    """Return how many there are of a thing: `1 check`, `3 checks`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def lasting(seconds: float) -> str:
    """Return how long something lasted, in its two greatest units: `40 s`, `12 min`, `2 h 5 min`, `3 d 4 h`."""
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if hours < 2:
        return f"{minutes} min"
    if days < 2:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} d {hours % 24} h" if hours % 24 else f"{days} d"
