"""Machines made of files: what /proc, /sys and /etc would say, and a kernel that answers about links."""

import errno
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from probe.machine.interface import Interface
from probe.machine.kind import Kind
from probe.wire.link import Address, Departure, Link

ETHERNET, NO_LINK_LAYER, LOOPBACK, RAW_IP, PPP = "1\n", "65534\n", "772\n", "519\n", "512\n"


def plant(root: Path, files: Mapping[str, str]) -> Path:
    """Write each file below `root`; a text that begins with `-> ` is where a symbolic link points to."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith("-> "):
            path.symlink_to(content.removeprefix("-> "))
        else:
            path.write_text(content)
    return root


def sysfs(name: str, kind: str = ETHERNET, **files: str) -> dict[str, str]:
    """Return what /sys/class/net says of one interface; further files by name, `__` for a slash."""
    home = f"sys/class/net/{name}"
    told = {"type": kind, "mtu": "1500\n", "uevent": f"INTERFACE={name}\n"}
    told |= {file.replace("__", "/"): content for file, content in files.items()}
    return {f"{home}/{file}": content for file, content in told.items()}


class Kernel:
    """Answers like the kernel of a machine with these interfaces, each with its addresses.

    `routed` are the (interface, IP version) that have a route far away, when a socket is bound to the interface;
    `preferred` is the interface for each IP version when none is bound. `only_from` have a route only for sockets that are
    bound to their address, as under a rule `from ADDRESS`.
    """

    def __init__(
        self,
        links: Mapping[str, tuple[str, ...]],
        routed: set[tuple[str, int]],
        preferred: Mapping[int, str],
        down: tuple[str, ...] = (),
        unplugged: tuple[str, ...] = (),
        only_from: tuple[str, ...] = (),
    ) -> None:
        self.names = {name: index for index, name in enumerate(links, start=1)}
        self.links = links
        self.routed = routed
        self.preferred = preferred
        self.down = down
        self.unplugged = unplugged
        self.only_from = only_from

    def link(self, which: str | int) -> Link | None:
        name = next((one for one, index in self.names.items() if which in (one, index)), None)
        if name is None:
            return None
        is_up = name not in self.down
        has_carrier = is_up and name not in self.unplugged
        return Link(name=name, index=self.names[name], is_up=is_up, has_carrier=has_carrier)

    def addresses(self, index: int | None = None) -> list[Address]:
        return [
            Address(text=text, prefix=24, index=self.names[name])
            for name, texts in self.links.items()
            if index in (None, self.names[name])
            for text in texts
        ]

    def departure(self, destination: str, index: int = 0, source: str | None = None) -> Departure:
        version = 6 if ":" in destination else 4
        if not index:
            if version not in self.preferred:
                raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
            return Departure(index=self.names[self.preferred[version]], source="")
        name = next(one for one, number in self.names.items() if number == index)
        is_routed = (name, version) in self.routed and (name not in self.only_from or source is not None)
        return Departure(index=index, source=source or "", is_routed=is_routed)


UPLINK = Interface(
    name="eth0",
    kind=Kind.WIRE,
    is_up=True,
    has_carrier=True,
    mtu=1500,
    addresses=("192.168.1.5",),
    leads_out=(4,),
)


def interface(name: str, kind: Kind = Kind.WIRE, **facts) -> Interface:
    """Return an interface that is up and leads out, but for what is said otherwise."""
    return replace(UPLINK, name=name, kind=kind, **facts)
