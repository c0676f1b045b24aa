"""What a web configuration's parts mean together: contradictions, what we cannot do, and what the reader should know."""

from collections.abc import Iterator

from probe.access.ciphers import CIPHERS_OF_TLS13, OPENSSL_CIPHERS
from probe.access.models import TlsServer, WebConfig
from probe.config.document import Complaint, Document, KeyPath
from probe.text import clean

_TLS = "tls_server_config"
_ANY = ("RequireAnyClientCert", "RequireClientCert")
_OLD = ("TLS10", "TLS11")
_UNVERIFIED = (
    "a certificate that nobody verifies lets everybody in, and Python's ssl verifies each; "
    "use RequireAndVerifyClientCert"
)


def contradictions(document: Document, config: WebConfig) -> Iterator[Complaint]:
    """Yield what cannot be, or what Python's ssl cannot do."""
    tls = config.tls_server_config
    for key, message in [*_pairs(tls), *_client_rules(tls), *_versions(tls)]:
        yield document.at_value((_TLS, key), message)
    for path, message in _lists(tls):
        yield document.at_value((_TLS, *path), message)


def _pairs(tls: TlsServer) -> Iterator[tuple[str, str]]:
    for inline, file in (("cert", "cert_file"), ("key", "key_file"), ("client_ca", "client_ca_file")):
        if getattr(tls, inline) and getattr(tls, file):
            yield inline, f"{inline} and {file} are given; one of them is enough"
    if tls.is_enabled and not (tls.cert or tls.cert_file):
        yield "cert_file", "one of cert_file and cert is required to serve TLS"
    if tls.is_enabled and not (tls.key or tls.key_file):
        yield "key_file", "one of key_file and key is required to serve TLS"


def _client_rules(tls: TlsServer) -> Iterator[tuple[str, str]]:
    has_authorities = bool(tls.client_ca or tls.client_ca_file)
    named = "client_ca_file" if tls.client_ca_file else "client_ca"
    if tls.client_auth_type in _ANY:
        yield "client_auth_type", _UNVERIFIED
    elif tls.client_auth_type in (None, "NoClientCert") and has_authorities:
        yield (
            named,
            "this has no effect without client_auth_type; RequireAndVerifyClientCert is the one that guards",
        )
    elif (
        tls.client_auth_type in ("VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
        and not has_authorities
    ):
        yield "client_auth_type", "client_ca_file is required: who issued the certificates that are let in?"
    if tls.client_allowed_sans is not None and tls.client_auth_type != "RequireAndVerifyClientCert":
        yield "client_allowed_sans", "this requires client_auth_type: RequireAndVerifyClientCert"


def _versions(tls: TlsServer) -> Iterator[tuple[str, str]]:
    if tls.min_version in _OLD:
        yield "min_version", "TLS 1.0 and 1.1 are not served (RFC 8996); TLS12 is the oldest"
    if tls.max_version in _OLD:
        yield "max_version", "TLS 1.0 and 1.1 are not served (RFC 8996); TLS12 is the oldest"
    if tls.min_version > tls.max_version:
        yield "max_version", "this is older than min_version"


def _lists(tls: TlsServer) -> Iterator[tuple[KeyPath, str]]:
    for number, name in enumerate(tls.cipher_suites):
        if name not in OPENSSL_CIPHERS and name not in CIPHERS_OF_TLS13:
            known = ", ".join((*CIPHERS_OF_TLS13, *OPENSSL_CIPHERS))
            yield ("cipher_suites", number), f"{clean(name, 60)!r} is not one of {known}"
    if len(tls.curve_preferences) > 1:
        yield (
            ("curve_preferences",),
            "Python's ssl takes one curve; give the one, or leave the key away for OpenSSL's choice, X25519 first",
        )


def notes(document: Document, config: WebConfig) -> list[Complaint]:
    """Return what is taken, but has less effect than it seems; nothing of it weakens access."""
    found = []
    if config.http_server_config.http2 and ("http_server_config", "http2") in document.values:
        path: KeyPath = ("http_server_config", "http2")
        found.append(document.at_value(path, "HTTP/1.1 is served all the same; HTTP/2 is not"))
    if config.tls_server_config.client_auth_type == "RequestClientCert":
        message = "no certificate is asked for, because none would be looked at; everybody is let in"
        found.append(document.at_value((_TLS, "client_auth_type"), message))
    if config.tls_server_config.client_auth_type == "VerifyClientCertIfGiven" and not config.basic_auth_users:
        message = "who gives no certificate is let in; RequireAndVerifyClientCert is the one that guards"
        found.append(document.at_value((_TLS, "client_auth_type"), message))
    return found
