"""What is wrong with a vantage is believed from a finding on, explains what it can explain while it is fresh, and ends at once."""

from dataclasses import replace

import pytest

from probe.health import Healths
from probe.model import (
    Ailment,
    Evidence,
    Failure,
    Finding,
    Identity,
    Level,
    Observation,
    Outcome,
    Phase,
    Purpose,
    Series,
    Stamp,
    Timing,
    Uplink,
    UplinkState,
    Verdict,
)
from tests.cases import NEAR as ANCHOR
from tests.cases import NOW_NS
from tests.local_cases import YEAR, page, seen, untrusted, verified
from tests.virtual import VirtualClock

GATEWAY, CUT_OFF, PORTAL = "local.gateway_unreachable", "local.cut_off", "local.captive_portal"
SKEW, PROXY, RESOLVER, BROKEN = (
    "local.clock_skew",
    "local.proxy_broken",
    "local.resolver_down",
    "local.ipv6_broken",
)
SILENT = Failure(cause="tcp.timeout", detail="no answer", phase=Phase.CONNECT, after_seconds=2.0)
NOTHING = Evidence()


class Watched:
    """The health of one vantage, told by what a test makes up; time is the test's own."""

    def __init__(self) -> None:
        self.clock = VirtualClock(wall_ns=NOW_NS)
        self.healths = Healths(["wifi", "wired"], self.clock)
        self.seq = 0

    def finds(
        self,
        *causes: str,
        rule: str = "local.made-up",
        element: str = "access[wifi]",
        hop: str = "hk",
        of: Identity | None = None,
    ) -> str | None:
        """Have an examination come to this."""
        self.seq += 1
        found = Finding(
            identity=Identity(agent="a", epoch="e", seq=self.seq),
            series=Series(vantage="wifi", route="chat", hop=hop, check="http"),
            verdict=Verdict.DOWN,
            causes=causes,
            rule=rule,
            level=Level.SCORED,
            element=element,
            detail="so it was found",
            parents=() if of is None else (of,),
            recorded_at_ns=self.clock.wall_ns(),
        )
        return self.healths.take(found)

    def sees(self, one: Observation, vantage: str = "wifi") -> str | None:
        """Have a probe come to this now."""
        now = replace(
            one,
            started_at_ns=self.clock.wall_ns(),
            series=replace(one.series, vantage=vantage),
            elapsed_seconds=0.01,
        )
        return self.healths.take(now)

    def excuse(self, cause: str = "tcp.timeout", evidence: Evidence = NOTHING, vantage: str = "wifi") -> str:
        """What a failure is told as."""
        failure = replace(SILENT, cause=cause, after_seconds=0.0)
        return self.healths.excused(vantage, failure, evidence).cause

    @property
    def ails(self) -> list[str]:
        """What is wrong, as far as is known."""
        return [one.cause for one in self.healths.ailments("wifi")]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_nothing_is_known_until_something_was_heard(watched: Watched):
    assert watched.sees(seen("tcp.timeout")) is None
    assert watched.sees(seen()) == "wifi"
    assert watched.sees(seen()) is None
    assert watched.ails == []


def test_a_finding_makes_an_ailment_with_all_that_is_to_be_told_of_it(watched: Watched):
    assert watched.finds(CUT_OFF) == "wifi"

    assert watched.healths.ailments("wifi") == (
        Ailment(
            cause=CUT_OFF, element="access[wifi]", detail="so it was found", since_ns=watched.clock.wall_ns()
        ),
    )
    assert watched.healths.notes() == ["wifi: so it was found."]
    assert watched.healths.ailments("wired") == ()


def test_what_is_found_again_is_no_news_and_keeps_its_beginning(watched: Watched):
    watched.finds(CUT_OFF)
    before = watched.healths.ailments("wifi")
    watched.clock.pass_time(60)

    assert watched.finds(CUT_OFF) is None
    assert watched.healths.ailments("wifi") == before


@pytest.mark.parametrize(
    ("causes", "rule"),
    [
        (("tcp.timeout.ip",), "tcp.address"),
        ((CUT_OFF,), "local.known"),
        (("tcp.timeout",), "local.alone"),
        ((), "x"),
    ],
)
def test_what_is_no_evidence_makes_no_ailment(watched: Watched, causes: tuple[str, ...], rule: str):
    watched.finds(*causes, rule=rule)

    assert watched.ails == []


EXPLAINED = {
    GATEWAY: (
        "dns.timeout",
        "dns.resolver_unreachable",
        "tcp.timeout",
        "tcp.unreachable",
        "icmp.timeout",
        "tls.timeout",
    ),
    CUT_OFF: (
        "dns.timeout",
        "tcp.timeout",
        "tcp.unreachable.admin",
        "http.timeout.first_byte",
        "relay.proxy.timeout",
    ),
    PORTAL: (
        "tls.cert.name_mismatch",
        "tls.not_tls",
        "http.status",
        "tcp.refused",
        "tcp.timeout",
        "dns.nxdomain",
    ),
    PROXY: ("tls.closed", "relay.proxy", "http.closed", "tcp.timeout"),
}
NEVER = {
    GATEWAY: (
        "tcp.refused",
        "tls.reset",
        "tls.cert.expired",
        "http.status",
        "relay.upstream.refused",
        "dns.nxdomain",
    ),
    CUT_OFF: ("tcp.refused", "tls.reset.sni", "http.status", "api.auth", "vercel.internal"),
    PORTAL: ("relay.upstream.refused", "api.auth", "vercel.internal", "app.error"),
    PROXY: ("tls.cert.expired", "http.status", "dns.timeout", "relay.upstream.tls"),
    SKEW: ("tcp.timeout", "tls.cert.name_mismatch", "tls.cert.expired", "http.status"),
}


@pytest.mark.parametrize(
    ("ailment", "cause"), [(one, each) for one, some in EXPLAINED.items() for each in some]
)
def test_an_ailment_explains_what_it_brings_about(watched: Watched, ailment: str, cause: str):
    watched.finds(ailment)

    failure = watched.healths.excused("wifi", replace(SILENT, cause=cause), NOTHING)

    assert failure == Failure(
        cause=ailment,
        detail=f"so it was found; this probe ended as {cause}: no answer",
        phase=Phase.CONNECT,
        after_seconds=2.0,
        ended_as=cause,
    )


@pytest.mark.parametrize(("ailment", "cause"), [(one, each) for one, some in NEVER.items() for each in some])
def test_an_ailment_hides_no_failure_that_it_does_not_explain(watched: Watched, ailment: str, cause: str):
    watched.finds(ailment)

    assert watched.excuse(cause) == cause


def test_what_a_hop_says_that_proved_itself_is_its_own_word(watched: Watched):
    watched.finds(PORTAL)

    assert watched.excuse("http.status", verified("hk").evidence) == "http.status"
    assert watched.excuse("http.status") == PORTAL


def test_another_vantage_is_not_excused(watched: Watched):
    watched.finds(CUT_OFF)

    assert watched.excuse(vantage="wired") == "tcp.timeout"


def test_a_belief_without_new_evidence_excuses_for_a_minute_and_a_half(watched: Watched):
    watched.finds(CUT_OFF)
    watched.clock.pass_time(89)
    assert watched.excuse() == CUT_OFF
    watched.clock.pass_time(2)

    assert watched.excuse() == "tcp.timeout"
    assert watched.ails == [CUT_OFF]  # it is the last that is known


def test_it_is_found_out_anew_once_a_minute_whoever_fails(watched: Watched):
    watched.finds(CUT_OFF)
    assert not watched.healths.doubts(seen("tcp.timeout"))
    watched.clock.pass_time(61)

    assert not watched.healths.doubts(seen("tls.reset"))  # it would tell nothing of it
    assert watched.healths.doubts(seen("tcp.timeout"))
    assert not watched.healths.doubts(seen("tcp.timeout", hop="static"))
    watched.clock.pass_time(61)
    assert watched.healths.doubts(seen("dns.timeout"))


def test_new_evidence_makes_it_fresh(watched: Watched):
    watched.finds(CUT_OFF)
    watched.clock.pass_time(61)
    watched.finds(CUT_OFF)
    watched.clock.pass_time(61)

    assert watched.excuse() == CUT_OFF


def test_an_examination_that_finds_no_ailment_any_more_ends_it(watched: Watched):
    watched.finds(CUT_OFF)
    watched.clock.pass_time(61)
    doubted = seen("tcp.timeout")
    assert watched.healths.doubts(doubted)

    assert watched.finds("tcp.timeout.ip", rule="local.alone", of=doubted.identity) is None
    assert watched.ails == [CUT_OFF]  # nothing could be told
    assert watched.finds("tcp.timeout.ip", rule="tcp.address", of=doubted.identity) == "wifi"
    assert watched.ails == []


def test_a_finding_about_another_failure_ends_nothing(watched: Watched):
    watched.finds(CUT_OFF)

    assert watched.finds("tcp.refused", rule="tcp.refused", of=Identity(agent="a", epoch="e", seq=99)) is None
    assert watched.ails == [CUT_OFF]


def test_anybody_who_answers_ends_a_silence_at_once(watched: Watched):
    for cause in (GATEWAY, CUT_OFF, PROXY):
        watched.finds(cause)
    watched.clock.pass_time(0.1)

    assert watched.sees(seen("tcp.timeout")) is None
    assert watched.sees(seen(purpose=Purpose.CONTROL), vantage="wired") == "wired"
    assert watched.ails == [GATEWAY, CUT_OFF, PROXY]
    assert watched.sees(seen(purpose=Purpose.CONTROL)) == "wifi"
    assert watched.ails == []
    assert watched.excuse() == "tcp.timeout"


def test_what_had_begun_to_fail_while_it_lasted_is_still_explained(watched: Watched):
    watched.finds(CUT_OFF)
    watched.clock.pass_time(1.0)
    watched.sees(seen())
    watched.clock.pass_time(0.5)

    def told(after_seconds: float) -> str:
        return watched.healths.excused("wifi", replace(SILENT, after_seconds=after_seconds), NOTHING).cause

    assert (told(0.9), told(0.4)) == (CUT_OFF, "tcp.timeout")
    assert watched.ails == []


def test_what_had_answered_before_it_was_found_contradicts_nothing(watched: Watched):
    before = replace(seen(), started_at_ns=watched.clock.wall_ns(), elapsed_seconds=0.01)
    watched.clock.pass_time(1)
    watched.finds(CUT_OFF)

    watched.healths.take(before)
    assert watched.ails == [CUT_OFF]


def test_a_plain_answer_may_be_the_portals_own(watched: Watched):
    watched.finds(PORTAL)
    watched.clock.pass_time(0.1)

    watched.sees(page(ANCHOR))
    assert watched.ails == [PORTAL]
    watched.sees(verified())
    assert watched.ails == []


def test_a_clock_explains_certificates_that_are_in_their_time_by_the_clock_of_others(watched: Watched):
    now = NOW_NS // 10**9
    later = untrusted("", certificate={"not_before": now + 9 * YEAR, "not_after": now + 11 * YEAR}).evidence
    never = untrusted("", certificate={"not_before": now + 12 * YEAR}).evidence
    watched.sees(page(ANCHOR, ahead=10 * YEAR))
    watched.finds(SKEW, element="agent[a]")

    assert watched.excuse("tls.cert.not_yet_valid", later) == SKEW
    assert watched.excuse("tls.cert.not_yet_valid", never) == "tls.cert.not_yet_valid"
    watched.clock.pass_time(0.1)
    watched.sees(verified())
    assert watched.ails == [SKEW]
    watched.sees(page(ANCHOR, ahead=0.0))
    assert watched.ails == []


def resolved(**facts) -> Observation:
    timing = Timing(phase=Phase.RESOLVE, seconds=0.01, stamp=Stamp.KERNEL)
    return replace(seen(**facts), timings=(timing,))


def test_a_resolver_that_is_dead_for_every_name_explains_what_is_like_it(watched: Watched):
    watched.finds("dns.timeout.all", rule="names.silent", element="resolver[192.0.2.53]")

    assert watched.ails == [RESOLVER]
    assert watched.excuse("dns.timeout") == RESOLVER
    assert watched.excuse("dns.nxdomain") == "dns.nxdomain"
    assert watched.excuse("tcp.timeout") == "tcp.timeout"
    watched.clock.pass_time(0.1)
    watched.sees(resolved(purpose=Purpose.CONTROL))  # who knows which resolver that was
    assert watched.ails == [RESOLVER]
    watched.sees(resolved())
    assert watched.ails == []


def test_a_resolver_that_refuses_one_hops_name_may_do_so_for_that_name(watched: Watched):
    for hop in ("hk", "hk", "static"):
        assert watched.ails == []
        watched.finds("dns.refused", rule="names.refused", element="resolver[192.0.2.53]", hop=hop)

    assert watched.ails == [RESOLVER]
    assert watched.excuse("dns.refused") == RESOLVER
    assert watched.excuse("dns.timeout") == "dns.timeout"


def test_a_zone_that_nobody_can_ask_is_no_trouble_of_the_vantage(watched: Watched):
    watched.finds("dns.timeout.all", rule="names.silent", element="zone[example.net]")

    assert watched.ails == []


def uplink(*addresses: str) -> UplinkState:
    return UplinkState(vantage="wifi", is_up=True, since_ns=1, uplink=Uplink(addresses=addresses))


def test_another_network_need_not_have_the_last_ones_ailments(watched: Watched):
    watched.healths.take(uplink("192.168.7.20"))
    for cause in (PORTAL, SKEW, "local.resource"):
        watched.finds(cause)

    assert watched.healths.take(uplink("192.168.7.20")) is None
    assert watched.healths.take(uplink("10.9.8.7")) == "wifi"
    assert watched.ails == [SKEW, "local.resource"]


def test_broken_ipv6_is_an_ailment_that_excuses_nothing_here_and_is_told_elsewhere(watched: Watched):
    assert watched.healths.ipv6("wifi", is_broken=True)
    assert not watched.healths.ipv6("wifi", is_broken=True)

    assert watched.ails == [BROKEN]
    assert (watched.excuse(), watched.healths.notes()) == ("tcp.timeout", [])
    assert not watched.healths.explains(seen("tcp.timeout"))
    watched.clock.pass_time(0.1)
    watched.sees(seen())
    assert watched.ails == [BROKEN]
    assert watched.healths.ipv6("wifi", is_broken=False)
    assert watched.ails == []


def test_what_explains_a_failure_that_was_seen_before_is_told_to_whoever_looks_into_it(watched: Watched):
    watched.finds(CUT_OFF)

    told = watched.healths.ailment(seen("tcp.timeout"))
    assert told == watched.healths.ailments("wifi")[0]
    assert watched.healths.ailment(seen("tls.reset")) is None
    again = seen("tcp.timeout")
    excused = replace(
        again, outcome=Outcome.NOT_MEASURED, failure=watched.healths.excused("wifi", SILENT, NOTHING)
    )
    assert watched.healths.ailment(excused) is None  # it is looked into to find out whether that still holds


def test_a_vantage_that_is_gone_is_forgotten(watched: Watched):
    watched.finds(CUT_OFF)
    watched.healths.adopt(["wired"])

    assert watched.finds(PORTAL) is None
    assert (watched.excuse(), watched.healths.notes()) == ("tcp.timeout", [])
    assert not watched.healths.ipv6("wifi", is_broken=True)
