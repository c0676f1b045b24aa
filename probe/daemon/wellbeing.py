"""Tell of the vantages' health whenever it changes: as a record, and in the log."""

from collections.abc import Callable

import structlog

from probe.clock import Clock
from probe.family import BROKEN
from probe.health import Healths
from probe.model import Ailment, Event, Health, Identity

_log = structlog.get_logger()


class Wellbeing:
    """Shows events to what is known of the vantages, and reports what they change in it."""

    def __init__(
        self,
        healths: Healths,
        clock: Clock,
        report: Callable[[Event], None],
        next_identity: Callable[[], Identity],
    ) -> None:
        """Tell `report`; nothing was told so far."""
        self._healths = healths
        self._clock = clock
        self._report = report
        self._next_identity = next_identity
        self._told: dict[str, tuple[Ailment, ...]] = {}

    def take(self, event: Event) -> None:
        """Take in any event."""
        if (vantage := self._healths.take(event)) is not None:
            self._tell(vantage)

    def ipv6(self, vantage: str, *, is_broken: bool) -> None:
        """Take in whether IPv6 works from a vantage."""
        if self._healths.ipv6(vantage, is_broken=is_broken):
            self._tell(vantage)

    def _tell(self, vantage: str) -> None:
        ailments = self._healths.ailments(vantage)
        before, self._told[vantage] = self._told.get(vantage, ()), ailments
        # Of IPv6 there are lines that tell more.
        known, now = ({one.cause for one in some} - {BROKEN} for some in (before, ailments))
        for one in ailments:
            if one.cause in now - known:
                _log.warning("vantage.ailing", vantage=vantage, cause=one.cause, detail=one.detail)
        for cause in sorted(known - now):
            _log.info("vantage.recovered", vantage=vantage, cause=cause)
        self._report(
            Health(
                identity=self._next_identity(),
                vantage=vantage,
                ailments=ailments,
                recorded_at_ns=self._clock.wall_ns(),
            )
        )
