"""Ask a hop one HTTP question and judge the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from probe.attempt import Attempt
from probe.clock import Clock
from probe.model import Cost, Hop, Layer
from probe.model.cost import reaching, requesting
from probe.rules import Matcher, Pattern
from probe.secret import Secret
from probe.steps.credentials import hide_query, read_secret, read_value, relay_token, split_headers
from probe.steps.http import LAYERS, Protocol, Terms, fetch
from probe.steps.judge import judge_body, judge_headers, judge_status
from probe.steps.request import HeaderName, HeaderValue, Message, Path, basic_token
from probe.steps.response import Response
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
    layers: ClassVar[tuple[Layer, ...]] = LAYERS
    by_proxy: ClassVar[bool] = True

    method: Annotated[
        Literal["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"], Field(description="the method")
    ] = "GET"
    path: Annotated[Path, Field(description="the path, with its query if any")] = "/"
    protocol: Protocol = "http/1.1"
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
        hide_query(attempt, self.path)
        plain, secrets = split_headers(attempt, self.headers)
        message = Message(
            method=self.method,
            path=self.path,
            headers=plain,
            secrets=secrets | self._credentials(attempt) | relay_token(attempt, self.headers),
            body=self.body.encode() if self.body is not None else None,
        )
        terms = Terms(protocol=self.protocol, body_limit=self.max_body, redirects=self.redirects)
        self._judge(await fetch(attempt, message, terms), attempt.clock)

    def cost(self, hop: Hop) -> Cost:
        """Estimate a connection, a request and its answer; redirects are not foreseen."""
        keyed = self.bearer is not None or any(isinstance(value, Secret) for value in self.headers.values())
        return reaching(hop) + requesting(
            self.path,
            sent_body_bytes=len((self.body or "").encode()),
            received_body_bytes=0 if self.method == "HEAD" else self.max_body,
            is_keyed=keyed,
        )

    def _credentials(self, attempt: Attempt) -> dict[str, str]:
        if self.basic is not None:
            token = basic_token(self.basic.user, read_secret(attempt, self.basic.password))
            attempt.hide(token)
            return {"Authorization": f"Basic {token}"}
        if self.bearer is not None:
            return {"Authorization": f"Bearer {read_value(attempt, self.bearer)}"}
        return {}

    def _judge(self, response: Response, clock: Clock) -> None:
        judge_status(response, self.status)
        matcher = Matcher(clock)
        judge_headers(response, self.header_matches, self.header_not_matches, matcher)
        judge_body(response, self.body_matches, self.body_not_matches, matcher)
