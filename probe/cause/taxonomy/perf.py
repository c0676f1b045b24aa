"""Causes of the layer perf: it works, but slowly or with losses."""

from probe.cause.taxonomy.cause import Element, Entry, read, replayed
from probe.model import Verdict

PERF = (
    Entry(
        id="perf",
        meaning="it works, but slowly or with losses",
        advice="Compare the phases with those of an hour ago and of other vantages: the one that grew says where.",
        elements=(Element.PATH, Element.HOST, Element.SEG),
        verdict=Verdict.DEGRADED,
        nel="ok",
    ),
    Entry(
        id="perf.loss",
        meaning="packets are lost on the way, whatever is sent",
        advice="A check of kind `trace` shows from where on they are lost; on Wi-Fi look at the signal first.",
        elements=(Element.PATH, Element.ACCESS, Element.SEG),
        known=read("tcp(7), TCP_INFO: retransmits beside segments sent"),
    ),
    Entry(
        id="perf.congestion",
        meaning="everything beyond a border is slow and lossy, at certain hours",
        advice="Move users or the relay to a route that avoids the crowded exit, such as another provider; it passes by "
        "itself at night.",
        elements=(Element.EXIT, Element.ISP),
        known=read(
            "Characterizing Transnational Internet Performance and the Great Bottleneck of China (2020)"
        ),
    ),
    Entry(
        id="perf.throttled",
        meaning="the rate is held down on the way",
        advice="Compare the goodput by another port, address or name to find what it goes by, and change that.",
        elements=(Element.ISP, Element.EXIT, Element.PATH),
        known=read("Throttling Twitter (IMC 2021)"),
    ),
    Entry(
        id="perf.throttled.sni",
        meaning="the rate is held down for connections with this server name",
        advice="Reach the hop by another name: with that the same address is as fast as it should be.",
        known=read("Throttling Twitter (IMC 2021)"),
    ),
    Entry(
        id="perf.latency_step",
        meaning="the round trip has risen all at once and stays so",
        advice="Compare a `trace` of before with one of now: another route was taken. Its provider can change it.",
        elements=(Element.PATH, Element.SEG, Element.ISP),
        known=read("RFC 7799 and RFC 2681 (round-trip metrics)"),
    ),
    Entry(
        id="perf.cold_start",
        meaning="the function had to be started first",
        advice="Nothing, if users can wait; otherwise keep it warm, or make what it loads smaller.",
        elements=(Element.HOST, Element.PLATFORM),
        known=read("vercel.com, Vercel Functions (cold starts)"),
    ),
    Entry(
        id="perf.buffered_stream",
        meaning="a stream arrives all at once because somebody on the way collects it",
        advice="Switch buffering off where the stream passes (nginx: `proxy_buffering off`, or `X-Accel-Buffering: no` in "
        "the answer).",
        elements=(Element.HOST,),
        known=read("nginx, ngx_http_proxy_module (proxy_buffering)"),
    ),
    Entry(
        id="perf.slow_upstream",
        meaning="the hop is fast, and what it asks is slow",
        advice="Look at the next hop: the checks that this one answers by itself are as quick as ever.",
        elements=(Element.HOST, Element.SEG),
        known=replayed("tests/scenarios/own/s060-function-too-slow.yaml"),
    ),
)
