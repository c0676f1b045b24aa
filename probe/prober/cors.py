"""Ask whether a hop lets a page of another origin call it, as a browser would ask."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.host import is_host
from probe.model import Cost, Hop, Layer
from probe.model.cost import reaching, requesting
from probe.steps.cors import CrossOrigin, check_permitted, check_readable
from probe.steps.credentials import hide_query
from probe.steps.http import LAYERS, Protocol, Terms, fetch
from probe.steps.judge import judge_status
from probe.steps.request import HeaderName, Message, Path
from probe.steps.response import Response

_BODY_LIMIT = 65_536
_PORTS = {"http": 80, "https": 443}


def _origin(value: str) -> str:
    if value != _serialized(value):
        raise ValueError(
            f"{value!r} is no origin as browsers send it: https://host in small letters, with the port only when it is"
            " not the usual one, and nothing behind"
        )
    return value


def _serialized(value: str) -> str | None:
    """Return the origin of a URL (HTML, serialization of an origin), or None when it has none that a page may have."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not is_host(host):
        return None
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    """The preflight of a page's request, judged by the Fetch standard; or whether the page can read an error answer."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    layers: ClassVar[tuple[Layer, ...]] = LAYERS
    by_proxy: ClassVar[bool] = True

    origin: Annotated[
        str, AfterValidator(_origin), Field(description="the page's origin, such as https://example.net")
    ]
    path: Annotated[Path, Field(description="the path that the page calls")] = "/"
    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        Field(description="the method that it calls it with"),
    ] = "GET"
    headers: Annotated[
        tuple[HeaderName, ...],
        Field(
            description="the headers of its request that need permission, such as authorization, or content-type when"
            " that is application/json"
        ),
    ] = ()
    credentials: Annotated[bool, Field(description="whether it sends cookies along")] = False
    error: Annotated[
        bool,
        Field(
            description="send no preflight but the request itself, without body and key, to a path that answers with an"
            " error: the page must be able to read that too"
        ),
    ] = False
    protocol: Protocol = "auto"

    async def __call__(self, attempt: Attempt) -> None:
        """Ask in the page's name, and judge what a browser would make of the answer."""
        wanted = CrossOrigin(
            origin=self.origin, method=self.method, headers=self.headers, credentials=self.credentials
        )
        hide_query(attempt, self.path)
        asked = {"Origin": self.origin} if self.error else wanted.preflight_headers()
        message = Message(method=self.method if self.error else "OPTIONS", path=self.path, headers=asked)
        response = await fetch(attempt, message, Terms(protocol=self.protocol, body_limit=_BODY_LIMIT))
        if self.error:
            _judge_error(response, wanted)
            return
        judge_status(response, (), otherwise="app.cors.status")
        check_readable(response, wanted)
        check_permitted(response, wanted)

    def cost(self, hop: Hop) -> Cost:
        """Estimate a connection, a question and an answer without much of a body."""
        return reaching(hop) + requesting(self.path, received_body_bytes=0)


def _judge_error(response: Response, wanted: CrossOrigin) -> None:
    if response.status < 400:
        raise ProbeFailed("http.status", f"status {response.status}, expected an error")
    try:
        check_readable(response, wanted)
    except ProbeFailed as failure:
        raise ProbeFailed("app.cors_masked", f"status {response.status}: {failure.detail}") from failure
