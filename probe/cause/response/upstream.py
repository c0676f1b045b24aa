"""What ails the way behind a hop that says that its upstream failed, as far as more than its answer tells; pure.

The hop's own answer seldom says which step failed. Three things tell more: the hop itself, when it is asked to look (config/
relay); the next hop, when it is asked past this one; and other questions that pass the same way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from probe.model import Http, Observation, Outcome
from probe.model.element import seg

# What a hop with config/relay answers itself, to anybody, and to whoever has a token: how far it gets with its upstream.
SELF_PATH, UPSTREAM_PATH = "/hopwatch/self", "/hopwatch/upstream"
# The same question to a function of config/relay, asked by way of whatever is before it.
FUNCTION_SELF_PATH = "/api/hopwatch/self"

# By the second look of HEAD /hopwatch/upstream, TLS is told from TCP (config/relay/README.md). What is unavailable then is
# refused, or a router says that it cannot be reached.
_LOOKS: Mapping[str, str] = {
    "dns_error": "relay.upstream.dns",
    "connection_timeout": "relay.upstream.connect_timeout",
    "tls_protocol_error": "relay.upstream.tls",
    "connection_terminated": "relay.upstream.closed",
    "connection_read_timeout": "relay.upstream.read_timeout",
    "destination_unavailable": "relay.upstream",
    "http_protocol_error": "relay.upstream",
}
# What befalls everybody who asks the next hop, whatever his network. A time-out, a reset or a wrong address does not count:
# from where filters are, that is the asker's own way.
_OF_THE_HOP: tuple[tuple[str, str], ...] = (
    ("tcp.refused", "relay.upstream.refused"),
    ("tls.cert", "relay.upstream.tls"),
    ("tls.alert", "relay.upstream.tls"),
    ("tls.not_tls", "relay.upstream.tls"),
)
_INJECTED = "tcp.refused.injected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known beside the answer; None where nobody asked.

    `looked` is the answer to HEAD /hopwatch/upstream; `next_direct` the cause that the next hop failed with when it was asked
    past this one, empty when it answered; `others_pass` whether another question passed the same leg meanwhile.
    """

    looked: Http | None = None
    next_direct: str | None = None
    others_pass: bool | None = None

    @property
    def is_next_well(self) -> bool:
        """Whether the next hop answers somebody else than the hop that complains of it."""
        return self.next_direct == ""

    @property
    def is_next_ill(self) -> bool:
        """Whether the next hop fails for everybody alike."""
        return self.next_direct is not None and _of_the_hop(self.next_direct) is not None


NOTHING_KNOWN = Facts()


def answers_itself(http: Http | None) -> bool | None:
    """Tell whether a hop answered SELF_PATH itself, or refused to because of its own limit; None where it passed it on.

    A hop without config/relay passes it on: then neither answer nor error says anything.
    """
    if http is None or http.status is None or not http.proxy_status:
        return None
    own = http.proxy_status[-1]
    is_own = len(http.proxy_status) == 1 and own.received_status is None
    is_alive = own.error in ("proxy_internal_response", "http_request_denied")
    return True if is_own and is_alive else None


def looked(http: Http | None) -> str | None:
    """Return what a hop's look at its upstream came to: a cause, empty when it got an answer; None when it did not look."""
    if http is None or not http.proxy_status:
        return None
    own = http.proxy_status[-1]
    if own.error is None:
        return "" if own.received_status is not None else None
    return _LOOKS.get(own.error)


def passes(seen: Observation, others: Iterable[Observation], near: str, far: str) -> bool | None:
    """Tell whether questions that went over a leg after the failed one got their answers; None when there were none."""
    leg, came_to = seg(near, far), set[bool]()
    for one in others:
        is_same_way = leg in one.crossed and one.series.vantage == seen.series.vantage
        if is_same_way and one.started_at_ns > seen.started_at_ns and one.identity != seen.identity:
            if one.outcome is Outcome.OK:
                came_to.add(True)
            elif one.failure is not None and one.failure.cause.startswith("relay.upstream"):
                came_to.add(False)
    return any(came_to) if came_to else None


@dataclass(frozen=True, slots=True)
class Deeper:
    """A deeper cause, the rule that tells it, and why in a clause."""

    cause: str
    rule: str
    because: str


def deeper(cause: str, status: int, facts: Facts) -> Deeper | None:
    """Return what the facts add to a cause at or below relay.upstream; None when nothing does."""
    return _by_look(cause, facts) or _by_next(cause, facts) or _by_time(cause, status, facts)


def _by_look(cause: str, facts: Facts) -> Deeper | None:
    found = looked(facts.looked)
    if not found or not found.startswith(cause) or found == cause:
        return None
    return Deeper(found, "response.upstream-look", "the hop looked at its upstream when it was asked to")


def _by_next(cause: str, facts: Facts) -> Deeper | None:
    found = _of_the_hop(facts.next_direct or "")
    if found is None or cause != "relay.upstream":
        return None
    return Deeper(found, "response.upstream-ill", "the next hop fails alike when it is asked directly")


def _by_time(cause: str, status: int, facts: Facts) -> Deeper | None:
    """Tell what took too long: reading, when others get their answers by the same leg, and connecting, when none does."""
    if cause != "relay.upstream" or status != 504:
        return None
    if facts.others_pass:
        return Deeper(
            "relay.upstream.read_timeout",
            "response.upstream-others-pass",
            "other questions got their answers the same way",
        )
    if facts.others_pass is False and facts.is_next_well:
        return Deeper(
            "relay.upstream.connect_timeout",
            "response.upstream-leg-dead",
            "no question gets an answer that way, and the next hop answers others",
        )
    return None


def _of_the_hop(cause: str) -> str | None:
    if cause == _INJECTED:
        return None
    return next((found for own, found in _OF_THE_HOP if f"{cause}.".startswith(f"{own}.")), None)
