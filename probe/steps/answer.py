"""Keep a response as evidence: bounded and cleaned; the attempt's secrets are taken out when it is told."""

from probe.attempt import Attempt
from probe.cause.response import Answer, author, proxy_status
from probe.model import Http, Made
from probe.server_timing import server_timing
from probe.steps.freshness import cache_of, pop_of
from probe.steps.response import Response
from probe.text import clean

_HEADERS = 60
_EXCERPT = 300
_VALUE = 1024
_HIDDEN_HEADERS = frozenset({"set-cookie", "authorization", "proxy-authorization", "cookie"})
# As much of a body as tells its author: the longest of the pages that we know is Cloudflare's.
_AUTHOR_BYTES = 8192


def answer_of(response: Response) -> Answer:
    """Return what of a response tells who made it."""
    return Answer.of(response.status, response.headers, bytes(response.body[:_AUTHOR_BYTES]))


def answer_evidence(attempt: Attempt, response: Response, url: str, redirects: tuple[str, ...]) -> None:
    """Set the attempt's HTTP evidence from the response as far as it came."""
    headers, answer = response.combined(), answer_of(response)
    attempt.http = Http(
        url=clean(url, 500),
        status=response.status or None,
        version=response.version or None,
        headers=tuple(_kept(name, value) for name, value in response.headers[:_HEADERS]),
        body_bytes=response.body_bytes,
        excerpt=_excerpt(response),
        redirects=redirects,
        pop=pop_of(headers),
        cache=cache_of(headers),
        age_seconds=response.age_seconds,
        build=response.build,
        proxy_status=proxy_status(answer.all("proxy-status")),
        server_timing=server_timing(answer.all("server-timing")),
        made=_made(answer),
    )


def _made(answer: Answer) -> Made | None:
    return author(answer) if answer.status >= 400 else None


def _kept(name: str, value: str) -> tuple[str, str]:
    if name.lower() in _HIDDEN_HEADERS:
        return name, "<hidden>"
    shown = value.partition("?")[0] if name.lower() == "location" else value
    return name, clean(shown, _VALUE)


def _excerpt(response: Response) -> str | None:
    # What went well needs no quotation, and a body may be private.
    if not response.body or response.status < 400:
        return None
    return clean(bytes(response.body[: 4 * _EXCERPT]), _EXCERPT)
