"""Say what is odd about answers: invented addresses, ones that lead nowhere, several answers to one question, disagreement; pure."""

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from probe.cli.lapse import lapse
from probe.cli.look.dns import Reply
from probe.host import is_nobody_elses
from probe.machine.bogon import BOGONS, is_bogon
from probe.machine.fake import is_fake
from probe.model import DnsQuery, DnsResponse
from probe.text import clean

_ADDRESSES = ("A", "AAAA")
_BOGONS = tuple(map(str, BOGONS))
_SHOWN = 4
_TEXT = 200


def odd(
    name: str, replies: Sequence[Reply], fakes: Mapping[str, Sequence[str]], bogons: Sequence[str] = ()
) -> Iterator[str]:
    """Yield each oddity once, in a sentence; `fakes` are the ranges that local proxies invent in, by vantage."""
    said: list[str] = []
    # A name that is nobody's on the Internet leads where its owner likes.
    nowhere = () if is_nobody_elses(name) else bogons or _BOGONS
    for one in replies:
        said += _of_addresses(one, fakes.get(one.vantage, ()), nowhere)
        for query in one.queries:
            said += _of_query(one, query)
    yield from dict.fromkeys((*said, *_disagreements(replies)))


def _of_addresses(reply: Reply, fakes: Sequence[str], bogons: Sequence[str]) -> Iterator[str]:
    ranges = tuple(map(ipaddress.ip_network, fakes))
    for address in sorted(addresses(reply)):
        if is_fake(address, ranges):
            yield (
                f"{address} ({_whose(reply)}) was made up by a local proxy, a fake-IP: only through that proxy does it"
                " lead anywhere"
            )
        elif is_bogon(address, bogons):
            yield (
                f"{address} ({_whose(reply)}) is of a network in which nobody on the Internet is reached: right for a"
                " name of your own, forged for any other"
            )


def _of_query(reply: Reply, query: DnsQuery) -> Iterator[str]:
    who = _whose(reply)
    answers = [one for one in query.responses if one.role != "stray"]
    if len({_content(one) for one in answers}) > 1:
        told = ", then ".join(f"{_spelt(one)} after {lapse(one.after_seconds)}" for one in answers[:_SHOWN])
        yield (
            f"{len(answers)} different answers came to one question for {query.type} ({who}): {told}; somebody on the way"
            " answers in the resolver's place"
        )
    strays = len(query.responses) - len(answers)
    if strays:
        noun = "message" if strays == 1 else "messages"
        yield f"{strays} {noun} came that {'answers' if strays == 1 else 'answer'} no question of ours ({who})"
    if not query.edns and any(one.edns for one in reply.queries):
        yield f"{who} refuses EDNS, and was asked once more without"


def _disagreements(replies: Sequence[Reply]) -> Iterator[str]:
    """Compare what resolvers say to the same question, those asked from other vantages too."""
    asked: defaultdict[str, list[Reply]] = defaultdict(list)
    for one in replies:
        if rcode(one) is not None:
            asked[one.type].append(one)
    for record_type, told in asked.items():
        codes = {rcode(one) for one in told}
        if len(codes) > 1:
            who = "answers to different vantages" if _is_by_vantage(told, _differ_in_code) else "resolvers"
            yield f"the {who} disagree on {record_type}: {_each(told, lambda one: rcode(one) or '')}"
        elif record_type in _ADDRESSES and _have_nothing_in_common(told):
            alone = _is_by_vantage(told, _have_nothing_in_common)
            what = "answers to different vantages hold" if alone else "resolvers give"
            yield (
                f"the {what} {record_type} records that have nothing in common, which is usual of a network with"
                f" points of presence: {_each(told, _listed)}"
            )


def _is_by_vantage(told: Sequence[Reply], differ: Callable[[Sequence[Reply]], bool]) -> bool:
    """Tell whether it is the vantages that differ: each hears the same from all, and one resolver tells them apart."""
    heard: defaultdict[str, list[Reply]] = defaultdict(list)
    said: defaultdict[str | None, list[Reply]] = defaultdict(list)
    for one in told:
        heard[one.vantage].append(one)
        said[one.resolver].append(one)
    return not any(map(differ, heard.values())) and any(map(differ, said.values()))


def _differ_in_code(told: Sequence[Reply]) -> bool:
    return len({rcode(one) for one in told}) > 1


def _have_nothing_in_common(told: Sequence[Reply]) -> bool:
    return _has_nothing_in_common([addresses(one) for one in told])


def _has_nothing_in_common(found: Sequence[frozenset[str]]) -> bool:
    """Tell whether there is one that shares no address with the first; some shift through a large set, which is no oddity."""
    return any(not found[0] & one for one in found[1:] if found[0] or one)


def _each(told: Sequence[Reply], say: Callable[[Reply], str]) -> str:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for one in told:
        groups[say(one)].append(_whose(one))
    return "; ".join(f"{what} from {', '.join(dict.fromkeys(who))}" for what, who in groups.items())


def _listed(reply: Reply) -> str:
    found = sorted(addresses(reply))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return (", ".join(found[:_SHOWN]) + more) or "none"


def rcode(reply: Reply) -> str | None:
    """Return the code of the answer that was used; None when there was none."""
    used = [one for query in reply.queries for one in query.responses if one.role == "used"]
    return clean(used[-1].rcode, _TEXT) if used else None


def addresses(reply: Reply) -> frozenset[str]:
    """Return the addresses in all that answers the question."""
    return frozenset(
        clean(record.data, _TEXT)
        for query in reply.queries
        for response in query.responses
        for record in response.records
        if response.role != "stray" and record.type in _ADDRESSES
    )


def _content(response: DnsResponse) -> tuple[str, frozenset[tuple[str, str]]]:
    return response.rcode, frozenset((one.type, one.data) for one in response.records)


def _spelt(response: DnsResponse) -> str:
    data = ", ".join(one.data for one in response.records[:_SHOWN])
    return clean(data or response.rcode, _TEXT)


def _whose(reply: Reply) -> str:
    return f"{clean(reply.resolver or 'no resolver', _TEXT)} from {reply.vantage}"
