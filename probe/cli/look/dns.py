"""Ask every resolver of every vantage for a name, at the same time, and judge what they said."""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn, cast

import click

from probe.abc import ProxyServer
from probe.cli.look.said import exit_code
from probe.cli.look.target import Target, find
from probe.cli.options import NOT_MEASURED, WRONG_USE, leave
from probe.codec import to_json
from probe.host import is_name
from probe.log import set_up
from probe.model import DnsQuery, Observation, Outcome
from probe.ondemand import all_of, asking
from probe.plan import Looking, Probe
from probe.prober.dns import Dns
from probe.resolver import INTERFACE, SYSTEM, parse_resolver, place, system_resolvers

JSON_VERSION = 1
_SECONDS = 5.0
# A forged answer comes first; the true one is seldom later than this.
_LISTEN_SECONDS = 0.3
_NO_ANSWER_OF_THAT_TYPE = "dns.no_data"
_PAST_THE_PROXY = "nobody is asked past its proxy; --resolver names one that is asked by a connection: tcp://, tls:// or https://"
Type = Literal["A", "AAAA", "CNAME", "TXT", "NS", "SOA", "MX", "HTTPS", "CAA"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one resolver said to one question from one vantage; it `is_trusted` when the configuration says so."""

    type: str
    resolver: str | None
    is_trusted: bool
    observation: Observation

    @property
    def vantage(self) -> str:
        """Whence it was asked."""
        return self.observation.series.vantage

    @property
    def queries(self) -> tuple[DnsQuery, ...]:
        """What was sent, and all that came back."""
        return self.observation.evidence.dns

    @property
    def is_empty(self) -> bool:
        """Whether the name exists and has no record of the type, which is an answer."""
        failure = self.observation.failure
        return failure is not None and failure.cause == _NO_ANSWER_OF_THAT_TYPE


def look(
    text: str,
    *,
    types: Sequence[str],
    resolvers: Sequence[str],
    vantages: Sequence[str],
    everywhere: bool,
    as_json: bool,
    path: Path | None,
) -> NoReturn:
    """Ask, print, and leave with what it comes to."""
    from probe.cli.look.dns_drawn import draw
    from probe.cli.look.odd import odd

    set_up("error", "logfmt")
    given = _parsed(resolvers)
    target = find(text, vantages, path, everywhere=everywhere, is_quiet=as_json)
    if not is_name(target.hop.host):
        leave(WRONG_USE, f"{target.hop.host} is an address already: there is no name to ask for")
    wanted = tuple(dict.fromkeys(cast(Type, one.upper()) for one in types))
    replies = asyncio.run(_ask(target, wanted, given))
    if not replies:
        leave(NOT_MEASURED, "there is no vantage left from which a resolver can be asked")
    fakes = {one.vantage.name: one.fake_ips for one in target.lookings if one.way.proxy is None}
    said = list(odd(target.hop.host, replies, fakes, target.means.bogons))
    code = exit_code([outcome_of(one) for one in by_resolver(replies).values()])
    if as_json:
        click.echo(json.dumps(_to_json(target, replies, said), indent=2, ensure_ascii=False))
    else:
        draw(target, replies, said)
    sys.exit(code)


def _parsed(given: Sequence[str]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(map(parse_resolver, given)))
    except ValueError as error:
        leave(WRONG_USE, str(error))


async def _ask(target: Target, types: Sequence[Type], given: Sequence[str]) -> list[Reply]:
    seeds = [target.probe(one, "dns", Dns(), seconds=_SECONDS) for one in target.lookings]
    async with asking(target.plan(seeds), target.agent) as at:
        asked = [
            (resolver, _question(target, seed.looking, resolver, one))
            for seed in seeds
            for resolver in _resolvers(given, target, seed.looking, at.runner.resolvers(seed))
            for one in types
        ]
        seen = await all_of(at.runner, [probe for _, probe in asked])
    return [
        Reply(
            type=one.series.check,
            resolver=resolver,
            is_trusted=resolver in target.means.resolvers,
            observation=one,
        )
        for (resolver, _), one in zip(asked, seen, strict=True)
    ]


def _resolvers(
    given: Sequence[str], target: Target, looking: Looking, own: Sequence[str]
) -> Sequence[str | None]:
    """Return whom to ask from a vantage: those named, or its own and then those that are trusted; None when there is none.

    Behind a proxy nobody is asked past it: it carries connections only, and one that resolves names has no need of ours.
    """
    words = {SYSTEM: system_resolvers, INTERFACE: looking.way.own_resolvers}
    named = [each for one in given for each in (words[one]() if one in words else (one,))]
    proxy = looking.way.proxy
    if isinstance(proxy, ProxyServer):
        usual = target.means.resolvers if proxy.resolves else (*own, *target.means.resolvers)
        found = [one for one in dict.fromkeys(named or usual) if place(one).scheme != "udp"]
        if not found:
            click.echo(f"{looking.vantage.name} is left out: {_PAST_THE_PROXY}", err=True)
        return found
    # With none it is asked all the same, to be told so.
    return [*dict.fromkeys(named or (*own, *target.means.resolvers))] or [None]


def _question(target: Target, looking: Looking, resolver: str | None, record_type: Type) -> Probe:
    is_by_udp = resolver is not None and place(resolver).scheme == "udp"
    prober = Dns(
        name=target.hop.host,
        type=record_type,
        resolver=resolver,
        listen=_LISTEN_SECONDS if is_by_udp else 0.0,
    )
    return target.probe(looking, "dns", prober, seconds=_SECONDS, name=record_type)


def outcome_of(replies: Sequence[Reply]) -> Outcome:
    """Judge what one resolver said to all questions: no record of a type is an answer, none of any type is a failure."""
    told = [one for one in replies if not one.is_empty]
    if not told:
        return Outcome.FAILED
    outcomes = [one.observation.outcome for one in told]
    return next((one for one in (Outcome.FAILED, Outcome.NOT_MEASURED) if one in outcomes), Outcome.OK)


def by_resolver(replies: Sequence[Reply]) -> Mapping[tuple[str, str | None], Sequence[Reply]]:
    """Return the replies of each resolver as asked from each vantage."""
    found: defaultdict[tuple[str, str | None], list[Reply]] = defaultdict(list)
    for one in replies:
        found[one.vantage, one.resolver].append(one)
    return found


def _to_json(target: Target, replies: Sequence[Reply], said: Sequence[str]) -> Mapping[str, object]:
    return {
        "version": JSON_VERSION,
        "name": target.hop.host,
        "odd": list(said),
        "replies": [
            {
                "vantage": one.vantage,
                "resolver": one.resolver,
                "trusted": one.is_trusted,
                "type": one.type,
                "observation": to_json(one.observation),
            }
            for one in replies
        ],
    }
