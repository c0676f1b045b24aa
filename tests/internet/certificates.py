"""The certificate authorities of the test internet, and the files of what its hosts show."""

import datetime
from collections.abc import Iterable
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.internet.leaf import FLAVOURS, Signer, made


class Authority:
    """An authority whose certificates lie in a folder: its own as TITLE.pem, and one for each name and flavour."""

    def __init__(self, folder: Path, title: str = "ca") -> None:
        """Make a new authority."""
        ca = trustme.CA(organization_name=f"test internet {title}")
        self._folder = folder
        self._title = title
        self._signer = _signer(ca)
        self.file = folder / f"{title}.pem"
        ca.cert_pem.write_to_path(str(self.file))

    def issue(self, names: Iterable[str], flavour: str = "good", ahead_s: float = 0.0) -> str:
        """Issue one certificate for all the names and return the file that holds it, with its key.

        The flavour is one of FLAVOURS; those that sign themselves are no work of the authority. It is issued `ahead_s`
        seconds from now, as by somebody whose clock is ahead.
        """
        names = tuple(names)
        path = self._folder / f"{self._title}-{names[0]}-{flavour}-{ahead_s:g}.pem"
        if not path.exists():
            now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=ahead_s)
            path.write_bytes(b"".join(made(FLAVOURS[flavour], names, self._signer, now)))
        return str(path)


def _signer(ca: trustme.CA) -> Signer:
    key = serialization.load_pem_private_key(ca.private_key_pem.bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise TypeError(f"an authority with a key of {type(key).__name__}")
    return Signer(certificate=x509.load_pem_x509_certificate(ca.cert_pem.bytes()), key=key)
