"""An answer without TLS that is not the hop's, and one that is too large for the way."""

from dataclasses import replace

import pytest

from probe.examination import Known, is_odd
from probe.examination.procedure import conclude
from probe.examination.transport import PART, controls
from probe.model import Http, Phase, Stamp, Timing
from probe.prober.http import Http as Asks
from probe.secret import Secret
from tests.cases import PLAIN
from tests.transport_cases import (
    GOOD,
    KNOWN,
    OWN_NETWORK,
    TRIP,
    WAY,
    looked_into,
    met,
    opened,
    page,
    told,
)

AWAY = "http://warning.example/"
REDIRECT, PAGE = "http.injected_redirect", "http.blockpage"


def answered(cause="http.status", *, reply=2 * TRIP, http=None, **facts):
    """Make an observation of an answer without TLS, whose first byte came so late."""
    seen = met(cause, port=80, over_tls=False, phase=None, http=http or page(302, location=AWAY), **facts)
    processing = Timing(phase=Phase.PROCESSING, seconds=reply, stamp=Stamp.KERNEL)
    return replace(seen, timings=(*seen.timings, processing))


def at_anchor(**facts):
    return {controls.CARRIED: answered(hop="far", address="203.0.114.98", **facts)}


WAS_PLAIN = replace(KNOWN, lately=tuple(replace(one) for one in GOOD))
TABLE = {
    "a redirect sooner than the address can answer": (
        answered(reply=TRIP / 10), {}, WAS_PLAIN,
        (REDIRECT, OWN_NETWORK, "blocked", "answer.too-soon"),
    ),
    "the same, but not as near as an anchor of this side": (
        answered(reply=TRIP / 2), {}, WAS_PLAIN,
        (REDIRECT, WAY, "blocked", "answer.too-soon"),
    ),
    "a page sooner than the address can answer": (
        answered("http.body", reply=TRIP / 10, http=page(200)), {}, WAS_PLAIN,
        (PAGE, OWN_NETWORK, "blocked", "answer.too-soon"),
    ),
    "a redirect too soon, by a single round trip": (
        answered(reply=TRIP / 10), {}, Known(),
        ("http.status", None, "down", "seen"),
    ),
    "a redirect that an anchor gives as well, to our name": (
        answered(), at_anchor(), WAS_PLAIN,
        (REDIRECT, WAY, "blocked", "answer.at-anchor"),
    ),
    "a page that an anchor gives as well, to our name": (
        answered(http=page(403, excerpt="<h1>forbidden by law")), at_anchor(http=page(403, excerpt="<h1>forbidden by law")), WAS_PLAIN,
        (PAGE, WAY, "blocked", "answer.at-anchor"),
    ),
    "a redirect of the hop's own": (
        answered(), at_anchor(http=page(404)), WAS_PLAIN,
        ("http.status", None, "down", "seen"),
    ),
    "a redirect to the same name over TLS": (
        answered(http=page(301, location="https://hk.example.net/")),
        at_anchor(http=page(301, location="https://hk.example.net/")), WAS_PLAIN,
        ("http.status", None, "down", "seen"),
    ),
    "two servers that both know nothing": (
        answered(http=page(404)), at_anchor(http=page(404)), WAS_PLAIN,
        ("http.status", None, "down", "seen"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_a_plain_answer_is_somebody_elses_only_when_it_cannot_be_the_hops(name):
    seen, answers, known, expected = TABLE[name]

    assert expected == told(looked_into(seen, answers, known=known, hop=PLAIN))


def test_a_good_answer_that_came_far_too_soon_is_odd_and_looked_into():
    soon = answered("", reply=TRIP / 10, http=page(200))

    assert is_odd(soon)
    assert told(looked_into(soon, known=WAS_PLAIN, hop=PLAIN))[::3] == (PAGE, "answer.too-soon")


@pytest.mark.parametrize("reply", [TRIP, TRIP * 0.7])
def test_a_good_answer_that_came_a_little_soon_is_not(reply):
    assert not is_odd(answered("", reply=reply, http=page(200)))


def test_a_success_that_turns_out_well_is_no_finding():
    slow_to_connect = answered("", reply=TRIP, trip=4 * TRIP, http=page(200))

    assert is_odd(slow_to_connect)
    assert conclude((PART,), looked_into(slow_to_connect, known=WAS_PLAIN, hop=PLAIN)) == ()


def ended(cause="http.timeout.first_byte", **facts):
    return met(cause, acked=True, phase="processing", over_tls=True, tls={"version": "TLSv1.3"}, **facts)


SMALL_IS_WELL = {controls.SMALL: met(at=2.2), controls.TARGET: ended(at=2.2)}
LARGE = replace(
    KNOWN, before=met(at=-30.0, http=Http(url="https://hk.example.net/", status=200, body_bytes=20_000))
)


@pytest.mark.parametrize(
    ("seen", "answers", "known", "expected"),
    [
        (ended(gap=1), SMALL_IS_WELL, KNOWN, "tcp.pmtu_blackhole"),
        (ended("http.timeout.body", gap=1), SMALL_IS_WELL, KNOWN, "tcp.pmtu_blackhole"),
        (ended(), SMALL_IS_WELL, LARGE, "tcp.pmtu_blackhole"),
        (ended(), SMALL_IS_WELL, KNOWN, "http.timeout.first_byte"),
        (ended(gap=1), {controls.SMALL: ended(at=2.2), controls.TARGET: ended(at=2.2)}, KNOWN, "http.timeout.first_byte"),
        (ended(gap=1), {controls.SMALL: met(at=2.2), controls.TARGET: met(at=2.2)}, KNOWN, "http.timeout.first_byte"),
        (ended(gap=1), {controls.SMALL: met(at=2.2)}, KNOWN, "http.timeout.first_byte"),
    ],
)  # fmt: skip
def test_an_answer_that_comes_in_small_segments_only_is_too_large_for_the_way(seen, answers, known, expected):
    assert expected == told(looked_into(seen, answers, known=known))[0]


def test_gaps_at_other_hops_too_are_the_vantages_own():
    with_gap = ended(gap=1, at=1.0, hop="static", check="page")
    known = replace(KNOWN, siblings=(with_gap,))

    assert told(looked_into(ended(gap=1), SMALL_IS_WELL, known=known))[1] == OWN_NETWORK


def test_a_request_that_uses_up_a_quota_is_not_repeated(tmp_path):
    keyed = Asks(bearer=Secret(file=str(tmp_path / "key")))
    made = looked_into(ended(gap=1), prober=keyed)

    assert PART.wanted(made) == ()
    assert PART.wanted(looked_into(ended(gap=1))) != ()


def test_an_open_port_tells_nothing_of_answers():
    assert told(looked_into(ended(), {controls.SMALL: opened(443)}))[0] == "http.timeout.first_byte"
