"""How everything stands as the vantages tell it: who says of which stretch that it fails, answers, or nobody knows; pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from probe.model import Event, Finding, Health, Observation, Purpose, Series, UplinkState
from probe.notice.chain import Stretch, stretches
from probe.notice.notice import Kind, Subject
from probe.notice.vantages import Fitnesses
from probe.notice.watched import Vote, Watched
from probe.plan import Plan

_WORST_FIRST = (Vote.FAILS, Vote.SUSPECT, Vote.KEY, Vote.ANSWERS, Vote.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What each vantage says of one thing, in the order of the plan."""

    votes: Mapping[str, Vote]

    def those(self, *votes: Vote) -> tuple[str, ...]:
        """Return the vantages that say one of these."""
        return tuple(vantage for vantage, vote in self.votes.items() if vote in votes)

    @property
    def failing(self) -> tuple[str, ...]:
        """The vantages from which it fails for sure."""
        return self.those(Vote.FAILS)

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The vantages from which it fails, be it for sure or once."""
        return self.those(Vote.FAILS, Vote.SUSPECT)


class Picture:
    """All series of the plan and all vantages."""

    def __init__(self, plan: Plan) -> None:
        """Know nothing yet."""
        self.vantages = Fitnesses()
        self.series: dict[Series, Watched] = {}
        self.stretches: Mapping[Stretch, tuple[Series, ...]] = {}
        self._by_route: dict[str, list[Stretch]] = {}
        self._by_subject: dict[Subject, tuple[Series, ...]] = {}
        # When trouble on a route ended (boot clock): what failed before may be mended with it.
        self.calm: dict[str, int] = {}
        self.adopt(plan)

    def adopt(self, plan: Plan) -> None:
        """Follow another plan: what is in both goes on, what is new is unknown."""
        self.plan = plan
        found = stretches(plan)
        self.stretches = {one: tuple(probe.series for probe in probes) for one, probes in found.items()}
        self._by_route, self._by_subject = {}, {}
        for one, some in self.stretches.items():
            self._by_route.setdefault(one.route, []).append(one)
            self._by_subject[one.subject] = (*self._by_subject.get(one.subject, ()), *some)
        before, self.series = self.series, {}
        for probe in (probe for probes in found.values() for probe in probes):
            self.series[probe.series] = before.get(probe.series) or Watched(probe)
            self.series[probe.series].probe = probe
        names = {one.name for one in plan.vantages}
        self.vantages.known = {name: fit for name, fit in self.vantages.known.items() if name in names}

    def write(self, event: Event, boot_ns: int) -> None:
        """Take in an event; what does not belong here is passed over."""
        match event:
            case Observation(purpose=Purpose.ROUTINE) if event.series in self.series:
                self.series[event.series].note(event, boot_ns)
            case Finding() if event.series in self.series:
                self.series[event.series].find(event)
            case Health() | UplinkState() if self._has(event.vantage):
                self._turn(event, boot_ns)
            case _:
                pass

    def _turn(self, event: Health | UplinkState, boot_ns: int) -> None:
        """Take in how a vantage is; once it is well, what fails by it is no longer its own trouble."""
        fit = self.vantages.of(event.vantage)
        was_ill = fit.is_ill
        if isinstance(event, Health):
            fit.health(event, boot_ns)
        else:
            fit.state(event, boot_ns)
        if was_ill and not fit.is_ill:
            for series, watched in self.series.items():
                if series.vantage == event.vantage:
                    watched.runs.disown()

    def _has(self, vantage: str) -> bool:
        return any(one.name == vantage for one in self.plan.vantages)

    def vote(self, series: Series, boot_ns: int) -> Vote:
        """Say what a series tells; failures that are due to a vantage that is ill tell nothing."""
        fit = self.vantages.of(series.vantage)
        calm = max(fit.calm_boot_ns, self.calm.get(series.route, 0))
        vote = self.series[series].vote(boot_ns, calm)
        return Vote.UNKNOWN if fit.is_ill and vote is not Vote.ANSWERS else vote

    def tally(self, some: Iterable[Series], boot_ns: int) -> Tally:
        """Return the worst that each vantage says in these series."""
        votes: defaultdict[str, list[Vote]] = defaultdict(list)
        for series in some:
            votes[series.vantage].append(self.vote(series, boot_ns))
        return Tally(votes={one: _worst(said) for one, said in votes.items()})

    def of(self, subject: Subject) -> tuple[Series, ...]:
        """Return the series that ask about a route, a leg or a hop."""
        return self._by_subject.get(subject, ())

    def key_at(self, series: Series) -> str:
        """Return the hop whose key or quota a series is in trouble with: the one blamed, or the one that answers."""
        watched = self.series[series]
        element = watched.finding.element if watched.finding is not None else None
        kind, _, rest = (element or "").partition("[")
        blamed = rest.partition(",")[0] if kind in ("auth", "quota") else ""
        return blamed if blamed in watched.probe.route.hops else watched.probe.check.through

    def routes_of(self, subject: Subject) -> tuple[str, ...]:
        """Return the routes that a subject lies on."""
        if subject.kind in (Kind.ROUTE, Kind.LEG):
            return (subject.name,)
        return tuple(one.name for one in self.plan.routes if subject.hop and subject.hop in one.hops)

    def on(self, route: str) -> Sequence[Stretch]:
        """Return the stretches of a route."""
        return self._by_route.get(route, ())

    def fails_at_all(self, route: str) -> bool:
        """Tell whether any probe on a route failed last: without one there is nothing to weigh."""
        return any(self.series[series].failing for one in self.on(route) for series in self.stretches[one])


def _worst(votes: Collection[Vote]) -> Vote:
    """Return the worst that is said; one answer beside what nobody knows is an answer."""
    return min(votes, key=_WORST_FIRST.index)
