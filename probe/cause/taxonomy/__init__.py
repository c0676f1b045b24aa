"""The causes, as data: every id that a failure or a finding may carry, what it means, and what to do about it.

Ids are dotted, the first word is the layer, every prefix is a valid answer, and ids are append-only: none is ever
given another meaning or taken away. One names the deepest cause that the evidence supports, and no deeper. What is said of a
service (verdict) and whom it blames (element) are axes of their own, which no id speaks of.
"""

from collections.abc import Iterable, Mapping

from probe.cause.taxonomy.alert import ALERTS, TLS_ALERT
from probe.cause.taxonomy.api import API
from probe.cause.taxonomy.app import APP
from probe.cause.taxonomy.cause import Cause, Element, How, Provenance, grow
from probe.cause.taxonomy.dns import DNS
from probe.cause.taxonomy.forgery import FORGERY
from probe.cause.taxonomy.http import HTTP
from probe.cause.taxonomy.icmp import ICMP
from probe.cause.taxonomy.local import LOCAL
from probe.cause.taxonomy.meta import META
from probe.cause.taxonomy.perf import PERF
from probe.cause.taxonomy.quic import QUIC
from probe.cause.taxonomy.relay import RELAY
from probe.cause.taxonomy.tcp import TCP
from probe.cause.taxonomy.tls import TLS
from probe.cause.taxonomy.vercel import VERCEL

__all__ = [
    "ALERTS",
    "CAUSES",
    "Cause",
    "Element",
    "How",
    "Provenance",
    "ancestors",
    "children",
    "closure",
    "is_known",
    "lookup",
    "nearest",
    "subtree",
]

CAUSES: Mapping[str, Cause] = grow(
    (
        *LOCAL, *DNS, *FORGERY, *ICMP, *TCP, *TLS, *TLS_ALERT, *QUIC,
        *HTTP, *RELAY, *VERCEL, *API, *APP, *PERF, *META,
    )
)  # fmt: skip


def is_known(cause: str) -> bool:
    """Tell whether the taxonomy has that id."""
    return cause in CAUSES


def lookup(cause: str) -> Cause | None:
    """Return what there is to say of that id, or None when the taxonomy does not have it."""
    return CAUSES.get(cause)


def nearest(cause: str) -> Cause | None:
    """Return the cause itself, or the deepest known one above it, such as of an id that a newer version wrote."""
    return next((CAUSES[one] for one in (cause, *reversed(ancestors(cause))) if one in CAUSES), None)


def ancestors(cause: str) -> tuple[str, ...]:
    """Return what is above an id, known or not, the layer first: `tls` and `tls.reset` of `tls.reset.sni`."""
    words = cause.split(".")
    return tuple(".".join(words[:length]) for length in range(1, len(words)))


def closure(causes: Iterable[str]) -> frozenset[str]:
    """Return the ids with all that is above them: what a hierarchical score compares."""
    return frozenset(node for cause in causes if cause for node in (*ancestors(cause), cause))


def children(cause: str) -> tuple[Cause, ...]:
    """Return the causes right below an id, or the layers below the empty one."""
    return tuple(one for one in CAUSES.values() if one.parent == cause)


def subtree(cause: str) -> tuple[Cause, ...]:
    """Return the cause and all that is below it, depth first in the order of the tables."""
    own = CAUSES.get(cause)
    return (*((own,) if own else ()), *(deeper for one in children(cause) for deeper in subtree(one.id)))
