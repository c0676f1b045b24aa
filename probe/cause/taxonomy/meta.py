"""Causes of the layer meta: the measurement itself is not good for a statement about any hop."""

from probe.cause.taxonomy.cause import Element, Entry, read, replayed
from probe.model import Verdict

META = (
    Entry(
        id="meta",
        meaning="the measurement itself does not allow a statement about the hop",
        advice="Look at the machine that measures, then ask again with `hopwatch check`.",
        elements=(Element.AGENT,),
        verdict=Verdict.INSUFFICIENT,
        nel="unknown",
        ooni=("interrupted",),
    ),
    Entry(
        id="meta.probe_suspended",
        meaning="this program did not run for a while during the probe",
        advice="Nothing, on a laptop that slept. On a server look what stops the process (`journalctl`, the host of a "
        "virtual machine).",
        nel="abandoned",
        known=replayed("tests/test_measure.py"),
    ),
    Entry(
        id="meta.late",
        meaning="this program was too late to tell a slow answer from a missing one",
        advice="Give the machine more room, or hopwatch fewer checks; `hopwatch_schedule_lag_seconds` shows how late it "
        "runs.",
        known=replayed("tests/test_measure.py"),
    ),
    Entry(
        id="meta.clock_step",
        meaning="this machine's wall clock was set during the probe",
        advice="Once is no trouble. Otherwise let one program alone set the clock, and slew it (`chronyc tracking`).",
        known=read("clock_gettime(2): CLOCK_REALTIME may be set, CLOCK_MONOTONIC may not"),
    ),
    Entry(
        id="meta.control_unreachable",
        meaning="what the failure was to be compared with could not be reached either",
        advice="See that the `anchors` and trusted resolvers in the configuration answer from this vantage, or name others.",
        known=replayed("tests/scenarios/ooni/w07-controls-filtered.yaml"),
    ),
    Entry(
        id="meta.residual_window",
        meaning="an earlier question may still be punished, so nothing can be told from a failure now",
        advice="Wait three minutes and ask again; other vantages behind the same address share the punishment.",
        elements=(Element.PATH, Element.EXIT),
        known=read("net4people/bbs#350; ooni/spec ts-039"),
    ),
    Entry(
        id="meta.agent_silent",
        meaning="the agent has stopped reporting",
        advice="Look whether its machine is on and `hopwatch run` runs there; what it watched is unknown until then.",
        known=read("Prometheus: absent() for series that stopped"),
    ),
    Entry(
        id="meta.self_inflicted",
        meaning="the probes themselves brought it about",
        advice="Probe less often, or without the key: `hopwatch config check` shows what probes use up of each limit.",
        elements=(Element.AGENT, Element.QUOTA),
        known=replayed("tests/scenarios/own/s084-minute-quota-by-probing.yaml"),
    ),
    Entry(
        id="meta.proxied_vantage",
        meaning="a local proxy stands between the vantage and the hops, which is no trouble by itself",
        advice="Say so in the configuration (`system: {proxied: true}`), so that its time is told apart from the hops'.",
        elements=(Element.PROXY,),
        verdict=Verdict.OK,
        known=read("RFC 2544 (198.18.0.0/15), in which Clash and sing-box make up addresses"),
    ),
    Entry(
        id="meta.insufficient",
        meaning="what was seen is too little to tell whether anything is wrong",
        advice="Ask again, with a longer `timeout` or more packets; from a second vantage one sees more.",
        known=replayed("tests/test_trace.py"),
    ),
    Entry(
        id="meta.rule_timeout",
        meaning="a content rule of the check took too long to evaluate",
        advice="Make the regular expression simpler: nested repetitions take exponential time.",
        known=replayed("tests/test_rules.py"),
    ),
    Entry(
        id="meta.no_address",
        meaning="the hop has no address of this family (IPv4, IPv6), so there is nothing to measure",
        advice="Nothing, if it is meant to have none; then name the family that it has in the hop's `families`.",
        elements=(Element.ZONE,),
        known=replayed("tests/test_families_resolve.py"),
    ),
    Entry(
        id="meta.bug",
        meaning="a defect of hopwatch; please report it",
        advice="Report it with the log's line `probe.broke` and the version (`hopwatch --version`).",
        known=replayed("tests/test_measure.py"),
    ),
)
