"""A service to send messages to: it keeps what comes and answers as it is told."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True)
class Came:
    """One request, and when it came by the loop's clock."""

    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    def json(self):
        return json.loads(self.body)


Answering = Callable[[Came], web.StreamResponse]


def ok(_came: Came) -> web.Response:
    return web.Response(text="ok")


@dataclass
class Service:
    """A service on loopback; `answers` are used one after the other, the last one for all that follow."""

    answers: list[Answering] = field(default_factory=lambda: [ok])
    came: list[Came] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        here = asyncio.get_running_loop().time()
        came = Came(request.path, request.query_string, dict(request.headers), await request.read(), here)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.came.append(came)
        self.news.set()
        return answer(came)

    async def until(self, count: int, seconds: float = 20.0) -> list[Came]:
        """Return what came once it is so much."""
        async with asyncio.timeout(seconds):
            while len(self.came) < count:
                self.news.clear()
                await self.news.wait()
        return self.came


@asynccontextmanager
async def service(*answers: Answering, tls: ssl.SSLContext | None = None) -> AsyncIterator[Service]:
    """Serve on a port of its own."""
    found = Service(list(answers) or [ok])
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", found.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    found.url = f"{'https' if tls else 'http'}://localhost:{port}/hook/canary-4711-token"
    try:
        yield found
    finally:
        await runner.cleanup()


def text(body: str, status: int = 200, **headers: str) -> Answering:
    """Answer with a text."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(text=body, status=status, headers=told)


def body(content: object, status: int = 200, **headers: str) -> Answering:
    """Answer with JSON."""
    return text(json.dumps(content), status, **headers)


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw(script: Script) -> AsyncIterator[str]:
    """Serve every connection by a script of bytes; yields host and port."""
    under_way: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.current_task())
        with suppress(ConnectionError):
            await script(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        if tasks := {task for task in under_way if task is not None}:
            await asyncio.wait(tasks, timeout=2)
        await server.wait_closed()
