"""Describe one certificate; a certificate is hostile input, and an unreadable one is still described."""

import hashlib
import warnings
from collections.abc import Callable
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from probe.model import Certificate
from probe.text import clean

_NAMES = 20
Fact = TypeVar("Fact")


def describe(der: bytes) -> Certificate:
    """Return the facts of a DER certificate, or just its hash when it cannot be read."""
    digest = hashlib.sha256(der).hexdigest()
    try:
        with warnings.catch_warnings():
            # The library warns about odd serial numbers and dates; a target must not fill our log with them.
            warnings.simplefilter("ignore")
            return _facts(der, digest)
    except Exception:  # noqa: BLE001 - the parser leaks TypeError and others on mutants; the hash must survive
        return Certificate(sha256=digest, subject="unreadable certificate", issuer="")


def _facts(der: bytes, digest: str) -> Certificate:
    parsed = x509.load_der_x509_certificate(der)
    return Certificate(
        sha256=digest,
        subject=_readable(lambda: clean(parsed.subject.rfc4514_string(), 255)) or "",
        issuer=_readable(lambda: clean(parsed.issuer.rfc4514_string(), 255)) or "",
        names=_readable(lambda: _names(parsed)) or (),
        not_before=_readable(lambda: int(parsed.not_valid_before_utc.timestamp())),
        not_after=_readable(lambda: int(parsed.not_valid_after_utc.timestamp())),
        spki_sha256=_readable(lambda: _spki_sha256(parsed)),
    )


def _readable(read: Callable[[], Fact]) -> Fact | None:
    # One odd field must not cost the others: the end of validity matters most when the rest is strange.
    try:
        return read()
    except Exception:  # noqa: BLE001 - as above
        return None


def _spki_sha256(parsed: x509.Certificate) -> str:
    key = parsed.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).hexdigest()


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(clean(str(name.value), 255) for name in list(extension)[:_NAMES])
