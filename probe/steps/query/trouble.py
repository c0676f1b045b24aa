"""Say what an error on the way to a resolver means for the question: a fact about the resolver, never about the name."""

from probe.cause.failed import ProbeFailed
from probe.cause.naming import name
from probe.model import OWN_LAYERS, Phase

# By what the cause begins with, the first that fits; what is our own trouble, or DNS's already, keeps its name.
_MEANS = (
    *((f"{layer}.", None) for layer in ("dns", *sorted(OWN_LAYERS))),
    ("tcp.timeout", "dns.timeout"),
    ("tls.timeout", "dns.timeout"),
    ("http.timeout.first_byte", "dns.timeout"),
    ("http.timeout.body", "dns.timeout"),
    ("tcp.", "dns.resolver_unreachable"),
    ("tls.cert.", "dns.tls.cert"),
    ("tls.", "dns.tls"),
    ("http.reset.", "dns.http"),
    ("http.reset", "dns.reset"),
    ("http.", "dns.http"),
    ("", "dns.failed"),
)
# Without HTTP around it, a stream that ends is a message that ends.
_ENDED = frozenset({"http.closed", "http.truncated"})


def trouble(error: Exception, phase: Phase | None, scheme: str) -> Exception:
    """Return what to raise for an error that ended the question in this phase of its own connection."""
    cause, detail = name(error, phase)
    if cause == "meta.bug":
        return error
    if cause in _ENDED and scheme != "https":
        return ProbeFailed("dns.protocol", f"the stream ended before the answer did: {detail}")
    means = next(means for beginning, means in _MEANS if cause.startswith(beginning))
    return ProbeFailed(cause, detail) if means is None else ProbeFailed(means, f"{cause}: {detail}")
