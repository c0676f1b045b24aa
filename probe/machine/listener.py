"""List what listens on this machine for its own programs: addresses, ports, and the program where one may know."""

import ipaddress
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from probe.machine.files import ROOT, names, text
from probe.text import clean

_LISTEN = "0A"  # TCP_LISTEN, net/tcp_states.h
_WORD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A listening TCP socket that this machine itself can reach by loopback; `program` is None where it is not ours to see."""

    address: str
    port: int
    program: str | None = None


def is_here(host: str) -> bool:
    """Tell whether a host, as it is written, is this machine by loopback."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def listeners(root: Path = ROOT) -> tuple[Listener, ...]:
    """Return the TCP sockets that listen on loopback or on every address, by port."""
    if sys.platform != "linux" and root == ROOT:
        found = set(_from_psutil())
    else:
        sockets = dict(_sockets(root))
        programs = _programs(root, sockets)
        found = {
            Listener(address=address, port=port, program=programs.get(inode))
            for inode, (address, port) in sockets.items()
        }
    return tuple(sorted(found, key=lambda one: (one.port, one.address)))


def _sockets(root: Path) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield inode, address and port of each (proc_net_tcp.txt: words of the address in the machine's own order)."""
    for table in ("proc/net/tcp", "proc/net/tcp6"):
        for line in text(root, table).splitlines()[1:]:
            fields = line.split()
            if len(fields) < 10 or fields[3] != _LISTEN:
                continue
            words, _, port = fields[1].partition(":")
            try:
                raw = bytes.fromhex(words)
                ordered = [raw[at : at + _WORD] for at in range(0, len(raw), _WORD)]
                address = ipaddress.ip_address(b"".join(word[::-1] for word in ordered))
                number = int(port, 16)
            except ValueError:
                continue
            if address.is_loopback or address.is_unspecified:
                yield fields[9], (str(address), number)


def _programs(root: Path, inodes: Iterable[str]) -> dict[str, str]:
    """Return which program holds each socket, as far as this user may see (proc(5))."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    programs: dict[str, str] = {}
    for process in names(root, "proc") if wanted else ():
        if not process.isdigit() or len(programs) == len(wanted):
            continue
        for descriptor in names(root, f"proc/{process}/fd"):
            try:
                target = str((root / f"proc/{process}/fd/{descriptor}").readlink())
            except OSError:
                continue
            if target in wanted:
                programs[wanted[target]] = clean(text(root, f"proc/{process}/comm", 64).strip(), 32)
    return programs


def _from_psutil() -> Iterator[Listener]:
    """Yield those of this user's own processes: macOS shows nobody else's without root."""
    for process in psutil.process_iter(["name"]):
        try:
            connections = process.net_connections("tcp")
        except psutil.Error:
            continue
        for one in connections:
            if one.status == psutil.CONN_LISTEN and one.laddr:
                address = ipaddress.ip_address(one.laddr.ip.partition("%")[0])
                if address.is_loopback or address.is_unspecified:
                    program = clean(process.info["name"] or "", 32) or None
                    yield Listener(address=str(address), port=one.laddr.port, program=program)
