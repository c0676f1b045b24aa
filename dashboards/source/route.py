"""How one route does: its state, its phases as smoke and heat, and what its relays cost."""

from collections.abc import Iterator

from grafana_foundation_sdk.builders import heatmap, stat, statetimeline, timeseries
from grafana_foundation_sdk.models.common import BigValueTextMode
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.source import variables
from dashboards.source.board import board, place, state_changes
from dashboards.source.colours import by_layer, by_phase
from dashboards.source.links import label, to_dashboard, to_search
from dashboards.source.meanings import (
    FAILING_STEPS,
    HOP_WORDS,
    PLAIN_STEPS,
    ROUTE_WORDS,
    SHARE_STEPS,
)
from dashboards.source.panels import Says, at_end, bars, heat, lines, over_time, tiles, timeline
from dashboards.source.queries import BAR, RANGE, RATE, Chosen
from dashboards.source.smoke import smoke
from dashboards.source.words import HOP, ROUTE

CHOSEN = Chosen(("route", "hop", "vantage"))
# The whole way is asked of the first hop, whatever hop is chosen.
USERS = Chosen(("route", "vantage"))
_PHASE = "hopwatch_phase_duration_seconds"
_WHOLE = "hopwatch_probe_duration_seconds"
# What each phase of the whole way tells, in the order in which they happen.
PHASES = {
    "resolve": "How long the name of the first hop took to resolve.",
    "connect": "How long the first hop took to accept a connection, by the kernel's own sample: one round trip.",
    "tls": "How long the handshake with the first hop took, without our own cryptography.",
    "processing": "How long the answer took to begin, through all hops: what the relays and the service add shows here.",
    "transfer": "How long the answer took from its first byte to its last.",
}


def route() -> Dashboard:
    """Build the page."""
    made = board(
        ROUTE,
        "hopwatch: route",
        "How one route does: where it breaks, which phase grew, and what the relays cost.",
        [
            variables.one("route"),
            variables.several("hop", "route"),
            variables.several("vantage", "route"),
            variables.beside(),
        ],
    )
    place(made, (now(), availability(), promise(), course(), by_vantage()))
    place(made, (growing(), whole(), *phases()), under="The whole way, phase by phase")
    relays = (pairs(), cost(), round_trips(), retransmits(), by_check(), causes())
    place(made, relays, under="Direct and through the relays")
    for annotation in state_changes(USERS):
        made.annotation(annotation)
    return made.build()


def now() -> stat.Panel:
    """A tile for each vantage."""
    says = Says(
        title="For users at each vantage",
        description="Whether the checks that go the whole way of $route are answered.",
        nothing="No check goes the whole way of this route, or none has measured anything.",
        width=12,
        height=4,
        unit="percentunit",
    )
    query = at_end(f"sort_desc({USERS.users_failing_share('vantage')})", "{{vantage}}")
    shows = BigValueTextMode.VALUE_AND_NAME
    links = [to_search(route="${route}", vantage=label("vantage"))]
    return tiles(says, [query], FAILING_STEPS, mappings=ROUTE_WORDS, links=links, shows=shows)


def availability() -> stat.Panel:
    """The share that was answered."""
    says = Says(
        title="Answered in the time shown",
        description="Which share of the probes that went the whole way of $route was answered. What could not be measured"
        " counts neither way.",
        nothing="No probe went the whole way in the time shown.",
        width=6,
        height=4,
        unit="percentunit",
    )
    query = at_end(USERS.users_answered_share(RANGE, "route"), "answered")
    return tiles(says, [query], SHARE_STEPS, is_filled=False).decimals(2)


def promise() -> stat.Panel:
    """What the route promises."""
    says = Says(
        title="Promised",
        description="The availability that `slo` promises for $route in the configuration.",
        nothing="No promise: this route has no slo.",
        width=6,
        height=4,
        unit="percentunit",
    )
    promised = f"max by (route) ({USERS.of('hopwatch_route_slo_ratio')})"
    return tiles(says, [at_end(promised, "promised")], PLAIN_STEPS, is_filled=False).decimals(2)


def course() -> statetimeline.Panel:
    """A row for each hop."""
    says = Says(
        title="Hops over time",
        description="A row for each hop of $route: whether its checks are answered, over all chosen vantages.",
        nothing="Nothing was measured in the time shown.",
        width=24,
        height=5,
        unit="percentunit",
    )
    links = [to_dashboard(HOP, hop=label("hop")), to_search(route="${route}", hop=label("hop"))]
    query = over_time(CHOSEN.failing_share("hop"), "{{hop}}")
    return timeline(says, [query], FAILING_STEPS, HOP_WORDS, links)


def by_vantage() -> statetimeline.Panel:
    """A row for each vantage."""
    says = Says(
        title="Users over time",
        description="A row for each vantage: whether the whole way of $route was answered from there.",
        nothing="No check goes the whole way of this route, or none has measured anything.",
        width=24,
        height=5,
        unit="percentunit",
    )
    links = [to_search(route="${route}", vantage=label("vantage"))]
    query = over_time(USERS.users_failing_share("vantage"), "{{vantage}}")
    return timeline(says, [query], FAILING_STEPS, ROUTE_WORDS, links)


def growing() -> timeseries.Panel:
    """Which phase grew."""
    says = Says(
        title="Which phase grew",
        description="The exact mean of each phase of the whole way, one line each on one axis.",
        nothing="No phase of the whole way ended in the time shown.",
        width=12,
        height=8,
        unit="s",
    )
    return by_phase(lines(says, [over_time(USERS.mean(_PHASE, RATE, "phase", users=True), "{{phase}}")]))


def whole() -> timeseries.Panel:
    """The whole way as smoke."""
    says = Says(
        title="The whole way",
        description="All phases together, of probes that were answered: the line is the median, the smoke around it is where"
        " eight of ten lie, the bars are the share that failed.",
        nothing="No probe went the whole way in the time shown.",
        width=12,
        height=8,
        unit="s",
    )
    return smoke(says, USERS, _WHOLE, users=True)


def phases() -> Iterator[heatmap.Panel | timeseries.Panel]:
    """Each phase twice: all of it as a heatmap, and its median in smoke."""
    for phase, tells in PHASES.items():
        nothing = f"No phase {phase} of the whole way ended in the time shown."
        matcher = f'phase="{phase}"'
        heats = Says(
            title=f"{_titled(phase)}: where the times lie",
            description=f"{tells} Darker where more probes lie between two edges of the histogram.",
            nothing=nothing,
            width=12,
            height=7,
            unit="s",
        )
        smokes = Says(
            title=f"{_titled(phase)}: median and smoke",
            description=f"{tells} The line is the median, the smoke is where eight of ten lie, as exact as the histogram's"
            " edges; the dashes are the exact mean, the bars the share that failed.",
            nothing=nothing,
            width=12,
            height=7,
            unit="s",
        )
        buckets = over_time(USERS.buckets(_PHASE, matcher, users=True), "{{le}}")
        yield heat(heats, buckets)
        yield smoke(smokes, USERS, _PHASE, matcher, users=True)


def _titled(phase: str) -> str:
    return "TLS" if phase == "tls" else phase.capitalize()


def pairs() -> timeseries.Panel:
    """The whole way beside the direct one."""
    says = Says(
        title="Direct, and through the relays",
        description="The exact mean of the whole way of $route, and of the check $beside that asks without the relays.",
        nothing="Nothing was answered in the time shown.",
        width=12,
        height=8,
        unit="s",
    )
    through, direct = _pair()
    return lines(
        says,
        [
            over_time(through, "{{vantage}}, through the relays"),
            over_time(direct, "{{vantage}}, $beside", "B"),
        ],
    )


def cost() -> timeseries.Panel:
    """What the relays add."""
    says = Says(
        title="What the relays add",
        description="The mean of the whole way less that of the check $beside, for each vantage. Below 0 the way through the"
        " relays is the faster one.",
        nothing="The whole way and $beside were not both answered from one vantage in the time shown.",
        width=12,
        height=8,
        unit="s",
    )
    through, direct = _pair()
    return lines(says, [over_time(f"{through} - ({direct})", "{{vantage}}")], is_signed=True)


def _pair() -> tuple[str, str]:
    through = USERS.mean(_WHOLE, RATE, "vantage", users=True)
    return through, USERS.mean(_WHOLE, RATE, "vantage", 'check=~"$beside"')


def round_trips() -> timeseries.Panel:
    """The network alone."""
    says = Says(
        title="Round trip to each hop",
        description="The kernel's own smoothed round-trip time, the exact mean: the network without any server.",
        nothing="No connection was made in the time shown, or a proxy made all of them.",
        width=12,
        height=8,
        unit="s",
    )
    mean = CHOSEN.mean("hopwatch_tcp_rtt_seconds", RATE, "hop, vantage")
    links = [to_dashboard(HOP, hop=label("hop"), vantage=label("vantage"))]
    return lines(says, [over_time(mean, "{{hop}} from {{vantage}}")], links=links)


def retransmits() -> timeseries.Panel:
    """What was sent twice."""
    says = Says(
        title="Segments sent again",
        description="TCP segments that the kernel had to send again on the way to each hop, in the time of each bar.",
        nothing="Nothing was sent again in the time shown, or a proxy makes all connections.",
        width=12,
        height=8,
        unit="short",
    )
    again = f"sum by (hop, vantage) (increase({CHOSEN.of('hopwatch_tcp_retransmits_total')}[{BAR}])) > 0"
    return bars(says, [over_time(again, "{{hop}} from {{vantage}}")])


def by_check() -> timeseries.Panel:
    """The median of every check."""
    says = Says(
        title="Every check",
        description="The median time of each check of $route, as exact as the histogram's edges, over all chosen vantages.",
        nothing="Nothing was answered in the time shown.",
        width=12,
        height=8,
        unit="s",
    )
    middle = CHOSEN.quantile(0.5, _WHOLE, RATE, "hop, check")
    links = [to_dashboard(HOP, hop=label("hop"), check=label("check"))]
    return lines(says, [over_time(middle, "{{check}} at {{hop}}")], links=links)


def causes() -> timeseries.Panel:
    """Why."""
    says = Says(
        title="Failures by cause",
        description="How many probes of $route failed in the time of each bar, by hop and by the deepest cause known.",
        nothing="No probe failed in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    query = over_time(f"{CHOSEN.causes(BAR, 'hop, cause')} > 0", "{{cause}} at {{hop}}")
    links = [to_search(cause=label("cause"), hop=label("hop"), route="${route}")]
    return by_layer(bars(says, [query], links=links))
