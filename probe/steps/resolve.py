"""Turn the hop's name into one literal address, asking the vantage's own resolvers."""

import asyncio
import ipaddress
from collections.abc import Sequence

from probe.abc import Dialer, ProxyServer
from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.cause.naming import name as cause_of
from probe.model import OWN_LAYERS, AddressFamily, Layer, Phase
from probe.steps.query import Answer, absent_seconds, answered, ask_in_turn
from probe.wire.errors import WireError

_MARGIN_SECONDS = 0.02
_OTHERS = frozenset({"A", "AAAA"})
_BROADCAST = ipaddress.ip_address("255.255.255.255")


async def resolve(attempt: Attempt, name: str) -> str:
    """Return the address to dial for `name`; a literal, an override or localhost costs no question and no phase.

    Nor does a name that is left to the vantage's proxy, which is returned as it is.
    """
    if attempt.request.overrides.address is not None:
        return attempt.request.overrides.address
    if attempt.hop.address is not None and name == attempt.hop.host:
        return _of_family(attempt, attempt.hop.address)
    if (known := _without_asking(name, attempt.family)) is not None:
        return _of_family(attempt, known)
    if isinstance(attempt.dialer.proxy, ProxyServer) and attempt.dialer.proxy.resolves:
        if attempt.family is not AddressFamily.ANY:
            raise ProbeFailed(
                "local.family_mismatch",
                "the proxy resolves the name, so the family of its address is its choice",
            )
        return name
    with attempt.phase(Phase.RESOLVE) as lap:
        before = attempt.questions
        found, answer = await _lookup(attempt, name)
        # After several questions the phase's own time holds, because the user waited for all of them.
        if attempt.questions == before + 1:
            lap.took(answer.seconds, answer.stamp)
        address = _dialable(found)
        refuse_fake(attempt.dialer, name, (address,))
        return address


def refuse_fake(dialer: Dialer, name: str, found: Sequence[str]) -> None:
    """Raise ProbeFailed (local.fake_ip) when a local proxy made the answer up, so that only the proxy would be timed."""
    for address in found:
        if dialer.is_fake(address):
            raise ProbeFailed(
                "local.fake_ip",
                f"{name} resolves to {address}, which a local proxy made up: add a vantage of kind proxy, or give this"
                " one a resolver that the proxy does not catch",
            )


def _of_family(attempt: Attempt, address: str) -> str:
    if attempt.family.holds(address):
        return address
    raise ProbeFailed(
        "meta.no_address", f"the address is {address}, and the check is about {attempt.family.word}"
    )


def _without_asking(name: str, family: AddressFamily) -> str | None:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        labels = name.lower().rstrip(".").split(".")
        # RFC 6761, 6.3: names under localhost are loopback and are not asked for.
        loopback = "::1" if family is AddressFamily.IPV6 else "127.0.0.1"
        return loopback if labels[-1] == "localhost" else None


async def _lookup(attempt: Attempt, name: str) -> tuple[tuple[str, ...], Answer]:
    """Ask for the families that the vantage can dial, the preferred first, and for the other one to know why not."""
    types = attempt.dialer.record_types
    if attempt.family is not AddressFamily.ANY:
        return await _lookup_of_family(attempt, name, types)
    for record_type in types:
        answer = await ask_in_turn(attempt, name, record_type)
        if found := answered(answer.message):
            return found, answer
    for record_type in _OTHERS.difference(types):
        if answered((await ask_in_turn(attempt, name, record_type)).message):
            raise ProbeFailed("local.family_mismatch", f"{name} has no address of the vantage's family")
    raise ProbeFailed("dns.no_data", f"{name} exists and has no address")


async def _lookup_of_family(
    attempt: Attempt, name: str, dialable: Sequence[str]
) -> tuple[tuple[str, ...], Answer]:
    """Ask for one family; where the hop need not have it, its lack is no failure and is asked for once in a while."""
    (record_type,) = attempt.family.record_types
    if record_type not in dialable:
        raise ProbeFailed("local.family_mismatch", f"the vantage has no {attempt.family.word} address")
    lacking = f"{name} has no {attempt.family.word} address"
    absences, wanted = attempt.absences, (attempt.dialer.resolvers, name, record_type)
    if absences is None:
        answer = await ask_in_turn(attempt, name, record_type)
        if found := answered(answer.message):
            return found, answer
        raise ProbeFailed("dns.no_data", lacking)
    if absences.is_known(wanted, attempt.clock.boot_ns()):
        raise ProbeFailed("meta.no_address", f"{lacking}, as was said a moment ago")
    asking = ask_in_turn if absences.was_there(wanted) else _ask_what_may_be_unknown
    answer = await asking(attempt, name, record_type)
    if found := answered(answer.message):
        absences.note_there(wanted)
        return found, answer
    absences.note(wanted, attempt.clock.boot_ns(), absent_seconds(answer.message))
    raise ProbeFailed("meta.no_address", lacking)


async def _ask_what_may_be_unknown(attempt: Attempt, name: str, record_type: str) -> Answer:
    """Ask for what nobody has promised: that no resolver tells of it is no failure of the hop."""
    unknown = f"no resolver tells whether {name} has an {attempt.family.word} address"
    try:
        # A little less than there is, because the probe's own deadline would be told as a silent resolver.
        async with asyncio.timeout(max(0.0, attempt.left_seconds() - _MARGIN_SECONDS)):
            return await ask_in_turn(attempt, name, record_type)
    except TimeoutError as error:
        raise ProbeFailed("meta.insufficient", f"{unknown}: there was no answer in time") from error
    except (WireError, ProbeFailed) as error:
        cause, detail = cause_of(error, attempt.phase_open)
        if cause == "dns.nxdomain" or Layer(cause.partition(".")[0]) in OWN_LAYERS:
            raise
        raise ProbeFailed("meta.insufficient", f"{unknown}: {detail}") from error


def _dialable(found: tuple[str, ...]) -> str:
    # 0.0.0.0 would connect us to ourselves, the others to nobody; a link-local one means nothing without its link.
    for address in found:
        parsed = ipaddress.ip_address(address)
        nobody = parsed.is_unspecified or parsed.is_multicast or parsed == _BROADCAST
        if not nobody and not (parsed.version == 6 and parsed.is_link_local):
            return address
    raise ProbeFailed("dns.bogon", f"the answer is {', '.join(found)}")
