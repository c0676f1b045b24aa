"""Which servers stand on the hosts of the usual test internet, by what names, and with what certificates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.internet.ground import Ground

# The name that leads to every address of its host, each resolver beginning with another of them each time.
CDN = "cdn.lab.test"
# The names that lead to each host; the second ones are those of `hopwatch lab`.
NAMES: Mapping[str, tuple[str, ...]] = {
    "static": ("page.lab.test", "static.lab.test", CDN),
    "hk": ("hk.lab.test", "hk-vps.lab.test", "blocked.lab.test"),
    "vercel": ("fn.lab.test", "vercel.lab.test"),
    "origin": ("api.lab.test", "direct.lab.test"),
    "cn": ("cn.lab.test",),
    "abroad": ("abroad.lab.test",),
    "pubdns": ("dns.lab.test",),
}
# The resolver of the country, one abroad, and the one that each access network hands out with its addresses.
_RESOLVERS = ("dns", "pubdns", "r-wifi", "r-mobile")
_STAND_INS = {"hk": "nginx", "vercel": "vercel", "origin": "cerebras", "static": "page"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One server on one host, by its kind and options."""

    host: str
    kind: str
    options: Mapping[str, object]


def zone(ground: Ground) -> dict[str, list[str]]:
    """Return the records of every name: both families."""
    return {
        name: [
            f"{'AAAA' if ':' in address else 'A'} {address}"
            for address in (
                ground.topology.addresses(host)
                if name == CDN
                else (ground.address(host), ground.address(host, family=6))
            )
        ]
        for host, names in NAMES.items()
        for name in names
    }


def usual(ground: Ground, times: Mapping[str, float], reports: Path | None = None) -> Iterator[Standing]:
    """Go through the servers that stand from the beginning; `times` are those of the stand-ins.

    With a folder to put their files in, nginx and the function are the real ones and report as config/relay has them do.
    """
    for host in _RESOLVERS:
        secure = {"certificate": ground.certificate(host, "good")} if host in NAMES else {}
        yield Standing(host=host, kind="dns", options={"zone": zone(ground), **secure})
    for host in NAMES:
        if host in _RESOLVERS:
            continue
        options: dict[str, object] = {"name": host, "certificate": ground.certificate(host, "good")}
        # The real function would keep its connection, and so miss what befalls new ones.
        options["closes"] = reports is not None and host == "origin"
        if host in _STAND_INS:
            options["stand_in"] = {
                "site": _STAND_INS[host],
                "resolver": ground.address("pubdns"),
                "ca_file": str(ground.authority.file),
                "layout": dict(times),
                "reports": {"place": ground.place(host), "folder": str(reports)} if reports else None,
            }
        yield Standing(host=host, kind="web", options=options)
