"""Ask a hop one HTTP/1.1 question and judge the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from probe.abc import Stream
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.clock import Clock
from probe.model import Hop, Layer
from probe.rules import Matcher, Pattern
from probe.secret import Secret
from probe.steps.answer import answer_evidence
from probe.steps.connect import connect
from probe.steps.handshake import handshake
from probe.steps.http1 import Exchange, Response
from probe.steps.judge import judge_body, judge_headers, judge_status
from probe.steps.redirect import STATUSES, leads_inward, method_after, same_origin, target
from probe.steps.request import HeaderName, HeaderValue, Path, basic_token, is_printable, write_request
from probe.steps.resolve import resolve
from probe.units import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Basic:
    """A user name and where its password is kept (RFC 7617)."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    user: Annotated[str, Field(description="the user name", pattern=r"^[^:\x00-\x1f]*$")]
    password: Annotated[Secret, Field(description="where the password is kept")]


Status = Annotated[int, Field(ge=200, le=599)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """One request on one fresh connection; redirects are followed only as far as the check says, each one counted."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    layers: ClassVar[tuple[Layer, ...]] = (
        Layer.DNS,
        Layer.TCP,
        Layer.TLS,
        Layer.HTTP,
        Layer.RELAY,
        Layer.VERCEL,
        Layer.API,
        Layer.APP,
    )

    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"], Field(description="the method")
    ] = "GET"
    path: Annotated[Path, Field(description="the path, with its query if any")] = "/"
    headers: Annotated[
        Mapping[HeaderName, HeaderValue],
        Field(description="headers to send; a value is text or a secret by reference"),
    ] = field(default_factory=dict)
    body: Annotated[str | None, Field(description="the request's body", max_length=65_536)] = None
    bearer: Annotated[Secret | None, Field(description="the key to send as a bearer token (RFC 6750)")] = None
    basic: Annotated[Basic | None, Field(description="the user and password to send")] = None
    status: Annotated[
        tuple[Status, ...],
        Field(description="the statuses that count as an answer; any 2xx when none is listed"),
    ] = ()
    body_matches: Annotated[
        tuple[Pattern, ...], Field(description="regular expressions that must all be found in the body")
    ] = ()
    body_not_matches: Annotated[
        tuple[Pattern, ...], Field(description="regular expressions of which none may be found in the body")
    ] = ()
    header_matches: Annotated[
        Mapping[str, Pattern],
        Field(description="per header, a regular expression that one of its values must match"),
    ] = field(default_factory=dict)
    header_not_matches: Annotated[
        Mapping[str, Pattern],
        Field(description="per header, a regular expression that none of its values may match"),
    ] = field(default_factory=dict)
    max_body: Annotated[Size, Field(description="the largest body to accept", gt=0)] = 1 << 20
    redirects: Annotated[int, Field(description="how many redirects to follow", ge=0, le=10)] = 0

    async def __call__(self, attempt: Attempt) -> None:
        """Ask, follow redirects within the limit, and judge the last answer."""
        secrets = self._secret_headers(attempt)
        origin, path = attempt.hop, self.path
        method: str = self.method
        trail: list[str] = []
        first = address = await resolve(attempt, origin.host)
        response = await self._ask(attempt, address, (method, path), secrets, trail)
        while self.redirects and response.status in STATUSES:
            if len(trail) >= self.redirects:
                raise ProbeFailed("http.redirect_loop", f"more than {self.redirects} redirects")
            trail.append(_url(attempt.hop, path))
            hop, path = target(attempt.hop, path, response)
            method = method_after(response.status, method)
            attempt.turn_to(hop)
            address = await resolve(attempt, hop.host)
            if leads_inward(first, address):
                raise ProbeFailed("http.redirect_invalid", f"the redirect leads inward, to {address}")
            shown = secrets if same_origin(origin, hop) else {}
            response = await self._ask(attempt, address, (method, path), shown, trail)
        self._judge(response, attempt.clock)

    async def _ask(
        self,
        attempt: Attempt,
        address: str,
        line: tuple[str, str],
        secrets: Mapping[str, str],
        trail: list[str],
    ) -> Response:
        hop, (method, path) = attempt.hop, line
        stream: Stream = await connect(attempt, address, attempt.request.overrides.port or hop.port)
        if hop.scheme == "https":
            stream = await handshake(attempt, stream, server_name=hop.host, alpn=("http/1.1",))
        exchange = Exchange(attempt, stream, method=method, body_limit=self.max_body)
        attempt.at_end(lambda: answer_evidence(attempt, exchange.response, _url(hop, path), tuple(trail)))
        plain = {name: value for name, value in self.headers.items() if isinstance(value, str)}
        body = self.body.encode() if self.body is not None and method == self.method else None
        request = write_request(hop, method=method, path=path, headers=plain | dict(secrets), body=body)
        return await exchange.run(request)

    def _secret_headers(self, attempt: Attempt) -> dict[str, str]:
        """Read the secrets as they are now. Raises ProbeFailed (local.secret)."""

        def read(secret: Secret) -> str:
            value = secret.read()
            attempt.hide(value)
            return value

        found = {name: read(value) for name, value in self.headers.items() if isinstance(value, Secret)}
        if self.bearer is not None:
            found["Authorization"] = f"Bearer {read(self.bearer)}"
        if self.basic is not None:
            token = basic_token(self.basic.user, read(self.basic.password))
            attempt.hide(token)
            found["Authorization"] = f"Basic {token}"
        if not all(is_printable(value.replace(" ", "")) for value in found.values()):
            raise ProbeFailed("local.secret", "a secret holds characters that no header can carry")
        # The query of a check may hold a key too.
        attempt.hide(self.path.partition("?")[2])
        return found

    def _judge(self, response: Response, clock: Clock) -> None:
        judge_status(response, self.status)
        matcher = Matcher(clock)
        judge_headers(response, self.header_matches, self.header_not_matches, matcher)
        judge_body(response, self.body_matches, self.body_not_matches, matcher)


def _url(hop: Hop, path: str) -> str:
    # A query may hold a key, so it is never kept.
    return f"{hop.scheme}://{hop.authority}{path.partition('?')[0]}"
