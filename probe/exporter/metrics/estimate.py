"""How many series a plan makes once everything it can show has happened; pure.

docs/metrics.md states the same formula.
"""

from collections.abc import Collection, Mapping

from probe.exporter.metrics import buckets, table
from probe.exporter.metrics.label import hop_key
from probe.exporter.metrics.routes import lines_of_routes
from probe.model import OWN_LAYERS, Layer, MissReason, Phase, Purpose, Taint, Verdict
from probe.plan import Plan, Probe

# The taxonomy has a hundred causes, a check that fails has a few.
CAUSES_PER_CHECK = 3
_PLAIN = len((table.PROBES, table.SUCCESS, table.LAST_PROBE))
# Kinds of records in the store, reasons why one is dropped, and errors that have occurred.
_STORE_LABELLED = 6 + 7 + 6
# Who is cut off has no second ailment that could be seen.
_AILMENTS = 1
REACHED: Mapping[Layer, tuple[Phase, ...]] = {
    Layer.DNS: (Phase.RESOLVE,),
    Layer.ICMP: (Phase.ECHO,),
    Layer.TCP: (Phase.PROXY, Phase.CONNECT),
    Layer.TLS: (Phase.TLS,),
    Layer.HTTP: (Phase.PROCESSING, Phase.TRANSFER),
}

# What only checks of one kind show.
OF_KIND: Mapping[str, int] = {
    "icmp": len((table.PING_PACKETS, table.PING_LOST)),
    "trace": len((table.PATH_CHANGES, table.PATH_HOPS, table.PATH_MTU)),
}


def series_estimate(plan: Plan) -> int:
    """Return the number of sample lines that `plan` makes at most, but for rare causes beyond three per check."""
    hops: dict[tuple[str, ...], set[Layer]] = {}
    for probe in plan.probes:
        # Of a hop behind a proxy, the kernel knows no round trip.
        seen = {layer for layer in probe.layers if layer is not Layer.TCP or probe.connects}
        hops.setdefault(hop_key(probe.series), set()).update(seen)
    vantages = {probe.series.vantage for probe in plan.probes}
    return (
        sum(_lines(probe) for probe in plan.probes)
        + sum(lines_per_hop(layers) for layers in hops.values())
        + len(vantages) * lines_per_vantage()
        + lines_of_routes(plan)
        + lines_of_daemon()
    )


def _lines(probe: Probe) -> int:
    if probe.check.is_twin:
        return lines_per_twin(probe.layers)
    return lines_per_check(probe.layers, probe.check.kind, is_proxied=probe.looking.vantage.proxied)


def lines_per_twin(layers: Collection[Layer]) -> int:
    """Count the lines of what is planned beside a check to show IPv6 apart, and can fail in `layers`."""
    plain = len((table.PROBES, table.SUCCESS))
    return plain + len(layers) + len(OWN_LAYERS) + buckets.lines(buckets.MEAN)


def lines_per_check(layers: Collection[Layer], kind: str, *, is_proxied: bool = False) -> int:
    """Count the lines of one check of a kind from one vantage that can fail in `layers`."""
    phases = [
        phase
        for layer in layers
        for phase in REACHED.get(layer, ())
        if phase is not Phase.PROXY or is_proxied
    ]
    histograms = buckets.lines(buckets.DURATION) + sum(
        buckets.lines(buckets.PHASE[phase]) for phase in phases
    )
    return _PLAIN + len(layers) + CAUSES_PER_CHECK + len(OWN_LAYERS) + histograms + OF_KIND.get(kind, 0)


def lines_per_hop(layers: Collection[Layer]) -> int:
    """Count the lines of one hop of one route from one vantage, whose checks can fail in `layers`."""
    rtt_and_retransmits = buckets.lines(buckets.RTT) + 1 if Layer.TCP in layers else 0
    not_after = 1 if Layer.TLS in layers else 0
    return rtt_and_retransmits + not_after


def lines_per_vantage() -> int:
    """Count the lines of one vantage."""
    plain = len(
        (table.SLOTS, table.VANTAGE_CHANGES, table.VANTAGE_UP, table.IPV6_BROKEN, table.VANTAGE_HEALTHY)
    )
    return plain + _AILMENTS + len(MissReason) + len(Taint) + buckets.lines(buckets.SCHEDULE_LAG)


def lines_of_daemon() -> int:
    """Count the lines that are there whatever the plan."""
    plain = len((table.SERIES, table.BUILD, table.RELOAD_SUCCESSFUL, table.RELOAD_TIMESTAMP))
    extra = len(Purpose) - 1
    store = sum(not family.more for family in table.STORE) + _STORE_LABELLED
    return plain + extra + len(Verdict) + len(table.BOUNDED) + buckets.lines(buckets.LOOP_LAG) + store
