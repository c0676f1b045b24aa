"""`hopwatch tls`: the handshake in phases, the chain, and whether it is to be trusted, in words."""

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest
from rich.text import Text

from probe.cli.look.tls import _certificate, _handshake
from probe.model import Certificate, Evidence, Tls
from tests import rig_certificates as certificates
from tests.hostile_texts import TEXTS
from tests.rig_servers import hold, saying, tcp_server, tls_server
from tests.store_records import observation
from tests.typed import typed

DAY = 86_400


@pytest.fixture
def config(tmp_path):
    """Write a configuration of two vantages, with a hop at a port that trusts the rig's authority."""
    certificates.trust_file(tmp_path)

    def write(port):
        path = tmp_path / "hopwatch.yml"
        path.write_text(
            "version: 1\n"
            "vantages: {near: {source: {address: 127.0.0.1}}, far: {system: {}}}\n"
            f'hops: {{hk: {{url: "https://localhost:{port}", ca_file: ca.pem}}}}\n'
            "routes: {way: {hops: [hk]}}\n"
        )
        return str(path)

    return write


@contextmanager
def serving(context):
    with tls_server(context, hold) as server:
        yield server.port


def test_a_good_handshake_is_told_with_its_phases_and_chain(config):
    with serving(certificates.honest()) as port:
        code, out, err = typed("tls", "hk", "--config.file", config(port))

    facts = {line.split("  ")[0].strip() for line in out.splitlines()}
    assert (code, err, out.splitlines()[-1]) == (0, "", "The handshake is complete and verified.")
    assert out.splitlines()[0] == f"localhost:{port} from near"
    assert {
        "address",
        "connect",
        "tls",
        "version",
        "cipher",
        "ALPN",
        "verified",
        "names",
        "issuer",
        "valid",
    } <= facts
    assert {"SHA-256", "SPKI SHA-256"} <= facts
    assert "ms, kernel's clock" in out


@pytest.mark.parametrize(
    ("made", "cause"),
    [
        (certificates.expired, "tls.cert.expired"),
        (certificates.not_yet_valid, "tls.cert.not_yet_valid"),
        (certificates.untrusted, "tls.cert.incomplete_chain"),
    ],
)
def test_a_bad_certificate_is_shown_and_its_trouble_said_with_advice(config, made, cause):
    with serving(made()) as port:
        code, out, _ = typed("tls", "hk", "--config.file", config(port))

    assert (code, f"\n{cause}, " in out, "  what to do: " in out) == (1, True, True)
    assert "\nverified      no: " in out
    assert "certificate 1, the host's own" in out


def test_another_name_may_be_asked_for(config):
    with serving(certificates.honest("chat.example.net")) as port:
        words = ("tls", "hk", "--config.file", config(port))
        wrong = typed(*words)
        right = typed(*words, "--server-name", "chat.example.net")

    assert (wrong[0], "tls.cert.name_mismatch" in wrong[1]) == (1, True)
    assert (right[0], "asked for     chat.example.net" in right[1]) == (0, True)


def test_the_protocols_to_offer_may_be_named(config):
    context = certificates.honest()
    context.set_alpn_protocols(["h3", "spdy/3"])
    with serving(context) as port:
        _, out, _ = typed("tls", "hk", "--alpn", "spdy/3", "--config.file", config(port))

    assert "ALPN          spdy/3" in out


def test_all_vantages_look_when_they_are_asked_to(config):
    with serving(certificates.honest()) as port:
        code, out, _ = typed("tls", "hk", "--all-vantages", "--json", "--config.file", config(port))

    told = json.loads(out)
    assert (code, told["version"]) == (0, 1)
    assert [one["series"]["vantage"] for one in told["observations"]] == ["near", "far"]


def test_an_address_needs_no_configuration():
    with tcp_server(saying(b"220 mail.example ESMTP\r\n")) as server:
        code, out, _ = typed("tls", f"127.0.0.1:{server.port}")

    assert (code, out.splitlines()[0]) == (1, f"127.0.0.1:{server.port} from system")
    assert "\ntls.not_tls, " in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hkk",), "did you mean 'hk'?"),
        (("hk", "--vantage", "nearr"), "did you mean 'near'?"),
        (("hk", "--server-name", "not a name"), "is no host name"),
    ],
)
def test_what_is_nearly_right_is_wrong_use_and_named(config, words, said):
    code, out, err = typed("tls", *words, "--config.file", config(1))

    assert (code, out, said in err) == (2, "", True)


@pytest.mark.parametrize(
    ("end", "said"),
    [(1000 + 20 * DAY, "20 days left"), (1000 - DAY, "expired 1 days ago"), (10**15, "days left")],
)
def test_the_validity_left_is_said(end, said):
    shown = Certificate(sha256="0", subject="", issuer="", not_before=0, not_after=end)

    assert any(said in str(value) for _, value in _certificate(shown, 1000))


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_of_a_certificate_or_handshake_steers_a_terminal(text):
    shown = Certificate(sha256="0", subject=text, issuer=text, names=(text,))
    tls = Tls(server_name=text, version="TLSv1.3", cipher="c", alpn=text, alert=text, verify_message=text)
    seen = replace(observation(1), evidence=Evidence(tls=tls))
    told = [value for _, value in (*_certificate(shown, 0), *_handshake(seen))]

    assert [one for one in told if not (one.plain if isinstance(one, Text) else one).isprintable()] == []
