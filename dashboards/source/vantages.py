"""The networks we look from: whether each can be believed, and how they differ."""

from grafana_foundation_sdk.builders import statetimeline, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.source import variables
from dashboards.source.board import board, place, state_changes
from dashboards.source.links import column, label, to_dashboard, to_search
from dashboards.source.meanings import (
    AILMENT_WORDS,
    BROKEN_WORDS,
    HEALTH_STEPS,
    HEALTH_WORDS,
    SHARE_STEPS,
    YES_WORDS,
    as_json,
    columns,
    matrix,
    merged,
    thresholds,
)
from dashboards.source.panels import Says, as_rows, bars, lines, over_time, rows, shown, timeline
from dashboards.source.queries import BAR, NOW, RATE, Chosen
from dashboards.source.words import HOP, PARTLY, VANTAGES

CHOSEN = Chosen(("route", "vantage"))
_WHOLE = "hopwatch_probe_duration_seconds"
_RTT = "hopwatch_tcp_rtt_seconds"


def vantages() -> Dashboard:
    """Build the page."""
    made = board(
        VANTAGES,
        "hopwatch: vantages",
        "Whether each network that we look from can be believed, and how they differ.",
        [variables.several("route"), variables.several("vantage", "route")],
    )
    place(made, (now(), health(), ailments()))
    place(made, (answered(), takes(), round_trips(), speeds()), under="How they differ")
    place(made, (not_measured(), disturbances(), retransmits(), losses()), under="What is their own")
    for annotation in state_changes(CHOSEN):
        made.annotation(annotation)
    return made.build()


_COLUMNS = {
    "vantage": "vantage",
    "Value #A": "can be left",
    "Value #B": "own network",
    "Value #C": "IPv6",
    "Value #D": "all answered",
    "Value #E": "whole way answered",
    "Value #F": "mean round trip",
    "Value #G": "slowest route",
}


def now() -> table.Panel:
    """Every vantage as it is."""
    says = Says(
        title="Vantages now",
        description="Each network that we look from: whether it can be left, whether anything of its own is at fault, whether"
        " IPv6 works, and how the probes of the last minutes ($window) did. Of the slowest route that was answered it is the median time.",
        nothing="Nothing is known of any vantage yet.",
        width=24,
        height=6,
    )
    middle = CHOSEN.quantile(0.5, _WHOLE, NOW, "route, vantage", users=True)
    made = rows(
        says,
        [
            as_rows(f"max by (vantage) ({CHOSEN.of('hopwatch_vantage_up')})", "A"),
            as_rows(f"max by (vantage) ({CHOSEN.of('hopwatch_vantage_healthy')})", "B"),
            as_rows(f"max by (vantage) ({CHOSEN.of('hopwatch_vantage_ipv6_broken')})", "C"),
            as_rows(CHOSEN.answered_share(NOW, "vantage"), "D"),
            as_rows(CHOSEN.users_answered_share(NOW, "vantage"), "E"),
            as_rows(CHOSEN.mean(_RTT, NOW, "vantage"), "F"),
            as_rows(f"max by (vantage) ({middle})", "G"),
        ],
        order=(("vantage", False),),
        links=[to_search(vantage=column("vantage"))],
    )
    made.with_transformation(merged()).with_transformation(columns(_COLUMNS))
    colored = {"custom.cellOptions": {"type": "color-text"}}
    share = {"unit": "percentunit", "decimals": 1, "thresholds": thresholds(SHARE_STEPS), **colored}
    return shown(
        made,
        {
            "can be left": {"mappings": as_json(YES_WORDS), "noValue": "not known", **colored},
            "own network": {"mappings": as_json(HEALTH_WORDS), "noValue": "not known", **colored},
            "IPv6": {"mappings": as_json(BROKEN_WORDS), "noValue": "not known", **colored},
            "all answered": share,
            "whole way answered": share,
            "mean round trip": {"unit": "s"},
            "slowest route": {"unit": "s", "decimals": 2, "noValue": "never answered"},
        },
    )


def health() -> statetimeline.Panel:
    """When each could be believed."""
    says = Says(
        title="Own network over time",
        description="When something of the vantage's own kept its probes from telling of the hops. Grey blames no hop.",
        nothing="Nothing is known of any vantage in the time shown.",
        width=12,
        height=6,
    )
    query = over_time(f"max by (vantage) ({CHOSEN.of('hopwatch_vantage_healthy')})", "{{vantage}}")
    return timeline(says, [query], HEALTH_STEPS, HEALTH_WORDS, [to_search(vantage=label("vantage"))])


def ailments() -> statetimeline.Panel:
    """What it was."""
    says = Says(
        title="What was wrong with it",
        description="What was wrong with the vantage's own network or machine, by cause, as long as it lasted.",
        nothing="Nothing was wrong with any vantage in the time shown.",
        width=12,
        height=6,
    )
    ailing = f"max by (vantage, cause) ({CHOSEN.of('hopwatch_vantage_ailment')})"
    links = [to_search(vantage=label("vantage"), cause=label("cause"))]
    query = over_time(ailing, "{{vantage}}: {{cause}}")
    return timeline(says, [query], ((None, PARTLY),), AILMENT_WORDS, links)


def answered() -> timeseries.Panel:
    """The share that each sees answered."""
    says = Says(
        title="Answered, as each sees it",
        description="Which share of all probes was answered. Where one line falls alone, the fault lies on the way of that"
        " vantage; where all fall together, it lies at the hops.",
        nothing="Nothing was measured in the time shown.",
        width=12,
        height=8,
        unit="percentunit",
    )
    return lines(says, [over_time(CHOSEN.answered_share(RATE, "vantage"), "{{vantage}}")], is_share=True)


def takes() -> timeseries.Panel:
    """How long the whole way takes from each."""
    says = Says(
        title="The whole way, from each",
        description="The median time of the checks that go a route's whole way, as exact as the histogram's edges.",
        nothing="No probe went a route's whole way in the time shown.",
        width=12,
        height=8,
        unit="s",
    )
    middle = CHOSEN.quantile(0.5, _WHOLE, RATE, "route, vantage", users=True)
    return lines(says, [over_time(middle, "{{route}} from {{vantage}}")])


def round_trips() -> table.Panel:
    """Vantage by hop."""
    says = Says(
        title="Mean round trip, hop by vantage",
        description="The exact mean of the kernel's own round-trip times in the last minutes ($window).",
        nothing="No connection was made in the last minutes, or a proxy makes all of them.",
        width=12,
        height=8,
        unit="s",
    )
    links = [to_dashboard(HOP, hop="${__data.fields[0]}")]
    made = rows(says, [as_rows(f"sort_desc({CHOSEN.mean(_RTT, NOW, 'hop, vantage')})", "A")], links=links)
    made.with_transformation(matrix("hop", "vantage"))
    return shown(made, {"hop\\vantage": {"displayName": "hop"}})


def speeds() -> timeseries.Panel:
    """The network alone, over time."""
    says = Says(
        title="Mean round trip, from each",
        description="The exact mean of the kernel's own round-trip times to all hops together.",
        nothing="No connection was made in the time shown, or a proxy makes all of them.",
        width=12,
        height=8,
        unit="s",
    )
    return lines(says, [over_time(CHOSEN.mean(_RTT, RATE, "vantage"), "{{vantage}}")])


def not_measured() -> timeseries.Panel:
    """What own trouble hid."""
    says = Says(
        title="Probes that measured nothing",
        description="Probes that own trouble kept from measuring anything, in the time of each bar: `local` is the vantage's network"
        " or machine, `meta` is this program.",
        nothing="Every probe measured something in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    own = f"sum by (vantage, layer) (increase({CHOSEN.of('hopwatch_probes_not_measured_total')}[{BAR}])) > 0"
    return bars(says, [over_time(own, "{{vantage}}: {{layer}}")])


def disturbances() -> timeseries.Panel:
    """How often the network went."""
    says = Says(
        title="Network changes",
        description="How often the vantage's own network went or became another one, in the time of each bar.",
        nothing="No vantage's network changed in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    changed = f"sum by (vantage) (increase({CHOSEN.of('hopwatch_vantage_changes_total')}[{BAR}])) > 0"
    return bars(says, [over_time(changed, "{{vantage}}")])


def retransmits() -> timeseries.Panel:
    """What was sent twice."""
    says = Says(
        title="Segments sent again",
        description="TCP segments that the kernel had to send again towards all hops together, in the time of each bar.",
        nothing="Nothing was sent again in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    again = f"sum by (vantage) (increase({CHOSEN.of('hopwatch_tcp_retransmits_total')}[{BAR}])) > 0"
    return bars(says, [over_time(again, "{{vantage}}")])


def losses() -> timeseries.Panel:
    """Which share of the pings was lost."""
    says = Says(
        title="Pings lost",
        description="Which share of the echo requests nothing came back for. A late reply is no loss.",
        nothing="There is no check of kind icmp.",
        width=12,
        height=8,
        unit="percentunit",
    )
    lost = f"sum by (vantage) (rate({CHOSEN.of('hopwatch_ping_lost_total')}[{RATE}]))"
    sent = f"sum by (vantage) (rate({CHOSEN.of('hopwatch_ping_packets_total')}[{RATE}]))"
    return lines(says, [over_time(f"{lost} / ({sent} > 0)", "{{vantage}}")])
