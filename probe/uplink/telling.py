"""Tell what becomes of a vantage's network: as records and events, and in the log."""

from collections.abc import Callable

import structlog

from probe.clock import Clock
from probe.model import Change, Event, Identity, UplinkState
from probe.uplink.footing import Footing
from probe.uplink.post import Post
from probe.uplink.tracker import Lost, Over

_log = structlog.get_logger()


class Teller:
    """Puts what is seen on the wall clock, and reports it."""

    def __init__(
        self, clock: Clock, report: Callable[[Event], None], next_identity: Callable[[], Identity]
    ) -> None:
        """Tell `report`."""
        self._clock = clock
        self._report = report
        self._next_identity = next_identity

    def lost(self, post: Post, sign: Lost) -> None:
        """Log the beginning of a disturbance."""
        _log.warning("vantage.lost", vantage=post.vantage, what=sign.what.value, detail=sign.detail)

    def back(self, post: Post) -> None:
        """Log that a vantage can be used again."""
        _log.info("vantage.back", vantage=post.vantage, **_described(post.tracker.footing or Footing()))

    def over(self, post: Post, sign: Over) -> None:
        """Record a disturbance."""
        self._report(
            Change(
                identity=self._next_identity(),
                vantage=post.vantage,
                what=sign.what,
                detail=sign.detail,
                lost_at_ns=self._wall_ns(sign.lost_ns),
                back_at_ns=None if sign.back_ns is None else self._wall_ns(sign.back_ns),
                lasted_seconds=(sign.back_ns - sign.lost_ns) / 1e9 if sign.back_ns is not None else None,
                before=sign.before.uplink,
                after=sign.after.uplink,
                was_down=sign.was_down,
            )
        )

    def state(self, post: Post) -> None:
        """Report how the vantage is now if that is another state than told last."""
        footing, told = post.tracker.footing, post.told
        if footing is None:
            return
        is_up = post.tracker.is_up
        if told is None and is_up is False:
            _log.warning("vantage.lacking", vantage=post.vantage, detail=footing.lack)
        now = UplinkState(
            vantage=post.vantage,
            is_up=is_up,
            since_ns=self._clock.wall_ns() if told is None or told.is_up is not is_up else told.since_ns,
            uplink=footing.uplink,
            detail="" if is_up else footing.lack,
        )
        if now != told:
            post.told = now
            self._report(now)

    def _wall_ns(self, boot_ns: int) -> int:
        return self._clock.wall_ns() - (self._clock.boot_ns() - boot_ns)


def _described(footing: Footing) -> dict[str, str]:
    uplink = footing.uplink
    return {"interface": ", ".join(uplink.interfaces), "addresses": ", ".join(uplink.addresses)}
