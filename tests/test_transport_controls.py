"""Who is asked about a connection, in which order, and how quietly."""

from dataclasses import replace

import pytest

from probe.consent import PROVOKING
from probe.examination.procedure import next_round
from probe.examination.transport import PART, controls
from probe.examination.transport.subject import subject
from probe.model import AddressFamily, Hop, Means, Overrides
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from tests.cases import HOP, MEANS, OURS, PLAIN
from tests.transport_cases import (
    KNOWN,
    PEER,
    TRIP,
    looked_into,
    met,
    opened,
    page,
    refused,
    reset,
    shook,
    silent,
    unanswered,
    vanished,
)

TARGET, NAMELESS, FOREIGN = controls.TARGET, controls.NAMELESS, controls.FOREIGN
SMALL, BYTES = controls.SMALL, controls.BYTES
NEUTRAL, NEAR, CARRIED = controls.NEUTRAL, controls.NEAR, controls.CARRIED
PORTS = (f"{controls.PORT}80", f"{controls.PORT}22")
SOON = TRIP / 5


def rounds(made, answers):
    """Return the ids of one round after the other, each answered as told, or not at all."""
    asked: frozenset[str] = frozenset()
    found = []
    while wanted := next_round((PART,), made, asked):
        ids = {one.id for one in wanted}
        found.append(ids)
        asked |= ids
        made = made.answered({name: answers[name] for name in ids if name in answers})
    return found


def asked(made, name):
    return next(one for one in next_round((PART,), made, frozenset()) if one.id == name)


def test_nobody_knocks_at_other_doors_of_where_a_redirect_led():
    there = refused(http=page(302, location="http://other.example/"))

    assert {one.id for one in controls.ports(*_about(refused()))} == set(PORTS)
    assert not list(controls.ports(*_about(there)))


def _about(seen):
    made = looked_into(seen)
    found = subject(made)
    assert found is not None
    return made, found


def test_nobody_is_named_before_nameless_words_have_passed():
    answers = {NAMELESS: shook(at=0.2), TARGET: reset(SOON, at=0.3)}

    assert rounds(looked_into(reset(SOON)), answers) == [{NAMELESS}, {FOREIGN, TARGET}]


def test_where_nobody_gets_through_our_name_goes_to_an_anchor_last():
    answers = {
        NAMELESS: reset(at=0.2),
        BYTES: met("tcp.reset_on_data", phase="processing"),
        NEUTRAL: shook(hop="far"),
    }

    assert rounds(looked_into(reset(SOON)), answers) == [{NAMELESS}, {NEUTRAL, BYTES}, {CARRIED}]


def test_an_anchor_that_answers_nobody_is_not_told_our_name():
    answers = {NAMELESS: refused(at=0.2), NEUTRAL: reset(hop="far")}

    assert rounds(looked_into(reset(SOON)), answers) == [{NAMELESS}, {NEUTRAL}]


def test_what_vanishes_is_waited_for_once_and_not_in_turn():
    answers = {NAMELESS: vanished(at=2.1), NEUTRAL: shook(hop="far")}

    assert rounds(looked_into(vanished()), answers) == [{NAMELESS, NEUTRAL}, {BYTES, SMALL, CARRIED}]


def test_a_hang_is_compared_with_everything_at_once():
    assert rounds(looked_into(silent()), {}) == [{NAMELESS, TARGET, SMALL, NEUTRAL, NEAR}]


def test_a_silent_port_is_compared_with_others_and_then_with_our_name_elsewhere():
    answers = {PORTS[0]: opened(80, at=2.1), NEUTRAL: shook(hop="far")}

    assert rounds(looked_into(unanswered()), answers) == [{TARGET, *PORTS, NEUTRAL}, {CARRIED}]


def test_after_a_filter_has_struck_an_anchor_is_asked_first_and_nobody_else_when_that_tells():
    struck = replace(KNOWN, lately=(*KNOWN.lately, reset(at=-2.0)))
    answers = {NEUTRAL: shook(hop="far"), CARRIED: reset(hop="far")}

    assert rounds(looked_into(refused(SOON), known=struck), answers) == [{NEUTRAL}, {CARRIED}]


def test_a_neighbour_is_a_hop_of_ours_in_the_same_network():
    near = met(hop="static", check="page", address="203.0.113.18")
    far = met(hop="fn", check="page", address="198.51.100.7", number=7)
    made = looked_into(unanswered(), known=replace(KNOWN, siblings=(near, far)), everywhere=(HOP, PEER))

    neighbours = [
        one for one in next_round((PART,), made, frozenset()) if one.id.startswith(controls.NEIGHBOUR)
    ]
    assert [(one.hop, one.prober, one.overrides) for one in neighbours] == [
        (PEER, Tcp(), Overrides(address="203.0.113.18", port=443))
    ]


def test_a_port_that_the_configuration_uses_is_asked_before_the_usual_ones():
    twin = Hop(name="admin", scheme="https", host=HOP.host, port=8443)
    made = looked_into(unanswered(), everywhere=(HOP, twin))

    ports = [
        one.overrides.port
        for one in next_round((PART,), made, frozenset())
        if one.id.startswith(controls.PORT)
    ]
    assert ports == [8443, 80]


def test_everything_goes_to_the_address_that_the_probe_used():
    made = looked_into(silent(address="203.0.113.77", port=8443))

    for one in next_round((PART,), made, frozenset()):
        if one.hop is HOP:
            assert (one.overrides.address, one.overrides.port) == ("203.0.113.77", 8443)
        assert one.family is AddressFamily.IPV4


def test_a_nameless_handshake_differs_in_nothing_but_the_name():
    control = asked(looked_into(reset(), prober=Http(protocol="auto")), NAMELESS)

    assert control.prober == Tls(alpn=("h2", "http/1.1"))
    assert control.overrides == Overrides(address=OURS, port=443, server_name="")


def test_a_nameless_request_is_the_checks_own_to_the_bare_address():
    prober = Http(path="/healthz")
    made = looked_into(met("http.reset", port=80, over_tls=False), hop=PLAIN, prober=prober)

    control = asked(made, NAMELESS)
    assert (control.prober, control.overrides) == (prober, Overrides(address=OURS, host=OURS))


@pytest.mark.parametrize("word", sorted(PROVOKING))
def test_what_may_provoke_is_asked_only_with_consent(word):
    answers = {NAMELESS: shook(at=0.2), NEUTRAL: shook(hop="far")}
    without = looked_into(reset(SOON), allow=frozenset(PROVOKING) - {word})

    assert (FOREIGN in set().union(*rounds(without, answers))) == (word != "foreign_sni")


@pytest.mark.parametrize(
    ("allow", "expected"),
    [
        (frozenset({"garbage_bytes"}), (64, False)),
        (frozenset(), (len(b"GET / HTTP/1.0\r\n\r\n"), True)),
    ],
)
def test_without_consent_other_bytes_are_a_request_for_nobody(allow, expected):
    made = looked_into(reset(SOON), {NAMELESS: reset(at=0.2)}, allow=allow)
    words = next(
        one for one in next_round((PART,), made, frozenset({NAMELESS})) if one.id == BYTES
    ).overrides.first_bytes

    assert words is not None
    assert expected == (len(words), words.isascii())


def test_garbage_is_the_same_for_one_place_so_that_it_is_said_once():
    made = looked_into(reset(SOON), {NAMELESS: reset(at=0.2)})
    twice = [next_round((PART,), one, frozenset({NAMELESS})) for one in (made, replace(made, hop=HOP))]

    assert {one.question for one in twice[0]} == {one.question for one in twice[1]}


def test_without_anchors_none_are_asked():
    made = looked_into(silent(), means=Means())

    assert {one.hop for one in next_round((PART,), made, frozenset())} == {HOP}


def test_an_anchor_that_is_meant_for_tls_goes_before_others_of_its_side():
    secure = replace(MEANS.anchors[0], hop=Hop(name="sure", scheme="https", host="sure.example", port=8443))
    made = looked_into(silent(), means=replace(MEANS, anchors=(*MEANS.anchors, secure)))

    control = asked(made, NEUTRAL)
    assert (control.hop.name, control.overrides.port, control.overrides.server_name) == ("sure", 8443, "")


def test_a_proxys_connection_is_nobodys_to_look_into():
    seen = reset()
    proxied = replace(seen, evidence=replace(seen.evidence, tcp=None))

    assert next_round((PART,), looked_into(proxied), frozenset()) == ()
