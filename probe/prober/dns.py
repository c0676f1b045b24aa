"""Ask one of the vantage's resolvers one question, once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import dns.message
from pydantic import ConfigDict, Field

from probe.attempt import Attempt
from probe.cause.failed import ProbeFailed
from probe.model import Cost, Hop, Layer, Phase
from probe.model.cost import QUESTION, TRANSPORT
from probe.resolver import INTERFACE, SYSTEM, Resolver, place
from probe.rules import Matcher, Pattern
from probe.steps.query import answered, ask, rcode_failure
from probe.steps.resolve import refuse_fake
from probe.units import Duration

_MARGIN_SECONDS = 0.02
# Each record may cost the rule its whole time.
_JUDGED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Dns:
    """One query without any retry; answers that come later are kept as evidence."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    layers: ClassVar[tuple[Layer, ...]] = (Layer.DNS,)

    name: Annotated[str | None, Field(description="the name to ask for, when it is not the hop's host")] = (
        None
    )
    type: Annotated[
        Literal["A", "AAAA", "CNAME", "TXT", "NS", "SOA", "MX", "HTTPS", "CAA"],
        Field(description="the record type"),
    ] = "A"
    resolver: Annotated[
        Resolver | None, Field(description="the resolver to ask, when it is not the vantage's first")
    ] = None
    answer: Annotated[
        Pattern | None, Field(description="a regular expression that one record of the answer must match")
    ] = None
    listen: Annotated[
        Duration,
        Field(
            description="how long to wait for further answers to the same query, such as forged ones; by UDP only"
        ),
    ] = 0.0

    @property
    def by_proxy(self) -> bool:
        """Whether it names a resolver that is asked on a connection."""
        return self.resolver not in (None, SYSTEM, INTERFACE) and place(str(self.resolver)).scheme != "udp"

    async def __call__(self, attempt: Attempt) -> None:
        """Ask, and judge the answer."""
        overrides = attempt.request.overrides
        name, resolver = overrides.name or self.name or attempt.hop.host, self._resolver(attempt)
        record_type = overrides.record_type or self.type
        with attempt.phase(Phase.RESOLVE) as lap:
            answer = await ask(attempt, name, record_type, resolver, attempt.request.budget.seconds)
            lap.took(answer.seconds, answer.stamp)
        if self.listen and place(resolver).scheme == "udp":  # on a connection nobody else can answer
            # The answer is there: a deadline that comes while we listen for others would be no failure of it.
            await asyncio.sleep(max(0.0, min(self.listen, attempt.left_seconds() - _MARGIN_SECONDS)))
        if failure := rcode_failure(answer.message, resolver):
            raise failure
        self._judge(attempt, name, answer.message)

    def cost(self, hop: Hop) -> Cost:  # noqa: ARG002 - the name asked for may be any
        """Estimate a question and its answer, by the transport of the check's own resolver if it has one."""
        if self.resolver is None:
            return QUESTION
        scheme = self.resolver.partition("://")[0]
        return replace(QUESTION, questions=0) + TRANSPORT.get(scheme, Cost())

    def _resolver(self, attempt: Attempt) -> str:
        known: Sequence[str] = attempt.dialer.resolvers
        if self.resolver is not None:
            known = attempt.dialer.meant(self.resolver)
        if attempt.request.overrides.resolver is not None:
            known = (attempt.request.overrides.resolver,)
        if not known:
            raise ProbeFailed("local.no_resolver", "this vantage knows no resolver")
        return known[0]

    def _judge(self, attempt: Attempt, name: str, message: dns.message.Message) -> None:
        found = answered(message)
        refuse_fake(attempt.dialer, name, found)
        if not found:
            asked = attempt.request.overrides.record_type or self.type
            raise ProbeFailed("dns.no_data", f"the answer holds no {asked} record")
        pattern = self.answer
        overrides = attempt.request.overrides
        # What the check expects is said of its own question.
        if pattern is None or overrides.name is not None or overrides.record_type is not None:
            return
        matcher = Matcher(attempt.clock)
        if not any(matcher.matches(pattern, one) for one in found[:_JUDGED]):
            raise ProbeFailed("dns.unexpected", f"no record matches {pattern!r}")
