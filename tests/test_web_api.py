"""The JSON API."""

import json

import pytest

from probe.codec import from_json, to_json
from probe.model import Event, Evidence, Failure, Observation, Purpose
from probe.web.events import series_json
from probe.words import advice
from tests.web_chain import NOW_NS, RESET, SECOND, Recorder, series
from tests.web_server import served
from tests.web_story import STORIES, Story, broken, healthy, unknown

ALIVE = series("wifi", "hk-vps", "alive")


def _small() -> tuple[Story, list[Observation]]:
    recorder = Recorder()
    past = [
        recorder.observe(ALIVE, at_ns=NOW_NS - 2 * SECOND),
        recorder.observe(ALIVE, at_ns=NOW_NS - SECOND, failure=RESET),
        recorder.observe(series("wired", "hk-vps", "alive"), at_ns=NOW_NS),
    ]
    return Story(recorder.plan, past), past


async def test_observations_are_newest_first_in_the_form_that_the_codec_reads():
    story, past = _small()
    async with served(story) as web:
        content = await web.json("api/v1/observations")

    assert {"version": 1, "observations": [to_json(one) for one in reversed(past)]} == content
    assert past[-1] == from_json(content["observations"][0])  # type: ignore[index]  # JSON


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("series=wifi/chat/hk-vps/alive", [1, 0]),
        ("outcome=failed", [1]),
        ("outcome=not_measured", []),
        ("limit=1", [2]),
        ("series=wifi/chat/hk-vps/alive&outcome=ok&limit=5", [0]),
    ],
)
async def test_observations_are_chosen_by_the_query(query: str, places: list[int]):
    story, past = _small()
    async with served(story) as web:
        content = await web.json(f"api/v1/observations?{query}")

    assert [to_json(past[place]) for place in places] == content["observations"]


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("limit=0", 400, "limit is '0'; allowed is a whole number from 1 to 1000"),
        ("limit=1e3", 400, "limit is '1e3'; allowed is a whole number from 1 to 1000"),
        ("limit=%D9%A1", 400, "limit is '\u0661'; allowed is a whole number from 1 to 1000"),
        ("outcome=bad", 400, "outcome is 'bad'; allowed is one of ok, failed, not_measured"),
        ("outcom=ok", 400, "'outcom' is not a parameter; allowed: series, outcome, limit"),
        ("limit=1&limit=2", 400, "limit is given more than once"),
        ("series=nobody", 404, "no series is called 'nobody'; write vantage/route/hop/check"),
    ],
)
async def test_a_wrong_query_is_told_what_is_allowed(query: str, status: int, error: str):
    async with served() as web:
        answer = await web.get(f"api/v1/observations?{query}")

    assert (status, {"version": 1, "error": error}) == (answer[0], json.loads(answer[1]))


async def test_one_observation_comes_with_its_meaning_and_its_links():
    story, past = _small()
    recorder = Recorder(seq=10)
    extra = recorder.observe(ALIVE, purpose=Purpose.CONTROL, parent=past[1].identity)
    async with served(Story(story.plan, [*past, extra])) as web:
        content = await web.json("api/v1/observation/e1/2")

    assert {
        "version": 1,
        "observation": to_json(past[1]),
        "meaning": "the connection was reset during the TLS handshake",
        "finding": None,
        "linked": [to_json(extra)],
    } == content


async def test_one_observation_comes_with_what_was_found_about_it():
    story, past = _small()
    recorder = Recorder(seq=10)
    older, newer = (recorder.find(past[1], cause=cause) for cause in ("tls.reset", "tls.reset.sni"))
    async with served(Story(story.plan, [*past, older, newer])) as web:
        content = await web.json("api/v1/observation/e1/2")

    assert content["finding"] == to_json(newer)


async def test_findings_come_with_their_meaning_and_the_answers_that_they_rest_on():
    recorder = Recorder()
    failed = recorder.observe(ALIVE, failure=RESET)
    answer = recorder.control(failed, "again", "tls", Evidence(), failure=RESET)
    found = recorder.find(failed, answer, cause="tls.reset.sni")
    async with served(Story(recorder.plan, [failed, answer, found])) as web:
        content = await web.json("api/v1/findings")
        state = await web.json("api/v1/state")

    assert content == {
        "version": 1,
        "findings": [
            {
                "finding": to_json(found),
                "series": [series_json(ALIVE)],
                "meaning": "the connection is reset because of the server name in the ClientHello",
                "advice": advice("tls.reset.sni"),
                "place": "on the way from wifi to hk-vps",
                "surety": "shown by 1 more answer",
                "basis": [to_json(answer)],
            }
        ],
    }
    assert [one["finding"] for one in state["series"] if "finding" in one] == [to_json(found)]  # type: ignore[attr-defined]  # JSON


async def test_findings_are_over_when_their_series_turns():
    recorder = Recorder()
    failed = recorder.observe(ALIVE, at_ns=NOW_NS - SECOND, failure=RESET)
    past: list[Event] = [failed, recorder.find(failed, cause="tls.reset.sni"), recorder.observe(ALIVE)]
    async with served(Story(recorder.plan, past)) as web:
        content = await web.json("api/v1/findings")

    assert content == {"version": 1, "findings": []}


@pytest.mark.parametrize("path", ["e1/999", "e2/1", "e1/x", "e1/-1", "e1/" + "9" * 40, "%00/1"])
async def test_an_observation_that_is_not_there_is_not_found(path: str):
    async with served() as web:
        status, text = await web.get(f"api/v1/observation/{path}")

    assert (
        status,
        json.loads(text)["error"],
    ) == (404, "no observation of that identity is in memory; the store may have it")


async def test_failures_are_newest_first():
    recorder = Recorder()
    past = [recorder.observe(ALIVE, at_ns=NOW_NS + step * SECOND, failure=RESET) for step in range(3)]
    async with served(Story(recorder.plan, past)) as web:
        content = await web.json("api/v1/failures?limit=2")

    assert {"version": 1, "failures": [to_json(past[2]), to_json(past[1])]} == content


async def test_the_state_of_an_unheard_plan_is_unknown():
    async with served(unknown()) as web:
        content = await web.json("api/v1/state")

    assert content["headline"] == {
        "state": "unknown",
        "text": "No check has run yet",
        "since_is_known": True,
    } | {
        "troubles": [],
        "asides": ["21 checks have not run yet."],
        "tally": {"failed": 0, "not_measured": 0, "unknown": 21, "ok": 0},
    }


async def test_the_state_says_which_route_fails_where_and_since_when():
    async with served(broken()) as web:
        content = await web.json("api/v1/state")

    headline = content["headline"]
    assert isinstance(headline, dict)
    assert (headline["state"], headline["text"], headline["tally"]) == (
        "failed",
        "Route chat fails at hk-vps from wifi: the connection was reset during the TLS handshake",
        {"failed": 2, "not_measured": 0, "unknown": 0, "ok": 19},
    )


async def test_the_state_holds_the_last_observation_of_every_series():
    story = healthy()
    last = {str(event.series): to_json(event) for event in story.events if isinstance(event, Observation)}
    async with served(story) as web:
        content = await web.json("api/v1/state")

    lines = content["series"]
    assert isinstance(lines, list)
    assert last == {
        f"{one['vantage']}/{one['route']}/{one['hop']}/{one['check']}": one["last"] for one in lines
    }


@pytest.mark.parametrize("name", STORIES)
async def test_every_story_can_be_told_as_json(name: str):
    async with served(STORIES[name]()) as web:
        content = await web.json("api/v1/state")

    assert {
        "version",
        "hopwatch",
        "at_ns",
        "headline",
        "vantages",
        "hops",
        "routes",
        "matrix",
        "series",
    } <= set(content)


async def test_json_is_ascii_whatever_targets_send():
    recorder = Recorder()
    event = recorder.observe(
        ALIVE, failure=Failure(cause="http.body", detail="\u202e\x1b[31m\ud800</script>é")
    )
    story = Story(recorder.plan, [event])
    async with served(story) as web, web.client.get(f"{web.url}api/v1/failures") as answer:
        assert (await answer.read()).isascii()
