"""Is it broken, where, since when, why, and for whom: the first page."""

from grafana_foundation_sdk.builders import stat, statetimeline, table, text, timeseries
from grafana_foundation_sdk.models.common import BigValueTextMode
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.source import variables
from dashboards.source.board import board, place, state_changes
from dashboards.source.colours import by_layer
from dashboards.source.links import column, label, to_dashboard, to_search
from dashboards.source.meanings import (
    COUNT_STEPS,
    FAILING_STEPS,
    HEALTH_WORDS,
    HOP_WORDS,
    ROUTE_WORDS,
    SHARE_STEPS,
    as_json,
    columns,
    in_colour,
    matrix,
    merged,
    thresholds,
)
from dashboards.source.panels import (
    Says,
    as_rows,
    at_end,
    bars,
    over_time,
    rows,
    sentence,
    shown,
    tiles,
    timeline,
)
from dashboards.source.queries import BAR, NOW, RANGE, Chosen
from dashboards.source.words import FAILS, HOP, OVERVIEW, ROUTE, UNKNOWN, VANTAGES

CHOSEN = Chosen(("route", "vantage"))


def overview() -> Dashboard:
    """Build the page."""
    made = board(
        OVERVIEW,
        "hopwatch: overview",
        "Whether it is broken, where, since when, why and for whom.",
        [variables.several("route"), variables.several("vantage", "route")],
    )
    place(
        made,
        (routes(), failing(), lasting(), main_cause(), own_networks(), hops(), best(), reasons(), course()),
    )
    place(made, (causes(), seen_from()), under="What failed in the time shown")
    place(made, (later(),), under="Incidents, agents and streams")
    for annotation in state_changes(CHOSEN):
        made.annotation(annotation)
    return made.build()


def routes() -> stat.Panel:
    """A tile for each route: whether its users get an answer."""
    says = Says(
        title="Routes, for their users",
        description="Whether the checks that go a route's whole way are answered: from everywhere, from some vantages,"
        " or from none. A vantage whose own network is at fault has no say.",
        nothing="No check goes a route's whole way yet, or none has measured anything.",
        width=8,
        height=4,
        unit="percentunit",
    )
    query = at_end(f"sort_desc({CHOSEN.users_failing_share('route')})", "{{route}}")
    links = [to_dashboard(ROUTE, route=label("route"))]
    return tiles(
        says,
        [query],
        FAILING_STEPS,
        mappings=ROUTE_WORDS,
        links=links,
        shows=BigValueTextMode.VALUE_AND_NAME,
    )


def failing() -> stat.Panel:
    """How many checks fail."""
    says = Says(
        title="Checks that fail",
        description="How many checks fail now, each from each vantage counted.",
        nothing="Nothing has been measured yet.",
        width=3,
        height=4,
    )
    every = f"count({CHOSEN.failing()}) or 0 * count({CHOSEN.state()})"
    return tiles(says, [at_end(every)], COUNT_STEPS)


def lasting() -> stat.Panel:
    """For how long the longest failure has lasted."""
    says = Says(
        title="Failing for",
        description="How long the check that has failed longest has not answered. One that never did in the time shown"
        " counts as long as that.",
        nothing="Nothing fails.",
        width=4,
        height=4,
        unit="dtdurations",
    )
    return tiles(says, [at_end(f"max({CHOSEN.failing_for()})")], ((None, FAILS),), is_filled=False)


def main_cause() -> stat.Panel:
    """The cause of most failures now."""
    says = Says(
        title="Main cause",
        description="The cause that most failures of the last minutes had ($window), as deep as is known. The number is how"
        " many probes failed by it; docs/causes.md explains each.",
        nothing="Nothing failed.",
        width=5,
        height=4,
        unit="short",
    )
    most = f"topk(1, {CHOSEN.causes(NOW, 'cause')} > 0)"
    links = [to_search(cause=label("cause"))]
    shows = BigValueTextMode.NAME
    return tiles(
        says, [at_end(most, "{{cause}}")], ((None, FAILS),), links=links, shows=shows, is_filled=False
    )


def own_networks() -> stat.Panel:
    """How many vantages cannot tell of the hops."""
    says = Says(
        title="Own networks at fault",
        description="Vantages whose own network keeps their probes from telling of the hops. No hop is to blame for that.",
        nothing="Nothing is known of the vantages yet.",
        width=4,
        height=4,
    )
    healthy = CHOSEN.of("hopwatch_vantage_healthy")
    steps = ((None, "green"), (1, UNKNOWN))
    query = at_end(f"count({healthy}) - sum({healthy})")
    return tiles(says, [query], steps, links=[to_dashboard(VANTAGES)])


def hops() -> table.Panel:
    """The chain strip: hop by vantage, worst first."""
    says = Says(
        title="Hops, as each vantage sees them",
        description="Whether the checks that ask a hop are answered, worst hop first. In part means that some are: the hop"
        " answers by itself, and what lies behind it does not, or the other way round.",
        nothing="Nothing has been measured yet.",
        width=11,
        height=7,
        unit="percentunit",
    )
    links = [to_dashboard(HOP, hop="${__data.fields[0]}")]
    made = rows(says, [as_rows(f"sort_desc({CHOSEN.failing_share('hop, vantage')})", "A")], links=links)
    made.with_transformation(matrix("hop", "vantage"))
    return in_colour(made, HOP_WORDS, but="hop\\vantage")


_BEST_COLUMNS = {
    "vantage": "vantage",
    "Value #A": "whole way",
    "Value #B": "all checks",
    "Value #C": "slowest route",
    "Value #D": "round trip",
    "Value #E": "own network",
}


def best() -> table.Panel:
    """The vantages, the one that works best first."""
    says = Says(
        title="Which vantage works best now",
        description="Best first, by the last minutes ($window): which share of the probes that went a route's whole way was"
        " answered, which share of all probes, the median time of the slowest route that was answered, and the mean round trip.",
        nothing="Nothing has been measured yet.",
        width=13,
        height=7,
        unit="percentunit",
    )
    middle = CHOSEN.quantile(0.5, "hopwatch_probe_duration_seconds", NOW, "route, vantage", users=True)
    made = rows(
        says,
        [
            as_rows(f"sort_desc({CHOSEN.users_answered_share(NOW, 'vantage')})", "A"),
            as_rows(CHOSEN.answered_share(NOW, "vantage"), "B"),
            as_rows(f"max by (vantage) ({middle})", "C"),
            as_rows(CHOSEN.mean("hopwatch_tcp_rtt_seconds", NOW, "vantage"), "D"),
            as_rows(f"max by (vantage) ({CHOSEN.of('hopwatch_vantage_healthy')})", "E"),
        ],
        order=(("whole way", True), ("all checks", True), ("round trip", False)),
        links=[to_dashboard(VANTAGES, vantage=column("vantage"))],
    )
    made.with_transformation(merged()).with_transformation(columns(_BEST_COLUMNS))
    share = {
        "thresholds": thresholds(SHARE_STEPS),
        "custom.cellOptions": {"type": "color-text"},
        "decimals": 1,
    }
    return shown(
        made,
        {
            "whole way": share,
            "all checks": share,
            "slowest route": {"unit": "s", "decimals": 2, "noValue": "never answered"},
            "round trip": {"unit": "s"},
            "own network": {"mappings": as_json(HEALTH_WORDS), "custom.cellOptions": {"type": "color-text"}},
        },
    )


def reasons() -> table.Panel:
    """What fails now: which question, why, for how many vantages, since when."""
    says = Says(
        title="What fails now, and why",
        description="Every check that fails, with the main cause of the last minutes ($window) as deep as is known; from how"
        " many vantages that cause is seen, the check fails, and it is asked; and for how long it has not been answered. A click leads to the single"
        " observations on our page.",
        nothing="Nothing fails.",
        width=24,
        height=6,
        unit="none",
    )
    check = "route, hop, check"
    made = rows(
        says,
        [
            as_rows(f"count by ({check}, cause) ({CHOSEN.main_cause(NOW)})", "A"),
            as_rows(f"count by ({check}) ({CHOSEN.failing()})", "B"),
            as_rows(f"count by ({check}) ({CHOSEN.state()}) and on ({check}) {CHOSEN.failing()}", "C"),
            as_rows(f"max by ({check}) ({CHOSEN.failing_for()})", "D"),
        ],
        order=(("fails from", True), ("for", True)),
        links=[to_search(cause=column("cause"), route=column("route"), hop=column("hop"))],
    )
    made.with_transformation(merged()).with_transformation(
        columns(
            {
                "route": "route",
                "hop": "hop",
                "check": "check",
                "cause": "cause",
                "Value #A": "cause seen from",
                "Value #B": "fails from",
                "Value #C": "asked from",
                "Value #D": "for",
            }
        )
    )
    red = {"color": {"mode": "fixed", "fixedColor": FAILS}, "custom.cellOptions": {"type": "color-text"}}
    return shown(made, {"cause": red, "for": {"unit": "dtdurations"}})


def course() -> statetimeline.Panel:
    """When did it break, and did it move."""
    says = Says(
        title="Hops over time",
        description="A row for each hop and vantage: when its checks were answered, when only in part, and when not. A gap"
        " means that nothing was scraped.",
        nothing="Nothing was measured in the time shown.",
        width=24,
        height=9,
        unit="percentunit",
    )
    query = over_time(CHOSEN.failing_share("hop, vantage"), "{{hop}} from {{vantage}}")
    links = [
        to_dashboard(HOP, hop=label("hop"), vantage=label("vantage")),
        to_search(hop=label("hop"), vantage=label("vantage")),
    ]
    return timeline(says, [query], FAILING_STEPS, HOP_WORDS, links)


def causes() -> timeseries.Panel:
    """Which causes, and when."""
    says = Says(
        title="Failures by cause",
        description="About how many probes failed in the time of each bar, each once, by the deepest cause that was known when it came.",
        nothing="No probe failed in the time shown.",
        width=14,
        height=9,
        unit="short",
    )
    grown = over_time(f"{CHOSEN.causes(BAR, 'cause')} > 0", "{{cause}}")
    return by_layer(bars(says, [grown], links=[to_search(cause=label("cause"))]))


def seen_from() -> table.Panel:
    """Which causes, and for whom."""
    says = Says(
        title="Causes, and who sees them",
        description="About how many probes failed in the time shown, by cause and vantage. A cause that one vantage alone sees lies"
        " on its way; one that all see lies at the hop or behind it.",
        nothing="No probe failed in the time shown.",
        width=10,
        height=9,
        unit="short",
    )
    count = f"sort_desc(round({CHOSEN.causes(RANGE, 'cause, vantage')}) > 0)"
    links = [to_search(cause="${__data.fields[0]}")]
    made = rows(says, [as_rows(count, "A")], links=links).decimals(0)
    made.with_transformation(matrix("cause", "vantage"))
    return shown(made, {"cause\\vantage": {"displayName": "cause", "custom.width": 220}})


def later() -> text.Panel:
    """Keep the place of what is to come."""
    return sentence(
        "What will stand here",
        "Incidents (one root cause over all vantages), remote agents and streams of the language model get their rows here"
        " when hopwatch tells them; until then every failure stands for itself above.",
        24,
        3,
    )
