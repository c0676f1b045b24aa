"""Which failures each ailment of a vantage explains, and which it never does; pure."""

from collections.abc import Mapping

from probe.examination.local.reach import is_below, is_verified
from probe.model import Evidence

GATEWAY, CUT_OFF = "local.gateway_unreachable", "local.cut_off"
PORTAL, SKEW, PROXY, RESOLVER = (
    "local.captive_portal",
    "local.clock_skew",
    "local.proxy_broken",
    "local.resolver_down",
)

# Nothing answers: neither refusals nor resets, which are answers.
NO_ANSWER = (
    "dns.timeout",
    "dns.resolver_unreachable",
    "dns.failed",
    "tcp.timeout",
    "tcp.unreachable",
    "icmp.timeout",
    "icmp.unreachable",
    "tls.timeout",
    "http.timeout",
    "relay.proxy",
)
# Somebody else answers, or keeps others from answering.
_IMPOSTOR = (
    *NO_ANSWER,
    "dns",
    "tcp",
    "tls",
    "http",
    "icmp",
)
DATES = ("tls.cert.expired", "tls.cert.not_yet_valid")
# What is behind a proxy comes as the proxy's silence, or as an end before the hop has said who it is.
_BEHIND_PROXY = ("relay.proxy", "tls.closed", "tls.reset", "tls.timeout", "tls.failed", "http.closed", "http.reset",
                 "http.timeout", "tcp.timeout", "tcp.refused", "tcp.unreachable")  # fmt: skip
_UNRESOLVED = ("dns.timeout", "dns.resolver_unreachable", "dns.refused", "dns.servfail", "dns.failed")

EXPLAINED: Mapping[str, tuple[str, ...]] = {
    GATEWAY: NO_ANSWER,
    CUT_OFF: NO_ANSWER,
    PORTAL: _IMPOSTOR,
    SKEW: DATES,
    PROXY: _BEHIND_PROXY,
    RESOLVER: _UNRESOLVED,
}


def explains(ailment: str, cause: str, evidence: Evidence) -> bool:
    """Tell whether a probe that ended with `cause` may have done so because of the ailment alone.

    A hop that has proved who it is was reached, so whatever it then did but fall silent was its own doing.
    """
    if not is_below(cause, EXPLAINED.get(ailment, ())):
        return False
    if ailment == SKEW or not is_verified(evidence):
        return True
    return is_below(cause, NO_ANSWER) and ailment != PORTAL
