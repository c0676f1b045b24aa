"""The certificate authorities of the test internet, and what its hosts show: good certificates and bad ones."""

import datetime
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)
FLAVOURS = ("good", "expired", "not_yet_valid", "wrong_name", "self_signed", "no_intermediate", "weak_key")


class Authority:
    """An authority whose certificates lie in a folder: its own as TITLE.pem, and one for each name and flavour."""

    def __init__(self, folder: Path, title: str = "ca") -> None:
        """Make a new authority."""
        self._ca = trustme.CA(organization_name=f"test internet {title}")
        self._folder = folder
        self._title = title
        self.file = folder / f"{title}.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def issue(self, names: Iterable[str], flavour: str = "good") -> str:
        """Issue one certificate for all the names and return the file that holds it, with its key.

        The flavour is one of FLAVOURS; those of the kinds `self_signed` and `weak_key` are no work of the authority.
        """
        names = tuple(names)
        path = self._folder / f"{self._title}-{names[0]}-{flavour}.pem"
        if not path.exists():
            path.write_bytes(b"".join(self._made(names, flavour)))
        return str(path)

    def _made(self, names: tuple[str, ...], flavour: str) -> tuple[bytes, ...]:
        now = datetime.datetime.now(datetime.UTC)
        match flavour:
            case "expired":
                leaf = self._ca.issue_cert(*names, not_before=now - 30 * _DAY, not_after=now - _DAY)
            case "not_yet_valid":
                leaf = self._ca.issue_cert(*names, not_before=now + _DAY, not_after=now + 30 * _DAY)
            case "wrong_name":
                leaf = self._ca.issue_cert("another-name.example")
            case "no_intermediate":
                leaf = self._ca.create_child_ca().issue_cert(*names)
                return leaf.private_key_pem.bytes(), leaf.cert_chain_pems[0].bytes()
            case "self_signed":
                return _self_signed(names, ec.generate_private_key(ec.SECP256R1()))
            case "weak_key":
                return _self_signed(names, rsa.generate_private_key(65_537, 1024))
            case _:
                leaf = self._ca.issue_cert(*names)
        return tuple(pem.bytes() for pem in (leaf.private_key_pem, *leaf.cert_chain_pems))


def _self_signed(
    names: tuple[str, ...], key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
) -> tuple[bytes, ...]:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret, certificate.public_bytes(pem)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
