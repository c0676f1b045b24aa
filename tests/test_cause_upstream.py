"""What the relay, the next hop and other questions tell beside an answer: deeper where they support it, and no deeper."""

from dataclasses import replace

import pytest

from probe.cause.response.reading import Learnt, Reading, read
from probe.cause.response.upstream import Deeper, Facts, answers_itself, deeper, looked, passes
from probe.fingerprint import Fingerprints
from probe.model import Route, Span
from probe.model.element import seg
from tests.answers import http, observation

ROUTE = Route(name="route", hops=("r", "p", "a"))
SPAN = Span(route=ROUTE, asked="r", through="a")
TAIL = b"<hr><center>nginx</center>"


def look(*lines, status=502):
    return http(status, [("proxy-status", line) for line in lines])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (look("relay; error=proxy_internal_response", status=200), True),
        (look("relay; error=http_request_denied", status=429), True),
        # passed on, by a hop without config/relay or with it: whoever answered, it was not this hop
        (look("relay; received-status=404", status=404), None),
        (look("fn; error=http_request_error", "relay; received-status=404", status=404), None),
        (look("relay; error=connection_timeout", status=504), None),
        (look(status=200), None),
        (look(status=502), None),
        (None, None),
    ],
)
def test_a_hop_answers_itself_only_by_its_own_word(answer, expected) -> None:
    assert answers_itself(answer) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (look("relay; error=dns_error"), "relay.upstream.dns"),
        (look("relay; error=connection_timeout", status=504), "relay.upstream.connect_timeout"),
        (look("relay; error=tls_protocol_error"), "relay.upstream.tls"),
        (look("relay; error=connection_terminated"), "relay.upstream.closed"),
        (look("relay; error=connection_read_timeout", status=504), "relay.upstream.read_timeout"),
        # refused, or a router's word: it does not know which
        (look("relay; error=destination_unavailable"), "relay.upstream"),
        (look("relay; received-status=404", status=404), ""),
        (look("fn; error=http_request_error", "relay; received-status=404", status=404), ""),
        # no token, too often, no config/relay there
        (look("relay; error=http_request_denied", status=403), None),
        (look("relay; error=http_request_denied", status=429), None),
        (look(status=404), None),
        (None, None),
    ],
)
def test_a_look_at_the_upstream_means(answer, expected) -> None:
    assert looked(answer) == expected


UP = "relay.upstream"
ROWS = [
    (UP, 502, Facts(), None),
    (UP, 504, Facts(), None),
    (UP, 502, Facts(looked=look("r; error=tls_protocol_error")), (f"{UP}.tls", "response.upstream-look")),
    (UP, 504, Facts(looked=look("r; error=connection_timeout")), (f"{UP}.connect_timeout", "response.upstream-look")),
    # it says no more than the answer did, something else, or all is well by now
    (UP, 502, Facts(looked=look("r; error=destination_unavailable")), None),
    (f"{UP}.closed", 502, Facts(looked=look("r; error=tls_protocol_error")), None),
    (UP, 502, Facts(looked=look("r; received-status=200", status=200)), None),
    # the next hop fails everybody alike
    (UP, 502, Facts(next_direct="tcp.refused"), (f"{UP}.refused", "response.upstream-ill")),
    (UP, 502, Facts(next_direct="tls.cert.expired"), (f"{UP}.tls", "response.upstream-ill")),
    (UP, 502, Facts(next_direct="tls.alert.handshake_failure"), (f"{UP}.tls", "response.upstream-ill")),
    # ... or the asker only, perhaps
    *((UP, 502, Facts(next_direct=one), None) for one in ("", "tcp.timeout", "tls.reset.sni", "dns.injected", "tcp.refused.injected")),
    (f"{UP}.dns", 502, Facts(next_direct="tcp.refused"), None),
    # what took too long
    (UP, 504, Facts(others_pass=True), (f"{UP}.read_timeout", "response.upstream-others-pass")),
    (UP, 504, Facts(others_pass=False, next_direct=""), (f"{UP}.connect_timeout", "response.upstream-leg-dead")),
    (UP, 504, Facts(others_pass=False), None),
    (UP, 502, Facts(others_pass=True), None),
    (UP, 502, Facts(others_pass=False, next_direct=""), None),
]  # fmt: skip


@pytest.mark.parametrize(("cause", "status", "facts", "expected"), ROWS)
def test_the_facts_lead_deeper_or_not_at_all(cause, status, facts, expected) -> None:
    found = deeper(cause, status, facts)

    assert (found and (found.cause, found.rule)) == expected
    assert found is None or isinstance(found, Deeper)


def other(at, *, cause=None, leg=("r", "p")):
    return observation("r", "p", http(502 if cause else 200, []), cause=cause, crossed=(seg(*leg),), at_ns=at)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], None),
        ([other(20)], True),
        ([other(20, cause="relay.upstream")], False),
        ([other(20, cause="relay.upstream"), other(20)], True),
        # what began before the failure, goes another way or fails of something else says nothing
        ([other(5)], None),
        ([other(20, leg=("p", "a"))], None),
        ([other(20, cause="api.auth")], None),
    ],
)
def test_others_pass_a_leg_when_one_that_began_later_got_its_answer(others, expected) -> None:
    failed = observation("r", "a", http(504, []), cause="relay.upstream", crossed=(seg("r", "p"),), at_ns=10)

    assert passes(failed, [*others, failed], "r", "p") is expected


def test_the_marks_the_maker_and_the_facts_make_one_reading() -> None:
    found = read(
        http(504, [], TAIL),
        SPAN,
        learnt=Learnt(maker="r"),
        facts=Facts(others_pass=False, next_direct=""),
        waited_seconds=60.012,
    )

    assert found == Reading(
        cause="relay.upstream.connect_timeout",
        rule="response.upstream-leg-dead",
        element="seg[r>p]",
        detail="r answered 504 after 60 s: no question gets an answer that way, and the next hop answers others",
    )


def test_a_response_of_which_nothing_tells_the_maker_means_nothing() -> None:
    assert read(http(502, []), SPAN) is None
    assert read(http(200, []), SPAN, learnt=Learnt(maker="r")) is None


@pytest.mark.parametrize(
    ("status", "headers", "maker", "expected"),
    [
        (502, [], "r", ("relay.upstream", "seg[r>p]")),
        (504, [], "p", ("relay.upstream", "seg[p>a]")),
        (503, [], "r", ("relay.upstream", "seg[r>p]")),
        (503, [("retry-after", "5")], "r", ("relay.limited", "host[r]")),
        (429, [], "p", ("relay.limited", "host[p]")),
        (413, [], "r", ("relay.misconfig", "host[r]")),
        # the hop that was to answer did
        (500, [], "a", ("http.status", "host[a]")),
        (502, [], "a", ("http.status", "host[a]")),
    ],
)
def test_an_answer_known_by_its_marks_alone_is_read_by_its_status(status, headers, maker, expected) -> None:
    found = read(http(status, headers), SPAN, learnt=Learnt(maker=maker))

    assert (found.cause, found.element, found.rule) == (*expected, "response.marks")


def test_where_a_redirect_led_nobody_of_the_route_is_blamed() -> None:
    moved = replace(http(502, [], TAIL), redirects=("http://r/",))
    found = read(moved, SPAN, learnt=Fingerprints([ROUTE]).learnt(moved, SPAN))

    assert (found.cause, found.element) == ("relay.upstream", None)


BLOCKED = http(403, [("cf-ray", "1-HKG"), ("x-vercel-id", "hkg1::hkg1::x")], b"Sorry, you have been blocked")


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        (frozenset({"iad1"}), ("api.edge.blocked.geo", "response.function-region", "host[p]")),
        (frozenset({"iad1", "hkg1"}), ("api.edge.blocked", "response.cloudflare-page", "edge[a@HKG]")),
        (frozenset(), ("api.edge.blocked", "response.cloudflare-page", "edge[a@HKG]")),
    ],
)
def test_a_block_that_came_with_another_region_is_one_of_the_country(regions, expected) -> None:
    found = read(BLOCKED, SPAN, learnt=Learnt(maker="a", region="hkg1", regions=regions))

    assert (found.cause, found.rule, found.element) == expected


@pytest.mark.parametrize(
    ("waited", "words"),
    [(0.021, "too soon for the next hop"), (0.1, "late enough"), (None, "the mark of nginx")],
)
def test_time_decides_nothing_and_is_told(waited, words) -> None:
    learnt = Learnt(maker="r", own_seconds=0.02, behind_seconds=0.14)
    found = read(http(502, [], TAIL), SPAN, learnt=learnt, waited_seconds=waited)

    assert (found.cause, found.element) == ("relay.upstream", "seg[r>p]")
    assert words in found.detail
