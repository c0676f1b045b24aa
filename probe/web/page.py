"""Show everything as of now on one page, and serve its style and script; files are read once and kept."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from aiohttp import web

from probe.web.board import BOARD, Board
from probe.web.language import Tongue
from probe.web.rendering import page_of, render, templates, tongue_of

_TYPES: Final = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "records.css": "text/css",
    "records.js": "text/javascript",
}
# A page that has not changed is rendered again after this long, because ages on it have.
_FRESH_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Rendering:
    text: str
    revision: int
    at_ns: int


class Page:
    """The static files, and the newest rendering for each language: many readers cost no more than one."""

    def __init__(self) -> None:
        """Read the package's files, and compile its templates."""
        templates()
        folder = files("probe.web") / "static"
        self.files: Mapping[str, bytes] = {
            name: _sent((folder / name).read_text("utf-8"), name) for name in _TYPES
        }
        self._rendered: dict[Tongue, _Rendering] = {}

    def render(self, board: Board, tongue: Tongue | None = None) -> str:
        """Return the page as of now."""
        speaking = tongue or Tongue()
        now_ns, revision = board.clock.monotonic_ns(), board.recent.revision
        kept = self._rendered.get(speaking)
        if kept is None or kept.revision != revision or now_ns - kept.at_ns >= _FRESH_SECONDS * 1e9:
            text = render("page.html", speaking, view=board.view(), version=board.version)
            kept = self._rendered[speaking] = _Rendering(text, revision, now_ns)
        return kept.text


def _sent(text: str, name: str) -> bytes:
    # The blanks of a style are for those who read it here: one in eight bytes.
    return (re.sub(r"\s*([{};])\s*", r"\1", text) if name.endswith(".css") else text).encode()


PAGE = web.AppKey("page", Page)


async def page(request: web.Request) -> web.Response:
    """Answer with the page."""
    tongue = tongue_of(request)
    return page_of(request.app[PAGE].render(request.app[BOARD], tongue), tongue.language)


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
