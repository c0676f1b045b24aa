"""Ask the vantage's resolvers one after the other, as a stub resolver does.

The wait is seen in the phase and every question in the evidence, so no loss is hidden.
"""

from collections.abc import Sequence
from functools import partial

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import OWN_LAYERS, Layer
from probe.steps.query.ask import ask
from probe.steps.query.message import Answer, rcode_failure
from probe.wire.errors import WireError

# Each resolver in turn, and a second round (resolv.conf(5), attempts).
_SECONDS_EACH = 2.0
_ROUNDS = 2
# A connection repeats by itself what is lost, and needs its round trips: the connection, TLS, the question.
_SECONDS_EACH_BY_STREAM = 5.0
_MOST, _SILENCE = 3, 2
_WEIGHTS = {"dns.resolver_unreachable": 1, "dns.failed": 1, "dns.timeout": _SILENCE}


async def ask_in_turn(attempt: Attempt, name: str, record_type: str) -> Answer:
    """Ask the vantage's resolvers until one gives an answer. Raises ProbeFailed or WireError, the most telling one."""
    override = attempt.request.overrides.resolver
    resolvers = (override,) if override else attempt.dialer.resolvers
    if not resolvers:
        raise ProbeFailed("local.no_resolver", "this vantage knows no resolver")
    worst: Exception | None = None
    for resolver in resolvers * _ROUNDS:
        try:
            return await _usable(attempt, name, record_type, resolver)
        except (TimeoutError, WireError, ProbeFailed) as error:
            if isinstance(error, ProbeFailed) and (error.cause == "dns.nxdomain" or _ends(error, resolvers)):
                raise
            weight = partial(_weight, is_alone=len(resolvers) == 1)
            worst = max(worst or error, error, key=weight)
            outweighs = weight(worst) > weight(TimeoutError())
            attempt.expires_as = worst.cause if isinstance(worst, ProbeFailed) and outweighs else None
    if isinstance(worst, TimeoutError):
        raise ProbeFailed("dns.timeout", f"no answer for {name} from {', '.join(resolvers)}") from worst
    raise worst or TimeoutError


def _ends(error: ProbeFailed, resolvers: Sequence[str]) -> bool:
    """Tell whether there is nobody else to ask; what routers say of a resolver may pass, so it is asked once more."""
    return len(resolvers) == 1 and error.cause != "dns.resolver_unreachable"


async def _usable(attempt: Attempt, name: str, record_type: str, resolver: str) -> Answer:
    seconds = _SECONDS_EACH if resolver.startswith("udp:") else _SECONDS_EACH_BY_STREAM
    answer = await ask(attempt, name, record_type, resolver, seconds)
    if failure := rcode_failure(answer.message, resolver):
        raise failure
    attempt.expires_as = None
    return answer


def _weight(error: Exception, *, is_alone: bool) -> int:
    """How much a failure tells: an answer most, then silence, then a refusal on the way, our own trouble least.

    Of one resolver alone a refusal tells more than silence: routers say such a thing only so often.
    """
    if isinstance(error, WireError):
        return 0 if error.immediate else 1
    if isinstance(error, ProbeFailed):
        return 0 if Layer(error.cause.partition(".")[0]) in OWN_LAYERS else _WEIGHTS.get(error.cause, _MOST)
    return 0 if is_alone else _SILENCE
