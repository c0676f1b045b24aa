"""The switch: which faults are in force, for which vantage, and until when."""

import asyncio
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import structlog

from probe.lab.fault import Act, Fault, find, known_vantage
from probe.lab.layout import LabError

log = structlog.get_logger()

_LONGEST_SECONDS = 86_400.0


@dataclass(slots=True, kw_only=True, eq=False)
class Breakage:
    """A fault in force; `over` is set when it is mended, which frees whatever it held."""

    fault: Fault
    vantage: str | None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    timer: asyncio.TimerHandle | None = None

    def covers(self, hop: str, vantage: str | None) -> bool:
        """Say whether what arrives at the hop for that vantage is broken."""
        return self.fault.hop == hop and self.vantage in {None, vantage}

    def seconds_left(self) -> float | None:
        """Return how long until it mends by itself, or None when it does not."""
        return None if self.timer is None else max(0.0, self.timer.when() - asyncio.get_running_loop().time())

    async def pass_within(self, seconds: float) -> None:
        """Return when it is mended, at the latest after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self.over.wait()
        except TimeoutError:
            return


Broken = Mapping[Act, Breakage]


class Switch:
    """Breaks and mends; whoever watches is told after each change."""

    def __init__(self) -> None:
        """Start with nothing broken."""
        self._breakages: dict[tuple[str, str | None], Breakage] = {}
        self._watchers: list[Callable[[], None]] = []

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each change from now on."""
        self._watchers.append(changed)

    def __iter__(self) -> Iterator[Breakage]:
        """Go through what is broken now."""
        return iter(tuple(self._breakages.values()))

    def at(self, hop: str, vantage: str | None) -> Broken:
        """Return what is broken for what arrives at the hop for that vantage."""
        return {each.fault.act: each for each in self if each.covers(hop, vantage)}

    def break_(self, fault_id: str, vantage: str | None = None, seconds: float | None = None) -> Breakage:
        """Put a fault in force, for one vantage or everybody, for good or for a time; breaking again resets the time."""
        fault = find(fault_id)
        key = (fault.id, known_vantage(vantage))
        if seconds is not None and not (math.isfinite(seconds) and 0 < seconds <= _LONGEST_SECONDS):
            raise LabError(f"a fault can last more than 0 s and at most 24 h, not {seconds:g} s")
        breakage = self._breakages.setdefault(key, Breakage(fault=fault, vantage=vantage))
        if breakage.timer:
            breakage.timer.cancel()
        loop = asyncio.get_running_loop()
        breakage.timer = None if seconds is None else loop.call_later(seconds, self._end, (breakage,))
        facts = {} if seconds is None else {"seconds": seconds}
        log.info("fault.broken", fault=fault.id, vantage=vantage or "all", **facts)
        self._tell()
        return breakage

    def mend(self, fault_id: str | None = None, vantage: str | None = None) -> tuple[Breakage, ...]:
        """End a fault, or all of them, for one vantage or wherever it is in force; return what was ended."""
        if fault_id is not None:
            find(fault_id)
        known_vantage(vantage)
        ended = tuple(
            each for each in self if fault_id in {None, each.fault.id} and vantage in {None, each.vantage}
        )
        self._end(ended)
        return ended

    def _end(self, ended: tuple[Breakage, ...]) -> None:
        for breakage in ended:
            del self._breakages[(breakage.fault.id, breakage.vantage)]
            if breakage.timer:
                breakage.timer.cancel()
            breakage.over.set()
            log.info("fault.mended", fault=breakage.fault.id, vantage=breakage.vantage or "all")
        self._tell()

    def _tell(self) -> None:
        for changed in self._watchers:
            changed()
