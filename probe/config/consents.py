"""Refuse a check that may provoke a filter from a vantage that does not allow it."""

from collections.abc import Iterator

from probe.config import effective
from probe.config.document import Complaint, Document
from probe.config.fields import parse_origin
from probe.config.models import Written
from probe.consent import PROVOKING, is_foreign
from probe.prober.tls import Tls


def complaints(document: Document, written: Written) -> Iterator[Complaint]:
    """Yield a complaint per check that names a foreign host in its handshake where that is not allowed."""
    hosts = [parse_origin(hop.url).host for hop in written.hops.values()]
    for route_name, route in written.routes.items():
        refusing = [
            name
            for name in effective.vantages(written, route)
            if "foreign_sni" not in written.vantages[name].allow
        ]
        for name, check in route.checks.items():
            kind, prober = check.prober()
            named = prober.server_name if isinstance(prober, Tls) else None
            if refusing and named is not None and is_foreign(named, hosts):
                path = ("routes", route_name, "checks", name, kind, "server_name")
                yield document.at_value(path, _unasked(named, refusing))


def _unasked(server_name: str, vantages: list[str]) -> str:
    return (
        f"{server_name!r} is the host of none of your hops: {PROVOKING['foreign_sni']};"
        f" if you want that, say `allow: [foreign_sni]` at {', '.join(vantages)}"
    )
