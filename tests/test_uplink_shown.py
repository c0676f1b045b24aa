"""How each vantage's own network is, and what became of it: in metrics, history, page, state and live events."""

import asyncio

from probe.codec import to_json
from probe.exporter.recent import Bounds, Recent
from probe.model import Event, Uplink, UplinkState
from probe.store.reading import recent_changes
from tests.metrics_plan import metrics_of, value
from tests.metrics_plan import plan as shipped
from tests.store_records import NOW_NS, change, observation, opened
from tests.test_page_html import Document
from tests.test_web_events import HELLO, _take
from tests.web_chain import HandClock, plan
from tests.web_server import served
from tests.web_story import Story, healthy

WIFI = Uplink(interfaces=("wlan0",), addresses=("192.0.2.7", "2001:db8::7"), gateways=("192.0.2.1",))


def state(vantage: str, is_up: bool | None, detail: str = "", uplink: Uplink = WIFI) -> UplinkState:
    return UplinkState(vantage=vantage, is_up=is_up, since_ns=NOW_NS, uplink=uplink, detail=detail)


CUT = state("mobile", False, "wwan0 has no address", Uplink())
BACK = change(
    7,
    back_at_ns=NOW_NS + 3 * 10**9,
    lasted_seconds=3.0,
    after=Uplink(interfaces=("wwan0",), addresses=("100.64.4.99",), gateways=("100.64.4.1",)),
)
ROAMED: tuple[Event, ...] = (state("wifi", True), BACK, CUT, change(8, detail="wwan0 was removed"))


def test_a_vantage_is_up_or_not_or_absent_when_nobody_knows():
    metrics = metrics_of(shipped(("wifi", "mobile")))
    found = [value(metrics, "vantage_up", vantage="mobile")]
    for is_up in (True, False, None, True):
        metrics.write(state("mobile", is_up))
        metrics.write(state("elsewhere", is_up))
        found.append(value(metrics, "vantage_up", vantage="mobile"))

    assert found == [None, 1, 0, None, 1]
    assert value(metrics, "vantage_up", vantage="wifi") is None
    assert value(metrics, "vantage_up", vantage="elsewhere") is None


def test_changes_are_counted_from_0_by_vantage_and_vanish_with_it():
    metrics = metrics_of(shipped(("wifi", "mobile")))
    for number in range(3):
        metrics.write(change(number))
    metrics.write(change(9, vantage="elsewhere"))
    counted = [
        value(metrics, "vantage_changes_total", vantage=one) for one in ("wifi", "mobile", "elsewhere")
    ]
    metrics.write(CUT)
    metrics.adopt(shipped(("wifi",)))

    assert counted == [0, 3, None]
    assert value(metrics, "vantage_changes_total", vantage="mobile") is None
    assert value(metrics, "vantage_up", vantage="mobile") is None


def test_the_newest_changes_and_the_last_state_are_kept_in_memory():
    recent = Recent(clock=HandClock(), bounds=Bounds(changes=2))
    events: list[Event] = [CUT, state("mobile", True), *(change(number) for number in range(5))]
    for event in events:
        recent.write(event)

    assert [one.identity.seq for one in recent.changes] == [4, 3]
    assert recent.uplinks == {"mobile": state("mobile", True)}

    recent.expect([])

    assert recent.uplinks == {}


async def test_a_restart_does_not_forget_the_last_changes(tmp_path):
    store = await opened(tmp_path)
    for number in range(5):
        store.write(observation(10 * number + 1))
        store.write(change(10 * number + 2))
    await store.close()
    found = await asyncio.to_thread(recent_changes, tmp_path, 3)
    recent = Recent(clock=HandClock())
    recent.load(found)

    assert [one.identity.seq for one in found] == [22, 32, 42]
    assert list(recent.changes) == list(reversed(found))


async def test_the_page_says_who_is_cut_off_and_what_changed_last():
    story = healthy()
    async with served(Story(story.plan, [*story.events, *ROAMED])) as web:
        _, text = await web.get("")
    page = Document()
    page.feed(text)

    assert page.open == []
    assert "mobile is cut off: wwan0 has no address, since 2026-01-01 00:00:00 UTC ." in page.text
    assert "Network wlan0 from 192.0.2.7 and 2001:db8::7" in page.text
    assert "2026-01-01 00:00:00 UTC wwan0 has no link; back after 3.00 s with 100.64.4.99" in page.text
    assert "wwan0 was removed; not back" in page.text


async def test_a_vantage_whose_network_nobody_told_of_is_shown_without_one():
    async with served(healthy()) as web:
        _, text = await web.get("")

    assert "<dt>Network</dt>" not in text
    assert text.count("fit to look from") == 3


async def test_the_state_has_all_that_the_page_says():
    async with served(Story(plan(), ROAMED)) as web:
        found = await web.json("api/v1/state")

    assert found["uplinks"] == [
        {
            "vantage": "wifi", "up": True, "since_ns": NOW_NS, "detail": "", "interfaces": ["wlan0"],
            "addresses": ["192.0.2.7", "2001:db8::7"], "gateways": ["192.0.2.1"],
        },
        {
            "vantage": "mobile", "up": False, "since_ns": NOW_NS, "detail": "wwan0 has no address",
            "interfaces": [], "addresses": [], "gateways": [],
        },
    ]  # fmt: skip
    assert found["changes"] == [to_json(ROAMED[3]), to_json(BACK)]  # type: ignore[arg-type]


async def test_watchers_are_told_as_it_happens():
    async with served(healthy()) as web, web.client.get(f"{web.url}api/v1/events") as answer:
        web.recent.write(CUT)
        web.recent.write(BACK)
        told = await _take(answer, 3)

    assert told == [
        HELLO,
        (
            "uplink",
            {
                "version": 1, "vantage": "mobile", "up": False, "since_ns": NOW_NS,
                "detail": "wwan0 has no address", "interfaces": [], "addresses": [], "gateways": [],
            },
        ),
        ("change", to_json(BACK)),
    ]  # fmt: skip
