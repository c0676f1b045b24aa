"""The lab's control API: JSON over HTTP, on loopback only.

GET /faults, POST /faults {id, vantage, for_seconds}, DELETE /faults[/ID][?vantage=V], GET /state.
"""

import ipaddress
import json
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from probe.lab.fault import FAULTS, Fault
from probe.lab.layout import HOPS, VANTAGES, LabError, Layout
from probe.lab.switch import Breakage, Switch

_MOST_BODY_BYTES = 4096
_KEYS = frozenset({"id", "vantage", "for_seconds"})


def application(layout: Layout, switch: Switch, ca_pem: bytes) -> web.Application:
    """Build the API over a switch; `layout` has the ports that are really in use."""
    api = _Control(layout, switch, ca_pem)
    app = web.Application(client_max_size=_MOST_BODY_BYTES, middlewares=[_only_local, _in_sentences])
    app.router.add_get("/state", api.state)
    app.router.add_get("/faults", api.faults)
    app.router.add_post("/faults", api.break_)
    app.router.add_delete("/faults", api.mend)
    app.router.add_delete("/faults/{id}", api.mend)
    return app


class _Control:
    def __init__(self, layout: Layout, switch: Switch, ca_pem: bytes) -> None:
        self._layout = layout
        self._switch = switch
        self._ca_pem = ca_pem

    async def state(self, _: web.Request) -> web.Response:
        layout = self._layout
        hops = {
            hop: {
                "host": layout.name(hop),
                "port": layout.hop_port,
                "addresses": {name or "others": layout.address(hop, name) for name in (None, *VANTAGES)},
            }
            for hop in HOPS
        }
        return web.json_response(
            {
                "control": f"{layout.control_host}:{layout.control_port}",
                "dns": f"{layout.dns_address}:{layout.dns_port}",
                "ca_pem": self._ca_pem.decode(),
                "vantages": dict(layout.sources),
                "hops": hops,
                "broken": [_broken(each) for each in self._switch],
            }
        )

    async def faults(self, _: web.Request) -> web.Response:
        known = [_fault(fault) for fault in FAULTS.values()]
        return web.json_response({"faults": known, "broken": [_broken(each) for each in self._switch]})

    async def break_(self, request: web.Request) -> web.Response:
        asked = await _asked(request)
        match asked.get("id"), asked.get("vantage"), asked.get("for_seconds"):
            case str() as fault_id, (str() | None) as vantage, (int() | float() | None) as seconds:
                breakage = self._switch.break_(fault_id, vantage, None if seconds is None else float(seconds))
            case _:
                raise LabError(
                    "`id` and `vantage` are text and `for_seconds` is a number; only `id` is required"
                )
        return web.json_response(_broken(breakage), status=201)

    async def mend(self, request: web.Request) -> web.Response:
        ended = self._switch.mend(request.match_info.get("id"), request.query.get("vantage"))
        return web.json_response({"mended": [_broken(each) for each in ended]})


async def _asked(request: web.Request) -> dict[str, object]:
    # A web page cannot send this type across origins without asking first (Fetch standard, CORS-safelisted headers).
    if request.content_type != "application/json":
        raise LabError("send JSON, with the content type application/json")
    try:
        asked: object = json.loads(await request.text())
    except ValueError as error:
        raise LabError("the body is not JSON") from error
    if not isinstance(asked, dict) or not asked.keys() <= _KEYS:
        raise LabError(f"the body is an object with the keys {', '.join(sorted(_KEYS))} and no others")
    return asked


@web.middleware
async def _only_local(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse a name that was rebound to loopback: only an address of the loopback, or localhost, is addressed to us."""
    if not _is_loopback(request.host):
        return web.json_response({"error": "this API answers only to a loopback address"}, status=403)
    return await handler(request)


def _is_loopback(authority: str) -> bool:
    try:
        host = urlsplit(f"//{authority}").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@web.middleware
async def _in_sentences(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn what the lab refuses into JSON with one sentence."""
    try:
        return await handler(request)
    except LabError as error:
        return web.json_response({"error": str(error)}, status=400)


def _fault(fault: Fault) -> dict[str, str]:
    return {
        "id": fault.id,
        "hop": fault.hop,
        "level": fault.level,
        "cause": fault.cause,
        "description": fault.description,
    }


def _broken(breakage: Breakage) -> dict[str, str | float | None]:
    return {"id": breakage.fault.id, "vantage": breakage.vantage, "seconds_left": breakage.seconds_left()}
