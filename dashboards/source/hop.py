"""One hop from all sides: what fails there and why, its times, its certificate, the way to it."""

from grafana_foundation_sdk.builders import heatmap, stat, statetimeline, table, text, timeseries
from grafana_foundation_sdk.models.common import BigValueTextMode
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.source import variables
from dashboards.source.board import board, place, state_changes
from dashboards.source.colours import by_layer, by_phase
from dashboards.source.links import column, label, to_search
from dashboards.source.meanings import FAILING_STEPS, HOP_WORDS, SHARE_STEPS, columns, merged
from dashboards.source.panels import (
    Says,
    as_rows,
    at_end,
    bars,
    heat,
    lines,
    over_time,
    rows,
    sentence,
    shown,
    tiles,
    timeline,
)
from dashboards.source.queries import BAR, RANGE, RATE, Chosen
from dashboards.source.smoke import smoke
from dashboards.source.words import FAILS, HOP, PARTLY, WORKS

CHOSEN = Chosen(("route", "hop", "vantage", "check"))
_PHASE = "hopwatch_phase_duration_seconds"
_NOT_AFTER = "hopwatch_certificate_not_after_timestamp_seconds"
# Days of a certificate: renewal usually comes with 30 left.
_CERTIFICATE_STEPS = ((None, FAILS), (7, PARTLY), (21, WORKS))


def hop() -> Dashboard:
    """Build the page."""
    made = board(
        HOP,
        "hopwatch: hop",
        "One hop: what fails there and why, its times, its certificate, and the way to it.",
        [
            variables.several("route"),
            variables.one("hop", "route"),
            variables.several("vantage", "route", "hop"),
            variables.several("check", "route", "hop"),
        ],
    )
    place(made, (now(), answered(), certificate(), course(), certificates()))
    place(made, (causes(), layers(), seen()), under="Why it fails")
    times_of_it = (times(), each_phase(), *connects(), round_trips(), retransmits())
    place(made, times_of_it, under="How long it takes")
    place(made, (distance(), losses(), families(), addresses()), under="The way to it")
    for annotation in state_changes(Chosen(("route", "vantage"))):
        made.annotation(annotation)
    return made.build()


def now() -> stat.Panel:
    """A tile for each vantage."""
    says = Says(
        title="$hop, as each vantage sees it",
        description="Whether the checks that ask this hop are answered. In part means that some are: often the hop answers by"
        " itself, and what lies behind it does not.",
        nothing="Nothing has been measured of this hop yet.",
        width=12,
        height=4,
        unit="percentunit",
    )
    query = at_end(f"sort_desc({CHOSEN.failing_share('vantage')})", "{{vantage}}")
    shows = BigValueTextMode.VALUE_AND_NAME
    links = [to_search(hop="${hop}", vantage=label("vantage"))]
    return tiles(says, [query], FAILING_STEPS, mappings=HOP_WORDS, links=links, shows=shows)


def answered() -> stat.Panel:
    """The share that was answered."""
    says = Says(
        title="Answered in the time shown",
        description="Which share of all probes that asked this hop was answered. What could not be measured counts neither way.",
        nothing="Nothing was measured in the time shown.",
        width=6,
        height=4,
        unit="percentunit",
    )
    query = at_end(CHOSEN.answered_share(RANGE, "hop"), "{{hop}}")
    return tiles(says, [query], SHARE_STEPS, is_filled=False).decimals(2)


def certificate() -> stat.Panel:
    """How long the certificate is good."""
    says = Says(
        title="Days the certificate is good for",
        description="How many days it is until the first certificate of the chain expires that any vantage was shown, verified or"
        " not. Below 0 it has expired.",
        nothing="No certificate was seen: the hop has no TLS, or no handshake has come so far.",
        width=6,
        height=4,
        unit="none",
    )
    left = f"(min by (hop) ({CHOSEN.of(_NOT_AFTER)}) - time()) / 86400"
    return tiles(says, [at_end(left, "{{hop}}")], _CERTIFICATE_STEPS, is_filled=False).decimals(1)


def course() -> statetimeline.Panel:
    """A row for each check and vantage."""
    says = Says(
        title="Checks over time",
        description="A row for each check and vantage: when it was answered and when not.",
        nothing="Nothing was measured in the time shown.",
        width=16,
        height=8,
        unit="percentunit",
    )
    query = over_time(CHOSEN.failing_share("check, vantage"), "{{check}} from {{vantage}}")
    links = [to_search(hop="${hop}", vantage=label("vantage"), check=label("check"))]
    return timeline(says, [query], FAILING_STEPS, HOP_WORDS, links)


def certificates() -> table.Panel:
    """What each vantage was shown."""
    says = Says(
        title="Certificates, as each vantage is shown them",
        description="When the first certificate of the chain expires. Vantages that are shown different dates may be shown"
        " different certificates: somebody may be in between, or a renewal has not come everywhere.",
        nothing="No certificate was seen: the hop has no TLS, or no handshake has come so far.",
        width=8,
        height=8,
    )
    expires = f"min by (vantage, route) ({CHOSEN.of(_NOT_AFTER)})"
    made = rows(says, [as_rows(f"{expires} * 1000", "A"), as_rows(f"({expires} - time()) / 86400", "B")])
    made.with_transformation(merged()).with_transformation(
        columns({"vantage": "vantage", "route": "route", "Value #A": "expires", "Value #B": "days left"})
    )
    return shown(
        made,
        {
            "days left": {"unit": "none", "decimals": 1},
            "expires": {"unit": "dateTimeAsIso", "custom.width": 165},
        },
    )


def causes() -> timeseries.Panel:
    """Which causes, and when."""
    says = Says(
        title="Failures by cause",
        description="About how many probes failed in the time of each bar, each once, by the deepest cause that was known when it came.",
        nothing="No probe of this hop failed in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    links = [to_search(hop="${hop}", cause=label("cause"))]
    grown = over_time(f"{CHOSEN.causes(BAR, 'cause')} > 0", "{{cause}}")
    return by_layer(bars(says, [grown], links=links))


def layers() -> timeseries.Panel:
    """How deep, and what own trouble hid."""
    says = Says(
        title="Failures by layer, and what was not measured",
        description="About how many probes failed in the time of each bar, by the layer of their cause; and how many measured nothing"
        " because of trouble of the vantage or the program, which counts against nobody.",
        nothing="Nothing was asked of this hop in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    failed = f"sum by (layer) (increase({CHOSEN.of('hopwatch_probe_failures_total')}[{BAR}])) > 0"
    own = f"sum by (layer) (increase({CHOSEN.of('hopwatch_probes_not_measured_total')}[{BAR}])) > 0"
    queries = [over_time(failed, "{{layer}}"), over_time(own, "not measured: {{layer}}", "B")]
    return by_layer(bars(says, queries))


def seen() -> table.Panel:
    """Which causes, of which check, for whom."""
    says = Says(
        title="Causes, checks and vantages",
        description="About how many probes failed in the time shown, each once. A click leads to the single observations on our page.",
        nothing="No probe of this hop failed in the time shown.",
        width=24,
        height=7,
        unit="short",
    )
    count = f"round({CHOSEN.causes(RANGE, 'check, cause, vantage')}) > 0"
    links = [to_search(hop="${hop}", cause=column("cause"), vantage=column("vantage"))]
    made = rows(says, [as_rows(count, "A")], order=(("failed probes", True),), links=links)
    return made.with_transformation(
        columns({"check": "check", "cause": "cause", "vantage": "vantage", "Value": "failed probes"})
    )


def times() -> timeseries.Panel:
    """All phases together."""
    says = Says(
        title="How long it takes to answer",
        description="All phases together, of probes that were answered: the line is the median, the smoke is where eight of ten"
        " lie, as exact as the histogram's edges, and the bars are the share that failed.",
        nothing="Nothing was answered in the time shown.",
        width=12,
        height=8,
        unit="s",
    )
    return smoke(says, CHOSEN, "hopwatch_probe_duration_seconds")


def each_phase() -> timeseries.Panel:
    """Which phase grew."""
    says = Says(
        title="Each phase",
        description="The exact mean of each phase of the chosen checks, one line each on one axis.",
        nothing="No phase ended in the time shown.",
        width=12,
        height=8,
        unit="s",
    )
    return by_phase(lines(says, [over_time(CHOSEN.mean(_PHASE, RATE, "phase"), "{{phase}}")]))


def connects() -> tuple[heatmap.Panel, timeseries.Panel]:
    """The way to the hop and back."""
    matcher = 'phase="connect"'
    nothing = "No connection was made in the time shown."
    tells = "How long the hop took to accept a connection, by the kernel's own sample: one round trip."
    heats = Says(
        title="Connect: where the times lie",
        description=f"{tells} Darker where more probes lie between two edges of the histogram.",
        nothing=nothing,
        width=12,
        height=7,
        unit="s",
    )
    smokes = Says(
        title="Connect: median and smoke",
        description=f"{tells} The line is the median, the smoke is where eight of ten lie, the bars are the share of probes"
        " that failed.",
        nothing=nothing,
        width=12,
        height=7,
        unit="s",
    )
    return heat(heats, over_time(CHOSEN.buckets(_PHASE, matcher), "{{le}}")), smoke(
        smokes, CHOSEN, _PHASE, matcher
    )


def round_trips() -> timeseries.Panel:
    """The network alone."""
    says = Says(
        title="Round trip from each vantage",
        description="The kernel's own smoothed round-trip time, the exact mean: the network without any server.",
        nothing="No connection was made in the time shown, or a proxy made all of them.",
        width=12,
        height=8,
        unit="s",
    )
    return lines(says, [over_time(CHOSEN.mean("hopwatch_tcp_rtt_seconds", RATE, "vantage"), "{{vantage}}")])


def retransmits() -> timeseries.Panel:
    """What was sent twice."""
    says = Says(
        title="Segments sent again",
        description="TCP segments that the kernel had to send again on the way to this hop, in the time of each bar.",
        nothing="Nothing was sent again in the time shown, or a proxy makes all connections.",
        width=12,
        height=8,
        unit="short",
    )
    again = f"sum by (vantage) (increase({CHOSEN.of('hopwatch_tcp_retransmits_total')}[{BAR}])) > 0"
    return bars(says, [over_time(again, "{{vantage}}")])


def distance() -> timeseries.Panel:
    """How far, and how often the way changed."""
    says = Says(
        title="The path",
        description="How many routers away the hop answered in the last trace, and how often the trace took another path"
        " between two points. The routers themselves are in the observations on our page.",
        nothing="No check of kind trace asks this hop.",
        width=8,
        height=7,
        unit="short",
    )
    hops = f"max by (vantage) ({CHOSEN.of('hopwatch_path_hops')})"
    changes = f"sum by (vantage) (increase({CHOSEN.of('hopwatch_path_changes_total')}[{RATE}])) > 0"
    return lines(says, [over_time(hops, "{{vantage}}"), over_time(changes, "changes from {{vantage}}", "B")])


def losses() -> timeseries.Panel:
    """Which share of the pings was lost."""
    says = Says(
        title="Pings lost",
        description="Which share of the echo requests nothing came back for. A late reply is no loss.",
        nothing="No check of kind icmp asks this hop.",
        width=8,
        height=7,
        unit="percentunit",
    )
    lost = f"sum by (vantage) (rate({CHOSEN.of('hopwatch_ping_lost_total')}[{RATE}]))"
    sent = f"sum by (vantage) (rate({CHOSEN.of('hopwatch_ping_packets_total')}[{RATE}]))"
    return lines(says, [over_time(f"{lost} / ({sent} > 0)", "{{vantage}}")])


def families() -> timeseries.Panel:
    """IPv6 by itself."""
    says = Says(
        title="IPv6 beside IPv4",
        description="The exact mean time to connect of the check ipv6, and of all other checks of this hop.",
        nothing="No connection was made in the time shown.",
        width=8,
        height=7,
        unit="s",
    )
    everything = Chosen(("route", "hop", "vantage"))
    six = everything.mean(_PHASE, RATE, "hop", 'phase="connect"', 'check="ipv6"')
    others = everything.mean(_PHASE, RATE, "hop", 'phase="connect"', 'check!="ipv6"')
    return lines(says, [over_time(six, "IPv6"), over_time(others, "other checks", "B")])


def addresses() -> text.Panel:
    """Say where addresses and edges are."""
    return sentence(
        "Addresses and edges",
        "Which address a probe reached, which edge answered and which routers lay between is no metric: targets choose them,"
        " and each would be a series. They are in every single observation:"
        " [the observations of this hop on our page](${page:raw}/search?hop=${hop}&since=${__from:date:iso}&until=${__to:date:iso}).",
        24,
        3,
    )
