"""In a network namespace of its own: a TUN device with a proxy behind it that answers every handshake, and probes.

Prints, as JSON, what a probe of a far address saw from a plain system vantage and from one that is said to be proxied.
"""

import asyncio
import fcntl
import json
import os
import struct
import subprocess
import sys
import threading

from probe.model import Evidence
from probe.prober.tcp import Tcp
from probe.vantage.system import System
from probe.vantage.tun import is_tuns
from tests.rig import bench, seconds_of, verdict

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_TAP, _IFF_NO_PI = 0x1, 0x2, 0x1000
_SYN, _SYN_ACK, _TCP = 0x02, 0x12, 6
FAR = "1.1.1.1"


def device(name: str, flags: int, address: str) -> int:
    """Make a device that this program reads, with an address."""
    opened = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(opened, _TUNSETIFF, struct.pack("16sH", name.encode(), flags | _IFF_NO_PI))
    for words in (f"addr add {address}/30 dev {name}", f"link set {name} up"):
        subprocess.run(["ip", *words.split()], check=True)
    return opened


def answer_handshakes(opened: int) -> None:
    """Say SYN-ACK to every SYN, whomever it is for, and nothing else."""
    while True:
        packet = os.read(opened, 2048)
        if packet[0] >> 4 == 4 and packet[9] == _TCP and packet[33] & 0x3F == _SYN:
            os.write(opened, _syn_ack(packet))


def _syn_ack(syn: bytes) -> bytes:
    asker, asked = syn[12:16], syn[16:20]
    ports, sequence = syn[22:24] + syn[20:22], int.from_bytes(syn[24:28], "big")
    tcp = ports + struct.pack("!IIBBHHH", 1000, (sequence + 1) % 2**32, 5 << 4, _SYN_ACK, 65_535, 0, 0)
    pseudo = asked + asker + struct.pack("!BBH", 0, _TCP, len(tcp))
    tcp = tcp[:16] + _checksum(pseudo + tcp) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, _TCP, 0) + asked + asker
    return ip[:10] + _checksum(ip) + ip[12:] + tcp


def _checksum(data: bytes) -> bytes:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


async def ask(way: System) -> dict[str, object]:
    """Ask until a handshake was as quick as a busy machine lets it be."""
    async with bench() as rig:
        seen = await rig.ask(Tcp(), host=FAR, port=443, way=way)
        for _ in range(20):
            if sum(seconds_of(seen).values()) >= 0.001:
                seen = await rig.ask(Tcp(), host=FAR, port=443, way=way)
    evidence: Evidence = seen.evidence
    return {
        "verdict": verdict(seen),
        "phases": list(seconds_of(seen)),
        "taints": seen.taints,
        "tcp": evidence.tcp is not None,
        "proxy": evidence.proxy.protocol if evidence.proxy else None,
    }


def main() -> None:
    """Build it, ask, print."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    tun = device("tun0", _IFF_TUN, "198.18.0.1")
    device("tap0", _IFF_TAP, "192.0.2.1")
    subprocess.run(["ip", "route", "add", "default", "dev", "tun0"], check=True)
    threading.Thread(target=answer_handshakes, args=(tun,), daemon=True).start()
    found = {
        "tuns": [is_tuns(one) for one in ("198.18.0.1", "192.0.2.1", "127.0.0.1")],
        "undeclared": asyncio.run(ask(System())),
        "declared": asyncio.run(ask(System(proxied=True))),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
