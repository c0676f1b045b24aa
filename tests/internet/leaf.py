"""Make the certificate of a server in one of the ways in which one can be right or wrong; nothing here does I/O."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import MappingProxyType
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_DAY = datetime.timedelta(days=1)
_KEYS: Mapping[str, Callable[[], Key]] = {
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "rsa1024": lambda: rsa.generate_private_key(65_537, 1024),
    "rsa2048": lambda: rsa.generate_private_key(65_537, 2048),
    "rsa4096": lambda: rsa.generate_private_key(65_537, 4096),
}
_DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """An authority: its certificate and its key."""

    certificate: x509.Certificate
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What is special about a certificate; the usual one is good.

    `issuer` is the authority, an intermediate one below it, the certificate itself, or a program known for
    intercepting. `sends` is what goes out with it: the intermediate ones, those in the wrong order, or none.
    """

    key: str = "ec"
    digest: str = "sha256"
    subject: Literal["whole", "no common name", "none"] = "whole"
    names: Literal["all", "none", "another"] = "all"
    more_names: int = 0
    days: tuple[int, int] = (-1, 30)
    issuer: Literal["authority", "intermediate", "itself", "interceptor"] = "authority"
    sends: Literal["all", "leaf", "reversed"] = "all"


FLAVOURS: Mapping[str, Leaf] = MappingProxyType(
    {
        "good": Leaf(),
        "expired": Leaf(days=(-30, -1)),
        "not_yet_valid": Leaf(days=(1, 30)),
        "wrong_name": Leaf(names="another"),
        "self_signed": Leaf(issuer="itself"),
        "no_intermediate": Leaf(issuer="intermediate", sends="leaf"),
        "weak_key": Leaf(issuer="itself", key="rsa1024"),
        "no_names": Leaf(names="none", subject="no common name"),
        "no_common_name": Leaf(subject="no common name"),
        "no_subject": Leaf(subject="none"),
        "rsa2048": Leaf(key="rsa2048"),
        "rsa4096": Leaf(key="rsa4096"),
        "sha384": Leaf(digest="sha384"),
        "sha512": Leaf(digest="sha512"),
        "intermediate": Leaf(issuer="intermediate"),
        "reversed_chain": Leaf(issuer="intermediate", sends="reversed"),
        "many_names": Leaf(more_names=1000),
        "too_many_names": Leaf(more_names=10_000),
        "interceptor": Leaf(issuer="interceptor"),
    }
)


def made(leaf: Leaf, names: Iterable[str], authority: Signer, now: datetime.datetime) -> tuple[bytes, ...]:
    """Return what a server needs of a certificate that is issued at this moment, in PEM: the key, then the chain."""
    key = _KEYS[leaf.key]()
    signer, more = _signer(leaf, authority, now)
    certificate = _signed(leaf, tuple(names), key, signer, now)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret, *(each.public_bytes(serialization.Encoding.PEM) for each in (certificate, *more))


def _signer(
    leaf: Leaf, authority: Signer, now: datetime.datetime
) -> tuple[Signer | None, tuple[x509.Certificate, ...]]:
    """Return who signs, None for the leaf itself, and what is sent along."""
    match leaf.issuer:
        case "authority":
            return authority, ()
        case "itself":
            return None, ()
        case "intermediate":
            below = _authority("test internet intermediate", authority, now)
            sent = {
                "all": (below.certificate,),
                "leaf": (),
                "reversed": (authority.certificate, below.certificate),
            }
            return below, sent[leaf.sends]
        case "interceptor":
            root = _authority("Superfish, Inc.", None, now)
            return root, (root.certificate,)


def _authority(name: str, above: Signer | None, now: datetime.datetime) -> Signer:
    key = _KEYS["ec"]()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = above.certificate.subject if above else subject
    builder = _begun(subject, issuer, key, (now - 365 * _DAY, now + 365 * _DAY))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = _linked(builder, key, above)
    return Signer(certificate=builder.sign(above.key if above else key, hashes.SHA256()), key=key)


def _signed(
    leaf: Leaf, names: tuple[str, ...], key: Key, signer: Signer | None, now: datetime.datetime
) -> x509.Certificate:
    subject = _subject(leaf, names[0])
    first, last = leaf.days
    dates = (now + first * _DAY, now + last * _DAY)
    builder = _begun(subject, signer.certificate.subject if signer else subject, key, dates)
    if named := _named(leaf, names):
        # RFC 5280, 4.2.1.6: critical where there is no subject.
        builder = builder.add_extension(x509.SubjectAlternativeName(named), critical=leaf.subject == "none")
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = _linked(builder, key, signer)
    return builder.sign(signer.key if signer else key, _DIGESTS[leaf.digest])  # type: ignore[arg-type]  # one of three


def _begun(
    subject: x509.Name, issuer: x509.Name, key: Key, dates: tuple[datetime.datetime, datetime.datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
    )


def _linked(builder: x509.CertificateBuilder, key: Key, signer: Signer | None) -> x509.CertificateBuilder:
    """Say whose key it is and whose signed it, by which OpenSSL finds the issuer."""
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )
    issuer = (signer.key if signer else key).public_key()
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)


def _subject(leaf: Leaf, name: str) -> x509.Name:
    if leaf.subject == "none":
        return x509.Name([])
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "test internet")
    if leaf.subject == "no common name":
        return x509.Name([organization])
    return x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _named(leaf: Leaf, names: tuple[str, ...]) -> list[x509.GeneralName]:
    if leaf.names == "none":
        return []
    own = ("another-name.example",) if leaf.names == "another" else names
    more = (f"name-{number}.more.example" for number in range(leaf.more_names))
    return [_general_name(name) for name in (*own, *more)]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
