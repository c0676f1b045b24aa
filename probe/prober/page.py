"""Ask whether a page is there as it should be: its content, its age, and which build of it is served."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, model_validator

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import Cost, Hop, Layer
from probe.model.cost import reaching, requesting
from probe.rules import Matcher, Pattern
from probe.secret import Secret
from probe.steps.credentials import hide_query, relay_token, split_headers
from probe.steps.freshness import Age, age_of
from probe.steps.http import LAYERS, Protocol, Terms, fetch
from probe.steps.judge import body_text, judge_body, judge_status
from probe.steps.request import HeaderName, HeaderValue, Message, Path
from probe.steps.response import Response
from probe.text import clean
from probe.units import Duration, Size

_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Where a page says which build it is, and which it should be: exactly one of header and body."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    header: Annotated[HeaderName | None, Field(description="the header that names the build")] = None
    body: Annotated[
        Pattern | None,
        Field(
            description="a regular expression for the body; its first group, or all of it, names the build"
        ),
    ] = None
    expected: Annotated[
        Pattern | None,
        Field(description="a regular expression that the build must match; any when not given"),
    ] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Build":
        if (self.header is None) == (self.body is None):
            raise ValueError("a build is found by exactly one of header and body")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as a browser would load it: status, content, age, and build; which edge served it is in the evidence."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    layers: ClassVar[tuple[Layer, ...]] = LAYERS
    by_proxy: ClassVar[bool] = True

    path: Annotated[Path, Field(description="the path, with its query if any")] = "/"
    headers: Annotated[
        Mapping[HeaderName, HeaderValue],
        Field(description="headers to send; a value is text or a secret by reference"),
    ] = field(default_factory=dict)
    body_matches: Annotated[
        tuple[Pattern, ...], Field(description="regular expressions that must all be found in the page")
    ] = ()
    body_not_matches: Annotated[
        tuple[Pattern, ...], Field(description="regular expressions of which none may be found in the page")
    ] = ()
    max_age: Annotated[
        Duration | None,
        Field(description="how old the answer may be at most, by its headers Age and Date (RFC 9111)"),
    ] = None
    build: Annotated[
        Build | None, Field(description="where the page says which build it is, and which it should be")
    ] = None
    max_body: Annotated[Size, Field(description="the largest page to accept", gt=0)] = 1 << 20
    redirects: Annotated[int, Field(description="how many redirects to follow", ge=0, le=10)] = 0
    protocol: Protocol = "auto"

    async def __call__(self, attempt: Attempt) -> None:
        """Load the page, and judge first what it is, then how old."""
        hide_query(attempt, self.path)
        plain, secrets = split_headers(attempt, self.headers)
        secrets |= relay_token(attempt, self.headers)
        message = Message(method="GET", path=self.path, headers=plain, secrets=secrets)
        terms = Terms(protocol=self.protocol, body_limit=self.max_body, redirects=self.redirects)
        response = await fetch(attempt, message, terms)
        age = age_of(response)
        response.age_seconds = age.seconds if age is not None else None
        matcher = Matcher(attempt.clock)
        judge_status(response, ())
        judge_body(response, self.body_matches, self.body_not_matches, matcher)
        if self.build is not None:
            response.build = _found(self.build, response, matcher)
        self._judge_age(age)
        self._judge_build(response.build, matcher)

    def cost(self, hop: Hop) -> Cost:
        """Estimate a connection and the page; redirects are not foreseen."""
        keyed = any(isinstance(value, Secret) for value in self.headers.values())
        return reaching(hop) + requesting(self.path, received_body_bytes=self.max_body, is_keyed=keyed)

    def _judge_age(self, age: Age | None) -> None:
        if self.max_age is None:
            return
        if age is None:
            raise ProbeFailed("http.header", "neither Age nor Date tells how old the answer is")
        if age.seconds > self.max_age:
            raise ProbeFailed(
                "app.stale",
                f"the answer is {age.seconds:.0f} s old by its header {age.header}, accepted are {self.max_age:g} s",
            )

    def _judge_build(self, build: str | None, matcher: Matcher) -> None:
        expected = self.build.expected if self.build is not None else None
        if expected is not None and build is not None and not matcher.matches(expected, build):
            raise ProbeFailed("app.stale", f"the page is build {build!r}, expected {expected!r}")


def _found(marker: Build, response: Response, matcher: Matcher) -> str:
    """Return the build that the page names. Raises ProbeFailed (http.header, http.body) when it names none."""
    if marker.header is not None:
        build = response.header(marker.header.lower())
    else:
        build = matcher.first(marker.body or "", body_text(response))
    if not build:
        where = "http.body" if marker.header is None else "http.header"
        raise ProbeFailed(where, f"the page names no build in {marker.header or marker.body!r}")
    return clean(build, _SHOWN)
