"""Turn the hop's name into one literal address, asking the vantage's own resolvers."""

import ipaddress

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import Phase
from probe.steps.query import Answer, answered, ask, rcode_failure
from probe.wire.errors import WireError

# As a stub resolver does: each resolver in turn, and a second round (resolv.conf(5), attempts). The wait is seen
# in the phase and every question in the evidence, so no loss is hidden.
_SECONDS_EACH = 2.0
_ROUNDS = 2
_OTHERS = frozenset({"A", "AAAA"})
_BROADCAST = ipaddress.ip_address("255.255.255.255")


async def resolve(attempt: Attempt, name: str) -> str:
    """Return the address to dial for `name`; a literal, an override or localhost costs no question and no phase."""
    if attempt.request.overrides.address is not None:
        return attempt.request.overrides.address
    if attempt.hop.address is not None and name == attempt.hop.host:
        return attempt.hop.address
    if (known := _without_asking(name)) is not None:
        return known
    with attempt.phase(Phase.RESOLVE) as lap:
        before = attempt.questions
        found, answer = await _lookup(attempt, name)
        # After several questions the phase's own time holds, because the user waited for all of them.
        if attempt.questions == before + 1:
            lap.took(answer.seconds, answer.stamp)
        return _dialable(found)


def _without_asking(name: str) -> str | None:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        labels = name.lower().rstrip(".").split(".")
        # RFC 6761, 6.3: names under localhost are loopback and are not asked for.
        return "127.0.0.1" if labels[-1] == "localhost" else None


async def _lookup(attempt: Attempt, name: str) -> tuple[tuple[str, ...], Answer]:
    """Ask for the families that the vantage can dial, the preferred first, and for the other one to know why not."""
    types = attempt.dialer.record_types
    for record_type in types:
        answer = await _ask_in_turn(attempt, name, record_type)
        if found := answered(answer.message):
            return found, answer
    for record_type in _OTHERS.difference(types):
        if answered((await _ask_in_turn(attempt, name, record_type)).message):
            raise ProbeFailed("local.family_mismatch", f"{name} has no address of the vantage's family")
    raise ProbeFailed("dns.no_data", f"{name} exists and has no address")


async def _ask_in_turn(attempt: Attempt, name: str, record_type: str) -> Answer:
    override = attempt.request.overrides.resolver
    resolvers = (override,) if override else attempt.dialer.resolvers
    if not resolvers:
        raise ProbeFailed("local.no_resolver", "this vantage knows no resolver")
    worst: Exception | None = None
    for resolver in resolvers * _ROUNDS:
        try:
            return await _usable(attempt, name, record_type, resolver)
        except (TimeoutError, WireError, ProbeFailed) as error:
            if isinstance(error, ProbeFailed) and (error.cause == "dns.nxdomain" or len(resolvers) == 1):
                raise
            worst = max(worst or error, error, key=_weight)
            attempt.expires_as = worst.cause if isinstance(worst, ProbeFailed) else None
    if isinstance(worst, TimeoutError):
        raise ProbeFailed("dns.timeout", f"no answer for {name} from {', '.join(resolvers)}") from worst
    raise worst or TimeoutError


async def _usable(attempt: Attempt, name: str, record_type: str, resolver: str) -> Answer:
    answer = await ask(attempt, name, record_type, resolver, _SECONDS_EACH)
    if failure := rcode_failure(answer.message):
        raise failure
    attempt.expires_as = None
    return answer


def _weight(error: Exception) -> int:
    """How much a failure tells: an answer most, then silence, then a refusal on the way, our own trouble least."""
    if isinstance(error, WireError):
        return 0 if error.immediate else 1
    return 3 if isinstance(error, ProbeFailed) else 2


def _dialable(found: tuple[str, ...]) -> str:
    # 0.0.0.0 would connect us to ourselves, the others to nobody; a link-local one means nothing without its link.
    for address in found:
        parsed = ipaddress.ip_address(address)
        nobody = parsed.is_unspecified or parsed.is_multicast or parsed == _BROADCAST
        if not nobody and not (parsed.version == 6 and parsed.is_link_local):
            return address
    raise ProbeFailed("dns.bogon", f"the answer is {', '.join(found)}")
