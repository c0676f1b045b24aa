"""What probes told lately, kept for whoever looks into a failure: bounded, and forgotten after an hour."""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Mapping

from probe.examination.case import Known
from probe.model import Observation, Outcome, Purpose, Series
from probe.plan import Plan, Probe

_HOUR_NS = 3600 * 10**9
_MOST_PER_HOST = 32
# What a filter remembers, it remembers for some minutes (net4people/bbs#350: 90 to 180 s).
_LATELY_NS, _MOST_LATELY = 300 * 10**9, 16


class History:
    """The last observation of each series, and what handshakes proved about addresses and keys."""

    def __init__(self, plan: Plan) -> None:
        """Know nothing yet of the series of this plan."""
        self._probes: dict[Series, Probe] = {}
        self._last: dict[Series, Observation] = {}
        self._good: dict[Series, Observation] = {}
        self._lately: dict[tuple[str, str], deque[Observation]] = {}
        self._vouched: defaultdict[str, OrderedDict[str, int]] = defaultdict(OrderedDict)
        self._keys: defaultdict[str, OrderedDict[str, int]] = defaultdict(OrderedDict)
        self.adopt(plan)

    def adopt(self, plan: Plan) -> None:
        """Go on with another plan; what has to do with none of its series or hosts is forgotten."""
        self._probes = {one.series: one for one in plan.probes}
        self._last = {key: one for key, one in self._last.items() if key in self._probes}
        self._good = {key: one for key, one in self._good.items() if key in self._probes}
        places = {(key.vantage, key.hop) for key in self._probes}
        self._lately = {place: one for place, one in self._lately.items() if place in places}
        hosts = {one.hop.host for one in plan.probes}
        for facts in (self._vouched, self._keys):
            for host in facts.keys() - hosts:
                del facts[host]

    def note(self, seen: Observation) -> None:
        """Take in an observation of the schedule, or one that a user asked for."""
        probe = self._probes.get(seen.series)
        if probe is None or seen.purpose not in (Purpose.ROUTINE, Purpose.ON_DEMAND):
            return
        self._last[seen.series] = seen
        place = seen.series.vantage, seen.series.hop
        self._lately.setdefault(place, deque(maxlen=_MOST_LATELY)).append(seen)
        if seen.outcome is not Outcome.OK:
            return
        self._good[seen.series] = seen
        tcp, tls = seen.evidence.tcp, seen.evidence.tls
        if tcp is None or tls is None or tls.server_name != probe.hop.host or tls.verify_code:
            return
        _keep(self._vouched[probe.hop.host], tcp.address, seen.started_at_ns)
        if tls.chain and tls.chain[0].spki_sha256:
            _keep(self._keys[probe.hop.host], tls.chain[0].spki_sha256, seen.started_at_ns)

    def known(self, probe: Probe, now_ns: int) -> Known:
        """Return what is known that bears on a probe."""
        since = now_ns - _HOUR_NS
        own, hop = probe.series, probe.series.hop
        fresh = [(key, one) for key, one in self._last.items() if one.started_at_ns >= since and key != own]
        before = self._good.get(own)
        return Known(
            vouched=_fresh(self._vouched.get(probe.hop.host, {}), since),
            keys=_fresh(self._keys.get(probe.hop.host, {}), since),
            siblings=tuple(one for key, one in fresh if key.vantage == own.vantage),
            good=tuple(
                one
                for key, one in self._good.items()
                if one.started_at_ns >= since and key != own and key.vantage == own.vantage
            ),
            elsewhere=tuple(one for key, one in fresh if key.vantage != own.vantage and key.hop == hop),
            lately=tuple(
                one
                for one in self._lately.get((own.vantage, hop), ())
                if one.started_at_ns >= now_ns - _LATELY_NS
            ),
            before=before if before is not None and before.started_at_ns >= since else None,
        )


def _keep(facts: OrderedDict[str, int], fact: str, at_ns: int) -> None:
    facts[fact] = at_ns
    facts.move_to_end(fact)
    while len(facts) > _MOST_PER_HOST:
        facts.popitem(last=False)


def _fresh(facts: Mapping[str, int], since_ns: int) -> tuple[str, ...]:
    return tuple(fact for fact, at_ns in reversed(list(facts.items())) if at_ns >= since_ns)
