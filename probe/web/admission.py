"""Let in only those whom the web configuration lets in: a guard around the whole surface, health included."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from probe.access.certificate import names_of
from probe.access.live import Access
from probe.access.passwords import Verdict, parse_basic
from probe.access.reading import Rules

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Not there: nobody is kept out.
ACCESS = web.AppKey("access", Access)
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="hopwatch", charset="UTF-8"'}


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only those who may come in; without a web configuration that is everybody who reaches us."""
    access = request.app.get(ACCESS)
    if access is not None:
        rules = await access.refresh()
        _bound_rate(access, rules)
        _check_names(request, rules)
        await _check_password(request, access, rules)
    return await handler(request)


def _bound_rate(access: Access, rules: Rules) -> None:
    if not rules.rate.interval:
        return
    wait = access.requests.take("", burst=rules.rate.burst, interval_seconds=rules.rate.interval)
    if wait:
        raise _later("more requests than rate_limit allows", wait)


def _later(text: str, seconds: float) -> web.HTTPException:
    return web.HTTPTooManyRequests(text=text, headers={"Retry-After": str(max(1, round(seconds)))})


def _check_names(request: web.Request, rules: Rules) -> None:
    if rules.allowed_sans is None:
        return
    if not _names_of(request.protocol) & rules.allowed_sans:
        raise web.HTTPForbidden(text="client_allowed_sans has no name of this certificate")


def _names_of(connection: web.RequestHandler) -> frozenset[str]:
    transport = connection.transport
    tls = transport.get_extra_info("ssl_object") if transport is not None else None
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    return names_of(certificate) if certificate else frozenset()


async def _check_password(request: web.Request, access: Access, rules: Rules) -> None:
    if not rules.users:
        return
    given = request.headers.getall("Authorization", [])
    credentials = parse_basic(given[0]) if len(given) == 1 else None
    if credentials is None:
        raise web.HTTPUnauthorized(text="a user name and a password are required", headers=_CHALLENGE)
    match await access.passwords.judge(rules.users, credentials, request.remote or ""):
        case Verdict.REFUSED:
            raise web.HTTPUnauthorized(
                text="this user name with this password is not known", headers=_CHALLENGE
            )
        case Verdict.LATER:
            raise _later("too many log-ins failed; try again later", 5)
        case Verdict.ADMITTED:
            return
