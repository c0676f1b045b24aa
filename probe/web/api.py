"""Answer the JSON API: the state of everything, and the newest observations with all their evidence."""

import json
from collections.abc import Collection
from typing import Final

from aiohttp import web

from probe.codec import Json, to_json
from probe.model import Outcome, Series
from probe.web.board import BOARD
from probe.web.events import series_json
from probe.web.finding import ShownFinding
from probe.web.said import meaning
from probe.web.state import state_json
from probe.words import advice, place, surety

_LIMIT: Final = 100
_MOST: Final = 1000


def _answer(content: dict[str, Json]) -> web.Response:
    # ASCII only, so that no reader is steered by what a target sent.
    return web.Response(text=json.dumps({"version": 1, **content}) + "\n", content_type="application/json")


async def state(request: web.Request) -> web.Response:
    """Answer with everything that the page shows."""
    board = request.app[BOARD]
    return _answer({"hopwatch": board.version, **state_json(board.view(), board.plan)})


async def observations(request: web.Request) -> web.Response:
    """Answer with the newest observations, of one series or outcome if asked."""
    _known(request, ("series", "outcome", "limit"))
    found = request.app[BOARD].recent.observations(
        series=_series(request), outcome=_outcome(request), limit=_limit(request)
    )
    return _answer({"observations": [to_json(one) for one in found]})


async def failures(request: web.Request) -> web.Response:
    """Answer with the last failures of all series."""
    _known(request, ("limit",))
    found = request.app[BOARD].recent.failures[: _limit(request)]
    return _answer({"failures": [to_json(one) for one in found]})


async def findings(request: web.Request) -> web.Response:
    """Answer with what stands about the checks now: what it means, what to do, and the answers that it rests on."""
    _known(request, ("limit",))
    shown = request.app[BOARD].view().findings[: _limit(request)]
    return _answer({"findings": [_finding(one) for one in shown]})


def _finding(shown: ShownFinding) -> Json:
    return {
        "finding": to_json(shown.finding),
        "series": [series_json(line.series) for line in shown.lines],
        "meaning": meaning(shown.cause),
        "advice": advice(shown.cause),
        "place": place(shown.finding.element),
        "surety": surety(shown.finding),
        "basis": [to_json(one) for one in shown.answers],
    }


def _known(request: web.Request, names: Collection[str]) -> None:
    for name in request.query:
        if name not in names:
            raise web.HTTPBadRequest(text=f"{name!r} is not a parameter; allowed: {', '.join(names)}")
        if len(request.query.getall(name)) > 1:
            raise web.HTTPBadRequest(text=f"{name} is given more than once")


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= _MOST):
        raise web.HTTPBadRequest(text=f"limit is {text!r}; allowed is a whole number from 1 to {_MOST}")
    return int(text)


def _outcome(request: web.Request) -> Outcome | None:
    text = request.query.get("outcome")
    if text is not None and text not in tuple(Outcome):
        raise web.HTTPBadRequest(text=f"outcome is {text!r}; allowed is one of {', '.join(Outcome)}")
    return None if text is None else Outcome(text)


def _series(request: web.Request) -> Series | None:
    text = request.query.get("series")
    if text is None:
        return None
    found = next((one for one in request.app[BOARD].recent.series if str(one) == text), None)
    if found is None:
        raise web.HTTPNotFound(text=f"no series is called {text!r}; write vantage/route/hop/check")
    return found
