"""A web surface on a real socket with hand-made events, and a client for it."""

import ssl
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from probe.access.live import Access
from probe.exporter.recent import Bounds, Recent
from probe.web import Limits, make_app, serving
from probe.web.board import Reload
from tests.web_chain import HandClock
from tests.web_story import Story, healthy


class FakeMetrics:
    """An exposition that says what it was asked for."""

    def exposition(self, accept: str | None) -> tuple[bytes, str]:
        return f"# accept {accept}\n".encode(), "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Served:
    """A running surface."""

    url: str
    recent: Recent
    clock: HandClock
    story: Story
    client: aiohttp.ClientSession
    unready: list[str] = field(default_factory=list)

    async def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        """Ask for a path; return status and text."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.request(method, self.url + path, headers=named) as answer:
            return answer.status, await answer.text()

    async def json(self, path: str) -> dict[str, object]:
        """Ask for a path that answers 200 with JSON."""
        async with self.client.get(self.url + path) as answer:
            assert (answer.status, answer.content_type) == (200, "application/json")
            content: dict[str, object] = await answer.json()
            return content


@asynccontextmanager
async def served(
    story: Story | None = None,
    *,
    limits: Limits | None = None,
    bounds: Bounds | None = None,
    allowed_hosts: Collection[str] = (),
    notes: Callable[[], Sequence[str]] | None = None,
    on_reload: Reload | None = None,
    access: Access | None = None,
    trust: ssl.SSLContext | None = None,
    storage: Path | None = None,
) -> AsyncIterator[Served]:
    """Serve a story on a free port."""
    told = story or healthy()
    clock = HandClock()
    recent = Recent([probe.series for probe in told.plan.probes], clock=clock, bounds=bounds)
    for event in told.events:
        recent.write(event)
    unready: list[str] = []
    app = make_app(
        plan=told.plan,
        recent=recent,
        metrics=FakeMetrics(),
        ready=lambda: (not unready, unready),
        clock=clock,
        version="1.2.3",
        notes=notes or (lambda: told.notes),
        allowed_hosts=allowed_hosts,
        limits=limits,
        storage=storage,
        on_reload=on_reload,
        access=access,
    )
    async with serving(app, "127.0.0.1:0") as url, _client(trust) as client:
        yield Served(url, recent, clock, told, client, unready)


def _client(trust: ssl.SSLContext | None) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust) if trust else None)
