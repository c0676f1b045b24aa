"""Every observation knows what its request crossed, in the one spelling that can be blamed."""

from probe.model import Check, Route, Vantage
from probe.model.element import crossed

ROUTE = Route(name="chat", hops=("hk-vps", "vercel", "direct"))


def check(hop, through):
    return Check(
        name="c", route="chat", hop=hop, through=through, kind="http", interval_seconds=5, timeout_seconds=1
    )


def test_a_check_through_the_chain_crosses_every_segment_and_host():
    vantage = Vantage(name="wifi", kind="system", provider="telecom")

    found = crossed(vantage, ROUTE, check("hk-vps", "direct"))

    assert found == (
        "access[wifi]",
        "path[telecom>hk-vps]",
        "host[hk-vps]",
        "seg[hk-vps>vercel]",
        "host[vercel]",
        "seg[vercel>direct]",
        "host[direct]",
    )


def test_a_hop_that_answers_itself_crosses_no_segment():
    found = crossed(Vantage(name="wifi", kind="system", provider="telecom"), ROUTE, check("vercel", "vercel"))

    assert found == ("access[wifi]", "path[telecom>vercel]", "host[vercel]")


def test_a_vantage_without_provider_is_its_own_group():
    found = crossed(Vantage(name="wifi", kind="system"), ROUTE, check("direct", "direct"))

    assert found == ("access[wifi]", "path[wifi>direct]", "host[direct]")
