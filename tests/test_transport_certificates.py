"""A certificate that is not to be trusted: the hop's own fault, or one that somebody on the way has made."""

from dataclasses import replace
from typing import Any

import pytest

from probe.examination import Known, is_odd
from probe.examination.procedure import conclude, next_round
from probe.examination.transport import PART, controls
from probe.examination.transport.vouching import covers
from probe.model import Anchor, Hop
from tests.cases import MEANS
from tests.transport_cases import (
    AT_HOP,
    KNOWN,
    OWN_NETWORK,
    PORT_80,
    TRIP,
    WAY,
    bad_certificate,
    certificate,
    looked_into,
    met,
    opened,
    told,
)

STRANGE = certificate("theirs", issuer="CN=Nobody knows")
MADE = "tls.interception"
SECURE = Anchor(hop=Hop(name="far", scheme="https", host="far.example", port=443), path="/", where="abroad")


def issued_by(issuer, **facts):
    return certificate("theirs", issuer=issuer, **facts)


TABLE: dict[str, tuple[Any, dict[str, Any], dict[str, Any], tuple[object, ...]]] = {
    "expired": (
        bad_certificate("expired", STRANGE), {}, {},
        ("tls.cert.expired", AT_HOP, "down", "certificate.own"),
    ),
    "of an unknown issuer": (
        bad_certificate("incomplete_chain", STRANGE), {}, {},
        ("tls.cert.incomplete_chain", AT_HOP, "down", "certificate.own"),
    ),
    "of an unknown issuer that was sent along": (
        bad_certificate("incomplete_chain", STRANGE, certificate("root", subject="CN=Nobody knows")), {}, {},
        ("tls.cert.unknown_authority", AT_HOP, "down", "certificate.own"),
    ),
    "with the key that the hop has always had": (
        bad_certificate("incomplete_chain", trip=TRIP / 10), {PORT_80: opened(80)}, {},
        ("tls.cert.incomplete_chain", AT_HOP, "down", "certificate.same-elsewhere"),
    ),
    "with a key that another vantage gets as well": (
        bad_certificate("unknown_authority", STRANGE, trip=TRIP / 10), {PORT_80: opened(80)},
        {"known": replace(KNOWN, elsewhere=(bad_certificate("unknown_authority", STRANGE, vantage="mobile"),))},
        ("tls.cert.unknown_authority", AT_HOP, "down", "certificate.same-elsewhere"),
    ),
    "from somebody nearer than the address": (
        bad_certificate("incomplete_chain", STRANGE, trip=TRIP / 50), {PORT_80: opened(80)}, {},
        (MADE, OWN_NETWORK, "blocked", "certificate.nearer"),
    ),
    "from somebody nearer than the address, and farther than an anchor of this side": (
        bad_certificate("incomplete_chain", STRANGE, trip=TRIP / 2), {PORT_80: opened(80)}, {},
        (MADE, WAY, "blocked", "certificate.nearer"),
    ),
    "from nearer, by a single measurement": (
        bad_certificate("incomplete_chain", STRANGE, trip=TRIP / 10), {PORT_80: opened(80)}, {"known": Known()},
        ("tls.cert.incomplete_chain", AT_HOP, "down", "certificate.own"),
    ),
    "out of its time, from nearer": (
        bad_certificate("expired", STRANGE, trip=TRIP / 10), {PORT_80: opened(80)}, {},
        ("tls.cert.expired", AT_HOP, "down", "certificate.own"),
    ),
    "where another vantage gets a good one with another key": (
        bad_certificate("name_mismatch", STRANGE), {},
        {"known": replace(KNOWN, elsewhere=(met(at=-20.0, vantage="mobile", tls={"version": "TLSv1.3", "chain": (certificate(),)}),))},
        (MADE, WAY, "blocked", "certificate.other-elsewhere"),
    ),
    "of an issuer who has one for any name that is asked for": (
        bad_certificate("unknown_authority", STRANGE),
        {controls.FOREIGN: bad_certificate("unknown_authority", replace(STRANGE, sha256="another", names=("neutral.example",)))}, {},
        (MADE, WAY, "blocked", "certificate.to-order"),
    ),
    "of an issuer who shows the same one for any name": (
        bad_certificate("unknown_authority", STRANGE),
        {controls.FOREIGN: bad_certificate("name_mismatch", STRANGE)}, {},
        ("tls.cert.unknown_authority", AT_HOP, "down", "certificate.own"),
    ),
    "of an issuer whom an anchor shows as well": (
        bad_certificate("incomplete_chain", STRANGE),
        {controls.NEUTRAL: bad_certificate("incomplete_chain", replace(STRANGE, sha256="far", spki_sha256="far"), hop="far")},
        {"means": replace(MEANS, anchors=(SECURE,))},
        (MADE, OWN_NETWORK, "blocked", "certificate.one-issuer"),
    ),
    "of an issuer whom an anchor shows that is not meant for TLS": (
        bad_certificate("incomplete_chain", STRANGE),
        {controls.NEUTRAL: bad_certificate("incomplete_chain", replace(STRANGE, sha256="far", spki_sha256="far"), hop="far")}, {},
        ("tls.cert.incomplete_chain", AT_HOP, "down", "certificate.own"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_a_certificate_is_held_against_whom_the_facts_point_at(name):
    seen, answers, facts, expected = TABLE[name]

    assert expected == told(looked_into(seen, answers, **facts))


@pytest.mark.parametrize(
    "issuer",
    [
        r"CN=Superfish\, Inc.,C=US,ST=CA,L=SF,O=Superfish\, Inc.",
        "CN=eDellRoot",
        "CN=localhost",
        "CN=FortiGate CA,OU=Certificate Authority,O=Fortinet,L=Sunnyvale,ST=California,C=US",
        "CN=ESET SSL Filter CA,O=ESET\\, spol. s r. o.,C=SK",
        "O=mitmproxy,CN=mitmproxy",
    ],
)
def test_an_issuer_that_is_known_for_it_is_enough(issuer):
    assert told(looked_into(bad_certificate("unknown_authority", issued_by(issuer))))[::3] == (
        MADE,
        "certificate.interceptor",
    )


@pytest.mark.parametrize(
    "made",
    [
        issued_by("CN=localhost", subject="CN=localhost"),
        issued_by("CN=R11,O=Let's Encrypt,C=US"),
        issued_by("CN=Not Superfish\\, Inc."),
        issued_by("OU=Superfish\\, Inc.,CN=Somebody"),
        issued_by("CN=x,OU=a\\,CN=mitmproxy"),
        issued_by(""),
    ],
)
def test_any_other_issuer_is_not(made):
    assert told(looked_into(bad_certificate("unknown_authority", made)))[0] == "tls.cert.unknown_authority"


def test_a_made_certificate_that_this_machine_trusts_is_told_though_all_is_well():
    trusted = met(tls={"version": "TLSv1.3", "chain": (issued_by("CN=Kaspersky Anti-Virus Personal Root"),)})

    assert is_odd(trusted)
    assert told(looked_into(trusted)) == (MADE, OWN_NETWORK, "ok", "certificate.interceptor")


def test_a_good_handshake_is_not_odd():
    good = met(tls={"version": "TLSv1.3", "chain": (certificate(),)})

    assert not is_odd(good)
    assert conclude((PART,), looked_into(good)) == ()


@pytest.mark.parametrize(
    ("names", "name", "expected"),
    [
        (("a.example",), "A.example.", True),
        (("*.example",), "a.example", True),
        (("*.example",), "a.b.example", False),
        (("*.example",), "example", False),
        (("*",), "example", False),
        ((), "example", False),
    ],
)
def test_a_star_stands_for_one_label(names, name, expected):
    assert covers(names, name) is expected


SPOKEN = (
    "tls.alert.unrecognized_name",
    "tls.alert",
    "tls.not_tls",
    "tls.local_policy",
    "tls.too_large",
    "tls.failed",
)


@pytest.mark.parametrize("cause", SPOKEN)
def test_what_the_peer_says_itself_is_the_peers(cause):
    alert = {"alert": "unrecognized_name"} if "alert" in cause else {}

    assert told(looked_into(met(cause, tls=alert))) == (cause, AT_HOP, "down", "peer.said")


def test_nobody_else_is_asked_about_a_key_that_is_known():
    asked = next_round((PART,), looked_into(bad_certificate("incomplete_chain")), frozenset())
    assert asked == ()
