"""The web configuration as text: exporter-toolkit's keys, each mistake at its line, and nothing secret in what is said."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from probe.access.reading import load
from probe.config import ConfigError
from tests.need import need_program
from tests.rig_access import HASH, Certificates, write


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


TLS = "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n"
GOOD = {
    "an empty file": "",
    "keys without values": "tls_server_config:\nhttp_server_config:\nbasic_auth_users:\n",
    "users alone": f"basic_auth_users: {{alice: {HASH}, bob: {HASH}}}",
    "a certificate": TLS,
    "the sample of exporter-toolkit": f"{TLS}basic_auth_users:\n  alice: {HASH}\n",
    "no HTTP/2": f"{TLS}http_server_config: {{http2: false}}",
    "all headers": "http_server_config: {headers: {Content-Security-Policy: default-src, X-Frame-Options: sameorigin, X-Content-Type-Options: nosniff, X-XSS-Protection: '1', Strict-Transport-Security: max-age=1}}",
    "NoClientCert": f"{TLS}  client_auth_type: NoClientCert\n",
    "RequestClientCert": f"{TLS}  client_auth_type: RequestClientCert\n",
    "VerifyClientCertIfGiven": f"{TLS}  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.pem\n",
    "RequireAndVerifyClientCert": f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n  client_allowed_sans: [a.example]\n",
    "only TLS 1.3": f"{TLS}  min_version: TLS13\n",
    "only TLS 1.2": f"{TLS}  max_version: TLS12\n",
    "ciphers": f"{TLS}  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]\n  prefer_server_cipher_suites: false\n",
    "ciphers of TLS 1.3 alone": f"{TLS}  cipher_suites: [TLS_AES_128_GCM_SHA256]\n",
    "one curve": f"{TLS}  curve_preferences: [X25519]\n",
    "a rate": "rate_limit: {interval: 1s, burst: 5}",
    "no rate": "rate_limit: {interval: 0, burst: 0}",
}  # fmt: skip


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_exporter_toolkit_takes_is_taken(text: str, certificates: Certificates):
    load(write(certificates.folder, text))


BAD = {
    "unknown: 1": "1:1: unknown: unknown key; known here: tls_server_config, http_server_config, basic_auth_users, rate_limit",
    "tls_config: {}": "1:1: tls_config: unknown key; did you mean 'tls_server_config'?",
    "basic_auth_users: [a]": "1:19: basic_auth_users: expected a mapping of keys to values",
    "basic_auth_users: {bob: secret-4711}": "1:25: basic_auth_users.bob: this is no bcrypt hash, which begins with $2y$, $2b$ or $2a$ and has 60 characters; docs/web-config.md makes one",
    f"basic_auth_users: {{bob: {HASH.replace('$04$', '$31$')}}}": "1:25: basic_auth_users.bob: a cost of 31 is not taken: 4 to 15 are, and 10 is usual",
    f'basic_auth_users: {{"a:b": {HASH}}}': '1:27: basic_auth_users."a:b": a user name has 1 to 256 printable characters and no colon, or nobody could log in by it',
    "basic_auth_users: {a: {file: b}}": "1:23: basic_auth_users.a: expected text, not a mapping",
    "http_server_config: {http2: maybe}": "1:29: http_server_config.http2: expected true or false, not text",
    "http_server_config: {headers: {X-Frame-Options: DENY}}": "1:49: http_server_config.headers.X-Frame-Options: expected 'deny' or 'sameorigin'",
    "http_server_config: {headers: {X-Other: a}}": "1:32: http_server_config.headers.X-Other: unknown key; known here: Content-Security-Policy, X-Frame-Options, X-Content-Type-Options, X-XSS-Protection, Strict-Transport-Security",
    'http_server_config: {headers: {X-XSS-Protection: "1\\r\\nSet-Cookie: a"}}': "1:50: http_server_config.headers.X-XSS-Protection: the value of a header is printable ASCII in one line",
    "rate_limit: {interval: 5, burst: 1}": "1:24: rate_limit.interval: 5 is not a duration; write a number with one of the units ms, s, m, h, d, such as 30s",
    "a: b: c": "1:5: this is not valid YAML: no ':' can be here; is the indentation right, or does a text need quotes?",
    "tls_server_config: {key_file: key.pem}": "1:1: tls_server_config.cert_file: one of cert_file and cert is required to serve TLS",
    "tls_server_config: {cert_file: cert.pem}": "1:1: tls_server_config.key_file: one of key_file and key is required to serve TLS",
    f"{TLS}  key: inline-4711": "4:8: tls_server_config.key: key and key_file are given; one of them is enough",
    f"{TLS}  client_auth_type: Require": "4:21: tls_server_config.client_auth_type: expected 'NoClientCert', 'RequestClientCert', 'RequireAnyClientCert', 'VerifyClientCertIfGiven', 'RequireAndVerifyClientCert' or 'RequireClientCert'",
    f"{TLS}  client_auth_type: RequireAnyClientCert": "4:21: tls_server_config.client_auth_type: a certificate that nobody verifies lets everybody in, and Python's ssl verifies each; use RequireAndVerifyClientCert",
    f"{TLS}  client_auth_type: RequireAndVerifyClientCert": "4:21: tls_server_config.client_auth_type: client_ca_file is required: who issued the certificates that are let in?",
    f"{TLS}  client_ca_file: ca.pem": "4:19: tls_server_config.client_ca_file: this has no effect without client_auth_type; RequireAndVerifyClientCert is the one that guards",
    f"{TLS}  client_allowed_sans: [a]": "4:24: tls_server_config.client_allowed_sans: this requires client_auth_type: RequireAndVerifyClientCert",
    f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: key.pem": "5:19: tls_server_config.client_ca_file: this holds no certificate in PEM",
    f"{TLS}  min_version: TLS10": "4:16: tls_server_config.min_version: TLS 1.0 and 1.1 are not served (RFC 8996); TLS12 is the oldest",
    f"{TLS}  min_version: TLS14": "4:16: tls_server_config.min_version: expected 'TLS10', 'TLS11', 'TLS12' or 'TLS13'",
    f"{TLS}  min_version: TLS13\n  max_version: TLS12": "5:16: tls_server_config.max_version: this is older than min_version",
    f"{TLS}  curve_preferences: X25519": "4:22: tls_server_config.curve_preferences: expected a list; write it in brackets, as [value], also when it has one entry",
    f"{TLS}  curve_preferences: [P1]": "4:23: tls_server_config.curve_preferences[0]: expected 'CurveP256', 'CurveP384', 'CurveP521' or 'X25519'",
    f"{TLS}  curve_preferences: [X25519, CurveP256]": "4:22: tls_server_config.curve_preferences: Python's ssl takes one curve; give the one, or leave the key away for OpenSSL's choice, X25519 first",
    "tls_server_config: {cert_file: key.pem, key_file: key.pem}": "1:32: tls_server_config.cert_file: this holds no certificate in PEM",
    "tls_server_config: {cert_file: cert.pem, key_file: cert.pem}": "1:52: tls_server_config.key_file: certificate and key cannot be used: no PEM; is the key encrypted?",
    "tls_server_config: {cert_file: ca.pem, key_file: key.pem}": "1:50: tls_server_config.key_file: this key does not belong to the certificate",
}  # fmt: skip


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as raised:
        load(path)
    return str(raised.value)


@pytest.mark.parametrize(("text", "said"), BAD.items(), ids=[f"bad {n}" for n in range(len(BAD))])
def test_anything_else_is_refused_at_its_line(text: str, said: str, certificates: Certificates):
    path = write(certificates.folder, text)

    assert f"{path}:{said}" == refusal(path)


def test_a_cipher_that_nobody_knows_is_refused_with_those_that_are_known(certificates: Certificates):
    path = write(certificates.folder, f"{TLS}  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n")

    assert refusal(path).startswith(
        f"{path}:4:19: tls_server_config.cipher_suites[0]: 'TLS_RSA_WITH_RC4_128_SHA' is not one of TLS_"
    )


def test_all_mistakes_are_told_at_once_and_no_value_is_repeated(certificates: Certificates):
    text = "basic_auth_users: {a: canary-4711}\ntls_server_config: {key: canary-0815, min_version: canary-1}\nfoo: canary-2\n"
    said = refusal(write(certificates.folder, text))

    assert (said.count("\n"), "canary" in said) == (2, False)


def test_a_file_that_is_missing_is_named(certificates: Certificates):
    path = write(certificates.folder, "tls_server_config: {cert_file: none.pem, key_file: key.pem}")
    missing = certificates.folder / "none.pem"

    assert refusal(path) == (
        f"{path}:1:32: tls_server_config.cert_file: {missing} cannot be read: no such file or directory"
    )
    assert refusal(missing) == f"{missing}: this file cannot be read: no such file or directory"


def test_an_encrypted_key_asks_nobody_for_its_passphrase(certificates: Certificates):
    key = serialization.load_pem_private_key((certificates.folder / "key.pem").read_bytes(), None)
    sealed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"canary-4711"),
    )
    (certificates.folder / "sealed.pem").write_bytes(sealed)
    path = write(certificates.folder, "tls_server_config: {cert_file: cert.pem, key_file: sealed.pem}")

    assert refusal(path) == (
        f"{path}:1:52: tls_server_config.key_file: this key is encrypted; give one without a passphrase, readable by us alone"
    )


def test_what_has_less_effect_than_it_seems_is_said(certificates: Certificates):
    text = f"{TLS}  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.pem\nhttp_server_config: {{http2: true}}\n"
    path = write(certificates.folder, text)

    assert load(path).notes == (
        f"{path}:6:29: http_server_config.http2: HTTP/1.1 is served all the same; HTTP/2 is not",
        f"{path}:4:21: tls_server_config.client_auth_type: who gives no certificate is let in; RequireAndVerifyClientCert is the one that guards",
    )


GUARDED = {
    "": False,
    TLS: False,
    f"basic_auth_users: {{a: {HASH}}}": True,
    f"{TLS}  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.pem\n": False,
    f"{TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n": True,
}


@pytest.mark.parametrize(("text", "is_guarded"), GUARDED.items(), ids=[f"{n}" for n in range(len(GUARDED))])
def test_users_or_verified_certificates_are_what_guards(
    text: str, is_guarded: bool, certificates: Certificates
):
    assert load(write(certificates.folder, text)).is_guarded is is_guarded


# Of exporter-toolkit's keys, those that are younger than the promtool of a distribution may be.
YOUNG = ("client_allowed_sans", "rate_limit", "cert:", "key:")


def test_promtool_takes_the_same_files(certificates: Certificates):
    promtool = need_program("promtool")
    told = {}
    for what, text in GOOD.items():
        if not any(key in text for key in YOUNG):
            path = write(certificates.folder, text)
            done = subprocess.run(
                [promtool, "check", "web-config", str(path)], capture_output=True, check=False
            )
            told[what] = done.returncode

    assert len(told) > 10
    assert told == dict.fromkeys(told, 0)
