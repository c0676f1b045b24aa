"""A certificate of every bad kind has its own cause, and its facts are kept whether it verifies or not."""

import functools
import hashlib
import ssl

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from probe.prober.http import Http
from probe.prober.tls import Tls
from probe.secret import Secret
from probe.steps.certificate import describe
from probe.text import clean
from tests import rig_certificates as certificates
from tests.rig import ask, seconds_of, texts, verdict
from tests.rig_servers import answering, hold, ok, tls_server


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def ca_file(folder):
    return certificates.trust_file(folder)


CERTIFICATES = {
    "good": (lambda folder: certificates.honest(), None, None),
    "whole chain of three": (lambda folder: certificates.with_intermediate(), None, None),
    "reversed chain": (certificates.reversed_chain, None, None),
    "1000 names": (
        lambda folder: certificates.honest("localhost", *(f"n{n}.test" for n in range(1000))),
        None,
        None,
    ),
    "10000 names": (
        lambda folder: certificates.honest("localhost", *(f"n{n}.test" for n in range(10_000))),
        "tls.local_policy",
        None,
    ),
    "international name": (lambda folder: certificates.honest("xn--bcher-kva.test", "localhost"), None, None),
    "expired": (lambda folder: certificates.expired(), "tls.cert.expired", 10),
    "not yet valid": (lambda folder: certificates.not_yet_valid(), "tls.cert.not_yet_valid", 9),
    "wrong name": (lambda folder: certificates.honest("other.test"), "tls.cert.name_mismatch", 62),
    "self-signed": (certificates.self_signed, "tls.cert.self_signed", 18),
    "no subject": (lambda folder: certificates.self_signed(folder, subject=""), "tls.cert.self_signed", 18),
    "untrusted issuer": (lambda folder: certificates.untrusted(), "tls.cert.incomplete_chain", 20),
    "untrusted root": (certificates.with_untrusted_root, "tls.cert.unknown_authority", 19),
    "missing intermediate": (certificates.without_intermediate, "tls.cert.incomplete_chain", 20),
    "1024 bits": (certificates.weak, "tls.cert.weak", 66),
    "TLS 1.1 at most": (lambda folder: certificates.old(), "tls.alert.protocol_version", None),
}


@pytest.mark.parametrize("row", CERTIFICATES)
async def test_a_certificate_is_judged_and_kept(row, folder, ca_file) -> None:
    make, cause, code = CERTIFICATES[row]
    with tls_server(make(folder), hold) as server:
        observation = await ask(Tls(), port=server.port, host="localhost", scheme="https", ca_file=ca_file)

    assert (cause, "tls" if cause else None) == verdict(observation)
    assert code == observation.evidence.tls.verify_code
    assert seconds_of(observation)["connect"] > 0
    if cause is None or cause.startswith("tls.cert"):
        assert observation.evidence.tls.chain
        assert observation.evidence.tls.chain[0].not_after is not None


async def test_an_address_is_no_name(ca_file) -> None:
    with tls_server(certificates.honest("localhost"), hold) as server:
        observation = await ask(Tls(), port=server.port, scheme="https", ca_file=ca_file)

    assert verdict(observation) == ("tls.cert.name_mismatch", "tls")
    assert observation.evidence.tls.verify_code == 64


async def test_a_server_name_of_the_check_is_asked_for_and_verified(ca_file) -> None:
    with tls_server(certificates.honest("other.test"), hold) as server:
        observation = await ask(
            Tls(server_name="other.test"), port=server.port, scheme="https", ca_file=ca_file
        )

    assert verdict(observation) == (None, None)
    assert observation.evidence.tls.server_name == "other.test"


@functools.cache
def a_certificate():
    pem = certificates.authority().issue_cert("localhost").cert_chain_pems[0].bytes()
    return ssl.PEM_cert_to_DER_cert(pem.decode())


@st.composite
def mutated_certificates(draw):
    data = bytearray(a_certificate())
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_wanted_client_certificate_is_said_by_the_servers_alert(version, ca_file) -> None:
    context = certificates.wants_client_certificate(version)
    with tls_server(context, answering(ok())) as server:
        observation = await ask(Http(), port=server.port, host="localhost", scheme="https", ca_file=ca_file)

    older = version is ssl.TLSVersion.TLSv1_2
    alert = "handshake_failure" if older else "certificate_required"
    # TLS 1.3 tells only after the handshake is done for the client (RFC 8446, 4.4.2.4).
    assert (f"tls.alert.{alert}", "tls" if older else "processing") == verdict(observation)
    assert alert == observation.evidence.tls.alert


@given(data=st.binary(max_size=200) | mutated_certificates())
def test_any_bytes_are_described_as_a_certificate(data) -> None:
    found = describe(data)

    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert all(clean(text, 1000) == text for text in texts(found))


def test_one_odd_field_of_a_certificate_does_not_cost_the_others() -> None:
    der = a_certificate()
    at = der.index(b"localhost")
    odd = describe(der[: at - 2] + b"\x87\x09" + der[at:])  # nine bytes are no IP address

    assert odd.names == ()
    assert (odd.subject, odd.not_after) == (describe(der).subject, describe(der).not_after)


async def test_hostile_names_in_a_certificate_are_cleaned(folder, ca_file) -> None:
    evil = "<script>\u202e\x1b[31m{{ 7*7 }}"
    context = certificates.self_signed(
        folder, x509.RFC822Name("a@b"), x509.DNSName("localhost"), subject=evil
    )
    with tls_server(context, hold) as server:
        observation = await ask(Tls(), port=server.port, host="localhost", scheme="https", ca_file=ca_file)

    assert verdict(observation) == ("tls.cert.self_signed", "tls")
    assert "script" in observation.evidence.tls.chain[0].subject
    assert observation.evidence.tls.chain[0].names == ("a@b", "localhost")


async def test_a_secret_in_a_certificate_is_not_told(folder, ca_file, monkeypatch) -> None:
    monkeypatch.setenv("TEST_KEY", "sk-canary-0123456789")
    context = certificates.self_signed(folder, subject="SK-canary-0123456789")
    with tls_server(context, hold) as server:
        observation = await ask(
            Http(bearer=Secret(env="TEST_KEY")),
            port=server.port,
            host="localhost",
            scheme="https",
            ca_file=ca_file,
        )

    assert observation.evidence.tls.chain[0].subject == "CN=<secret>"
    assert not [text for text in texts(observation) if "canary" in text]


async def test_a_machine_that_trusts_nobody_blames_nobody(monkeypatch, folder) -> None:
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.setenv(variable, str(folder / "none"))
    with tls_server(certificates.honest(), hold) as server:
        observation = await ask(Tls(), port=server.port, host="localhost", scheme="https")

    assert verdict(observation) == ("local.trust_store", None)


async def test_a_missing_trust_store_is_our_own_trouble(folder) -> None:
    with tls_server(certificates.honest(), hold) as server:
        observation = await ask(
            Tls(), port=server.port, host="localhost", scheme="https", ca_file=str(folder / "none.pem")
        )

    assert verdict(observation) == ("local.trust_store", None)
