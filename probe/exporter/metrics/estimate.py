"""How many series a plan makes once everything it can show has happened; pure.

docs/metrics.md states the same formula.
"""

from collections.abc import Collection, Mapping

from probe.exporter.metrics import buckets, table
from probe.exporter.metrics.label import hop_key
from probe.model import OWN_LAYERS, Layer, MissReason, Phase, Purpose, Taint
from probe.plan import Plan

# The taxonomy has a hundred causes, a check that fails has a few.
CAUSES_PER_CHECK = 3
# Kinds of records in the store, reasons why one is dropped, and errors that have occurred.
_STORE_LABELLED = 4 + 7 + 6
REACHED: Mapping[Layer, tuple[Phase, ...]] = {
    Layer.DNS: (Phase.RESOLVE,),
    Layer.TCP: (Phase.PROXY, Phase.CONNECT),
    Layer.TLS: (Phase.TLS,),
    Layer.HTTP: (Phase.PROCESSING, Phase.TRANSFER),
}


def series_estimate(plan: Plan) -> int:
    """Return the number of sample lines that `plan` makes at most, but for rare causes beyond three per check."""
    hops: dict[tuple[str, ...], set[Layer]] = {}
    for probe in plan.probes:
        hops.setdefault(hop_key(probe.series), set()).update(probe.layers)
    vantages = {probe.series.vantage for probe in plan.probes}
    return (
        sum(lines_per_check(probe.layers) for probe in plan.probes)
        + sum(lines_per_hop(layers) for layers in hops.values())
        + len(vantages) * lines_per_vantage()
        + lines_of_daemon()
    )


def lines_per_check(layers: Collection[Layer]) -> int:
    """Count the lines of one check from one vantage that can fail in `layers`."""
    plain = len((table.PROBES, table.SUCCESS, table.LAST_PROBE))
    phases = [phase for layer in layers for phase in REACHED.get(layer, ())]
    histograms = buckets.lines(buckets.DURATION) + sum(
        buckets.lines(buckets.PHASE[phase]) for phase in phases
    )
    return plain + len(layers) + CAUSES_PER_CHECK + len(OWN_LAYERS) + histograms


def lines_per_hop(layers: Collection[Layer]) -> int:
    """Count the lines of one hop of one route from one vantage, whose checks can fail in `layers`."""
    rtt_and_retransmits = buckets.lines(buckets.RTT) + 1 if Layer.TCP in layers else 0
    not_after = 1 if Layer.TLS in layers else 0
    return rtt_and_retransmits + not_after


def lines_per_vantage() -> int:
    """Count the lines of one vantage."""
    return 1 + len(MissReason) + len(Taint) + buckets.lines(buckets.SCHEDULE_LAG)


def lines_of_daemon() -> int:
    """Count the lines that are there whatever the plan."""
    plain = len((table.SERIES, table.BUILD, table.RELOAD_SUCCESSFUL, table.RELOAD_TIMESTAMP))
    extra = len(Purpose) - 1
    store = sum(not family.more for family in table.STORE) + _STORE_LABELLED
    return plain + extra + len(table.BOUNDED) + buckets.lines(buckets.LOOP_LAG) + store
