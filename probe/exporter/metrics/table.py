"""Every metric that hopwatch exposes; docs/metrics.md is generated from here.

Names are append-only: dashboards and alerts rely on them.
"""

from probe.exporter.metrics.family import Family, Kind, Scope
from probe.exporter.metrics.stored import (
    STORE_BACKLOG,
    STORE_COMMIT,
    STORE_COMMITS,
    STORE_DAMAGED,
    STORE_DROPPED,
    STORE_ERRORS,
    STORE_MAX_SIZE,
    STORE_OLDEST,
    STORE_ROWS,
    STORE_SIZE,
    STORE_STUCK,
)

PROBES = Family(
    name="hopwatch_probes_total",
    kind=Kind.COUNTER,
    scope=Scope.CHECK,
    help="Probes of the schedule that measured something: those that went well and those that failed.",
)
FAILURES = Family(
    name="hopwatch_probe_failures_total",
    kind=Kind.COUNTER,
    scope=Scope.CHECK,
    more=("layer",),
    help="Failed probes by the layer of their cause, its first word; the sum over layers is all failures.",
    there="from the start, at 0 for each layer that the check can fail in",
)
NOT_MEASURED = Family(
    name="hopwatch_probes_not_measured_total",
    kind=Kind.COUNTER,
    scope=Scope.CHECK,
    more=("layer",),
    help="Probes that own trouble kept from measuring anything; they are in no other figure of the check.",
)
SUCCESS = Family(
    name="hopwatch_probe_success",
    kind=Kind.GAUGE,
    scope=Scope.CHECK,
    help="Whether the last probe that measured something went well (1) or failed (0).",
    there="with the first probe that measured something",
)
LAST_PROBE = Family(
    name="hopwatch_last_probe_timestamp_seconds",
    kind=Kind.GAUGE,
    scope=Scope.CHECK,
    help="Unix time at which the last probe that measured something began.",
    there="with the first probe that measured something",
)
CAUSES = Family(
    name="hopwatch_probe_failure_causes_total",
    kind=Kind.COUNTER,
    scope=Scope.CHECK,
    more=("cause",),
    help="Failed probes, each once, by the deepest cause that was known when it was counted.",
    there="with the first failure of that cause",
)
DURATION = Family(
    name="hopwatch_probe_duration_seconds",
    kind=Kind.HISTOGRAM,
    scope=Scope.CHECK,
    help="How long the path and the hops took, all phases together, in untainted probes that went well.",
    there="with the first such probe",
)
PHASES = Family(
    name="hopwatch_phase_duration_seconds",
    kind=Kind.HISTOGRAM,
    scope=Scope.CHECK,
    more=("phase",),
    help="How long each phase took that ended, in untainted probes that went well or failed.",
    there="with the first time the phase ends; phases that are never reached are absent",
)
RTT = Family(
    name="hopwatch_tcp_rtt_seconds",
    kind=Kind.HISTOGRAM,
    scope=Scope.HOP,
    help="The kernel's own smoothed round-trip time to the hop at the end of each untainted probe.",
    there="with the first connection, unless a proxy makes it",
)
RETRANSMITS = Family(
    name="hopwatch_tcp_retransmits_total",
    kind=Kind.COUNTER,
    scope=Scope.HOP,
    help="TCP segments sent again on the way to the hop, as the kernel counts them.",
    there="from the start, where a check of the hop opens connections and no proxy does",
)
NOT_AFTER = Family(
    name="hopwatch_certificate_not_after_timestamp_seconds",
    kind=Kind.GAUGE,
    scope=Scope.HOP,
    help="Unix time at which the first certificate of the hop's chain expires, as last sent, verified or not.",
    there="with the first certificate",
)
PING_PACKETS = Family(
    name="hopwatch_ping_packets_total",
    kind=Kind.COUNTER,
    scope=Scope.CHECK,
    help="Echo requests whose time to be answered is over, in probes of the schedule.",
    there="from the start, for checks of kind icmp",
)
PING_LOST = Family(
    name="hopwatch_ping_lost_total",
    kind=Kind.COUNTER,
    scope=Scope.CHECK,
    help="Echo requests that nothing came back for; a late reply is no loss.",
    there="from the start, for checks of kind icmp",
)
PATH_CHANGES = Family(
    name="hopwatch_path_changes_total",
    kind=Kind.COUNTER,
    scope=Scope.CHECK,
    help="How often a trace took another path than known before; a hop that is silent for once is no change.",
    there="from the start, for checks of kind trace",
)
PATH_HOPS = Family(
    name="hopwatch_path_hops",
    kind=Kind.GAUGE,
    scope=Scope.CHECK,
    help="How many hops away the target answered in the last trace that came so far, itself included.",
    there="with the first such trace",
)
PATH_MTU = Family(
    name="hopwatch_path_mtu_bytes",
    kind=Kind.GAUGE,
    scope=Scope.CHECK,
    help="The largest packet that is known to fit through the path, by the last trace that could tell.",
    there="with the first such trace",
)
SLOTS = Family(
    name="hopwatch_slots_total",
    kind=Kind.COUNTER,
    scope=Scope.VANTAGE,
    help="Slots of the schedule that came due; the probes and the misses together are as many.",
)
MISSED = Family(
    name="hopwatch_slots_missed_total",
    kind=Kind.COUNTER,
    scope=Scope.VANTAGE,
    more=("reason",),
    help="Slots of the schedule in which no probe ran, by reason.",
)
SCHEDULE_LAG = Family(
    name="hopwatch_schedule_lag_seconds",
    kind=Kind.HISTOGRAM,
    scope=Scope.VANTAGE,
    help="How much later than intended the probes of the schedule began.",
    there="with the vantage's first probe",
)
TAINTED = Family(
    name="hopwatch_tainted_total",
    kind=Kind.COUNTER,
    scope=Scope.VANTAGE,
    more=("reason",),
    help="Probes of the schedule whose figures cannot be trusted and are left out of the latencies, by reason.",
)
VANTAGE_UP = Family(
    name="hopwatch_vantage_up",
    kind=Kind.GAUGE,
    scope=Scope.VANTAGE,
    help="Whether the vantage's own network can be left by now (1): link, address and default route are there.",
    there="within the first second, as long as it can be told",
)
VANTAGE_CHANGES = Family(
    name="hopwatch_vantage_changes_total",
    kind=Kind.COUNTER,
    scope=Scope.VANTAGE,
    help="How often the vantage's own network went or became another one; a flap counts once, however long.",
)
IPV6_BROKEN = Family(
    name="hopwatch_vantage_ipv6_broken",
    kind=Kind.GAUGE,
    scope=Scope.VANTAGE,
    help="Whether IPv6 is broken from the vantage (1): most hosts cannot be reached by it, and by IPv4 they can.",
    there="with the first thing known of it: two hosts or more have IPv6, or one is reached by it",
)
VANTAGE_HEALTHY = Family(
    name="hopwatch_vantage_healthy",
    kind=Kind.GAUGE,
    scope=Scope.VANTAGE,
    help="Whether nothing of the vantage's own, as far as is known, keeps its probes from telling of the hops (1).",
    there="with the first thing known of it",
)
VANTAGE_AILMENT = Family(
    name="hopwatch_vantage_ailment",
    kind=Kind.GAUGE,
    scope=Scope.VANTAGE,
    more=("cause",),
    help="What is wrong with the vantage's own network or machine (1), by cause.",
    there="only while it lasts",
)
ROUTE_CHECK = Family(
    name="hopwatch_route_check_info",
    kind=Kind.INFO,
    scope=Scope.ROUTE_CHECK,
    more=("hops",),
    help="The checks that go a route's whole way, as deep as any does: what a user of the route gets.",
    there="from the start, where a check is asked of the route's first hop and answered by its last one",
)
ROUTE_SLO = Family(
    name="hopwatch_route_slo_ratio",
    kind=Kind.GAUGE,
    scope=Scope.ROUTE,
    help="The share of probes along the whole way that the route promises to go well.",
    there="from the start, for routes with slo.availability",
)
LOOP_LAG = Family(
    name="hopwatch_loop_lag_seconds",
    kind=Kind.HISTOGRAM,
    scope=Scope.DAEMON,
    help="How late the daemon's own event loop ran, felt several times a second.",
    there="within the first second",
)
EXTRA_PROBES = Family(
    name="hopwatch_extra_probes_total",
    kind=Kind.COUNTER,
    scope=Scope.DAEMON,
    more=("purpose",),
    help="Probes outside the schedule; they fill no slot and are in no other figure.",
)
FINDINGS = Family(
    name="hopwatch_findings",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    more=("verdict",),
    help="Checks about which a finding stands now, by its verdict; with ok the check answers, and yet somebody interferes.",
)
SERIES = Family(
    name="hopwatch_series",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    help="Sample lines in this exposition.",
)
DROPPED = Family(
    name="hopwatch_series_dropped_total",
    kind=Kind.COUNTER,
    scope=Scope.DAEMON,
    more=("family",),
    help="Figures lost because their series would have gone beyond metrics.max_series, by metric.",
)
BUILD = Family(
    name="hopwatch_build_info",
    kind=Kind.INFO,
    scope=Scope.DAEMON,
    more=("version", "python"),
    help="The running version of hopwatch and of Python.",
)
RELOAD_SUCCESSFUL = Family(
    name="hopwatch_config_last_reload_successful",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    help="Whether the configuration was taken over (1) or refused (0) when it was last read.",
)
RELOAD_TIMESTAMP = Family(
    name="hopwatch_config_last_reload_success_timestamp_seconds",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    help="Unix time at which a configuration was last taken over.",
)
NOTIFICATIONS = Family(
    name="hopwatch_notifications_total",
    kind=Kind.COUNTER,
    scope=Scope.DAEMON,
    more=("channel", "result"),
    help="Changes of state told by `notify`, by channel and by what became of each: sent, failed (given up), dropped (out of"
    " date, or too many), quiet (held back in a quiet time).",
    there="from the start, for each channel of `notify`",
)
WEB_RELOAD_SUCCESSFUL = Family(
    name="hopwatch_web_config_last_reload_successful",
    kind=Kind.GAUGE,
    scope=Scope.DAEMON,
    help="Whether the file of --web.config.file was taken over (1) or refused (0) when it was last read.",
    there="from the start, with --web.config.file",
)
WEB_LOGINS_FAILED = Family(
    name="hopwatch_web_logins_failed_total",
    kind=Kind.COUNTER,
    scope=Scope.DAEMON,
    more=("reason",),
    help="Requests whose user name and password did not let them in, by reason: wrong, or delayed (not looked at, after too many"
    " wrong ones).",
    there="from the start, with --web.config.file",
)

# The order in which they are exposed, and in which they get room where the bound leaves too little.
FAMILIES = (
    PROBES,
    FAILURES,
    NOT_MEASURED,
    SLOTS,
    MISSED,
    TAINTED,
    VANTAGE_CHANGES,
    RETRANSMITS,
    PING_PACKETS,
    PING_LOST,
    PATH_CHANGES,
    SUCCESS,
    LAST_PROBE,
    CAUSES,
    DURATION,
    PHASES,
    RTT,
    NOT_AFTER,
    PATH_HOPS,
    PATH_MTU,
    SCHEDULE_LAG,
    VANTAGE_UP,
    IPV6_BROKEN,
    VANTAGE_HEALTHY,
    VANTAGE_AILMENT,
    ROUTE_CHECK,
    ROUTE_SLO,
    LOOP_LAG,
    EXTRA_PROBES,
    FINDINGS,
    DROPPED,
    BUILD,
    RELOAD_SUCCESSFUL,
    RELOAD_TIMESTAMP,
    NOTIFICATIONS,
    WEB_RELOAD_SUCCESSFUL,
    WEB_LOGINS_FAILED,
    STORE_ROWS,
    STORE_SIZE,
    STORE_MAX_SIZE,
    STORE_OLDEST,
    STORE_COMMITS,
    STORE_COMMIT,
    STORE_BACKLOG,
    STORE_STUCK,
    STORE_DAMAGED,
    STORE_DROPPED,
    STORE_ERRORS,
    SERIES,
)
# What only the configuration says; it is little, and always there.
STATED = (ROUTE_CHECK, ROUTE_SLO)
# Those whose number follows from the configuration and from what happens; the bound is on them.
BOUNDED = tuple(family for family in FAMILIES if family.scope is not Scope.DAEMON and family not in STATED)
STORE = tuple(family for family in FAMILIES if family.name.startswith("hopwatch_store_"))
