"""The lab's own certificate authority, made at start, and what its hops show: a good certificate, or a bad one."""

import datetime
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import trustme

from probe.lab.fault import Act

_EXPIRED_FROM = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_EXPIRED_ON = datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A hop's server side of TLS: the certificate it should show, and the bad ones by the fault that asks for them."""

    good: ssl.SSLContext
    bad: Mapping[Act, ssl.SSLContext]


class Authority:
    """Signs for the lab; its key never leaves the process."""

    def __init__(self) -> None:
        """Make a new authority."""
        self._ca = trustme.CA(organization_name="hopwatch lab")

    @property
    def pem(self) -> bytes:
        """The authority's certificate, for those who should trust the lab."""
        return self._ca.cert_pem.bytes()

    def identity(self, name: str) -> Identity:
        """Make a hop's certificates."""
        expired = self._ca.issue_cert(name, not_before=_EXPIRED_FROM, not_after=_EXPIRED_ON)
        return Identity(
            good=_context(self._ca.issue_cert(name)),
            bad={
                Act.CERT_EXPIRED: _context(expired),
                Act.CERT_WRONG_NAME: _context(self._ca.issue_cert("another-name.example")),
            },
        )

    def trusting(self) -> ssl.SSLContext:
        """Make the context of a client that trusts the lab and nobody else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._ca.configure_trust(context)
        return context


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    certificate.configure_cert(context)
    return context
