"""Follow one vantage's footing and make one event of each disturbance, whatever its length and its many signs; pure.

A disturbance begins when a leg breaks, and ends when all that it broke is there again, or stays away long after the rest
has come back. A vantage that was down altogether counts as back from the moment when anything carried again.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from probe.model import Disturbance
from probe.uplink.footing import Break, Footing, Leg, broken

# An interface that comes back does so in steps, link, address, route, rules; it stands when nothing has moved for so
# long, though on a machine where something always moves it is not waited for.
SETTLED_NS = 60_000_000
_UNREST_NS = 300_000_000
# IPv6 looks for duplicates of its address for a second or two, and may be missing in the new network.
LAGGING_NS = 10_000_000_000

_SEVERITY = tuple(Disturbance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blip:
    """A loss that was told of, even if all is well by now: of an interface's link, or of one address of it."""

    index: int
    what: Disturbance
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A disturbance has begun or has become worse: these families are broken."""

    what: Disturbance
    detail: str
    families: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """The vantage can be used again, and nothing has moved for a moment."""

    since_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """A disturbance is over; `back_ns` is None when what it broke did not come back."""

    what: Disturbance
    detail: str
    lost_ns: int
    back_ns: int | None
    before: Footing
    after: Footing
    was_down: bool


Sign = Lost | Back | Over


@dataclass(slots=True, kw_only=True)
class _Trouble:
    """A disturbance under way."""

    lost_ns: int
    moved_ns: int
    before: Footing
    worst: Break
    families: set[int]
    was_down: bool = False
    usable_ns: int | None = None
    whole_ns: int | None = None
    is_back: bool = False

    def worsen(self, now_ns: int, breaks: Collection[Break]) -> None:
        """Take in what else broke."""
        self.families |= {one.family for one in breaks}
        self.worst = max(self.worst, *breaks, key=_severity)
        self.moved_ns, self.whole_ns, self.is_back = now_ns, None, False

    def mend(self, now_ns: int, now: Footing) -> None:
        """Take in what carries again."""
        if not any(_serves(leg, self.before) for leg in now.legs):
            self.was_down, self.usable_ns = True, None
        elif self.usable_ns is None:
            self.usable_ns = now_ns
        if any((leg := now.leg(family)) is None or not _serves(leg, self.before) for family in self.families):
            self.whole_ns = None
        elif self.whole_ns is None:
            self.whole_ns = now_ns

    def is_young(self, now_ns: int) -> bool:
        """Tell whether the vantage may still be on its way back."""
        return self.usable_ns is None or now_ns - self.usable_ns < _UNREST_NS

    @property
    def back_ns(self) -> int | None:
        """Since when it is over."""
        return self.usable_ns if self.was_down else self.whole_ns


class Tracker:
    """The footing of one vantage through time; every instant is one of the boot clock."""

    def __init__(self) -> None:
        """Start without having looked."""
        self.footing: Footing | None = None
        self._trouble: _Trouble | None = None
        self._was_up = False

    @property
    def is_troubled(self) -> bool:
        """Whether something broke and nothing settled since."""
        return self._trouble is not None and not self._trouble.is_back

    @property
    def is_up(self) -> bool | None:
        """Whether it can be left by far; None where that never was so, and there are neighbours all the same."""
        if self.footing is None:
            return None
        is_local = bool(self.footing.legs) and not self._was_up
        return self.footing.is_up or (None if is_local else False)

    @property
    def indices(self) -> frozenset[int]:
        """The interfaces that it stands on, and those it stood on before the disturbance under way."""
        legs = [] if self.footing is None else [*self.footing.legs]
        legs += [] if self._trouble is None else self._trouble.before.legs
        return frozenset(leg.index for leg in legs)

    def due_ns(self) -> int | None:
        """Return when to look again although nothing is told, or None."""
        trouble = self._trouble
        if trouble is None or trouble.usable_ns is None:
            return None
        lags = trouble.is_back and trouble.whole_ns is None
        return trouble.usable_ns + LAGGING_NS if lags else trouble.moved_ns + SETTLED_NS

    def observe(
        self, now_ns: int, footing: Footing, blips: Collection[Blip] = (), *, is_news: bool = False
    ) -> list[Sign]:
        """Take in what the vantage stands on now, and what was told since the last look; return what follows."""
        before, self.footing = self.footing, footing
        was_up, self._was_up = self._was_up, self._was_up or footing.is_up
        if before is None:
            return []
        breaks = [found for leg in before.legs if (found := _broken(leg, before, footing, blips))]
        signs = list(self._worsened(now_ns, before, breaks)) if breaks else []
        if self._trouble is not None:
            if before.legs != footing.legs or (is_news and self._trouble.is_young(now_ns)):
                self._trouble.moved_ns = now_ns
            return [*signs, *self._mended(now_ns, self._trouble, footing)]
        return [Back(since_ns=now_ns)] if footing.is_up and not was_up else []

    def ended(self) -> Over | None:
        """Return the disturbance that is not over when the watch ends."""
        return None if self._trouble is None else _over(self._trouble, self.footing or Footing())

    def _worsened(self, now_ns: int, before: Footing, breaks: Collection[Break]) -> Iterator[Sign]:
        trouble = self._trouble
        if trouble is not None and trouble.is_back and trouble.was_down:
            # What is still missing of the last one does not make this one part of it.
            yield _over(trouble, before)
            trouble = None
        worst = max(breaks, key=_severity)
        if trouble is None:
            families = {one.family for one in breaks}
            trouble = self._trouble = _Trouble(
                lost_ns=now_ns, moved_ns=now_ns, before=before, worst=worst, families=families
            )
        else:
            trouble.worsen(now_ns, breaks)
        yield Lost(what=worst.what, detail=worst.detail, families=frozenset(one.family for one in breaks))

    def _mended(self, now_ns: int, trouble: _Trouble, footing: Footing) -> Iterator[Sign]:
        trouble.mend(now_ns, footing)
        if trouble.usable_ns is None or now_ns - trouble.moved_ns < SETTLED_NS:
            return
        if not trouble.is_back:
            trouble.is_back = True
            yield Back(since_ns=trouble.usable_ns)
        if trouble.whole_ns is not None or now_ns - trouble.usable_ns >= LAGGING_NS:
            self._trouble = None
            yield _over(trouble, footing)


def _over(trouble: _Trouble, after: Footing) -> Over:
    return Over(
        what=trouble.worst.what,
        detail=trouble.worst.detail,
        lost_ns=trouble.lost_ns,
        back_ns=trouble.back_ns,
        before=trouble.before,
        after=after,
        was_down=trouble.was_down,
    )


def _severity(one: Break) -> int:
    return _SEVERITY.index(one.what)


def _serves(leg: Leg, before: Footing) -> bool:
    """Tell whether a leg does what the one of its family did before."""
    other = before.leg(leg.family)
    return leg.is_routed or (other is not None and not other.is_routed)


def _broken(leg: Leg, before: Footing, now: Footing, blips: Collection[Blip]) -> Break | None:
    """Tell what became of a leg since `before`, also when it carries again by now."""
    if found := broken(leg, now):
        return found
    detail = f"{leg.interface} lost its link for a moment"
    for blip in blips:
        if blip.index == leg.index and blip.address is None:
            return Break(what=blip.what, detail=detail, family=leg.family)
        if blip.index == leg.index and blip.address == leg.source:
            lost = f"{leg.interface} lost its address {leg.source} for a moment"
            return Break(what=blip.what, detail=lost, family=leg.family)
    then, since = before.sights.get(leg.index), now.sights.get(leg.index)
    if then and since and (since.losses or 0) > (then.losses or 0):
        return Break(what=Disturbance.LINK, detail=detail, family=leg.family)
    return None
