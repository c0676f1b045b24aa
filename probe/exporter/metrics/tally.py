"""What each event moves on the board.

Only the schedule's own probes move what users see; own trouble moves no figure of the hop; tainted samples count as
probes and stay out of the latencies.
"""

from collections.abc import Iterable
from itertools import chain

from probe.exporter.metrics import buckets, table
from probe.exporter.metrics.board import Board, Key
from probe.exporter.metrics.family import Family, Scope
from probe.exporter.metrics.findings import Findings
from probe.exporter.metrics.fitness import Fitness
from probe.exporter.metrics.label import (
    check_key,
    hop_key,
    known_cause,
    layer_label,
    own_layer_label,
    vantage_key,
)
from probe.exporter.metrics.paths import Paths, at_start
from probe.exporter.metrics.routes import Routes
from probe.found import deepest_cause
from probe.model import (
    OWN_LAYERS,
    Certificate,
    Change,
    Event,
    Finding,
    Health,
    Hop,
    Http,
    Incident,
    Miss,
    MissReason,
    Observation,
    Outcome,
    Pending,
    Phase,
    Purpose,
    Series,
    Taint,
    UplinkState,
)
from probe.plan import Plan, Probe


class Tally:
    """Counts the events of the series of one plan; events of any other series pass without a trace."""

    def __init__(self, board: Board) -> None:
        """Count on `board`, for no series yet."""
        self._board = board
        self._probes: dict[Series, Probe] = {}
        self._vantages: set[str] = set()
        self._last_slot: dict[Series, int] = {}
        self._not_after: dict[Key, dict[Series, int]] = {}
        self._paths = Paths(board)
        self._fitness = Fitness(board)
        self._findings = Findings(board)
        self._routes = Routes(board)
        for purpose in Purpose:
            if purpose is not Purpose.ROUTINE:
                board.start(table.EXTRA_PROBES, (purpose.value,))

    def adopt(self, plan: Plan) -> None:
        """Count for the series of `plan` from now on: what is gone vanishes, what stays goes on, what is new starts."""
        self._probes = {probe.series: probe for probe in plan.probes}
        self._vantages = {series.vantage for series in self._probes}
        for facts in (self._last_slot, *self._not_after.values()):
            for series in facts.keys() - self._probes.keys():
                del facts[series]
        self._paths.retain(self._probes)
        self._fitness.retain(self._vantages)
        self._findings.retain(self._probes)
        known = {
            Scope.CHECK: {check_key(series) for series in self._probes},
            Scope.HOP: {hop_key(series) for series in self._probes},
            Scope.VANTAGE: {vantage_key(series) for series in self._probes},
        }
        self._board.retain(lambda scope, key: key in known[scope])
        self._routes.adopt(plan)
        for family, key in _at_start(self._probes.values()):
            self._board.start(family, key)

    def write(self, event: Event) -> None:
        """Count one event."""
        match event:
            case Observation() if event.purpose is not Purpose.ROUTINE:
                self._board.add(table.EXTRA_PROBES, (event.purpose.value,))
            case Observation() | Miss() | Finding():
                if event.series in self._probes:
                    self._of_series(event)
            case UplinkState() | Change() | Health():
                if event.vantage in self._vantages:
                    self._own(event)
            case Incident() | Pending():
                pass

    def _of_series(self, told: Observation | Miss | Finding) -> None:
        match told:
            case Observation():
                self._routine(told)
            case Miss():
                self._missed(told)
            case Finding():
                self._findings.take(told)

    def _own(self, told: UplinkState | Change | Health) -> None:
        match told:
            case Change():
                self._board.add(table.VANTAGE_CHANGES, (told.vantage,))
            case Health():
                self._fitness.write(told)
            case UplinkState():
                self._fitness.write(told)
                self._uplink(told)

    def _uplink(self, told: UplinkState) -> None:
        key = (told.vantage,)
        if told.is_up is None:
            self._board.drop(table.VANTAGE_UP, key)
        else:
            self._board.set(table.VANTAGE_UP, key, int(told.is_up))

    def _missed(self, miss: Miss) -> None:
        if miss.slots < 1:
            return
        self._board.add(table.MISSED, (*vantage_key(miss.series), miss.reason.value), miss.slots)
        self._due(miss.series, miss.first_slot, miss.first_slot + miss.slots - 1)

    def _routine(self, seen: Observation) -> None:
        vantage = vantage_key(seen.series)
        if seen.slot is not None:
            self._due(seen.series, seen.slot, seen.slot)
        self._board.observe(table.SCHEDULE_LAG, vantage, seen.lateness_seconds, buckets.SCHEDULE_LAG)
        for taint in seen.taints:
            self._board.add(table.TAINTED, (*vantage, taint.value))
        finding = self._findings.note(seen)
        if seen.outcome is Outcome.NOT_MEASURED:
            layer = own_layer_label(seen.failure)
            self._board.add(table.NOT_MEASURED, (*check_key(seen.series), layer.value))
        else:
            self._measured(seen, finding)

    def _due(self, series: Series, first: int, last: int) -> None:
        """Count the slots that came due up to `last`, those included of which nobody told what became of them."""
        # Slot 0 begins a timetable, at the start and whenever the series is set up anew.
        before = first - 1 if first == 0 else self._last_slot.get(series, first - 1)
        if last > before:
            self._last_slot[series] = last
            self._board.add(table.SLOTS, vantage_key(series), last - before)

    def _measured(self, seen: Observation, finding: Finding | None) -> None:
        key, is_twin = check_key(seen.series), self._probes[seen.series].check.is_twin
        self._board.add(table.PROBES, key)
        self._board.set(table.SUCCESS, key, int(seen.outcome is Outcome.OK))
        if not is_twin:  # nobody waits for news of what a hop or a vantage need not have
            self._board.set(table.LAST_PROBE, key, seen.started_at_ns / 1e9)
        if seen.outcome is Outcome.FAILED:
            cause = deepest_cause(seen.failure, finding)
            self._board.add(table.FAILURES, (*key, layer_label(cause).value))
            if not is_twin:
                self._board.add(table.CAUSES, (*key, known_cause(cause)))
        self._paths.write(seen)
        if not seen.taints and not is_twin:
            self._latencies(seen, key)
        if is_twin:
            self._apart(seen, key)
            self._certificates(seen)
        elif _is_from_hop(self._probes[seen.series].hop, seen.evidence.http):
            self._connection(seen)
            self._certificates(seen)

    def _apart(self, seen: Observation, key: Key) -> None:
        """Count a second family as little as it takes: how long it takes to connect, beside the first one's."""
        for timing in seen.timings:
            if timing.phase is Phase.CONNECT and not seen.taints:
                self._board.observe(table.PHASES, (*key, timing.phase.value), timing.seconds, buckets.MEAN)

    def _latencies(self, seen: Observation, key: Key) -> None:
        if seen.outcome is Outcome.OK:
            self._board.observe(table.DURATION, key, seen.duration_seconds, buckets.DURATION)
        for timing in seen.timings:
            self._board.observe(
                table.PHASES, (*key, timing.phase.value), timing.seconds, buckets.PHASE[timing.phase]
            )

    def _connection(self, seen: Observation) -> None:
        info = seen.evidence.tcp.info if seen.evidence.tcp else None
        # A handshake that a local proxy answered tells nothing of the way to the hop; of a declared proxy there is none.
        if info is None or Taint.PROXIED in seen.taints:
            return
        key = hop_key(seen.series)
        self._board.add(table.RETRANSMITS, key, max(0, info.total_retransmits))
        is_connected = any(timing.phase is Phase.CONNECT for timing in seen.timings)
        if is_connected and info.rtt_seconds > 0 and not seen.taints:
            self._board.observe(table.RTT, key, info.rtt_seconds, buckets.RTT)

    def _certificates(self, seen: Observation) -> None:
        expiry = _earliest(seen.evidence.tls.chain if seen.evidence.tls else ())
        if expiry is None:
            return
        key = hop_key(seen.series)
        # Checks of one hop may be shown different certificates; the one that expires first is the one to renew.
        expiries = self._not_after.setdefault(key, {})
        expiries[seen.series] = expiry
        self._board.set(table.NOT_AFTER, key, min(expiries.values()))


def _at_start(probes: Iterable[Probe]) -> Iterable[tuple[Family, Key]]:
    """List what is there at 0 before anything happened, so that `increase()` sees the first time."""
    by_probe = [(probe, check_key(probe.series)) for probe in probes]
    vantages = dict.fromkeys(vantage_key(probe.series) for probe, _ in by_probe)
    return chain(
        ((table.PROBES, key) for _, key in by_probe),
        ((table.FAILURES, (*key, layer.value)) for probe, key in by_probe for layer in probe.layers),
        ((table.NOT_MEASURED, (*key, layer.value)) for _, key in by_probe for layer in sorted(OWN_LAYERS)),
        ((table.SLOTS, key) for key in vantages),
        ((table.VANTAGE_CHANGES, key) for key in vantages),
        ((table.MISSED, (*key, reason.value)) for key in vantages for reason in MissReason),
        ((table.TAINTED, (*key, taint.value)) for key in vantages for taint in Taint),
        ((table.RETRANSMITS, hop_key(probe.series)) for probe, _ in by_probe if probe.connects),
        at_start(probe for probe, _ in by_probe),
    )


def _is_from_hop(hop: Hop, http: Http | None) -> bool:
    """Tell whether the last connection was one to the hop itself, and not to where a redirect led."""
    if http is None or not http.redirects:
        return True
    place = http.url.partition("://")[2]
    return http.url not in http.redirects and place.startswith(f"{hop.authority}/")


def _earliest(chain_as_sent: tuple[Certificate, ...]) -> int | None:
    return min((one.not_after for one in chain_as_sent if one.not_after is not None), default=None)
