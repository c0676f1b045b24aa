"""Make the TLS context that a web configuration asks for, or say what stands in the way, key by key."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from probe.access.ciphers import CIPHERS_OF_TLS13, OPENSSL_CIPHERS, OPENSSL_CURVES
from probe.access.models import TlsServer

_VERSIONS: Final = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_VERIFYING: Final = {
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}


class TlsError(Exception):
    """A key asks for what cannot be had; `key` names it."""

    def __init__(self, key: str, message: str) -> None:
        """Keep the key."""
        super().__init__(message)
        self.key = key


def make_context(wanted: TlsServer, folder: Path) -> ssl.SSLContext:
    """Return the context; relative paths begin at `folder`. Raises TlsError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # A resumed session would let in a certificate that has been ruled out meanwhile.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    if not wanted.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.minimum_version = _VERSIONS[wanted.min_version]
    context.maximum_version = _VERSIONS[wanted.max_version]
    _choose_ciphers(context, wanted)
    if wanted.curve_preferences:
        context.set_ecdh_curve(OPENSSL_CURVES[wanted.curve_preferences[0]])
    _load_certificate(context, wanted, folder)
    _load_authorities(context, wanted, folder)
    # Nothing else is spoken: who offers HTTP/2 too gets HTTP/1.1.
    context.set_alpn_protocols(["http/1.1"])
    return context


def _choose_ciphers(context: ssl.SSLContext, wanted: TlsServer) -> None:
    older = [OPENSSL_CIPHERS[name] for name in wanted.cipher_suites if name not in CIPHERS_OF_TLS13]
    if older:
        context.set_ciphers(":".join(older))
    elif wanted.cipher_suites:
        context.minimum_version = ssl.TLSVersion.TLSv1_3


def _load_certificate(context: ssl.SSLContext, wanted: TlsServer, folder: Path) -> None:
    cert_key = "cert_file" if wanted.cert_file else "cert"
    key_key = "key_file" if wanted.key_file else "key"
    certificate = _text(cert_key, wanted.cert, wanted.cert_file, folder)
    key = _text(key_key, wanted.key, wanted.key_file, folder)
    if "BEGIN CERTIFICATE" not in certificate:
        raise TlsError(cert_key, "this holds no certificate in PEM")
    try:
        with _file_of(certificate) as cert_path, _file_of(key) as key_path:
            context.load_cert_chain(cert_path, key_path, password=_refuse_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise TlsError(key_key, "this key does not belong to the certificate") from None
        raise TlsError(
            key_key, f"certificate and key cannot be used: {error.reason or 'no PEM'}; is the key encrypted?"
        ) from None
    except ValueError:
        raise TlsError(
            key_key, "this key is encrypted; give one without a passphrase, readable by us alone"
        ) from None


def _refuse_password() -> str:
    # Without this OpenSSL asks at the terminal.
    raise ValueError


def _load_authorities(context: ssl.SSLContext, wanted: TlsServer, folder: Path) -> None:
    if wanted.client_auth_type not in _VERIFYING:
        return
    key = "client_ca_file" if wanted.client_ca_file else "client_ca"
    try:
        context.load_verify_locations(cadata=_text(key, wanted.client_ca, wanted.client_ca_file, folder))
    except (ssl.SSLError, ValueError):
        raise TlsError(key, "this holds no certificate in PEM") from None
    context.verify_mode = _VERIFYING[wanted.client_auth_type]


def _text(key: str, inline: str, file: str, folder: Path) -> str:
    if not file:
        return inline
    path = folder / file
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise TlsError(
            key, f"{path} cannot be read: {(error.strerror or 'no reason given').lower()}"
        ) from error


@contextmanager
def _file_of(text: str) -> Iterator[str]:
    """Give OpenSSL a file, which it wants, without a key ever being on a disk where that can be avoided."""
    if hasattr(os, "memfd_create"):
        number = os.memfd_create("pem", os.MFD_CLOEXEC)
        with os.fdopen(number, "w", encoding="ascii", errors="replace") as opened:
            opened.write(text)
            opened.flush()
            yield f"/proc/self/fd/{number}"
    else:
        with NamedTemporaryFile("w", encoding="ascii", errors="replace") as opened:
            opened.write(text)
            opened.flush()
            yield opened.name
