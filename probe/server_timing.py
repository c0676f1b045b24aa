"""Read Server-Timing (W3C Server Timing, 4): how long each hop says that its parts took; pure, and bounded.

The hops of config/relay name their metrics `<hop>.<part>`: `total`, `connect` (TLS included), `header` (from the attempt's
begin to the whole response header), `attempt` (how long a failed one took), and `cold`, which has no duration.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from probe.model import ServerTiming
from probe.text import clean

_MOST_METRICS = 20
_MOST_CHARACTERS = 4096
_NAME, _WORDS = 64, 100
# Longer than any platform lets a request last; a larger figure is none.
_LONGEST_SECONDS = 86_400.0

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110, 5.6.2
# What is never given back costs no second look, whatever a hop sends.
_METRIC = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.?)*+"?)++')
_BEGINS = re.compile(rf"[ \t]*({_TOKEN})")
_PARAMETER = re.compile(rf'[ \t]*;[ \t]*({_TOKEN})[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN})))?')


def server_timing(lines: Iterable[str]) -> tuple[ServerTiming, ...]:
    """Return the metrics of a response's field lines, in their order: those of the hop nearest the origin come first."""
    found: list[ServerTiming] = []
    for line in lines:
        for text in _METRIC.finditer(line[:_MOST_CHARACTERS]):
            if len(found) >= _MOST_METRICS:
                return tuple(found)
            found += _metric(text[0])
    return tuple(found)


def _metric(text: str) -> Iterator[ServerTiming]:
    begun = _BEGINS.match(text)
    if begun is None:
        return
    values: dict[str, str] = {}
    place = begun.end()
    while (one := _PARAMETER.match(text, place)) is not None:
        place, quoted, plain = one.end(), one[2], one[3]
        # Of a parameter that is there twice the first one counts.
        values.setdefault(one[1].lower(), plain or re.sub(r"\\(.)", r"\1", quoted or ""))
    yield ServerTiming(
        name=clean(begun[1], _NAME),
        seconds=_seconds(values.get("dur")),
        description=clean(values["desc"], _WORDS) if values.get("desc") else None,
    )


def _seconds(text: str | None) -> float | None:
    try:
        seconds = round(float(text or "") / 1000, 9)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and 0 <= seconds <= _LONGEST_SECONDS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one hop says of its own time, in seconds; what it does not say is None."""

    total: float | None = None
    connect: float | None = None
    header: float | None = None
    attempt: float | None = None
    cold: bool = False

    @property
    def upstream(self) -> float | None:
        """How long the hop waited for the one behind it: until its header came, or its attempt failed."""
        return self.header if self.header is not None else self.attempt

    @property
    def own(self) -> float | None:
        """What is left of the hop's whole time, name resolution and the client's body included."""
        if self.total is None:
            return None
        return max(0.0, self.total - (self.upstream or 0.0))


_DURATIONS, _COLD = ("total", "connect", "header", "attempt"), "cold"


def parts(metrics: Iterable[ServerTiming]) -> Mapping[str, Parts]:
    """Return what each hop says of its time, by the hop's own name for itself, nearest the origin first."""
    found: defaultdict[str, dict[str, float | None]] = defaultdict(dict)
    for one in metrics:
        hop, _, word = one.name.rpartition(".")
        if hop and (word == _COLD or (word in _DURATIONS and one.seconds is not None)):
            found[hop][word] = one.seconds
    return {
        hop: Parts(**{word: said.get(word) for word in _DURATIONS}, cold=_COLD in said)
        for hop, said in found.items()
    }
