"""Read which resolvers this machine has, the ones behind systemd's stub too."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from probe.machine.files import ROOT, text

_BEHIND_STUB = "run/systemd/resolve/resolv.conf"
_STUBS = {"127.0.0.53", "127.0.0.54"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameservers:
    """The resolvers of resolv.conf(5), and those that systemd-resolved asks in turn when they are its stub."""

    asked: tuple[str, ...]
    behind: tuple[str, ...] = ()

    @property
    def is_stub(self) -> bool:
        """Tell whether it is systemd-resolved that is asked."""
        return bool(_STUBS & set(self.asked))


def nameservers(root: Path = ROOT) -> Nameservers:
    """Return the machine's resolvers in the order in which they are asked."""
    asked = listed(text(root, "etc/resolv.conf"))
    behind = listed(text(root, _BEHIND_STUB)) if _STUBS & set(asked) else ()
    return Nameservers(asked=asked, behind=behind)


def listed(content: str) -> tuple[str, ...]:
    """Return the addresses in the text of a resolv.conf(5), in order."""
    found: list[str] = []
    for line in content.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                found.append(str(ipaddress.ip_address(words[1])))
            except ValueError:
                continue
    return tuple(found)
