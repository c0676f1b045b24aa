"""`hopwatch watch`: a screen on a terminal, lines in a pipe, and no daemon that goes or comes back ends it."""

import asyncio
import json
import signal
import sys

import pytest
from aiohttp import web
from rich.console import Console

from probe.cli.live.drawn import age, newest, screen, sentence, spell
from probe.cli.live.link import Link, Lost
from probe.cli.live.seen import Headline, Series, Snapshot, Turn, read_snapshot
from probe.clock import SystemClock
from tests.hostile_texts import TEXTS
from tests.rig_terminal import CTRL_C, ENTERS, LEAVES, Terminal
from tests.typed import typed
from tests.web_server import served
from tests.web_story import healthy

SERIES = Series(vantage="wifi", route="chat", hop="hk", check="alive")
NOW_NS = 1_000 * 10**9


def told(**more):
    base = {
        "at_ns": NOW_NS,
        "headline": {"state": "failed", "text": "Route chat fails", "since_ns": NOW_NS - 90 * 10**9},
        "vantages": [{"name": "wifi"}, {"name": "lte"}],
        "hops": [{"name": "hk"}],
        "matrix": [{"hop": "hk", "vantage": "wifi", "state": "failed", "checks": []}],
        "series": [
            {
                "vantage": "wifi", "route": "chat", "hop": "hk", "check": "alive", "state": "failed",
                "since_ns": NOW_NS - 90 * 10**9, "since_is_known": True, "last": {"failure": {"cause": "tcp.refused"}},
            }
        ],
    }  # fmt: skip
    return base | more


class Fake:
    """A daemon that can be told what to say, go and come back."""

    def __init__(self):
        self.state = told()
        self.asked = 0
        self.port = 0
        self.login = None
        self._feeds = []
        self._runner = None

    async def start(self):
        app = web.Application()
        app.router.add_get("/api/v1/state", self._answer)
        app.router.add_get("/api/v1/events", self._events)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def stop(self):
        for feed in self._feeds:
            feed.put_nowait(None)
        self._feeds.clear()
        await self._runner.cleanup()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def say(self, name, data):
        for feed in self._feeds:
            feed.put_nowait(f"event: {name}\ndata: {data}\n\n".encode())

    async def _answer(self, request):
        self.login = request.headers.get("Authorization")
        self.asked += 1
        return web.json_response(self.state)

    async def _events(self, request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        feed: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._feeds.append(feed)
        while (data := await feed.get()) is not None:
            await response.write(data)
        return response


@pytest.fixture
async def fake():
    daemon = Fake()
    await daemon.start()
    yield daemon
    await daemon.stop()


async def until(link, wanted, seconds=15):
    """Follow until something of that kind comes."""
    found = []
    async with asyncio.timeout(seconds):
        async for one in link.follow():
            found.append(one)
            if wanted(one):
                return found
    return found


async def test_the_state_of_a_real_surface_is_understood():
    async with served(healthy()) as surface:
        (seen,) = await until(Link(url=surface.url, clock=SystemClock()), lambda one: True)

    assert isinstance(seen, Snapshot)
    assert (len(seen.hops) > 2, len(seen.matrix) > 2, seen.headline.text.endswith("answer")) == (
        True,
        True,
        True,
    )


async def test_what_turns_is_told_and_the_state_is_asked_for_again(fake):
    seen: list[object] = []
    async with asyncio.timeout(15):
        async for one in Link(url=fake.url, clock=SystemClock()).follow():
            if not seen:
                fake.say(
                    "state",
                    '{"version":1,"series":{"vantage":"wifi","route":"chat","hop":"hk","check":"alive"},"before":"ok","state":"failed","since_ns":7}',
                )
            seen.append(one)
            if len(seen) == 3:
                break

    assert [type(one) for one in seen] == [Snapshot, Turn, Snapshot]
    assert seen[1] == Turn(series=SERIES, state="failed", since_ns=7)


async def test_a_daemon_that_goes_is_said_to_be_gone_and_waited_for(fake):
    link, seen = Link(url=fake.url, clock=SystemClock()), []
    async with asyncio.timeout(20):
        async for one in link.follow():
            seen.append(type(one))
            if len(seen) == 1:
                await fake.stop()
            if seen[-1] is Lost and seen.count(Lost) == 2:
                await fake.start()
            if seen[-1] is Snapshot and Lost in seen:
                break

    assert (seen[:2], seen[-1]) == ([Snapshot, Lost], Snapshot)


async def test_why_nobody_answers_is_said(fake):
    await fake.stop()
    (first,) = await until(Link(url=fake.url, clock=SystemClock()), lambda one: True)
    await fake.start()

    assert first == Lost(reason="connection refused")


async def test_what_is_no_hopwatch_is_said_to_be_none(fake):
    fake.state = {"hello": "world"}
    (first,) = await until(Link(url=fake.url, clock=SystemClock()), lambda one: True)

    assert first == Lost(reason="what answers there is no hopwatch of this version")


async def test_name_and_password_are_sent_when_they_are_given(fake):
    await until(Link(url=fake.url, clock=SystemClock(), login=("me", "pw")), lambda one: True)

    assert fake.login == "Basic bWU6cHc="


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_in_a_pipe_each_change_is_a_line_and_a_signal_ends_it_well(fake, number):
    process = await asyncio.create_subprocess_exec(
        "env", "--default-signal=INT", sys.executable, "-m", "probe", "watch", "--url", fake.url,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(20):
        first = (await process.stdout.readline()).decode()
        fake.say(
            "state",
            '{"series":{"vantage":"wifi","route":"chat","hop":"hk","check":"alive"},"before":"ok","state":"failed","since_ns":0}',
        )
        second = (await process.stdout.readline()).decode()
        process.send_signal(number)
        out, err = await process.communicate()

    assert first == "Route chat fails, for 1 minute.\n"
    assert second == "1970-01-01T00:00:00Z wifi/chat/hk/alive ok -> failed (tcp.refused)\n"
    assert (process.returncode, out, err) == (0, b"", b"")


@pytest.fixture
async def view(fake):
    terminal = Terminal("watch", "--url", fake.url, rows=24, columns=90)
    yield terminal
    terminal.close()


async def seen(terminal, words, **how):
    await asyncio.to_thread(terminal.wait_for, words, **how)


@pytest.mark.parametrize("leaving", ["q", CTRL_C])
async def test_on_a_terminal_it_is_a_screen_that_leaves_all_as_it_was(view, leaving):
    await seen(view, "✗ fails  tcp.refused")
    view.type(leaving)

    assert await asyncio.to_thread(view.end) == 0
    assert (view.said.count(ENTERS), view.said.count(LEAVES), view.is_as_before) == (1, 1, True)
    assert "Traceback" not in view.said


async def test_the_screen_follows_the_size_of_the_terminal(view):
    await seen(view, "q ends")
    view.resize(20, 40)

    await seen(view, "╭" + "─" * 38 + "╮", again=True)


async def test_a_daemon_that_is_gone_is_said_on_the_screen_and_so_is_its_return(view, fake):
    await seen(view, "q ends")
    await fake.stop()
    await seen(view, "The daemon does not answer")
    fake.state = told(headline={"state": "ok", "text": "All is well again"})
    await fake.start()

    await seen(view, "All is well again")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--url", "127.0.0.1:9860"), "--url is no address"),
        (("--url", "ftp://host/"), "--url is no address"),
        (("--url", "http://me:secret@host/"), "holds a user name"),
        (("--user", "me"), "--user needs a password"),
        (("--user", "me", "--password-file", "/nowhere"), "cannot be read"),
        (("--ca-file", "/nowhere"), "holds no certificates"),
    ],
)
def test_what_cannot_be_watched_is_wrong_use(words, said, monkeypatch):
    monkeypatch.delenv("HOPWATCH_WEB_PASSWORD", raising=False)
    code, out, err = typed("watch", *words)

    assert (code, out, said in err, "secret" in err) == (2, "", True, False)


def drawn(snapshot, *, lost=None, width=80, height=24, no_color=False):
    console = Console(
        width=width, height=height, force_terminal=True, color_system="standard", no_color=no_color
    )
    with console.capture() as captured:
        view = screen(
            "http://here", snapshot, lost, newest((), snapshot.turns(), most=9), NOW_NS, height=height
        )
        console.print(view)
    return captured.get()


def snapshot(**more):
    return read_snapshot(json.dumps(told(**more)).encode())


# JSON holds no lone surrogates: what does is no state of a daemon.
@pytest.mark.parametrize("text", [one for one in TEXTS if "\ud800" not in one])
def test_no_text_of_a_daemon_steers_a_terminal(text):
    shown = snapshot(
        headline={
            "state": text,
            "text": text,
            "troubles": [dict.fromkeys(("route", "place", "origin", "cause", "meaning"), text)],
            "asides": [text],
        },
        hops=[{"name": text}],
        vantages=[{"name": text}],
        hopwatch=text,
    )
    out = drawn(shown, no_color=True, lost=None)
    plain = Console(width=80, color_system=None)
    with plain.capture() as captured:
        plain.print(screen("u", shown, None, (), NOW_NS, height=24))

    assert [line for line in captured.get().splitlines() if not line.isprintable()] == []
    assert "\x1b]" not in out


def test_without_colour_the_states_are_words_still():
    assert "✗ fails" in drawn(snapshot(), no_color=True)
    assert "[31m" in drawn(snapshot()) or "[1;31m" in drawn(snapshot())
    assert "[1;31m" not in drawn(snapshot(), no_color=True)


def test_a_line_for_a_change_names_the_cause_while_it_lasts():
    turn = Turn(series=SERIES, state="failed", since_ns=0, before="ok")

    assert spell(turn, snapshot()) == "1970-01-01T00:00:00Z wifi/chat/hk/alive ok -> failed (tcp.refused)"


def test_the_newest_changes_come_first_each_once():
    old, new = Turn(series=SERIES, state="ok", since_ns=1), Turn(series=SERIES, state="failed", since_ns=2)

    assert newest((old, new), iter([new]), most=9) == [new, old]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59, "59 s"), (60, "1 minute"), (7200, "2 hours"), (86_400, "1 day")]
)
def test_an_age_is_said_in_its_largest_unit(seconds, words):
    assert age(seconds * 10**9) == words


def test_a_beginning_that_nobody_saw_is_at_least_that_long_ago():
    headline = Headline(state="failed", text="It fails", since_ns=NOW_NS - 10**9, since_is_known=False)

    assert sentence(headline, NOW_NS) == "It fails, for at least 1 s."
