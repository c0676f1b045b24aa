"""Write docs/metrics.md from the table of metrics; a test keeps the two equal."""

from collections.abc import Iterable
from pathlib import Path

from probe.exporter.metrics import buckets, table
from probe.exporter.metrics.estimate import (
    CAUSES_PER_CHECK,
    lines_of_daemon,
    lines_per_check,
    lines_per_hop,
    lines_per_twin,
    lines_per_vantage,
)
from probe.exporter.metrics.family import Family, Scope
from probe.model import OWN_LAYERS, Layer, MissReason, Phase, Purpose, Taint, Verdict
from probe.notifier.worker import Result
from probe.prober import PROBERS

_SCOPES = {
    Scope.CHECK: "Per check and vantage",
    Scope.HOP: "Per hop of a route and vantage",
    Scope.VANTAGE: "Per vantage",
    Scope.ROUTE: "Per route",
    Scope.ROUTE_CHECK: "Per route and check",
    Scope.DAEMON: "Of the daemon itself",
}

_HEAD = """\
# Metrics

<!-- Written by docs/generate_metrics.py from probe/exporter/metrics; do not edit. -->

`/metrics` speaks the Prometheus text format 0.0.4, and OpenMetrics to who asks for it. Times are seconds, sizes bytes,
instants Unix seconds. hopwatch probes by its own schedule and not when it is scraped, so everything that happens
between two scrapes is in the counters and histograms, whatever the scrape interval.

- A probe is *ok*, *failed* or *not measured*. Not measured means own trouble (this machine, this program): it moves
  `hopwatch_probes_not_measured_total` and no other figure of the check.
- `hopwatch_probes_total` = ok + failed, and the failures by layer add up to the failed ones.
- What may happen and has not is there at 0, so that `increase()` sees the first time; causes alone appear when they
  occur. A phase that was never reached is absent, never 0.
- A probe that this program was too late, suspended or misled by a clock step to time is *tainted*: it counts, and its
  times are in no latency figure.
- Extra probes (on demand, to confirm, controls) move nothing but `hopwatch_extra_probes_total`.
- Each failed probe is counted once, when it comes, under the deepest cause known by then: that of the *finding* which stands
  about its series, or else what the probe saw by itself. A finding comes a moment after the failure that it is about, so
  the first failure of a row is counted under what it saw (`tls.reset`) and those after it under what was found
  (`tls.reset.sni`); nothing is counted again or taken back. It stands until the check answers, fails otherwise, or a newer
  one comes. Layer and cause are of the same cause. What is found about the vantage's own network (`local.*`), or amounts to
  too little, changes no count of a hop.
- `hop` is the hop that is asked. A request goes on from there along its route, as far as the check says. Where a check
  followed a redirect to another host, its connection and certificate are not counted as the hop's.
"""

_QUERIES = {
    "Share of probes that went well": """\
1 - sum by (route, hop, check) (rate(hopwatch_probe_failures_total[1h]))
  / sum by (route, hop, check) (rate(hopwatch_probes_total[1h]))""",
    "Failures by cause since the daemon began; `increase()` would not see the one with which a cause appears": """\
sum by (vantage, hop, check, cause) (hopwatch_probe_failure_causes_total)""",
    "What failures are due to now, as deep as is known": """\
sum by (vantage, hop, check, cause) (increase(hopwatch_probe_failure_causes_total[10m])) > 0""",
    "Somebody keeps us from a hop, or interferes although all works": """\
hopwatch_findings{verdict=~"blocked|ok"} > 0""",
    "95th percentile of each phase": """\
histogram_quantile(0.95,
  sum by (le, vantage, hop, check, phase) (rate(hopwatch_phase_duration_seconds_bucket[15m])))""",
    "Exact mean round trip to each hop": """\
rate(hopwatch_tcp_rtt_seconds_sum[15m]) / rate(hopwatch_tcp_rtt_seconds_count[15m])""",
    "Mean time to connect, IPv4 beside IPv6 (the check `ipv6`)": """\
sum by (vantage, hop, check) (rate(hopwatch_phase_duration_seconds_sum{phase="connect"}[15m]))
  / sum by (vantage, hop, check) (rate(hopwatch_phase_duration_seconds_count{phase="connect"}[15m]))""",
    "A check that has measured nothing for five minutes": """\
time() - hopwatch_last_probe_timestamp_seconds > 300""",
    "Certificates that expire within two weeks": """\
hopwatch_certificate_not_after_timestamp_seconds - time() < 14 * 86400""",
    "What is wrong with which vantage, for which no hop is to blame": """\
hopwatch_vantage_ailment == 1""",
    "Vantages whose IPv6 is broken": """\
hopwatch_vantage_ipv6_broken == 1""",
    "Slots that are neither a probe nor a recorded miss: 0, as long as no reload has taken checks away": """\
sum by (vantage) (hopwatch_slots_total)
  - sum by (vantage) (hopwatch_probes_total)
  - sum by (vantage) (hopwatch_probes_not_measured_total)
  - sum by (vantage) (hopwatch_slots_missed_total)""",
    "Share of the last hour's probes along the whole way that went well, by route": """\
1 - sum by (route) (rate(hopwatch_probe_failures_total[1h])
    * on (instance, route, check) group_left hopwatch_route_check_info)
  / sum by (route) (rate(hopwatch_probes_total[1h])
    * on (instance, route, check) group_left hopwatch_route_check_info)""",
    "The bound on series has cost figures": """\
hopwatch_series_dropped_total > 0""",
}


def render() -> str:
    """Return the whole document."""
    return "\n".join([_HEAD, *_tables(), _label_values(), _buckets(), _series(), _queries()])


def _tables() -> Iterable[str]:
    for scope, title in _SCOPES.items():
        labels = ", ".join(f"`{label}`" for label in scope.labels)
        yield f"## {title}\n"
        if labels:
            yield f"Labels: {labels}, and those named below.\n"
        rows = [_row(family) for family in table.FAMILIES if family.scope is scope]
        yield _grid(("Metric", "Type", "Label", "Says", "Is there"), rows)


def _row(family: Family) -> tuple[str, ...]:
    more = ", ".join(f"`{label}`" for label in family.more)
    return f"`{family.name}`", family.kind.value, more, family.help, family.there


def _label_values() -> str:
    rows = [
        ("`vantage`, `route`, `hop`, `check`", "names of the configuration, never an address"),
        ("`hops`", "the route's hops, nearest first, with `>` between them"),
        ("`layer` of failures", _words(layer for layer in Layer if layer not in OWN_LAYERS)),
        ("`layer` of probes not measured", _words(sorted(OWN_LAYERS))),
        ("`cause`", "the ids of [causes.md](causes.md); `other` for anything else"),
        ("`phase`", _words(Phase)),
        ("`reason` of missed slots", _words(MissReason)),
        ("`reason` of tainted probes", _words(Taint)),
        ("`verdict`", _words(Verdict)),
        ("`result` of notifications", _words(Result)),
        ("`channel`", "the names of the configuration"),
        ("`purpose`", _words(purpose for purpose in Purpose if purpose is not Purpose.ROUTINE)),
    ]
    return "## Label values\n\n" + _grid(("Label", "Values"), rows)


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _buckets() -> str:
    rows = [
        (f"`{table.DURATION.name}`", _edges(buckets.DURATION)),
        *((f'`{table.PHASES.name}{{phase="{phase}"}}`', _edges(buckets.PHASE[phase])) for phase in Phase),
        (f"`{table.RTT.name}`", _edges(buckets.RTT)),
        (f"`{table.SCHEDULE_LAG.name}`", _edges(buckets.SCHEDULE_LAG)),
        (f"`{table.LOOP_LAG.name}`", _edges(buckets.LOOP_LAG)),
    ]
    why = (
        "The sum and the count of each histogram give exact means; the edges serve quantiles and heat maps.\n"
    )
    return f"## Buckets\n\n{why}\n" + _grid(("Histogram", "Upper edges, seconds, besides +Inf"), rows)


def _edges(edges: buckets.Edges) -> str:
    return ", ".join(f"{edge:g}" for edge in edges)


def _series() -> str:
    http, rows = PROBERS["http"].layers, []
    for kind, prober in PROBERS.items():
        rows.append(
            (f"`{kind}`", str(lines_per_check(prober.layers, kind)), str(lines_per_hop(prober.layers)))
        )
    twin = lines_per_twin(PROBERS["tls"].layers)
    rows.append(("`ipv6`, beside them", str(twin), "0"))
    total = 18 * lines_per_check(http, "http") + 12 * lines_per_hop(http)
    total += 12 * twin + 3 * lines_per_vantage() + 2 + lines_of_daemon()
    proxied = lines_per_check(http, "http", is_proxied=True) - lines_per_check(http, "http")
    return f"""\
## How many series

The number of sample lines, once everything has happened that can:

    sum over checks and vantages:         lines per check
  + sum over vantages, routes and hops:   lines per hop
  + vantages x {lines_per_vantage()}
  + checks that go a route's whole way
  + routes with slo.availability
  + {lines_of_daemon()}

{_grid(("Check", "Lines per check", "Lines per hop"), rows)}
A check has 3 plain figures, one line per layer that it can fail in, {len(OWN_LAYERS)} of own trouble, up to \
{CAUSES_PER_CHECK} causes (more are possible
and rare), and its histograms, each with its edges and 3 lines; from a vantage with a proxy {proxied} more, for that phase.
A hop that has several checks counts once, with the most lines of theirs.

A check goes its route's whole way when it is asked of the first hop and answered by the last one. Where several do, those
count that ask as deep as any of them: a bare connection, a name or a path tells of a user's request only where no request is
made. Where none does, nothing measures what users of the route get, and `hopwatch_route_check_info` is absent.

The check `ipv6` that is planned by itself, to show a hop's IPv6 apart, has what it takes and no more: its counts, and of
its connect phase the sum and count, to set its exact mean beside the other checks' (below). It has no line per cause (the
store, the page and the log have it) and no time of its last probe: no news is what a hop without IPv6 has to tell. It
is in no round trip and no retransmits of the hop; its certificate is.

Six `http` checks of four hops from three vantages, and IPv6 apart: 18 x {lines_per_check(http, "http")} \
+ 12 x {lines_per_hop(http)} + 12 x {twin} + 3 x {lines_per_vantage()} + 2 + {lines_of_daemon()} = {total}.
`hopwatch config check` prints the number for a configuration, `hopwatch_series` is what is exposed now.

`metrics.max_series` bounds it. A series that would go beyond is not begun, what it would have counted is counted by
`hopwatch_series_dropped_total`, and the series that exist go on. The {lines_of_daemon()} lines of the daemon itself \
are set aside.
"""


def _queries() -> str:
    return "## Questions and their queries\n\n" + "\n".join(
        f"{question}:\n\n```promql\n{query}\n```\n" for question, query in _QUERIES.items()
    )


def _grid(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    Path(__file__).with_name("metrics.md").write_text(render(), encoding="utf-8")
