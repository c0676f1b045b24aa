"""Put the web surface together: which path is answered by what, behind which guards."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from aiohttp import web

from probe.access.live import Access
from probe.clock import Clock
from probe.exporter.recent import Recent
from probe.plan import Plan
from probe.web.admission import ACCESS, admit
from probe.web.api import failures, findings, observations, state
from probe.web.archive import ARCHIVE, Archive
from probe.web.board import BOARD, Board, Exposition, Reload
from probe.web.detail import observation_json, observation_page
from probe.web.events import EVENTS, events
from probe.web.lifecycle import RELOAD, reload
from probe.web.limits import Limits
from probe.web.page import PAGE, Page, page, static
from probe.web.search import search_json, search_page
from probe.web.security import HOSTS, Hosts, add_headers, answer_errors, bound_time, check_host, only_read


def make_app(
    *,
    plan: Plan,
    recent: Recent,
    metrics: Exposition,
    ready: Callable[[], tuple[bool, list[str]]],
    clock: Clock,
    version: str,
    notes: Callable[[], Sequence[str]] = tuple,
    allowed_hosts: Collection[str] = (),
    limits: Limits | None = None,
    on_reload: Reload | None = None,
    access: Access | None = None,
    storage: Path | None = None,
) -> web.Application:
    """Make the application; `allowed_hosts` are names that it may be called by besides loopback and its own address.

    Without `on_reload` nothing that is asked here changes anything; without `access` everybody is let in.
    Without `storage`, the store's directory, older records are not known.
    """
    bounds = limits or Limits()
    app = web.Application(
        middlewares=[answer_errors, bound_time, check_host, admit, only_read],
        client_max_size=bounds.request_bytes,
    )
    app[BOARD] = Board(
        plan=plan,
        recent=recent,
        metrics=metrics,
        ready=ready,
        clock=clock,
        version=version,
        limits=bounds,
        notes=notes,
        reload=on_reload,
    )
    app[ARCHIVE] = Archive(storage, clock)
    app[HOSTS] = Hosts(allowed_hosts)
    if access is not None:
        app[ACCESS] = access
        app.on_cleanup.append(_end_admitting)
    app[PAGE] = Page()
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_end_watching)
    _add_routes(app)
    return app


def _add_routes(app: web.Application) -> None:
    app.router.add_get("/", page)
    app.router.add_get("/observation/{epoch}/{seq}", observation_page)
    app.router.add_get("/search", search_page)
    app.router.add_get("/static/{name}", static)
    app.router.add_get("/metrics", metrics_text)
    app.router.add_get("/-/healthy", healthy)
    app.router.add_get("/-/ready", readiness)
    app.router.add_route("*", "/-/reload", reload, name=RELOAD)
    app.router.add_get("/api/v1/state", state)
    app.router.add_get("/api/v1/observations", observations)
    app.router.add_get("/api/v1/observation/{epoch}/{seq}", observation_json)
    app.router.add_get("/api/v1/search", search_json)
    app.router.add_get("/api/v1/failures", failures)
    app.router.add_get("/api/v1/findings", findings)
    app.router.add_get("/api/v1/events", events, name=EVENTS)


async def _end_watching(app: web.Application) -> None:
    app[BOARD].recent.feed.close()
    app[ARCHIVE].close()


async def _end_admitting(app: web.Application) -> None:
    app[ACCESS].passwords.close()


async def metrics_text(request: web.Request) -> web.Response:
    """Answer with the metrics."""
    body, content_type = request.app[BOARD].metrics.exposition(request.headers.get("Accept"))
    return web.Response(body=body, headers={"Content-Type": content_type})


async def healthy(_: web.Request) -> web.Response:
    """Answer that this process can answer; it never depends on a target."""
    return web.Response(text="healthy\n")


async def readiness(request: web.Request) -> web.Response:
    """Answer whether every check has run and the store is open, or what is still missing."""
    is_ready, reasons = request.app[BOARD].ready()
    text = "ready\n" if is_ready else "".join(f"not ready: {reason}\n" for reason in reasons) or "not ready\n"
    return web.Response(status=200 if is_ready else 503, text=text)
