"""Certificates of every bad kind, from authorities made on the spot."""

import datetime
import functools
import ssl
import warnings
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)


@functools.cache
def authority() -> trustme.CA:
    """Return the authority that the probes under test trust."""
    return trustme.CA()


def trust_file(folder: Path) -> str:
    """Write the trusted authority to a file and return its path."""
    path = folder / "ca.pem"
    authority().cert_pem.write_to_path(str(path))
    return str(path)


def now() -> datetime.datetime:
    """Return the time that certificates are dated by."""
    return datetime.datetime.now(datetime.UTC)


def honest(*names: str, **options) -> ssl.SSLContext:
    """Return a server context with a good certificate."""
    return _context(authority().issue_cert(*(names or ("localhost", "127.0.0.1")), **options))


def expired() -> ssl.SSLContext:
    """Return one whose certificate ended yesterday."""
    return dated(now() - 10 * _DAY, now() - _DAY)


def not_yet_valid() -> ssl.SSLContext:
    """Return one whose certificate begins tomorrow."""
    return dated(now() + _DAY, now() + 10 * _DAY)


def untrusted() -> ssl.SSLContext:
    """Return one whose issuer nobody trusts."""
    return _context(trustme.CA().issue_cert("localhost", "127.0.0.1"))


def with_untrusted_root(folder: Path) -> ssl.SSLContext:
    """Return one that sends its untrusted root along."""
    other = trustme.CA()
    return _from_pem(folder, other.issue_cert("localhost", "127.0.0.1"), other.cert_pem)


def without_intermediate(folder: Path) -> ssl.SSLContext:
    """Return one that leaves out the intermediate."""
    leaf = authority().create_child_ca().issue_cert("localhost", "127.0.0.1")
    return _from_pem(folder, leaf)


def with_intermediate() -> ssl.SSLContext:
    """Return one with a whole chain of three."""
    return _context(authority().create_child_ca().issue_cert("localhost", "127.0.0.1"))


def dated(not_before: datetime.datetime, not_after: datetime.datetime) -> ssl.SSLContext:
    """Return one with these dates, issued by the trusted authority."""
    return _context(
        authority().issue_cert("localhost", "127.0.0.1", not_before=not_before, not_after=not_after)
    )


def self_signed(
    folder: Path, *names: x509.GeneralName, subject: str = "nobody", key_bits: int | None = None
) -> ssl.SSLContext:
    """Return one with a self-signed certificate that holds these names."""
    key = rsa.generate_private_key(65537, key_bits) if key_bits else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)] if subject else [])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - _DAY)
        .not_valid_after(now() + _DAY)
        .add_extension(x509.SubjectAlternativeName(names or [x509.DNSName("localhost")]), critical=False)
    )
    certificate = builder.sign(key, hashes.SHA256())
    path = folder / "self.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = _server()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(path)
    return context


def reversed_chain(folder: Path) -> ssl.SSLContext:
    """Return one that sends leaf, root, intermediate."""
    intermediate = authority().create_child_ca()
    leaf = intermediate.issue_cert("localhost", "127.0.0.1")
    return _from_pem(folder, leaf, authority().cert_pem, leaf.cert_chain_pems[1])


def wants_client_certificate(version: ssl.TLSVersion) -> ssl.SSLContext:
    """Return one that demands a certificate of the client, in this version of TLS."""
    context = honest()
    authority().configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    return context


def weak(folder: Path) -> ssl.SSLContext:
    """Return one with an RSA key of 1024 bits."""
    return self_signed(folder, key_bits=1024)


def old() -> ssl.SSLContext:
    """Return one that speaks TLS 1.1 at most."""
    context = honest()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def _server() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


def _context(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = _server()
    leaf.configure_cert(context)
    return context


def _from_pem(folder: Path, leaf: trustme.LeafCert, *more: trustme.Blob) -> ssl.SSLContext:
    path = folder / "chain.pem"
    pems = (leaf.private_key_pem, leaf.cert_chain_pems[0], *more)
    path.write_bytes(b"".join(pem.bytes() for pem in pems))
    context = _server()
    context.load_cert_chain(path)
    return context
