"""Watch what all vantages leave by, tell what becomes of it, and interrupt the probes whose network goes."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial

from probe.abc import Crossing, Passenger, Tie, Tied, Way
from probe.clock import Clock
from probe.measure import Unwatched
from probe.model import Event, Identity
from probe.plan import Plan
from probe.uplink.crossing import leaves_machine
from probe.uplink.group import Group, Senses
from probe.uplink.post import Post
from probe.uplink.resuming import Once, Resuming
from probe.uplink.telling import Teller
from probe.uplink.tracker import Back, Lost, Over, Sign

# The kernel tells of everything but a namespace made anew; where it tells of nothing, looking has to do.
_LOOK_SECONDS, _DEAF_LOOK_SECONDS = 5.0, 1.0
# What it tells comes in bursts; the first is acted on at once.
_PAUSE_SECONDS = 0.005
_SENSES = Senses()


class Watch:
    """The watch over all vantages of a plan, which tells of what happens while `run` runs.

    A vantage whose probes all stay on this machine has no network that matters.
    """

    def __init__(
        self,
        clock: Clock,
        report: Callable[[Event], None],
        next_identity: Callable[[], Identity],
        senses: Senses = _SENSES,
    ) -> None:
        """Report to `report`; `adopt` says what to watch."""
        self._clock = clock
        self._report = report
        self._senses = senses
        self._teller = Teller(clock, report, next_identity)
        self._groups: dict[str | None, Group] = {}
        self._resuming: Resuming | None = None
        self._woken = asyncio.Event()

    def adopt(self, plan: Plan, once: Once) -> None:
        """Watch the vantages of this plan from now on, and ask by `once` when one of them is back."""
        if self._resuming is None:
            self._resuming = Resuming(once, self._report, self._clock)
        self._resuming.adopt(plan)
        ways = {one.series.vantage: one.looking.way for one in plan.probes if leaves_machine(one)}
        for group in self._groups.values():
            for name, post in list(group.posts.items()):
                if ways.get(name) != post.way:
                    self._leave(group.posts.pop(name))
        for name, way in ways.items():
            group = self._group(way)
            if name not in group.posts:
                group.posts[name] = Post(name, way)
        for namespace in [key for key, group in self._groups.items() if not group.posts]:
            self._groups.pop(namespace).close()
        self._woken.set()

    def crossed(self, vantage: str, passenger: Passenger) -> AbstractContextManager[Crossing]:
        """Watch over one probe while the context lasts, and interrupt it when its network goes."""
        for group in self._groups.values():
            if post := group.posts.get(vantage):
                look = partial(self._look, group, is_asked=True)
                return post.crossed(passenger, look, self._clock.boot_ns)
        return Unwatched().crossed(vantage, passenger)

    async def run(self) -> None:
        """Watch until cancelled; a disturbance that is not over by then is told of as it is."""
        try:
            async with asyncio.TaskGroup() as tasks:
                if self._resuming is not None:
                    tasks.create_task(self._resuming.run())
                await self._watch()
        finally:
            for group in self._groups.values():
                group.close()
                for post in group.posts.values():
                    self._leave(post)

    async def _watch(self) -> None:
        while True:
            self._woken.clear()
            for group in self._groups.values():
                group.listen(self._woken.set)
                self._look(group)
            await asyncio.sleep(_PAUSE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience_seconds()):
                    await self._woken.wait()

    def _patience_seconds(self) -> float:
        """Return how long to wait for the kernel to tell something."""
        usual = _DEAF_LOOK_SECONDS if any(one.is_deaf for one in self._groups.values()) else _LOOK_SECONDS
        dues = [due for one in self._groups.values() if (due := one.due_ns()) is not None]
        now = self._clock.boot_ns()
        return min([usual, *(max(0.0, (due - now) / 1e9) for due in dues)])

    def _group(self, way: Way) -> Group:
        namespace = (way.tie if isinstance(way, Tied) else Tie()).namespace
        if namespace not in self._groups:
            self._groups[namespace] = Group(namespace, way, self._senses)
        return self._groups[namespace]

    def _look(self, group: Group, *, is_asked: bool = False) -> None:
        for post, signs in group.look(self._clock.boot_ns(), is_asked=is_asked):
            for sign in signs:
                self._follow(post, sign)
            self._teller.state(post)

    def _follow(self, post: Post, sign: Sign) -> None:
        match sign:
            case Lost():
                if post.strike(sign):
                    self._teller.lost(post, sign)
                if self._resuming is not None:
                    self._resuming.end(post.vantage)
            case Back():
                post.settle(self._clock.boot_ns())
                self._teller.back(post)
                if self._resuming is not None:
                    self._resuming.begin(post.vantage)
            case Over():
                self._teller.over(post, sign)

    def _leave(self, post: Post) -> None:
        if (sign := post.tracker.ended()) is not None:
            self._teller.over(post, sign)
