"""Render the page, and serve it with its style and script; everything is read once and kept."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from probe import words
from probe.text import clean
from probe.web import wording
from probe.web.board import BOARD, Board
from probe.web.strip import strip

_TYPES: Final = {"page.css": "text/css", "page.js": "text/javascript"}
# A page that has not changed is rendered again after this long, because ages on it have.
_FRESH_SECONDS: Final = 1.0


class Page:
    """The template, the static files, and the newest rendering: many readers cost no more than one."""

    def __init__(self) -> None:
        """Read the package's files."""
        self._template = _template()
        folder = files("probe.web") / "static"
        self.files: Mapping[str, bytes] = {name: (folder / name).read_bytes() for name in _TYPES}
        self._rendered = ""
        self._revision = -1
        self._rendered_at_ns = 0

    def render(self, board: Board) -> str:
        """Return the page as of now."""
        now_ns = board.clock.monotonic_ns()
        is_fresh = now_ns - self._rendered_at_ns < _FRESH_SECONDS * 1e9
        if self._revision != board.recent.revision or not is_fresh:
            self._rendered = self._template.render(view=board.view(), version=board.version)
            self._revision, self._rendered_at_ns = board.recent.revision, now_ns
        return self._rendered


PAGE = web.AppKey("page", Page)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("probe.web"),
        autoescape=True,
        # Otherwise every include asks the disk at every rendering whether the file has changed.
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "word": wording.word,
        "duration": wording.duration,
        "every": wording.every,
        "iso": wording.iso,
        "clock": wording.clock,
        "listed": wording.listed,
        "counted": wording.counted,
        "meaning": wording.meaning,
        "verdict": words.VERDICTS.__getitem__,
        "place": words.place,
        "surety": words.surety,
        "advice": words.advice,
        "asked": words.asked,
        "came": words.came,
        "clean": clean,
        "quote": lambda text: quote(text, safe=""),
        "strip": lambda line: strip(line.standing.observations),
    }
    # All are compiled now, because the first reader should not wait 40 ms, nor a probe meanwhile.
    return {name: environment.get_template(name) for name in environment.list_templates()}["page.html"]


async def page(request: web.Request) -> web.Response:
    """Answer with the page."""
    return web.Response(text=request.app[PAGE].render(request.app[BOARD]), content_type="text/html")


async def static(request: web.Request) -> web.Response:
    """Answer with a static file, or that the browser's copy is still good."""
    name = request.match_info["name"]
    body = request.app[PAGE].files.get(name)
    if body is None:
        raise web.HTTPNotFound(text="there is nothing here")
    tag = hashlib.sha256(body).hexdigest()[:16]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache"}
    if any(known.value in (tag, "*") for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=_TYPES[name], charset="utf-8", headers=headers)
