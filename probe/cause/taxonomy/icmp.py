"""Causes of the layer icmp: what pings tell."""

from probe.cause.taxonomy.cause import Element, Entry, replayed
from probe.model import Verdict

ICMP = (
    Entry(
        id="icmp",
        meaning="pings are not answered as they should be",
        advice="Compare with a check of kind `tcp` to the same hop: many hosts and firewalls treat pings otherwise than "
        "connections.",
        elements=(Element.PATH, Element.HOST),
        verdict=Verdict.DOWN,
    ),
    Entry(
        id="icmp.timeout",
        meaning="no reply to any ping",
        advice="If connections to the hop work, somebody drops pings, and the check can go. Otherwise a check of kind "
        "`trace` shows how far packets come.",
        known=replayed("tests/test_icmp.py"),
    ),
    Entry(
        id="icmp.loss",
        meaning="more pings were lost than the check allows",
        advice="Look at the retransmits of the other checks by the same way: loss that hurts is seen there as well. A "
        "`trace` shows from where on it is lost.",
        verdict=Verdict.DEGRADED,
        known=replayed("tests/test_icmp.py"),
    ),
    Entry(
        id="icmp.unreachable",
        meaning="a router says that the address cannot be reached",
        advice="The evidence names the router that says so: ask whoever runs it, or the hop's provider whether the machine "
        "is on.",
        known=replayed("tests/test_icmp.py"),
    ),
    Entry(
        id="icmp.unreachable.admin",
        meaning="a router says that policy forbids the way to the address",
        advice="The evidence names the router: its access list must let this vantage pass.",
        verdict=Verdict.BLOCKED,
        known=replayed("tests/test_icmp.py"),
    ),
    Entry(
        id="icmp.unreachable.loop",
        meaning="the packets run in a circle between routers",
        advice="A `trace` shows the routers that send them to each other; their operator has to mend the route.",
        known=replayed("tests/test_icmp.py"),
    ),
    Entry(
        id="icmp.too_big",
        meaning="pings of that size do not fit through the path",
        advice="Make the check's `size` smaller, or look which tunnel on the way makes the path narrow.",
        verdict=Verdict.DEGRADED,
        known=replayed("tests/test_icmp.py"),
    ),
    Entry(
        id="icmp.failed",
        meaning="the ping failed in another way",
        advice="Read the detail: it has the system's own word for it.",
        known=replayed("tests/test_cause_naming.py"),
    ),
)
