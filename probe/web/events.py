"""Tell a browser what happens as it happens: server-sent events (HTML Living Standard, 9.2)."""

import asyncio
import json
from contextlib import suppress
from typing import Final

from aiohttp import web

from probe.codec import Json, kind_of, to_json
from probe.exporter.recent import Note
from probe.feed import FeedFullError, Watcher
from probe.model import Pending, Series, Uplink, UplinkState
from probe.track import Turn
from probe.web.board import BOARD, Board

EVENTS: Final = "events"
_VERSION: Final = 1
_RETRY_MILLISECONDS: Final = 2000


async def events(request: web.Request) -> web.StreamResponse:
    """Answer with every event from now on, until the reader leaves or we stop."""
    board = request.app[BOARD]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    if request.method == "HEAD":
        return response
    try:
        with board.recent.feed.watch() as watcher, suppress(ConnectionError):
            await response.prepare(request)
            await _tell(response, watcher, board)
    except FeedFullError as error:
        raise web.HTTPServiceUnavailable(text=str(error), headers={"Retry-After": "10"}) from error
    return response


async def _tell(response: web.StreamResponse, watcher: Watcher[Note], board: Board) -> None:
    hello: dict[str, Json] = {"version": _VERSION, "hopwatch": board.version, "at_ns": board.clock.wall_ns()}
    text = f"retry: {_RETRY_MILLISECONDS}\n" + _event("hello", hello)
    while text:
        # A reader that does not read must not hold its place for ever.
        async with asyncio.timeout(board.limits.request_seconds):
            await response.write(text.encode())
        text = await _next(watcher, board)


async def _next(watcher: Watcher[Note], board: Board) -> str:
    """Return the next text to send: what has happened, or a sign of life; empty when there is no more."""
    try:
        async with asyncio.timeout(board.limits.heartbeat_seconds):
            news = await watcher.take()
    except TimeoutError:
        beat: dict[str, Json] = {"version": _VERSION, "at_ns": board.clock.wall_ns()}
        return ": heartbeat\n" + _event("heartbeat", beat)
    if news is None:
        return ""
    lost, notes = news
    missed = _event("lost", {"version": _VERSION, "count": lost}) if lost else ""
    return missed + "".join(_event(*_described(note)) for note in notes)


def _event(name: str, content: dict[str, Json]) -> str:
    return f"event: {name}\ndata: {json.dumps(content, separators=(',', ':'))}\n\n"


def _described(note: Note) -> tuple[str, dict[str, Json]]:
    match note:
        case Turn():
            return "state", {
                "version": _VERSION,
                "series": series_json(note.series),
                "before": note.before.value,
                "state": note.state.value,
                "since_ns": note.since_ns,
            }
        case Pending():
            return "pending", {"version": _VERSION, "series": series_json(note.series), **pending_json(note)}
        case UplinkState():
            return "uplink", {"version": _VERSION, "vantage": note.vantage, **uplink_json(note)}
        case record:
            return kind_of(record), to_json(record)


def series_json(series: Series) -> dict[str, Json]:
    """Return a series as the API spells it."""
    return {"vantage": series.vantage, "route": series.route, "hop": series.hop, "check": series.check}


def pending_json(pending: Pending) -> dict[str, Json]:
    """Return how far a probe in flight has come."""
    return {
        "slot": pending.slot,
        "phase": pending.phase.value if pending.phase else None,
        "elapsed_seconds": pending.elapsed_seconds,
    }


def uplink_json(state: UplinkState) -> dict[str, Json]:
    """Return how a vantage's own network is; `up` is null when nobody can tell."""
    return {"up": state.is_up, "since_ns": state.since_ns, "detail": state.detail, **_uplink(state.uplink)}


def _uplink(uplink: Uplink) -> dict[str, Json]:
    return {
        "interfaces": list(uplink.interfaces),
        "addresses": list(uplink.addresses),
        "gateways": list(uplink.gateways),
    }
