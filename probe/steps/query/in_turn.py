"""Ask the vantage's resolvers one after the other, as a stub resolver does.

The wait is seen in the phase and every question in the evidence, so no loss is hidden.
"""

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
_MOST = 3
_WEIGHTS = {"dns.resolver_unreachable": 1, "dns.failed": 1, "dns.timeout": 2}


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
            if isinstance(error, ProbeFailed) and (error.cause == "dns.nxdomain" or len(resolvers) == 1):
                raise
            worst = max(worst or error, error, key=_weight)
            attempt.expires_as = worst.cause if isinstance(worst, ProbeFailed) and _is_word(worst) else None
    if isinstance(worst, TimeoutError):
        raise ProbeFailed("dns.timeout", f"no answer for {name} from {', '.join(resolvers)}") from worst
    raise worst or TimeoutError


async def _usable(attempt: Attempt, name: str, record_type: str, resolver: str) -> Answer:
    seconds = _SECONDS_EACH if resolver.startswith("udp:") else _SECONDS_EACH_BY_STREAM
    answer = await ask(attempt, name, record_type, resolver, seconds)
    if failure := rcode_failure(answer.message, resolver):
        raise failure
    attempt.expires_as = None
    return answer


def _is_word(error: Exception) -> bool:
    """Tell whether a resolver has said something, which further silence does not outweigh."""
    return _weight(error) == _MOST


def _weight(error: Exception) -> int:
    """How much a failure tells: an answer most, then silence, then a refusal on the way, our own trouble least."""
    if isinstance(error, WireError):
        return 0 if error.immediate else 1
    if isinstance(error, ProbeFailed):
        return 0 if Layer(error.cause.partition(".")[0]) in OWN_LAYERS else _WEIGHTS.get(error.cause, _MOST)
    return 2
