"""A scenario as it is written: these models are the only truth about the keys of a file."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

LONGEST_SECONDS = 15.0

Seconds = Annotated[float, Field(ge=0, le=LONGEST_SECONDS)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Fault = Mapping[str, JsonValue]
# A piece of hopwatch's own configuration, which is checked by hopwatch.
Piece = Mapping[str, JsonValue]


def _several(given: object) -> object:
    """Let one fault stand without the brackets of a list."""
    if isinstance(given, dict):
        return (given,)
    return tuple(given) if isinstance(given, list) else given


Faults = Annotated[tuple[Fault, ...], BeforeValidator(_several)]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Times(_Model):
    """The stand-ins' own time-outs, scaled so that they end within a probe's."""

    upstream_timeout_seconds: float = Field(
        default=1.2,
        gt=0,
        le=60,
        description="how long nginx on hk waits for vercel, for a connection and for an answer",
    )
    function_limit_seconds: float = Field(
        default=1.0,
        gt=0,
        le=60,
        description="how long the function on vercel may run before the platform ends it",
    )
    slow_seconds: float = Field(
        default=1.0, gt=0, le=60, description="how late the fault `slow` of a stand-in is"
    )


class Lab(_Model):
    """The test internet that a scenario is played on."""

    times: Times = Field(default_factory=Times, description="the stand-ins' time-outs")
    delays: Mapping[Word, Annotated[float, Field(ge=0, le=2000)]] = Field(
        default_factory=dict,
        description="one-way delay by wire in milliseconds, over the usual ones",
    )
    names: Mapping[Word, Mapping[Word, tuple[Word, ...]]] = Field(
        default_factory=dict,
        description="records that a resolver knows besides, by its node and by name: `{dns: {new.lab.test: [A 203.0.113.34]}}`",
    )
    faults: Faults = Field(default=(), description="what is wrong from before the daemons start to the end")


class Daemon(_Model):
    """One daemon, which runs at one node."""

    config: Piece = Field(
        default_factory=dict,
        description="merged over the configuration of all daemons; null takes a key away",
    )
    whole_config: Piece | None = Field(
        default=None, description="its whole configuration, instead of the usual one"
    )
    open_files: int | None = Field(
        default=None, ge=3, le=100_000, description="how many files it may have open"
    )


class Event(_Model):
    """Something that happens at a second of the scenario: faults come into force, or end."""

    at: Seconds = Field(description="when, in seconds after the healthy time")
    inject: Faults = Field(default=(), description="a fault, or a list of faults that belong together")
    name: Word | None = Field(default=None, description="what to call it, for `heal`")
    until: Seconds | None = Field(
        default=None, description="when it ends by itself; by default with the scenario"
    )
    pulse: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]] | None = Field(
        default=None,
        description="`[IN, OUT]`: in force for so many seconds, then not for so many, again and again",
    )
    heal: Word | None = Field(default=None, description="the name of what ends now; instead of `inject`")


class Truth(_Model):
    """What is really so at one vantage while the faults are in force."""

    service: Literal["ok", "failed"] = Field(
        description="whether a user at this vantage gets what the checks ask for"
    )
    causes: tuple[Word, ...] = Field(
        default=(), description="every cause that should be named; none: nothing can or should be named"
    )
    or_: tuple[tuple[Word, ...], ...] = Field(
        default=(), alias="or", description="other sets of causes that are as right; the best fit counts"
    )
    elements: tuple[Word, ...] = Field(
        default=(), description="every element that may be blamed (docs/vocabulary.md); none: not scored"
    )
    counts: Literal["last", "all"] = Field(
        default="last",
        description="which findings of a series count: its last one, or all since the first event",
    )


class Scenario(_Model):
    """One file."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")] = Field(
        description="a name of small letters, digits and hyphens that no other file has"
    )
    title: Word = Field(description="what happens, in one line")
    source: Word | None = Field(default=None, description="where it comes from, such as a row of a study")
    tier: Literal["addresses", "snippets"] = Field(
        default="addresses",
        description="`addresses`: the hops are as they are; `snippets`: hk and vercel report by config/relay",
    )
    lab: Lab = Field(default_factory=Lab, description="the test internet")
    config: Piece = Field(
        default_factory=dict,
        description="merged over the usual configuration of hopwatch; null takes a key away",
    )
    daemons: Mapping[Word, Daemon] = Field(
        default_factory=lambda: {"v-wifi": Daemon()},
        min_length=1,
        description="the daemons, by the node at which each runs",
    )
    healthy: Seconds = Field(
        default=3.0, description="how long the daemons run before the scenario's second 0"
    )
    lasts: Annotated[float, Field(gt=0, le=LONGEST_SECONDS)] = Field(
        default=8.0, description="how long it goes on from second 0"
    )
    events: tuple[Event, ...] = Field(default=(), description="what happens, in any order")
    truth: Mapping[Word, Truth] = Field(
        default_factory=dict,
        description="the truth by vantage; a vantage that is not named here is healthy",
    )

    def truth_of(self, vantage: str) -> Truth:
        """Return what is so at a vantage, which is health where nothing is said."""
        return self.truth.get(vantage) or Truth(service="ok")
