"""hopwatch itself: whether its figures can be believed."""

from grafana_foundation_sdk.builders import heatmap, stat, timeseries
from grafana_foundation_sdk.models.common import BigValueTextMode
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.source.board import board, place, state_changes
from dashboards.source.colours import by_ending
from dashboards.source.growth import bars_by
from dashboards.source.keeping import kept
from dashboards.source.meanings import COUNT_STEPS, PLAIN_STEPS, YES_STEPS, YES_WORDS
from dashboards.source.panels import Says, at_end, heat, lines, over_time, shown, tiles
from dashboards.source.queries import RANGE, RATE, Chosen
from dashboards.source.words import FAILS, PARTLY, SELF, UNKNOWN, WORKS

CHOSEN = Chosen(())


def daemon() -> Dashboard:
    """Build the page."""
    made = board(
        SELF,
        "hopwatch: itself",
        "Whether hopwatch's figures can be believed: what it missed, how late it was, what its store lost.",
        [],
    )
    place(made, (version(), reload(), missed(), tainted(), lost(), stuck(), oldest()))
    place(made, (slots(), misses(), taints(), lags(), loop(), extra()), under="The schedule")
    place(made, (findings(), notices(), log_ins(), unaccounted()), under="Found, told, refused")
    place(made, kept(), under="The store and the series")
    for annotation in state_changes(CHOSEN):
        made.annotation(annotation)
    return made.build()


def version() -> stat.Panel:
    """Which one runs."""
    says = Says(
        title="Version",
        description="The running version of hopwatch.",
        nothing="Prometheus has scraped no hopwatch: look at its targets.",
        width=4,
        height=4,
    )
    query = at_end(f"max by (version) ({CHOSEN.of('hopwatch_build_info')})", "{{version}}")
    return tiles(says, [query], PLAIN_STEPS, shows=BigValueTextMode.NAME, is_filled=False)


def reload() -> stat.Panel:
    """Whether the configuration was taken over."""
    says = Says(
        title="Configuration read",
        description="Whether the configuration was taken over when it was last read. If not, the one before is at work, and the"
        " log has every problem with its line. With `--web.config.file`, the same of the file that says who may come in.",
        nothing="Prometheus has scraped no hopwatch: look at its targets.",
        width=4,
        height=4,
    )
    read = f"min({CHOSEN.of('hopwatch_config_last_reload_successful')})"
    access = f"min({CHOSEN.of('hopwatch_web_config_last_reload_successful')})"
    queries = [at_end(read, "configuration"), at_end(access, "access", "B")]
    return tiles(says, queries, YES_STEPS, mappings=YES_WORDS)


def missed() -> stat.Panel:
    """How much of the schedule was missed."""
    says = Says(
        title="Slots missed",
        description="Which share of the slots that came due in the time shown had no probe.",
        nothing="No slot has come due yet.",
        width=3,
        height=4,
        unit="percentunit",
    )
    return tiles(says, [at_end(_of_slots("hopwatch_slots_missed_total"))], _FEW, is_filled=False).decimals(2)


def tainted() -> stat.Panel:
    """How much was tainted."""
    says = Says(
        title="Probes tainted",
        description="Taints in the time shown, set against the slots that came due. A tainted probe counts, and its times are"
        " in no latency.",
        nothing="No slot has come due yet.",
        width=3,
        height=4,
        unit="percentunit",
    )
    return tiles(says, [at_end(_of_slots("hopwatch_tainted_total"))], _FEW, is_filled=False).decimals(2)


_FEW = ((None, "green"), (0.01, "orange"), (0.1, "red"))


def _of_slots(counter: str) -> str:
    part = f"sum(increase({CHOSEN.of(counter)}[{RANGE}]))"
    return f"{part} / (sum(increase({CHOSEN.of('hopwatch_slots_total')}[{RANGE}])) > 0)"


def lost() -> stat.Panel:
    """How many figures the bound on series cost."""
    says = Says(
        title="Figures lost",
        description="Figures lost in the time shown because their series would have gone beyond `metrics.max_series`.",
        nothing="Prometheus has scraped no hopwatch: look at its targets.",
        width=3,
        height=4,
        unit="short",
    )
    query = at_end(f"sum(increase({CHOSEN.of('hopwatch_series_dropped_total')}[{RANGE}]))")
    return tiles(says, [query], COUNT_STEPS, is_filled=False).decimals(0)


def stuck() -> stat.Panel:
    """Whether the store takes records."""
    says = Says(
        title="Store writes",
        description="Whether commits to the store succeed. If not, records wait in memory; the log says why.",
        nothing="There is no store.",
        width=3,
        height=4,
    )
    query = at_end(f"1 - max({CHOSEN.of('hopwatch_store_stuck')})")
    return tiles(says, [query], YES_STEPS, mappings=YES_WORDS)


def oldest() -> stat.Panel:
    """How far back the store goes."""
    says = Says(
        title="Store goes back",
        description="The age of the oldest record in the store. `storage` of the configuration says how old and how many they"
        " may become.",
        nothing="There is no store, or nothing in it yet.",
        width=4,
        height=4,
        unit="dtdurations",
    )
    age = f"time() - min({CHOSEN.of('hopwatch_store_oldest_record_timestamp_seconds')})"
    return tiles(says, [at_end(age)], PLAIN_STEPS, is_filled=False)


def slots() -> timeseries.Panel:
    """Probes and misses."""
    says = Says(
        title="What became of the slots",
        description="Slots of the schedule between two points: probes that measured something, probes that did not, and slots"
        " without a probe. Together they are all that came due.",
        nothing="No slot came due in the time shown.",
        width=12,
        height=8,
        unit="short",
    )

    def each(name: str) -> str:
        return f"sum(increase({CHOSEN.of(name)}[{RATE}]))"

    return lines(
        says,
        [
            over_time(each("hopwatch_probes_total"), "measured"),
            over_time(each("hopwatch_probes_not_measured_total"), "not measured", "B"),
            over_time(each("hopwatch_slots_missed_total"), "missed", "C"),
        ],
    )


def misses() -> timeseries.Panel:
    """Why slots were missed."""
    says = Says(
        title="Slots missed, by reason",
        description="Slots without a probe in the time of each bar: the machine slept, the program was late, the probe before took"
        " until then, the vantage had no room, or a host that is not yours was asked just before.",
        nothing="No slot was missed in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    return bars_by(says, CHOSEN, "hopwatch_slots_missed_total", "vantage, reason")


def taints() -> timeseries.Panel:
    """Why samples were tainted."""
    says = Says(
        title="Probes tainted, by reason",
        description="Probes in the time of each bar whose times are in no latency figure.",
        nothing="No probe was tainted in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    return bars_by(says, CHOSEN, "hopwatch_tainted_total", "vantage, reason")


def lags() -> timeseries.Panel:
    """How late probes began."""
    says = Says(
        title="Lag of the schedule",
        description="How much later than intended probes began: the median, and what one of a hundred exceeds, as exact as the"
        " histogram's edges.",
        nothing="No probe began in the time shown.",
        width=12,
        height=8,
        unit="s",
    )
    late = "hopwatch_schedule_lag_seconds"
    middle, worst = (CHOSEN.quantile(share, late, RATE, "vantage") for share in (0.5, 0.99))
    return lines(
        says, [over_time(middle, "{{vantage}}, median"), over_time(worst, "{{vantage}}, 99 of 100", "B")]
    )


def loop() -> heatmap.Panel:
    """How late the loop ran."""
    says = Says(
        title="Lag of the event loop: where it lies",
        description="How late hopwatch's own event loop ran, felt several times a second. Darker where more beats lie between"
        " two edges of the histogram.",
        nothing="The daemon did not run in the time shown.",
        width=12,
        height=8,
        unit="s",
    )
    return heat(says, over_time(CHOSEN.buckets("hopwatch_loop_lag_seconds"), "{{le}}"))


def extra() -> timeseries.Panel:
    """Probes outside the schedule."""
    says = Says(
        title="Extra probes",
        description="Probes outside the schedule in the time of each bar: asked for by a user, to confirm a failure, or as its"
        " control. They are in no other figure.",
        nothing="No extra probe ran in the time shown.",
        width=12,
        height=8,
        unit="short",
    )
    return bars_by(says, CHOSEN, "hopwatch_extra_probes_total", "purpose")


def findings() -> timeseries.Panel:
    """What stands."""
    says = Says(
        title="Findings that stand",
        description="Checks about which a finding stands, by its verdict. With ok the check answers, and yet somebody interferes.",
        nothing="Prometheus has scraped no hopwatch in the time shown.",
        width=6,
        height=8,
        unit="short",
    )
    standing = over_time(f"sum by (verdict) ({CHOSEN.of('hopwatch_findings')})", "{{verdict}}")
    return shown(lines(says, [standing]), _VERDICTS)


def notices() -> timeseries.Panel:
    """What was told to whom."""
    says = Says(
        title="Notices",
        description="Changes of state told by `notify` in the time of each bar, by channel and by what became of each: sent,"
        " failed, dropped because they were out of date or too many, or held back in a quiet time.",
        nothing="No notice was due in the time shown, or `notify` has no channel.",
        width=6,
        height=8,
        unit="short",
    )
    made = bars_by(says, CHOSEN, "hopwatch_notifications_total", "channel, result")
    return by_ending(made, {"sent": WORKS, "failed": FAILS, "dropped": PARTLY, "quiet": UNKNOWN})


def log_ins() -> timeseries.Panel:
    """Who was not let in."""
    says = Says(
        title="Log-ins that failed",
        description="Requests in the time of each bar whose user name and password did not let them in: wrong, or not looked at"
        " after too many wrong ones.",
        nothing="No log-in failed in the time shown, or nobody has to log in.",
        width=6,
        height=8,
        unit="short",
    )
    return bars_by(says, CHOSEN, "hopwatch_web_logins_failed_total", "reason")


_VERDICTS = {
    verdict: {"color": {"mode": "fixed", "fixedColor": color}}
    for verdict, color in {
        "ok": WORKS,
        "down": FAILS,
        "blocked": "purple",
        "degraded": PARTLY,
        "insufficient": UNKNOWN,
    }.items()
}


def unaccounted() -> timeseries.Panel:
    """What nobody accounts for."""
    says = Says(
        title="Slots that nobody accounts for",
        description="Slots since the daemon began that are neither a probe nor a recorded miss: 0, as long as no reload has"
        " taken checks away. Anything else is a defect of hopwatch.",
        nothing="Prometheus has scraped no hopwatch in the time shown.",
        width=6,
        height=8,
        unit="short",
    )
    families = (
        "hopwatch_slots_total",
        "hopwatch_probes_total",
        "hopwatch_probes_not_measured_total",
        "hopwatch_slots_missed_total",
    )
    came, *became = (f"sum by (vantage) ({CHOSEN.of(name)})" for name in families)
    return (
        lines(says, [over_time(f"{came} - {' - '.join(became)}", "{{vantage}}")], is_signed=True)
        .axis_soft_min(-1)
        .axis_soft_max(1)
    )
