"""Chains of hops that mark what they make and pass on, and observations of their answers, for tests of who made one."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from probe.cause.response import Answer, author, proxy_status
from probe.model import (
    Evidence,
    Failure,
    Http,
    Identity,
    Observation,
    Outcome,
    Phase,
    Purpose,
    Route,
    Series,
    Span,
    Stamp,
    Timing,
)

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """What one hop puts on what it makes, and on what it passes on, where it may hide what others put there."""

    name: str
    own: Mapping[str, str] = field(default_factory=dict)
    passing: Mapping[str, str] = field(default_factory=dict)
    hides: Sequence[str] = ()


class Chain:
    """Hops in a row, nearest first; each answers by itself or passes on what the ones behind it make."""

    def __init__(self, *servers: Server) -> None:
        self.servers = servers
        self.route = Route(name="route", hops=tuple(one.name for one in servers))

    def span(self, asked: str, through: str) -> Span:
        return Span(route=self.route, asked=asked, through=through)

    def headers(self, asked: str, maker: str, more: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
        """Return what arrives of an answer that `maker` made when `asked` was asked."""
        names = self.route.hops
        between = self.servers[names.index(asked) : names.index(maker)]
        made = {**self.servers[names.index(maker)].own, **(more or {})}
        for server in reversed(between):
            made = {name: value for name, value in made.items() if name not in server.hides}
            made |= server.passing
        return list(made.items())

    def answer(
        self,
        asked: str,
        maker: str,
        status: int = 200,
        more: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Http:
        """Return the evidence of an answer."""
        return http(status, self.headers(asked, maker, more), body)

    def healthy(self, asked: str, through: str, seconds: float = 0.1) -> Observation:
        """Return an observation of a good answer, which has headers of its content too."""
        more = {"etag": f'"{next(_NUMBERS)}"', "content-type": "text/html"}
        return observation(asked, through, self.answer(asked, through, more=more), seconds)

    def depths(self) -> Iterable[tuple[str, str]]:
        """Return the questions by way of the first hop, to each one."""
        return [(self.route.hops[0], name) for name in self.route.hops]


def http(status: int, headers: Iterable[tuple[str, str]], body: bytes = b"") -> Http:
    """Return the evidence of a response, with all that is read out of it."""
    answer = Answer.of(status, headers, body)
    return Http(
        url="http://x/",
        status=status,
        headers=answer.lines,
        proxy_status=proxy_status(answer.all("proxy-status")),
        made=author(answer) if status >= 400 else None,
    )


def observation(
    asked: str,
    through: str,
    seen: Http,
    seconds: float = 0.1,
    cause: str | None = None,
    purpose: Purpose = Purpose.ROUTINE,
    crossed: tuple[str, ...] = (),
    at_ns: int = 0,
) -> Observation:
    """Return an observation of a response, which is good unless it has a cause."""
    number = next(_NUMBERS)
    return Observation(
        identity=Identity(agent="a", epoch="e", seq=number),
        series=Series(vantage="here", route="route", hop=asked, check=f"{asked}-{through}"),
        kind="http",
        through=through,
        crossed=crossed,
        purpose=purpose,
        slot=number,
        parent=None,
        intended_at_ns=at_ns,
        started_at_ns=at_ns,
        outcome=Outcome.FAILED if cause else Outcome.OK,
        timings=(Timing(phase=Phase.PROCESSING, seconds=seconds, stamp=Stamp.KERNEL),),
        failure=Failure(cause=cause, detail="no") if cause else None,
        evidence=Evidence(http=seen),
    )
