"""An open connection that does not survive its first bytes: the name, the bytes, their size, or the peer, by what differs."""

from dataclasses import replace

import pytest

from probe.examination import Known
from probe.examination.transport import controls
from probe.model import Hop
from tests.cases import FORGED, PLAIN
from tests.transport_cases import (
    AT_HOP,
    GOOD,
    KNOWN,
    OWN_NETWORK,
    TRIP,
    WAY,
    certificate,
    looked_into,
    met,
    opened,
    page,
    refused,
    reset,
    shook,
    silent,
    told,
    unanswered,
    vanished,
)

TARGET, NAMELESS, FOREIGN = controls.TARGET, controls.NAMELESS, controls.FOREIGN
SMALL, BYTES = controls.SMALL, controls.BYTES
NEUTRAL, NEAR, CARRIED = controls.NEUTRAL, controls.NEAR, controls.CARRIED
SOON = TRIP / 5
ANSWERS = {NEUTRAL: shook(at=0.3, hop="far")}
PASSES = {**ANSWERS, CARRIED: shook(at=0.4, hop="far")}
CUT = {**ANSWERS, CARRIED: reset(at=0.4, hop="far")}


def closed(after=TRIP, **facts):
    return met("tls.closed", after=after, **facts)


def bytes_met(cause, **facts):
    return met(cause, over_tls=False, **facts)


RESET_ON_DATA = bytes_met("tcp.reset_on_data", at=0.4, phase="processing")
ENDED = bytes_met("tcp.closed", at=0.4, phase="processing")

TABLE = {
    "a reset too soon, only with our name": (
        reset(SOON), {NAMELESS: shook(at=0.2), TARGET: reset(SOON, at=0.3)},
        ("tls.reset.sni", WAY, "blocked", "name.filtered"),
    ),
    "a reset too soon, that did not come again": (
        reset(SOON), {NAMELESS: shook(at=0.2), TARGET: shook(at=0.3)},
        ("tls.reset", None, "degraded", "bytes.passed"),
    ),
    "a reset too soon, asked again before it passed without a name": (
        reset(SOON), {NAMELESS: shook(at=0.4), TARGET: reset(SOON, at=0.3)},
        ("tls.reset", WAY, "blocked", "bytes.unanswered"),
    ),
    "a reset too soon, with any name": (
        reset(SOON), {NAMELESS: shook(at=0.2), FOREIGN: reset(at=0.3), TARGET: reset(SOON, at=0.3)},
        ("tls.reset", WAY, "blocked", "bytes.unanswered"),
    ),
    "a reset as late as the peer's own, only with our name": (
        reset(), {NAMELESS: shook(at=0.2), TARGET: reset(at=0.3), **PASSES},
        ("tls.reset", WAY, "down", "bytes.unanswered"),
    ),
    "the same, and an anchor is kept from our name": (
        reset(), {NAMELESS: shook(at=0.2), TARGET: reset(at=0.3), **CUT},
        ("tls.reset.sni", WAY, "blocked", "name.filtered-at-anchor"),
    ),
    "a reset with any name and with none, while an anchor is kept from our name": (
        reset(), {NAMELESS: refused(at=0.2), **CUT},
        ("tls.reset.sni", WAY, "blocked", "name.filtered-at-anchor"),
    ),
    "an anchor that itself resets names which are not its own": (
        reset(), {NAMELESS: reset(at=0.2), **ANSWERS, CARRIED: reset(at=0.4, hop="far", acked=True)},
        ("tls.reset", WAY, "down", "bytes.unanswered"),
    ),
    "a reset by the peer who had our words": (
        reset(acked=True), {},
        ("tls.reset", AT_HOP, "down", "bytes.unanswered"),
    ),
    "a reset of whatever is said, while an anchor hears our name": (
        reset(), {NAMELESS: reset(at=0.2), BYTES: RESET_ON_DATA, **PASSES},
        ("tcp.reset_on_data", WAY, "blocked", "bytes.any"),
    ),
    "a reset of whatever is said, that may be the time after a filter struck": (
        reset(), {NAMELESS: reset(at=0.2), BYTES: RESET_ON_DATA},
        ("tls.reset", WAY, "down", "bytes.unanswered"),
    ),
    "a reset of whatever is said, by the peer": (
        reset(acked=True), {NAMELESS: reset(at=0.2), BYTES: RESET_ON_DATA},
        ("tcp.reset_on_data", AT_HOP, "down", "bytes.any"),
    ),
    "a reset of every handshake": (
        reset(acked=True), {NAMELESS: reset(at=0.2), BYTES: ENDED},
        ("tls.reset.other", AT_HOP, "down", "name.any"),
    ),
    "an end of every handshake": (
        closed(), {NAMELESS: closed(at=0.2), BYTES: bytes_met("", at=0.4)},
        ("tls.closed.other", AT_HOP, "down", "name.any"),
    ),
    "an end of whatever is said": (
        closed(), {NAMELESS: closed(at=0.2), BYTES: ENDED},
        ("tls.closed", AT_HOP, "down", "bytes.unanswered"),
    ),
    "words that vanish, only with our name": (
        vanished(), {NAMELESS: shook(at=1.4), TARGET: vanished(at=1.5)},
        ("tls.timeout.sni", WAY, "blocked", "name.filtered"),
    ),
    "words that vanish, while an anchor's do too once they name us": (
        vanished(), {NAMELESS: unanswered(at=1.4), **ANSWERS, CARRIED: vanished(hop="far")},
        ("tls.timeout.sni", WAY, "blocked", "name.filtered-at-anchor"),
    ),
    "words that vanish, whatever they are": (
        vanished(), {NAMELESS: vanished(at=1.4), BYTES: bytes_met("tcp.silent", phase="processing"), **PASSES},
        ("tcp.data_blackhole", WAY, "blocked", "bytes.any"),
    ),
    "words that vanish, unless they are short": (
        vanished(), {NAMELESS: vanished(at=1.4), SMALL: shook(at=1.5), TARGET: vanished(at=1.5)},
        ("tcp.pmtu_blackhole", WAY, "down", "bytes.large"),
    ),
    "an answer of which only the end comes": (
        silent(gap=1), {NAMELESS: silent(), SMALL: shook(at=1.5), TARGET: silent(at=1.5, gap=1)},
        ("tcp.pmtu_blackhole", WAY, "down", "bytes.large"),
    ),
    "the same, and of the anchors' answers too": (
        silent(gap=1),
        {NAMELESS: silent(), SMALL: shook(at=1.5), TARGET: silent(at=1.5), NEUTRAL: silent(hop="far"), NEAR: silent(hop="near")},
        ("tcp.pmtu_blackhole", OWN_NETWORK, "down", "bytes.large"),
    ),
    "the same, but not on this side of the border": (
        silent(gap=1),
        {NAMELESS: silent(), SMALL: shook(at=1.5), TARGET: silent(at=1.5), NEUTRAL: silent(hop="far"), NEAR: shook(hop="near")},
        ("tcp.pmtu_blackhole", WAY, "down", "bytes.large"),
    ),
    "an answer that came by chance when it was asked for in small segments": (
        silent(), {NAMELESS: shook(at=1.5), SMALL: shook(at=1.5), TARGET: silent(at=1.5)},
        ("tls.timeout", AT_HOP, "down", "bytes.unanswered"),
    ),
    "silence after everything": (
        silent(), {NAMELESS: silent(at=1.5), SMALL: silent(at=1.5), TARGET: silent(at=1.5)},
        ("tls.timeout.server_hung", AT_HOP, "down", "peer.hung"),
    ),
    "silence, with nothing known of small segments": (
        silent(), {NAMELESS: silent(at=1.5)},
        ("tls.timeout", AT_HOP, "down", "bytes.unanswered"),
    ),
    "silence that was over a moment later": (
        silent(), {NAMELESS: silent(at=1.5), SMALL: silent(at=1.5), TARGET: shook(at=1.5)},
        ("tls.timeout", None, "degraded", "bytes.passed"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_what_is_cut_short_is_named_by_what_is_not(name):
    seen, answers, expected = TABLE[name]

    assert expected == told(looked_into(seen, answers))


ONLY_WITH_OUR_NAME = {NAMELESS: shook(at=0.2), TARGET: vanished(at=0.3)}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"known": Known()}, "tls.timeout"),
        ({"known": Known(vouched=(FORGED,))}, "tls.timeout.sni"),
        ({"known": Known(keys=("ours",))}, "tls.timeout.sni"),
        ({"known": Known(), "hop": Hop(name="hk", scheme="https", host="hk.example.net", port=443, address=FORGED)},
         "tls.timeout.sni"),
    ],
)  # fmt: skip
def test_nothing_is_said_of_the_name_at_an_address_that_may_be_anybodys(facts, expected):
    seen = vanished(address=FORGED)

    assert expected == told(looked_into(seen, ONLY_WITH_OUR_NAME, **facts))[0]


def test_a_verified_certificate_for_the_name_vouches_for_the_address():
    nameless = met(at=0.2, tls={"version": "TLSv1.3", "chain": (certificate(names=("*.example.net",)),)})

    answers = {NAMELESS: nameless, TARGET: vanished(at=0.3)}
    assert told(looked_into(vanished(address=FORGED), answers, known=Known()))[0] == "tls.timeout.sni"


def test_what_comes_and_goes_by_itself_is_put_down_to_no_rule():
    now_and_then = replace(KNOWN, lately=(*GOOD, reset(at=-3.0, acked=True), met(at=-2.0)))
    answers = {NAMELESS: reset(at=0.2), BYTES: RESET_ON_DATA, **PASSES}

    assert told(looked_into(reset(acked=True), answers, known=now_and_then))[0] == "tls.reset"


def test_one_end_that_came_too_soon_tells_who_ends_them_all():
    before = replace(KNOWN, lately=(*GOOD, reset(SOON, at=-2.0)))
    answers = {NAMELESS: shook(at=0.2), TARGET: reset(at=0.3)}

    assert told(looked_into(reset(3 * TRIP), answers, known=before))[0] == "tls.reset.sni"


def test_a_connection_that_ends_too_soon_and_only_once_is_nobodys_forgery():
    stopped = replace(KNOWN, lately=(*GOOD, refused(at=0.2)))

    assert told(looked_into(reset(SOON), {NAMELESS: refused(at=0.2)}, known=stopped))[2] == "down"


def plainly(cause, **facts):
    return met(cause, port=80, over_tls=False, **facts)


HTTP_TABLE = {
    "a reset too soon, only with our Host": (
        plainly("http.reset", after=SOON), {NAMELESS: plainly("", at=0.2, http=page(404)), TARGET: plainly("http.reset", at=0.3)},
        ("http.reset.host", WAY, "blocked", "name.filtered"),
    ),
    "an end too soon, only with our Host": (
        plainly("http.closed", after=SOON), {NAMELESS: plainly("", at=0.2, http=page(404)), TARGET: plainly("http.closed", at=0.3)},
        ("http.closed.host", WAY, "blocked", "name.filtered"),
    ),
    "a request that vanishes, only with our Host": (
        plainly("http.timeout.first_byte", after=2.0),
        {NAMELESS: plainly("", at=2.2, http=page(404)), TARGET: plainly("http.timeout.first_byte", at=2.3)},
        ("http.timeout.first_byte", WAY, "blocked", "name.filtered"),
    ),
    "a server that resets every request, and not every byte": (
        plainly("http.reset", acked=True), {NAMELESS: plainly("http.reset", at=0.2), BYTES: bytes_met("", at=0.3)},
        ("http.reset", AT_HOP, "down", "name.any"),
    ),
    "a server that takes requests and hangs": (
        plainly("http.timeout.first_byte", acked=True, after=2.0),
        {NAMELESS: plainly("http.timeout.first_byte", acked=True), SMALL: plainly("http.timeout.first_byte", acked=True)},
        ("http.timeout.first_byte", AT_HOP, "down", "peer.hung"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HTTP_TABLE)
def test_the_same_holds_without_tls_for_the_host(name):
    seen, answers, expected = HTTP_TABLE[name]

    assert expected == told(looked_into(seen, answers, hop=PLAIN))


def test_a_hop_that_passes_on_what_is_asked_is_not_blamed_for_its_silence():
    seen = plainly("http.timeout.first_byte", acked=True, after=2.0, through="vercel")
    answers = {
        NAMELESS: plainly("http.timeout.first_byte", acked=True),
        SMALL: plainly("http.timeout.first_byte", acked=True),
    }

    assert told(looked_into(seen, answers, hop=PLAIN))[3] == "seen"


def test_an_open_port_is_no_answer_to_words():
    assert told(looked_into(reset(), {NAMELESS: opened(443, at=0.2)}))[0] == "tls.reset"
