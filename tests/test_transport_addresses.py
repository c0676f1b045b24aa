"""A connection that does not open: which port, which address, which network, whose word, each by the fact that tells it apart."""

from dataclasses import replace

import pytest

from probe.examination import Known
from probe.examination.transport import controls
from probe.model import AddressFamily
from tests.cases import OURS
from tests.transport_cases import (
    AT_HOP,
    GOOD,
    KNOWN,
    PORT_22,
    PORT_80,
    TRIP,
    WAY,
    looked_into,
    met,
    opened,
    page,
    refused,
    reset,
    shook,
    told,
    told_by,
    unanswered,
    vanished,
)

ROUTER = "198.51.100.1"
NEIGHBOUR = f"{controls.NEIGHBOUR}static"
MUTE = {PORT_80: unanswered(port=80, at=2.1), PORT_22: unanswered(port=22, at=2.1)}
ALIVE = {PORT_80: opened(80, at=2.1), PORT_22: unanswered(port=22, at=2.1)}
OVER_6 = "2001:db8:7::34"


def elsewhere(seen, *, group="path[mobile>hk]"):
    return replace(KNOWN, elsewhere=(replace(seen, crossed=("access[mobile]", group, AT_HOP)),))


TABLE = {
    "a refusal after a round trip": (
        refused(), {}, {},
        ("tcp.refused", AT_HOP, "down", "tcp.refused"),
    ),
    "a refusal after a fifth of it": (
        refused(TRIP / 5), {}, {},
        ("tcp.refused.injected", WAY, "blocked", "tcp.refused-too-soon"),
    ),
    "a late refusal, after one that came too soon": (
        refused(0.2), {}, {"known": replace(KNOWN, lately=(*GOOD, refused(TRIP / 5, at=-1.0)))},
        ("tcp.refused.injected", WAY, "blocked", "tcp.refused-too-soon"),
    ),
    "an early refusal where every port refuses as early": (
        refused(TRIP / 5), {PORT_80: refused(TRIP / 5, port=80), PORT_22: refused(TRIP / 5, port=22)}, {},
        ("tcp.refused.injected", WAY, "blocked", "tcp.refused-too-soon"),
    ),
    "an early refusal, with nothing to compare it with": (
        refused(TRIP / 5), {}, {"known": Known()},
        ("tcp.refused", AT_HOP, "down", "tcp.refused"),
    ),
    "an early refusal, by what was measured at one moment": (
        refused(TRIP / 5), {PORT_80: opened(80)}, {"known": Known()},
        ("tcp.refused", AT_HOP, "down", "tcp.refused"),
    ),
    "an early refusal, by what another network took": (
        refused(TRIP / 5), {}, {"known": replace(KNOWN, lately=(), before=met(at=-30.0, source="10.1.2.3"))},
        ("tcp.refused", AT_HOP, "down", "tcp.refused"),
    ),
    "a refusal here while another vantage gets through": (
        refused(), {}, {"known": elsewhere(met(at=1.0, vantage="mobile"))},
        ("tcp.refused", WAY, "blocked", "tcp.refused"),
    ),
    "silence of one port": (
        unanswered(), ALIVE, {},
        ("tcp.timeout.port", WAY, "down", "tcp.port"),
    ),
    "silence of one port, while another one refuses": (
        unanswered(), {PORT_80: refused(port=80, at=2.1)}, {},
        ("tcp.timeout.port", WAY, "down", "tcp.port"),
    ),
    "another port that somebody nearer answers for": (
        unanswered(), {PORT_80: opened(80, TRIP / 10, at=2.1), PORT_22: unanswered(port=22)}, {},
        ("tcp.timeout", WAY, "down", "tcp.unopened"),
    ),
    "another port that answered before the place was last well": (
        unanswered(), {PORT_80: opened(80, at=-40.0)}, {},
        ("tcp.timeout", WAY, "down", "tcp.unopened"),
    ),
    "silence of every port": (
        unanswered(), MUTE, {},
        ("tcp.timeout.ip", WAY, "down", "tcp.address"),
    ),
    "silence of every port, while a neighbour answers": (
        unanswered(), {**MUTE, NEIGHBOUR: opened(443, at=2.1, address="203.0.113.18")}, {},
        ("tcp.timeout.ip", WAY, "down", "tcp.address"),
    ),
    "silence of every port and of a neighbour": (
        unanswered(), {**MUTE, NEIGHBOUR: unanswered(at=2.1, address="203.0.113.18")}, {},
        ("tcp.timeout.prefix", WAY, "down", "tcp.prefix"),
    ),
    "silence of every port and of whatever is abroad": (
        unanswered(), {**MUTE, "anchor:far": unanswered(port=80, hop="far", address="203.0.114.98")}, {},
        ("tcp.timeout", WAY, "down", "tcp.unopened"),
    ),
    "silence of every port, while another network gets through": (
        unanswered(), MUTE, {"known": elsewhere(met(at=1.0, vantage="mobile"))},
        ("tcp.timeout.ip", WAY, "blocked", "tcp.address"),
    ),
    "silence of every port, while another vantage of the provider gets through": (
        unanswered(), MUTE, {"known": elsewhere(met(at=1.0, vantage="mobile"), group=WAY)},
        ("tcp.timeout.src_banned", AT_HOP, "blocked", "tcp.source"),
    ),
    "silence of every port, where another vantage got through before": (
        unanswered(), MUTE, {"known": elsewhere(met(at=-5.0, vantage="mobile"), group=WAY)},
        ("tcp.timeout.ip", WAY, "down", "tcp.address"),
    ),
    "silence of every port from two networks": (
        unanswered(), MUTE, {"known": elsewhere(unanswered(at=1.0, vantage="mobile"))},
        ("tcp.timeout.ip", AT_HOP, "down", "tcp.address"),
    ),
    "silence by IPv6 while IPv4 is well": (
        unanswered(address=OVER_6), {PORT_80: unanswered(port=80, address=OVER_6)},
        {"known": replace(KNOWN, lately=(*GOOD, met(at=0.5)))},
        ("tcp.timeout.ip", AT_HOP, "down", "tcp.address"),
    ),
    "silence in a check of IPv6 while IPv4 is well": (
        unanswered(address=OVER_6), {PORT_80: unanswered(port=80, address=OVER_6)},
        {"family": AddressFamily.IPV6, "known": replace(KNOWN, lately=(*GOOD, met(at=0.5)))},
        ("tcp.timeout.ip", AT_HOP, "ok", "tcp.address"),
    ),
    "silence in a check of IPv6 while IPv4 is not well either": (
        unanswered(address=OVER_6), {PORT_80: unanswered(port=80, address=OVER_6)},
        {"family": AddressFamily.IPV6, "known": replace(KNOWN, lately=(*GOOD, unanswered(at=0.5)))},
        ("tcp.timeout.ip", WAY, "down", "tcp.address"),
    ),
    "silence that nobody was asked about": (
        unanswered(), {}, {},
        ("tcp.timeout", WAY, "down", "tcp.unopened"),
    ),
    "silence that was over a moment later": (
        unanswered(), {controls.TARGET: opened(443, at=2.1)}, {},
        ("tcp.timeout", None, "degraded", "tcp.passed"),
    ),
    "silence after a router's word": (
        unanswered(), {}, {"known": replace(KNOWN, lately=(*GOOD, met("tcp.unreachable.admin", at=-2.0, icmp=told_by(OURS))))},
        ("tcp.unreachable.admin", AT_HOP, "blocked", "tcp.told-lately"),
    ),
    "a router's word": (
        met("tcp.unreachable", icmp=told_by(ROUTER, 1)), {}, {},
        ("tcp.unreachable", WAY, "down", "tcp.unreachable"),
    ),
    "a router's policy": (
        met("tcp.unreachable.admin", icmp=told_by(ROUTER)), {}, {},
        ("tcp.unreachable.admin", WAY, "blocked", "tcp.unreachable"),
    ),
    "the hop's own policy": (
        met("tcp.unreachable.admin", icmp=told_by(OURS)), {}, {},
        ("tcp.unreachable.admin", AT_HOP, "blocked", "tcp.unreachable"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_what_does_not_open_is_named_by_what_else_opens(name):
    seen, answers, facts, expected = TABLE[name]

    assert expected == told(looked_into(seen, answers, **facts))


STRUCK = replace(KNOWN, lately=(*GOOD, reset(at=-2.0)))
FILTERED = {controls.NEUTRAL: shook(at=0.3, hop="far"), controls.CARRIED: reset(at=0.4, hop="far")}


@pytest.mark.parametrize(
    ("seen", "answers", "known", "expected"),
    [
        (refused(TRIP / 5), FILTERED, STRUCK, "tls.reset.sni"),
        (refused(0.2), FILTERED, STRUCK, "tls.reset.sni"),
        (unanswered(), FILTERED, STRUCK, "tls.reset.sni"),
        (unanswered(), FILTERED | {controls.CARRIED: vanished(hop="far")}, STRUCK, "tls.timeout.sni"),
        (unanswered(), FILTERED | ALIVE, KNOWN, "tls.reset.sni"),
        (unanswered(), FILTERED | MUTE, KNOWN, "tcp.timeout.ip"),
        (unanswered(), FILTERED | ALIVE | {controls.CARRIED: shook(hop="far")}, STRUCK, "tcp.timeout.port"),
        (unanswered(), FILTERED | ALIVE | {controls.NEUTRAL: reset(hop="far")}, STRUCK, "tcp.timeout.port"),
        (unanswered(), FILTERED | ALIVE | {controls.CARRIED: reset(hop="far", acked=True)}, STRUCK, "tcp.timeout.port"),
        (refused(), FILTERED, KNOWN, "tcp.refused"),
    ],
)  # fmt: skip
def test_a_port_that_is_shut_for_the_name_said_there_is_told_by_an_anchor(seen, answers, known, expected):
    assert expected == told(looked_into(seen, answers, known=known))[0]


def test_after_a_filter_has_struck_a_refusal_is_not_held_against_the_hop():
    assert told(looked_into(refused(), known=STRUCK))[1:3] == (WAY, "down")


def test_a_refusal_after_a_reset_is_the_hops_where_our_name_passes_an_anchor():
    passes = FILTERED | {controls.CARRIED: shook(at=0.4, hop="far")}

    assert told(looked_into(refused(), passes, known=STRUCK)) == (
        "tcp.refused",
        AT_HOP,
        "down",
        "tcp.refused",
    )


def test_a_failure_behind_a_redirect_is_blamed_on_the_way_to_the_hop_that_redirects():
    redirected = refused(http=page(302, location="http://other.example/"))

    assert told(looked_into(redirected))[:2] == ("tcp.refused", WAY)
