"""Server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp

from probe.codec import to_json
from probe.exporter.recent import Bounds
from probe.model import Pending, Phase
from probe.web import Limits
from tests.web_chain import NOW_NS, RESET, Recorder, series
from tests.web_server import Served, served
from tests.web_story import unknown

ALIVE = series("wifi", "hk-vps", "alive")
SERIES = {"vantage": "wifi", "route": "chat", "hop": "hk-vps", "check": "alive"}
HELLO = ("hello", {"version": 1, "hopwatch": "1.2.3", "at_ns": NOW_NS})


async def _events(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, object]]:
    """Read events as a browser does; comments and the retry time are left out."""
    name = ""
    async for line in answer.content:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


async def _take(answer: aiohttp.ClientResponse, count: int) -> list[tuple[str, object]]:
    taken: list[tuple[str, object]] = []
    async with asyncio.timeout(5):
        async for event in _events(answer):
            taken.append(event)
            if len(taken) == count:
                break
    return taken


async def test_an_observation_is_told_and_the_change_of_state_with_it():
    observation = Recorder().observe(ALIVE, failure=RESET)
    async with served(unknown()) as web, web.client.get(f"{web.url}api/v1/events") as answer:
        web.recent.write(observation)
        told = await _take(answer, 3)

    change = {"version": 1, "series": SERIES, "before": "unknown", "state": "failed", "since_ns": NOW_NS}
    assert [HELLO, ("observation", to_json(observation)), ("state", change)] == told
    assert answer.content_type == "text/event-stream"


async def test_a_finding_is_told():
    recorder = Recorder()
    found = recorder.find(recorder.observe(ALIVE, failure=RESET), cause="tls.reset.sni")
    async with served(unknown()) as web, web.client.get(f"{web.url}api/v1/events") as answer:
        web.recent.write(found)
        told = await _take(answer, 2)

    assert told == [HELLO, ("finding", to_json(found))]


async def test_a_probe_in_flight_is_told():
    pending = Pending(series=ALIVE, slot=7, phase=Phase.TLS, elapsed_seconds=3.2)
    async with served(unknown()) as web, web.client.get(f"{web.url}api/v1/events") as answer:
        web.recent.write(pending)
        told = await _take(answer, 2)

    assert told[1] == (
        "pending",
        {"version": 1, "series": SERIES, "slot": 7, "phase": "tls", "elapsed_seconds": 3.2},
    )


async def test_a_quiet_feed_gives_a_sign_of_life():
    async with (
        served(unknown(), limits=Limits(heartbeat_seconds=0.05)) as web,
        web.client.get(f"{web.url}api/v1/events") as answer,
    ):
        assert await _take(answer, 2) == [HELLO, ("heartbeat", {"version": 1, "at_ns": NOW_NS})]


async def test_a_slow_watcher_is_told_how_much_it_lost():
    recorder = Recorder()
    async with (
        served(unknown(), bounds=Bounds(behind=4)) as web,
        web.client.get(f"{web.url}api/v1/events") as answer,
    ):
        await _take(answer, 1)
        for _ in range(10):
            web.recent.write(recorder.observe(ALIVE))
        told = await _take(answer, 1)

    # Ten observations and one change of state, of which four stay.
    assert told == [("lost", {"version": 1, "count": 7})]


async def test_watchers_beyond_the_bound_are_told_to_come_later():
    async with served(unknown(), bounds=Bounds(watchers=1)) as web, web.client.get(f"{web.url}api/v1/events"):
        status, text = await web.get("api/v1/events")

    assert (status, json.loads(text)["error"]) == (503, "1 watchers are connected, and no more are allowed")


async def _until_nobody_watches(web: Served) -> None:
    async with asyncio.timeout(5):
        while len(web.recent.feed):
            await asyncio.sleep(0.01)


async def test_a_watcher_who_leaves_gives_the_place_back():
    async with served(unknown()) as web:
        async with web.client.get(f"{web.url}api/v1/events") as answer:
            await _take(answer, 1)
            answer.close()
        await _until_nobody_watches(web)

        assert len(web.recent.feed) == 0


async def test_a_watcher_who_does_not_read_is_cut_off():
    recorder = Recorder()
    async with served(unknown(), limits=Limits(request_seconds=0.2)) as web:
        async with web.client.get(f"{web.url}api/v1/events"):
            while len(web.recent.feed):
                for _ in range(100):
                    web.recent.write(recorder.observe(ALIVE, failure=RESET))
                await asyncio.sleep(0.01)

        assert len(web.recent.feed) == 0


async def test_watchers_do_not_hold_up_the_end():
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as client:
        async with served(unknown()) as web:
            answer = await client.get(f"{web.url}api/v1/events")
            await _take(answer, 1)
            began = loop.time()
        took = loop.time() - began
        answer.close()

    assert took < 0.9
