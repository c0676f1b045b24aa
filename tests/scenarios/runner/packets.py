"""How many packets a daemon sent beside its routine: by the kernel's count of each connection, else by what was sent."""

from collections.abc import Iterable
from pathlib import Path

from probe.model import DnsQuery, Observation, Purpose, Record
from tests.internet.net import Internet

_EXTRA = frozenset({Purpose.CONTROL, Purpose.CONFIRM})
# A question to a resolver leaves no account of its connection: these were counted on a wire of the lab.
_QUESTION = {"udp": 1, "tcp": 6, "tls": 9, "https": 10}
_SYN = 1


def extra(records: Iterable[Record]) -> int:
    """Return the packets of all probes that a failure caused."""
    return sum(_sent(one) for one in records if isinstance(one, Observation) and one.purpose in _EXTRA)


def sent(net: Internet, node: str) -> int:
    """Return how many packets have left a node so far, by the kernel's count of its interfaces."""
    with net.inside(node):
        lines = Path("/proc/thread-self/net/dev").read_text().splitlines()[2:]
    columns = (line.replace(":", " ").split() for line in lines)
    return sum(int(column[10]) for column in columns if column[0] != "lo")


def _sent(observation: Observation) -> int:
    evidence = observation.evidence
    found = sum(map(_asked, evidence.dns))
    for tcp in (evidence.tcp, evidence.proxy.tcp if evidence.proxy else None):
        if tcp is not None:
            found += (tcp.info.segments_out if tcp.info else None) or _SYN
    if evidence.ping:
        found += evidence.ping.sent
    if evidence.trace:
        found += evidence.trace.packets
    return found


def _asked(question: DnsQuery) -> int:
    return _QUESTION.get(question.transport, 1)
