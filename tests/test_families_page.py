"""What the page says of IPv6 that is shown apart: trouble where it is some, a word where there is nothing to show."""

import json
from dataclasses import replace

import pytest

from probe.exporter.recent import Recent
from probe.model import AddressFamily, Failure, Phase
from probe.track import State
from probe.web.view import look
from tests.test_page_html import Document
from tests.web_chain import CHECKS, NOW_NS, SECOND, HandClock, Recorder, check, plan
from tests.web_server import served
from tests.web_story import Story

TWINS = tuple(
    replace(check("chat", hop, "ipv6", kind="tls"), family=AddressFamily.IPV6, is_twin=True)
    for hop in ("vercel", "direct")
)
PLAN = plan((*CHECKS, *TWINS))
LOST = Failure(cause="tcp.timeout", detail="no answer", phase=Phase.CONNECT, after_seconds=4.0)
NOTHING = {
    "meta.no_address": "no IPv6 address",
    "meta.insufficient": "no IPv6 address known",
    "local.family_mismatch": "no IPv6 from here",
    "local.no_route": "no IPv6 from here",
    "local.ipv6_broken": "IPv6 is broken here",
}


def story(failures):
    """Tell a chain in which all was well a moment ago, and now these checks of these hops have failed everywhere."""
    recorder, events = Recorder(plan=PLAN), []
    for probe in PLAN.probes:
        failure = failures.get((probe.series.hop, probe.series.check))
        events += [recorder.observe(probe.series, at_ns=NOW_NS - 5 * SECOND)]
        events += [recorder.observe(probe.series, failure=failure)]
    return Story(PLAN, events)


def seen(failures):
    clock = HandClock()
    recent = Recent([probe.series for probe in PLAN.probes], clock=clock)
    for event in story(failures).events:
        recent.write(event)
    return look(PLAN, recent, at_ns=clock.wall_ns())


def without(cause):
    return {(twin.hop, "ipv6"): Failure(cause=cause, detail="so it is") for twin in TWINS}


@pytest.mark.parametrize("cause", NOTHING)
def test_what_has_nothing_to_show_is_no_trouble_and_no_part_of_the_tally(cause):
    view = seen(without(cause))

    assert (view.headline.state, view.headline.text, view.headline.asides) == (
        State.OK,
        "All 21 checks answer",
        (),
    )
    assert {row.hop.name: cell.state for row in view.matrix.rows for cell in row.cells} == {
        "hk-vps": State.OK,
        "vercel": State.OK,
        "direct": State.OK,
        "static": State.OK,
    }
    assert {line.nothing for line in view.lines if line.is_apart} == {NOTHING[cause]}
    assert "ipv6" not in {block.check.name for block in view.waterfall.blocks}


def test_it_is_said_in_a_word_where_the_hop_is():
    view = seen(without("meta.no_address"))
    words = [
        line.nothing for row in view.matrix.rows for cell in row.cells for line in cell.lines if line.nothing
    ]

    assert words == ["no IPv6 address"] * 6


def test_ipv6_that_answers_counts_like_every_check():
    view = seen({})

    assert view.headline.text == "All 27 checks answer"
    assert [(block.check.hop, block.check.name) for block in view.waterfall.blocks][-2:] == [
        ("vercel", "ipv6"),
        ("direct", "ipv6"),
    ]


def test_ipv6_that_fails_is_named_and_takes_nothing_off_the_chain_that_ipv4_passes():
    view = seen({("vercel", "ipv6"): LOST})
    chain = view.chains[0]

    assert view.headline.text.startswith("A check of route chat fails at vercel by IPv6 from every vantage: ")
    assert {stop.hop.name: (stop.own.state, stop.leg and stop.leg.state) for stop in chain.stops} == {
        "hk-vps": (State.OK, None),
        "vercel": (State.OK, State.OK),
        "direct": (State.OK, State.OK),
    }


def test_a_hop_that_fails_by_both_families_fails_once():
    view = seen({("direct", "ipv6"): LOST, ("direct", "handshake"): LOST, ("direct", "models"): LOST})

    assert view.headline.text.startswith("Hop direct fails by itself from every vantage: ")
    assert view.headline.troubles == ()


def test_own_trouble_of_another_kind_is_said_of_it_too():
    view = seen({("vercel", "ipv6"): Failure(cause="meta.bug", detail="a defect")})

    assert len(view.headline.asides) == 1


async def test_the_page_and_the_api_say_why_there_is_nothing():
    async with served(story(without("meta.no_address"))) as surface:
        document = Document()
        document.feed((await surface.get(""))[1])
        state = json.loads((await surface.get("api/v1/state"))[1])

    assert document.text.count("no IPv6 address") == 6
    links = {one.get("href", "")[1:] for one in document.all("a") if one.get("href", "").startswith("#")}
    assert links <= {one["id"] for _, one in document.tags if "id" in one}
    assert {one.get("nothing") for one in state["series"]} == {None, "no IPv6 address"}
