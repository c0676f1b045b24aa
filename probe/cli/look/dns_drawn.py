"""Draw what resolvers said: one line for each message that came, what is odd, what failed, and one sentence last."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import dns.edns
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from probe.cli.look.dns import Reply, by_resolver, outcome_of
from probe.cli.look.odd import addresses
from probe.cli.look.said import failed, milliseconds
from probe.cli.look.target import Target
from probe.cli.terminal import columns, is_watched, show
from probe.model import DnsQuery, DnsRecord, DnsResponse, Outcome
from probe.text import clean

_DATA, _RESOLVER = 255, 120
_ROLES = {"used": "", "further": "another answer", "stray": "answers no question of ours"}


def draw(target: Target, replies: Sequence[Reply], said: Sequence[str]) -> None:
    """Print everything."""
    show(_parts(target, replies, said))


def _parts(target: Target, replies: Sequence[Reply], said: Sequence[str]) -> Iterator[RenderableType]:
    yield Text.assemble((target.hop.host, "bold"))
    yield _table(replies)
    yield from _failures(replies)
    for sentence in said:
        yield Text.assemble(("odd: ", "yellow"), clean(sentence, 1000))
    yield _sentence(target, replies)


def _failures(replies: Sequence[Reply]) -> Iterator[Text]:
    """Say once what several questions to one resolver came to alike."""
    advised: set[str] = set()
    alike: defaultdict[tuple[str, str], list[Reply]] = defaultdict(list)
    for one in replies:
        if one.observation.failure is not None and not one.is_empty:
            alike[_place(one), one.observation.failure.cause].append(one)
    for (place, _), group in alike.items():
        types = ", ".join(one.type for one in group)
        yield from failed(group[0].observation, advised, name=f"{place}, {types}")


def _place(reply: Reply) -> str:
    return f"{reply.vantage}: {clean(reply.resolver or 'no resolver', _RESOLVER)}"


def _table(replies: Sequence[Reply]) -> Table:
    has_vantages = len({one.vantage for one in replies}) > 1
    first = ("vantage", "resolver") if has_vantages else ("resolver",)
    table = columns(*first, "type", "rcode", "flags", "answer", "ttl", "ms", "note", right=("ttl", "ms"))
    for one in replies:
        resolver = clean(one.resolver or "-", _RESOLVER) + (" (trusted)" if one.is_trusted else "")
        place = (one.vantage, resolver) if has_vantages else (resolver,)
        for cells in _rows(one):
            table.add_row(*map(Text, (*place, one.type, *cells)))
    return table


def _rows(reply: Reply) -> Iterator[tuple[str, ...]]:
    """Yield a line for each message that came; for a question that nobody answered what stands in its place."""
    for query in reply.queries:
        for response in query.responses:
            yield _row(query, response)
        if not query.responses:
            yield "-", "", clean(query.error or "no answer", _DATA), "", "", _transport(query)
    if not reply.queries:
        yield "-", "", "not asked", "", "", ""


def _row(query: DnsQuery, response: DnsResponse) -> tuple[str, ...]:
    records = response.records
    between = "\n" if is_watched() else ", "
    answer = between.join(_spelt(one, query) for one in records) or "no record of that type"
    if response.rcode != "NOERROR" and not records:
        answer = f"zone {response.soa} says so" if response.soa else "-"
    ttl = min((one.ttl for one in records), default=None)
    notes = [_transport(query), _ROLES[response.role], "cut short" * response.truncated]
    notes += [_extended(code) for code in response.extended_errors]
    flags = " ".join(one.lower() for one in response.flags.split() if one != "QR")
    return (
        response.rcode,
        flags,
        answer,
        "" if ttl is None else str(ttl),
        milliseconds(response.after_seconds),
        ", ".join(one for one in notes if one),
    )


def _spelt(record: DnsRecord, query: DnsQuery) -> str:
    """Return a record's data, with the type where it is another than was asked for: an alias on the way."""
    data = clean(record.data, _DATA)
    return data if record.type == query.type else f"{record.type} {data}"


def _transport(query: DnsQuery) -> str:
    status = "" if query.http_status is None else f", status {query.http_status}"
    return f"by {query.transport}{status}{'' if query.edns else ', without EDNS'}"


def _extended(code: int) -> str:
    """Name an Extended DNS Error (RFC 8914)."""
    try:
        return f"EDE {code} {dns.edns.EDECode(code).name.replace('_', ' ').lower()}"
    except ValueError:
        return f"EDE {code}"


def _sentence(target: Target, replies: Sequence[Reply]) -> Text:
    resolvers = by_resolver(replies)
    outcomes = [outcome_of(one) for one in resolvers.values()]
    name, total = target.hop.host, len(outcomes)
    if Outcome.FAILED in outcomes:
        count = outcomes.count(Outcome.FAILED)
        who = "The resolver has" if total == 1 else f"{count} of {total} resolvers asked have"
        return Text(f"{who} no good answer for {name}.", style="bold red")
    if Outcome.NOT_MEASURED in outcomes:
        return Text(f"Nobody can tell from here what {name} resolves to.", style="bold yellow")
    found = len(frozenset().union(*map(addresses, replies)))
    what = f"resolves to {found} address{'es' if found != 1 else ''}" if found else "has answers"
    asked = len({resolver for _, resolver in resolvers})
    places = len({vantage for vantage, _ in resolvers})
    whence = f" from {places} vantages" if places > 1 else ""
    return Text(f"{name} {what}, by {asked} resolver{'s' if asked != 1 else ''}{whence}.", style="bold green")
