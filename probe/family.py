"""Decide per vantage whether IPv6 works, from what its probes come to; pure.

Where most hops cannot be reached by IPv6 and IPv4 reaches those same hops, it is the vantage that lacks IPv6: that is
said once, and held against no hop (OONI counts likewise). One hop alone proves nothing about the vantage.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from probe.model import AddressFamily, Evidence, Failure, Hop, Observation, Outcome, Phase, Vantage

BROKEN = "local.ipv6_broken"
# No byte of the hop came back, or none that fits through the path: tunnels often let only small packets through.
_UNREACHED = frozenset({"tcp.timeout", "tcp.unreachable", "tls.timeout", BROKEN})
_EXCUSED = frozenset({*_UNREACHED, "icmp.timeout", "icmp.unreachable"})
# A refusal is an answer: packets go there and come back.
_ANSWERED = frozenset({"tcp.refused", "tcp.reset"})
_LEAST_HOSTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """IPv6 of a vantage broke or works again, told by so many hosts that fail of so many that have it."""

    vantage: str
    is_broken: bool
    failing: int
    known: int


@dataclass(slots=True)
class _Host:
    """What a vantage last saw of one host; by IPv6 the same as often in a row as it takes."""

    in_a_row: int = 0
    was_reached: bool | None = None
    by_ipv6: bool | None = None
    by_ipv4: bool | None = None

    def note(self, family: AddressFamily, *, is_reached: bool, confirmations: int) -> None:
        if family is AddressFamily.IPV4:
            self.by_ipv4 = is_reached
            return
        self.in_a_row = self.in_a_row + 1 if is_reached is self.was_reached else 1
        self.was_reached = is_reached
        if self.in_a_row >= confirmations:
            self.by_ipv6 = is_reached


@dataclass(slots=True)
class _Network:
    """One vantage: its hosts, and what they amount to; None as long as they tell nothing."""

    hosts: defaultdict[str, _Host] = field(default_factory=lambda: defaultdict(_Host))
    is_broken: bool | None = None

    def counts(self) -> tuple[int, int, int]:
        """Count the hosts that fail by IPv6, those of them that IPv4 reaches, and all that are known to have it."""
        known = [host for host in self.hosts.values() if host.by_ipv6 is not None]
        failing = [host for host in known if not host.by_ipv6]
        return len(failing), sum(host.by_ipv4 is True for host in failing), len(known)

    def judge(self) -> bool | None:
        """Return whether IPv6 is broken now; what keeps others from being told does not end it."""
        failing, by_ipv4, known = self.counts()
        is_most = failing >= _LEAST_HOSTS and 2 * failing > known
        if is_most and (self.is_broken or 2 * by_ipv4 > failing):
            return True
        if is_most or failing == known:
            return self.is_broken
        return False


class Families:
    """What is known of each vantage's IPv6; `confirmations` like results in a row make one that counts."""

    def __init__(self, vantages: Iterable[Vantage], hops: Iterable[Hop], *, confirmations: int = 2) -> None:
        """Know nothing yet of these vantages and hops."""
        self._confirmations = confirmations
        self._networks: defaultdict[str, _Network] = defaultdict(_Network)
        self._hosts: Mapping[str, str] = {}
        self.adopt(vantages, hops)

    def adopt(self, vantages: Iterable[Vantage], hops: Iterable[Hop]) -> None:
        """Go on with these; vantages and hosts that are no more are forgotten."""
        self._hosts = {hop.name: hop.host for hop in hops}
        for name in self._networks.keys() - {vantage.name for vantage in vantages}:
            del self._networks[name]
        for network in self._networks.values():
            for host in network.hosts.keys() - set(self._hosts.values()):
                del network.hosts[host]

    def note(self, seen: Observation) -> Turn | None:
        """Take in what a probe came to; return the turn if it makes one."""
        address, is_reached = _dialled(seen.evidence), _is_reached(seen)
        host = self._hosts.get(seen.series.hop)
        if address is None or is_reached is None or host is None:
            return None
        network = self._networks[seen.series.vantage]
        network.hosts[host].note(
            AddressFamily.of(address), is_reached=is_reached, confirmations=self._confirmations
        )
        before, network.is_broken = network.is_broken, network.judge()
        if network.is_broken is None or bool(before) is network.is_broken:
            return None
        failing, _, known = network.counts()
        return Turn(vantage=seen.series.vantage, is_broken=network.is_broken, failing=failing, known=known)

    def is_broken(self, vantage: str) -> bool | None:
        """Tell whether IPv6 is broken there; None as long as nothing tells."""
        return self._networks[vantage].is_broken if vantage in self._networks else None

    def notes(self) -> Sequence[str]:
        """Say in one sentence per vantage where IPv6 is broken."""
        said = []
        for name, network in self._networks.items():
            failing, _, known = network.counts()
            if network.is_broken:
                said.append(
                    f"IPv6 does not work from {name}: {failing} of {known} hosts cannot be reached by it, while IPv4"
                    " can. What fails by IPv6 there is not held against them."
                )
        return said

    def excused(self, vantage: str, failure: Failure, evidence: Evidence) -> Failure:
        """Return the failure, or that IPv6 is broken when it is no more than that."""
        address = _dialled(evidence)
        if address is None or ":" not in address or not self.is_broken(vantage):
            return failure
        if not any(failure.cause == one or failure.cause.startswith(f"{one}.") for one in _EXCUSED):
            return failure
        detail = (
            f"IPv6 does not work from this vantage; this probe ended as {failure.cause}: {failure.detail}"
        )
        return replace(failure, cause=BROKEN, detail=detail, ended_as=failure.cause)

    def told(self, seen: Observation) -> Observation:
        """Return an observation made before anything was known as it is to be told now."""
        if seen.outcome is not Outcome.FAILED or seen.failure is None:
            return seen
        failure = self.excused(seen.series.vantage, seen.failure, seen.evidence)
        if failure is seen.failure:
            return seen
        return replace(seen, outcome=Outcome.NOT_MEASURED, failure=failure)


def _is_reached(seen: Observation) -> bool | None:
    """Tell whether packets went to the hop and back; None when the probe does not tell."""
    if seen.evidence.tcp is None:
        return None
    cause = seen.failure.cause if seen.failure else None
    if cause in _UNREACHED:
        return False
    is_connected = any(timing.phase is Phase.CONNECT for timing in seen.timings)
    return True if is_connected or cause in _ANSWERED else None


def _dialled(evidence: Evidence) -> str | None:
    """Return the address that was tried; of several kinds of evidence a probe has one."""
    for found in (evidence.tcp, evidence.ping, evidence.trace):
        if found is not None:
            return found.address
    return None
