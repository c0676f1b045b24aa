"""Causes of the layer quic: what HTTP/3 would meet."""

from probe.cause.taxonomy.cause import Element, Entry, read
from probe.model import Verdict

QUIC = (
    Entry(
        id="quic",
        meaning="no connection by QUIC can be made, so HTTP/3 does not work",
        advice="Nothing, as long as TCP to the same port works: browsers fall back to it. Otherwise look there first.",
        elements=(Element.PATH, Element.ISP, Element.HOST),
        verdict=Verdict.OK,
        nel="h3.protocol.error",
    ),
    Entry(
        id="quic.timeout",
        meaning="no answer to the QUIC handshake, while TCP to the same port works",
        advice="Let UDP to port 443 pass, or do not announce HTTP/3 (`Alt-Svc`) to users of this network; they fall back to "
        "TCP after a moment.",
        ooni=("generic_timeout_error",),
        known=read("OONI simplequicping, UDP drop; RFC 9308, 2 (fallback)"),
    ),
    Entry(
        id="quic.timeout.sni",
        meaning="QUIC handshakes that name this host vanish, and others to the same address are answered",
        advice="Do not announce HTTP/3 (`Alt-Svc`) for this name to users of this network; by TCP they do reach it.",
        elements=(Element.PATH, Element.EXIT, Element.ISP),
        known=read("Exposing and Circumventing SNI-based QUIC Censorship (USENIX Security 2025)"),
    ),
)
