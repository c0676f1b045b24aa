"""The page shows each trace hop by hop, and nothing where there is none."""

from dataclasses import replace

from probe.model import Icmp, Observation, PathMtu, Trace, TraceHop
from tests.hostile_texts import TEXTS
from tests.test_page_html import Document
from tests.web_chain import series
from tests.web_server import served
from tests.web_story import Story, healthy

HOPS = (
    TraceHop(ttl=1, sent=3, answered=3, addresses=("192.168.1.1",), seconds=(0.0021, 0.002, 0.003)),
    TraceHop(ttl=2, sent=3),
    TraceHop(ttl=3, sent=3, answered=1, addresses=("198.51.100.7", "198.51.100.8"), seconds=(0.034,)),
    TraceHop(ttl=4, sent=3, answered=3, addresses=("203.0.113.9",), seconds=(0.0361, 0.036, 0.037)),
)
REACHED = Trace(
    protocol="udp",
    address="203.0.113.9",
    port=33434,
    flow="stable",
    ended="target",
    packets=12,
    target_ttl=4,
    answer="port_closed",
    hops=HOPS,
    mtu=PathMtu(bytes=1400, told_by="198.51.100.7"),
)
WATCHED = series("wifi", "hk-vps", "alive")


def told(trace: Trace) -> Story:
    """The healthy chain, with a trace in the newest observation of one series."""
    story = healthy()
    newest = max(
        (one for one in story.events if isinstance(one, Observation) and one.series == WATCHED),
        key=lambda one: one.started_at_ns,
    )
    seen = replace(newest, evidence=replace(newest.evidence, trace=trace))
    return Story(story.plan, [seen if one is newest else one for one in story.events])


async def shown(story: Story) -> str:
    async with served(story) as web:
        status, text = await web.get("")
    document = Document()
    document.feed(text)
    assert (status, document.open) == (200, [])
    return document.text


async def test_each_hop_has_its_distance_its_address_and_its_best_round_trip() -> None:
    text = await shown(told(REACHED))

    for words in (
        "1 192.168.1.1 2.0 ms",
        "2 silent",
        "3 198.51.100.7 or 198.51.100.8 34 ms limits its answers",
        "4 203.0.113.9 36 ms",
        "packets of 1400 bytes fit, as 198.51.100.7 says",
    ):
        assert words in text


async def test_a_path_that_ends_early_says_how() -> None:
    forbidden = replace(HOPS[2], errors=(Icmp(sender="198.51.100.7", type=3, code=13),))
    refused = replace(REACHED, ended="refused", target_ttl=None, hops=(*HOPS[:2], forbidden), mtu=None)
    silent = replace(REACHED, ended="silence", target_ttl=None, hops=(*HOPS[:3], TraceHop(ttl=4, sent=3)))

    assert "34 ms refuses refused there" in await shown(told(refused))
    text = await shown(told(silent))
    assert "nobody answers behind" in text
    assert "4 silent" not in text


async def test_a_page_without_traces_has_no_paths() -> None:
    assert "Paths" not in await shown(healthy())


async def test_what_a_router_calls_itself_breaks_nothing() -> None:
    hops = tuple(
        TraceHop(ttl=ttl, sent=1, answered=1, addresses=(text,), seconds=(0.01,))
        for ttl, text in enumerate(TEXTS, start=1)
    )

    assert "Paths" in await shown(told(replace(REACHED, hops=hops, target_ttl=None, ended="hops")))
