"""The configuration as it is written: these pydantic models, with the plug-ins' own fields, are the only truth.

The JSON Schema, the list of known keys in a message, the defaults in `config show` and docs/configuration.md all come
from here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from probe.abc import Way
from probe.attempt import Prober
from probe.budget import PLANS
from probe.config.fields import (
    Address,
    CommitInterval,
    DeadResolver,
    HopUrl,
    Interval,
    KeptAge,
    Label,
    Name,
    Network,
    PageUrl,
    StoreSize,
    SureResolver,
    Timeout,
    parse_origin,
)
from probe.config.kinds import chosen, exactly_one, with_kinds
from probe.config.notifying import Notify
from probe.consent import PROVOKING
from probe.host import is_nobody_elses
from probe.machine.bogon import BOGONS
from probe.machine.fake import RANGES
from probe.prober import PROBERS
from probe.prober.tls import ServerName
from probe.resolver import SYSTEM, Resolver
from probe.secret import Secret
from probe.units import Size
from probe.vantage import VANTAGES
from probe.vantage.system import System

Family = Literal["ipv4", "ipv6"]
Limit = Annotated[int | None, Field(gt=0)]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Defaults(_Model):
    """What a check takes when it says nothing itself."""

    interval: Interval = Field(default=30.0, description="how often a check asks")
    timeout: Timeout = Field(
        default=10.0, description="how long a probe may take; cut to a check's own shorter interval"
    )
    metered_interval: Interval = Field(
        default=300.0,
        description="how often a check asks from a metered vantage, when neither says an interval itself",
    )


class Storage(_Model):
    """What the store may take; the oldest records go first."""

    max_size: StoreSize = Field(
        default=256 << 20, description="the most bytes that all files of the store take together"
    )
    max_age: KeptAge = Field(default=30 * 86_400.0, description="how long a record is kept")
    commit_interval: CommitInterval = Field(
        default=1.0, description="how long records are gathered before they are written in one go"
    )


class Metrics(_Model):
    """What may be exported."""

    max_series: int = Field(
        default=5000, ge=100, le=1_000_000, description="the most time series; what is beyond is counted"
    )


class Anchor(_Model):
    """A neutral place to compare with: asked only when something fails, to tell a hop's trouble from the vantage's own."""

    url: PageUrl = Field(description="what to ask for")
    where: Literal["domestic", "abroad"] = Field(description="on which side of the border it is")
    address: Address | None = Field(default=None, description="connect to this address and ask no resolver")
    ca_file: str | None = Field(
        default=None,
        min_length=1,
        description="certificates to trust instead of the system's; relative to the configuration's folder",
    )


class Controls(_Model):
    """Whom to ask, beside hops and anchors, when something fails; nobody else is asked."""

    resolvers: tuple[SureResolver, ...] = Field(
        default=(),
        max_length=4,
        description="resolvers that tell the truth about a name, best encrypted ones by address: asked when an answer or"
        " its absence is in doubt",
    )
    dead_resolvers: tuple[DeadResolver, ...] = Field(
        default=(),
        max_length=4,
        description="addresses where nobody answers questions, so that an answer is somebody else's; asked only from"
        " vantages that `allow: [dead_resolver]`",
    )
    server_names: tuple[ServerName, ...] = Field(
        default=(),
        max_length=4,
        description="host names that no filter looks for; named in handshakes with your hops, only from vantages that"
        " `allow: [foreign_sni]`",
    )


class VantageKeys(_Model):
    """A network to look from: these keys, and exactly one kind."""

    model_config = ConfigDict(json_schema_extra=exactly_one(VANTAGES))

    resolvers: tuple[Resolver, ...] | None = Field(
        default=None,
        min_length=1,
        description="this network's resolvers, instead of the general `resolvers`",
    )
    resolver_ca_file: str | None = Field(
        default=None,
        min_length=1,
        description="certificates to trust for tls:// and https:// resolvers here, instead of the general ones",
    )
    concurrency: int = Field(default=8, ge=1, le=1000, description="how many probes may be under way at once")
    site: Label | None = Field(default=None, description="the place, such as a flat or an office")
    region: Label | None = Field(default=None, description="the region, such as cn-sh")
    provider: Label | None = Field(default=None, description="the network's provider, such as china-telecom")
    metered: bool = Field(
        default=False,
        description="whether bytes cost money here; checks then ask at `defaults.metered_interval`",
    )
    traffic_per_month: Size | None = Field(
        default=None,
        gt=0,
        description="how many bytes probes may use here in 30 days; more is refused at the start",
    )
    allow: tuple[Literal[tuple(PROVOKING)], ...] = Field(  # type: ignore[valid-type]  # the words are the table's
        default=(),
        description="what may provoke a filter and is done from here all the same: "
        + "; ".join(f"`{word}`, {what}" for word, what in PROVOKING.items()),
    )

    def way(self) -> tuple[str, Way]:
        """Return the kind and the way out that it stands for."""
        return chosen(self, VANTAGES)


class Limits(_Model):
    """What a hop's plan includes; probes may use a share of it."""

    requests_per_day: Limit = Field(default=None, description="HTTP requests a day")
    requests_per_month: Limit = Field(default=None, description="HTTP requests in 30 days")
    keyed_requests_per_minute: Limit = Field(default=None, description="requests with a key a minute")
    keyed_requests_per_hour: Limit = Field(default=None, description="requests with a key an hour")
    keyed_requests_per_day: Limit = Field(default=None, description="requests with a key a day")
    invocations_per_day: Limit = Field(default=None, description="function invocations a day")
    invocations_per_month: Limit = Field(default=None, description="function invocations in 30 days")
    traffic_per_month: Size | None = Field(default=None, gt=0, description="bytes in 30 days")


class Relay(_Model):
    """How a hop of your own reports what happened there, by config/relay."""

    name: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9.-]{1,63}$")] = Field(
        default=None,
        description="what it calls itself in Proxy-Status and Server-Timing, where that is not its name here",
    )
    secret: Secret | None = Field(
        default=None,
        description="where the secret is kept that the hop shares with hopwatch; `http` and `page` checks then ask it for"
        " details, by a token that expires",
    )
    audience: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9.-]{1,253}$")] = Field(
        default=None, description="the name of the chain that tokens are for; by default the hop's host"
    )


class Hop(_Model):
    """One relay, or the service itself at the end of the chain."""

    url: HopUrl = Field(description="scheme, host and, if it is not the usual one, port; no path")
    enabled: bool = Field(
        default=True, description="false switches off every check whose request crosses this hop"
    )
    address: Address | None = Field(default=None, description="connect to this address and ask no resolver")
    families: tuple[Family, ...] = Field(
        default=("ipv4", "ipv6"),
        min_length=1,
        description="by which kinds of address the hop is probed; with both, and where it has both, a check `ipv6`"
        " of its own shows IPv6 apart",
    )
    ca_file: str | None = Field(
        default=None,
        min_length=1,
        description="certificates to trust instead of the system's; relative to the configuration's folder",
    )
    mine: bool = Field(
        default=False,
        description="whether the host is your own, so that it may be asked more than once a second; loopback,"
        " `localhost` and names below `.localhost` and `.test` always are",
    )
    plan: Literal[tuple(PLANS)] | None = Field(  # type: ignore[valid-type]  # the words are the table's
        default=None, description="the free plan the hop runs on, whose limits are known"
    )
    limits: Limits = Field(default_factory=Limits, description="other limits than those of the plan")
    share: float = Field(
        default=50.0,
        gt=0,
        le=100,
        description="how much of each limit probes may use, in percent; more is refused",
    )
    relay: Relay | None = Field(
        default=None, description="what to know of a hop of your own that has config/relay installed"
    )
    region: Label | None = Field(default=None, description="reserved: the region, such as ap-east")
    provider: Label | None = Field(default=None, description="reserved: who runs the machine")
    agent: Name | None = Field(default=None, description="reserved: the agent that runs on this hop")

    @model_validator(mode="after")
    def _shows_tokens_to_nobody_else(self) -> "Hop":
        if self.relay is None or self.relay.secret is None:
            return self
        origin = parse_origin(self.url)
        if origin.scheme != "https" and not is_nobody_elses(origin.host):
            raise ValueError("a secret under `relay` needs https, or a host on this machine or below .test")
        if ":" in origin.host and self.relay.audience is None:
            raise ValueError("`relay.audience` is needed where the host is an IPv6 address")
        return self


class Slo(_Model):
    """What the route promises its users."""

    availability: float | None = Field(
        default=None,
        gt=0,
        lt=100,
        description="the share of good probes among those that go the route's whole way, in percent; alerts tell when"
        " it is missed (docs/alerts.md)",
    )
    latency: Timeout | None = Field(
        default=None, description="reserved: how long a good answer may take; checked now, used later"
    )


class Maintenance(_Model):
    """A time in which the route may fail."""

    from_: AwareDatetime = Field(alias="from", description="when it begins, with time zone")
    until: AwareDatetime = Field(description="when it ends, with time zone")

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> "Maintenance":
        begins: datetime = self.from_
        if begins >= self.until:
            raise ValueError("`from` is not before `until`")
        return self


class CheckKeys(_Model):
    """A named question to a hop: these keys, and exactly one kind."""

    model_config = ConfigDict(json_schema_extra=exactly_one(PROBERS))

    enabled: bool = Field(default=True, description="false switches the check off")
    hop: Name | None = Field(
        default=None, description="the hop that is asked; may be left out when the route has one hop"
    )
    through: Name | None = Field(
        default=None, description="the hop that answers: the asked one (the default) or a deeper one"
    )
    family: Literal["any", Family] = Field(
        default="any",
        description="by which kind of address the hop is reached; `any` is IPv4 where there is a choice",
    )
    interval: Interval | None = Field(
        default=None,
        description="how often; by default `defaults.interval`, and for trace 10 minutes where that is longer",
    )
    timeout: Timeout | None = Field(
        default=None,
        description="how long at most, no longer than the interval; by default `defaults.timeout`",
    )

    def prober(self) -> tuple[str, Prober]:
        """Return the kind and the prober that it stands for."""
        return chosen(self, PROBERS)


if TYPE_CHECKING:
    Vantage = VantageKeys
    Check = CheckKeys
else:
    Vantage = with_kinds("Vantage", VantageKeys, VANTAGES)
    Check = with_kinds("Check", CheckKeys, PROBERS)


class Route(_Model):
    """How a request travels, and what is asked on the way."""

    hops: tuple[Name, ...] = Field(min_length=1, description="the hops that a request passes, nearest first")
    vantages: tuple[Name, ...] | None = Field(
        default=None, min_length=1, description="where to look from; by default every vantage"
    )
    slo: Slo | None = Field(default=None, description="what the route promises its users")
    maintenance: tuple[Maintenance, ...] = Field(
        default=(), description="when it may fail: nobody is told of it meanwhile by `notify`"
    )
    checks: Mapping[Name, Check] = Field(
        default_factory=dict,
        description="the questions, by name; none: one check `reach` per hop, tls for https and tcp for http",
    )


def _own_network() -> Mapping[str, Vantage]:
    return {SYSTEM: Vantage.model_validate({SYSTEM: System()})}


class Written(_Model):
    """The whole configuration."""

    version: Literal[1] = Field(default=1, description="the version of this language")
    agent: Name = Field(default="local", description="who records; part of every record's identity")
    defaults: Defaults = Field(default_factory=Defaults, description="what checks take by default")
    storage: Storage = Field(default_factory=Storage, description="what the store may take")
    metrics: Metrics = Field(default_factory=Metrics, description="what may be exported")
    resolvers: tuple[Resolver, ...] | None = Field(
        default=None,
        min_length=1,
        description="the resolvers of vantages that name none: `system`, `interface`, an address, or one with its"
        " transport: udp://ADDRESS, tcp://ADDRESS, tls://NAME#ADDRESS, https://NAME/dns-query#ADDRESS; by default those"
        " of the vantage's own network",
    )
    resolver_ca_file: str | None = Field(
        default=None,
        min_length=1,
        description="certificates to trust for tls:// and https:// resolvers instead of the system's; relative to the"
        " configuration's folder",
    )
    fake_ips: tuple[Network, ...] = Field(
        default=tuple(map(str, RANGES)),
        description="networks in which local proxies make up addresses; an answer in one of them is not measured, but"
        " from behind a proxy. None ([]) where you use such networks yourself",
    )
    bogons: tuple[Network, ...] = Field(
        default=tuple(map(str, BOGONS)),
        description="networks in which nobody on the internet is reached: an answer in one of them, where another"
        " resolver knows better, is a lie",
    )
    anchors: Mapping[Name, Anchor] = Field(
        default_factory=dict,
        description="neutral places to compare with, by name: best one on either side of the border",
    )
    controls: Controls = Field(
        default_factory=Controls, description="whom to ask besides, when something fails"
    )
    vantages: Mapping[Name, Vantage] = Field(
        default_factory=_own_network,
        min_length=1,
        description="the networks to look from, by name; none: one vantage `system` of kind system",
    )
    hops: Mapping[Name, Hop] = Field(min_length=1, description="the relays and services, by name")
    routes: Mapping[Name, Route] = Field(min_length=1, description="the chains of hops, by name")
    notify: Notify | None = Field(
        default=None,
        description="whom to tell when something begins to fail and when it is over; none: nobody",
    )
