"""Inspect what goes over a wire as a censor does, and interfere: resets, drops, forged answers, residual blocking.

It sees in-order bytes from the client only, so a ClientHello whose segments come out of order passes, as with many
real boxes. The wire hands it each packet and sends what it asks to send.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import dns.message
import dns.rcode
import dns.rrset

from tests.internet.censor_rule import CensorRule
from tests.internet.packet import TCP, UDP, Flag, Packet, datagram_back, segment_back, segment_on
from tests.internet.peek import Sight, http_host, query, question, server_name
from tests.internet.record import Record

UP, DOWN = 0, 1
_MOST_FLOWS = 20_000
_MOST_BYTES = 16_384
_DNS_PORT = 53
# Where the three copies of a forged reset lie: at the edge of the window, and one and three segments behind.
_STEPS = (0, 1460, 4380)

Flow = tuple[str, int, str, int]
Triple = tuple[str, str, int]
Send = Callable[[int, bytes, float], None]


@dataclass(slots=True)
class Stream:
    """What a client has sent on one connection so far, in order, until it is known what it is."""

    expected: int
    read: bytes = b""
    is_known: bool = False


class Censor:
    """All rules in force on one wire, and what it remembers of the connections."""

    def __init__(self, wire: str, send: Send, record: Record, random: Random) -> None:
        """Look at one wire; `send` takes a direction, a packet and the seconds to wait."""
        self.rules: dict[str, CensorRule] = {}
        self.counts: Counter[str] = Counter()
        self._wire = wire
        self._send = send
        self._record = record
        self._random = random
        self._streams: OrderedDict[Flow, Stream] = OrderedDict()
        self._dead: dict[Flow, str] = {}
        self._residual: dict[Triple, tuple[float, str]] = {}

    def forget(self, number: str) -> None:
        """Take a rule out of force, with all that came of it."""
        self.rules.pop(number, None)
        self._dead = {flow: cause for flow, cause in self._dead.items() if cause != number}
        self._residual = {key: each for key, each in self._residual.items() if each[1] != number}

    def lets_pass(self, way: int, packet: Packet, now: float) -> bool:
        """Look at a packet, do what the rules say, and say whether it may go on."""
        if packet.protocol not in {TCP, UDP}:
            return True
        flow = _flow(packet, way)
        if flow in self._dead:
            self.counts["dead"] += 1
            return False
        if way == DOWN:
            return True
        if packet.protocol == UDP:
            return packet.port_to != _DNS_PORT or self._passes_query(packet)
        return self._passes_segment(packet, flow, now)

    def _passes_segment(self, packet: Packet, flow: Flow, now: float) -> bool:
        triple = (flow[0], flow[2], flow[3])
        until, number = self._residual.get(triple, (0.0, ""))
        if until > now:
            return self._passes_residual(packet, self.rules[number])
        for number, rule in self._firing("address", packet):
            self._note(number, rule, packet)
            if rule.action == "reset":
                self._reset(packet, rule)
            return False
        if packet.flags & Flag.SYN:
            self._streams[flow] = Stream(expected=packet.next_sequence)
            if len(self._streams) > _MOST_FLOWS:
                self._streams.popitem(last=False)
            return True
        stream = self._streams.get(flow)
        if stream is None or stream.is_known or not packet.payload or packet.sequence != stream.expected:
            return True
        stream.expected = packet.next_sequence
        stream.read += packet.payload
        return self._passes_stream(packet, flow, stream, now)

    def _passes_stream(self, packet: Packet, flow: Flow, stream: Stream, now: float) -> bool:
        for by, look in (("sni", server_name), ("host", http_host)):
            name = look(stream.read)
            if name is Sight.UNFINISHED:
                stream.is_known = len(stream.read) > _MOST_BYTES
                return True
            if isinstance(name, str):
                stream.is_known = True
                for number, rule in self._firing(by, packet, name):
                    return self._punishes(number, rule, packet, flow, name, now)
                return True
        stream.is_known = True
        return True

    def _firing(self, by: str, packet: Packet, name: str = "") -> Iterator[tuple[str, CensorRule]]:
        for number, rule in self.rules.items():
            if (
                rule.by == by
                and rule.is_for(packet.client, packet.server, packet.port_to)
                and (by == "address" or rule.is_about(name))
                and self._random.random() < rule.share
            ):
                yield number, rule

    def _punishes(
        self, number: str, rule: CensorRule, packet: Packet, flow: Flow, name: str, now: float
    ) -> bool:
        self._note(number, rule, packet, name=name)
        if rule.residual_s:
            self._residual[flow[0], flow[2], flow[3]] = (now + rule.residual_s, number)
        if rule.action == "reset":
            self._reset(packet, rule)
            return not rule.is_inline
        if rule.action == "redirect":
            self._redirect(packet, rule)
        self._dead[flow] = number
        return False

    def _passes_residual(self, packet: Packet, rule: CensorRule) -> bool:
        self.counts[f"residual_{rule.residual_action}"] += 1
        if rule.residual_action == "drop":
            return False
        self._reset(packet, rule)
        return not rule.is_inline

    def _reset(self, packet: Packet, rule: CensorRule) -> None:
        for copy in range(rule.copies):
            step = _STEPS[copy % 3]
            if rule.reset_side != "server":
                # A SYN acknowledges nothing: the answer begins at 0, as a closed port's does.
                sequence = packet.acknowledged + step if packet.flags & Flag.ACK else 0
                forged = segment_back(packet, Flag.RST | Flag.ACK, sequence=sequence, ttl=rule.injected_ttl)
                self._send(DOWN, forged, 0.0)
            if rule.reset_side != "client" and packet.flags & Flag.ACK:
                sequence = packet.next_sequence + step
                self._send(
                    UP, segment_on(packet, Flag.RST | Flag.ACK, sequence=sequence, ttl=rule.injected_ttl), 0.0
                )

    def _redirect(self, packet: Packet, rule: CensorRule) -> None:
        body = rule.body.encode()
        status = "302 Found" if rule.location else "200 OK"
        where = f"Location: {rule.location}\r\n" if rule.location else ""
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{where}Content-Length: {len(body)}\r\n"
        answer = f"{head}Connection: close\r\n\r\n".encode() + body
        flags = Flag.PSH | Flag.ACK | Flag.FIN
        self._send(
            DOWN,
            segment_back(packet, flags, sequence=packet.acknowledged, payload=answer, ttl=rule.injected_ttl),
            0.0,
        )
        self._send(UP, segment_on(packet, Flag.RST | Flag.ACK, sequence=packet.next_sequence), 0.0)

    def _passes_query(self, packet: Packet) -> bool:
        asked = query(packet.payload)
        if asked is None:
            return True
        name, kind = question(asked)
        for number, rule in self._firing("dns", packet, name):
            self._note(number, rule, packet, name=name, type=kind)
            if rule.action == "drop":
                return False
            for _ in range(rule.copies):
                forged = datagram_back(packet, self._forged(asked, kind, rule), rule.injected_ttl)
                self._send(DOWN, forged, rule.forge_after_ms / 1000)
            return not rule.is_inline
        return True

    def _forged(self, asked: dns.message.Message, kind: str, rule: CensorRule) -> bytes:
        answer = dns.message.make_response(asked, recursion_available=True)
        answer.set_rcode(dns.rcode.from_text(rule.rcode))
        pool = [each.partition(" ")[2] for each in rule.answers if each.partition(" ")[0] == kind]
        if pool and rule.rcode == "NOERROR":
            record = dns.rrset.from_text(
                asked.question[0].name, rule.answer_ttl, "IN", kind, self._random.choice(pool)
            )
            answer.answer.append(record)
        return answer.to_wire()

    def _note(self, number: str, rule: CensorRule, packet: Packet, **facts: str) -> None:
        self.counts[f"{rule.by}_{rule.action}"] += 1
        self._record.note(
            f"{rule.by}_{rule.action}",
            rule=number,
            wire=self._wire,
            client=packet.client,
            client_port=packet.port_from,
            server=packet.server,
            port=packet.port_to,
            **facts,
        )


def _flow(packet: Packet, way: int) -> Flow:
    if way == UP:
        return packet.client, packet.port_from, packet.server, packet.port_to
    return packet.server, packet.port_to, packet.client, packet.port_from
