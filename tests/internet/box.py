"""The program that carries the wires: it delays, drops, reorders, shapes, inspects and forges packets.

It holds both ends of every wire, TUN interfaces in two namespaces. The wire is no hop: TTLs pass unchanged.
"""

import ctypes
import fcntl
import heapq
import itertools
import os
import select
import struct
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random

from tests.internet import namespace
from tests.internet.censor import DOWN, UP, Censor
from tests.internet.censor_rule import CensorRule
from tests.internet.line import Ear, Words
from tests.internet.packet import Packet, too_big
from tests.internet.profile import Lane, Parcel, Profile
from tests.internet.record import Record

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x4004_54CA, 0x0001, 0x1000
_PR_SET_TIMERSLACK = 29
_AT_ONCE = 32
_WAYS = {"up": (UP,), "down": (DOWN,), "both": (UP, DOWN)}


@dataclass(slots=True)
class Wire:
    """Both ends of a wire, what happens on each of its directions, and who looks."""

    name: str
    ends: tuple[int, int]
    censor: Censor
    counts: Counter[str] = field(default_factory=Counter)
    lanes: tuple[dict[str, Lane], dict[str, Lane]] = field(default_factory=lambda: ({}, {}))


class Box:
    """All wires, and the packets that wait for their time."""

    def __init__(self, seed: int) -> None:
        """Begin without a wire."""
        self._random = Random(seed)
        self._record = Record()
        self._wires: dict[str, Wire] = {}
        self._by_end: dict[int, tuple[Wire, int]] = {}
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._order = itertools.count()
        self._late: deque[float] = deque(maxlen=20_000)

    def run(self, ear: Ear) -> None:
        """Carry packets and obey until the test process goes."""
        heard = ear.socket.fileno()
        while True:
            # select, whose time-out is in microseconds: epoll's is in milliseconds, which would cost one of accuracy.
            ready, _, _ = select.select([*self._by_end, heard], [], [], self._release())
            for end in ready:
                if end == heard:
                    ear.serve(self.obey)
                elif end in self._by_end:
                    self._fetch(end)

    def obey(self, words: Words) -> Words:
        """Do one thing."""
        match words:
            case {"op": "wire", "wire": str(name), "ends": list(ends)}:
                self._add(name, ends)
            case {
                "op": "lane",
                "id": str(number),
                "wire": str(name),
                "direction": str(way),
                "profile": dict(profile),
            }:
                self._open_lane(number, self._wires[name], way, profile)
            case {"op": "rule", "id": str(number), "wire": str(name), "rule": dict(rule)}:
                # The latest comes first, as the last word.
                censor = self._wires[name].censor
                censor.rules = {number: CensorRule(**rule), **censor.rules}
            case {"op": "forget", "id": str(number)}:
                self._forget(number)
            case {"op": "record", "since": int(since)}:
                return {"record": self._record.since(since)}
            case {"op": "counts"}:
                return {"wires": self._counts(), "late_us": self._lateness()}
            case _:
                raise ValueError(f"nobody knows what {words} means")
        return {}

    def _add(self, name: str, ends: list[list[str]]) -> None:
        near, far = (_open(place, interface) for place, interface in ends)
        censor = Censor(
            name, lambda way, raw, wait: self._inject(wire, way, raw, wait), self._record, self._random
        )
        wire = self._wires[name] = Wire(name, (near, far), censor)
        self._by_end |= {near: (wire, UP), far: (wire, DOWN)}

    def _open_lane(self, number: str, wire: Wire, direction: str, words: Words) -> None:
        for way in _WAYS[direction]:
            wire.lanes[way][number] = Lane(Profile(**words), way, self._random, wire.counts)

    def _forget(self, number: str) -> None:
        for wire in self._wires.values():
            wire.censor.forget(number)
            for lanes in wire.lanes:
                lanes.pop(number, None)

    def _counts(self) -> dict[str, dict[str, int]]:
        return {name: {**wire.counts, **wire.censor.counts} for name, wire in self._wires.items()}

    def _lateness(self) -> dict[str, float]:
        late = sorted(self._late)
        return {str(part): late[len(late) * part // 100] for part in (50, 90, 99)} if late else {}

    def _fetch(self, end: int) -> None:
        wire, way = self._by_end[end]
        for _ in range(_AT_ONCE):
            try:
                raw = os.read(end, 65_536)
            except OSError:
                return
            wire.counts["down" if way else "up"] += 1
            if wire.lanes[way] or wire.censor.rules:
                self._examine(wire, way, raw)
            else:
                self._write(wire.ends[1 - way], raw)

    def _examine(self, wire: Wire, way: int, raw: bytes) -> None:
        now = time.monotonic()
        try:
            packet = Packet(raw)
            passes = not wire.censor.rules or wire.censor.lets_pass(way, packet, now)
        except (ValueError, IndexError, struct.error):
            wire.counts["unreadable"] += 1
            self._write(wire.ends[1 - way], raw)
            return
        if passes:
            self._carry(wire, way, Parcel(packet, raw, now), now)

    def _carry(self, wire: Wire, way: int, parcel: Parcel, now: float) -> None:
        for lane in tuple(wire.lanes[way].values()):
            if lane.concerns(parcel.packet) and not lane.carry(parcel):
                mtu = lane.profile.mtu
                if lane.profile.tells_mtu and len(parcel.raw) > mtu and (told := too_big(parcel.packet, mtu)):
                    self._write(wire.ends[way], told)
                return
        for _ in range(parcel.copies):
            self._send(wire.ends[1 - way], parcel.raw, parcel.at if parcel.at > now else 0.0)

    def _inject(self, wire: Wire, way: int, raw: bytes, wait: float) -> None:
        self._send(wire.ends[1 - way], raw, time.monotonic() + wait if wait else 0.0)

    def _send(self, end: int, raw: bytes, at: float) -> None:
        if at:
            heapq.heappush(self._waiting, (at, next(self._order), end, raw))
        else:
            self._write(end, raw)

    def _release(self) -> float | None:
        """Send what is due; return how long to wait for the next."""
        while self._waiting:
            late = time.monotonic() - self._waiting[0][0]
            if late < 0:
                return -late
            _, _, end, raw = heapq.heappop(self._waiting)
            self._late.append(round(late * 1e6))
            self._write(end, raw)
        return None

    def _write(self, end: int, raw: bytes) -> None:
        try:
            os.write(end, raw)
        except OSError:
            # The interface is down at the other end, where a packet would vanish too.
            self._by_end[end][0].counts["undeliverable"] += 1


def _open(place: str, interface: str) -> int:
    """Open a TUN interface that exists in another namespace."""
    with namespace.inside(place):
        end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH22x", interface.encode(), _IFF_TUN | _IFF_NO_PI))
    return end


def main() -> None:
    """Run until the test process goes."""
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1000, 0, 0, 0)
    try:
        Box(int(sys.argv[2])).run(Ear(int(sys.argv[1])))
    except EOFError:
        return


if __name__ == "__main__":
    main()
