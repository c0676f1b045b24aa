"""Tell whether an address is known to be the hop's own; what happens at anybody else's says nothing of the hop; pure."""

import ipaddress
from collections.abc import Iterable

from probe.examination.case import Case
from probe.examination.names import ids
from probe.examination.transport import controls
from probe.examination.transport.subject import Subject
from probe.model import Outcome


def is_vouched(case: Case, about: Subject) -> bool:
    """Tell whether configuration, an earlier handshake or answer, or a certificate that verifies vouches for the address."""
    if about.address in (case.hop.address, *case.known.vouched) or _is_literal(about.name):
        return True
    true, before = case.answers.get(ids.TRUE), case.known.before
    if any(
        one is not None and one.evidence.tcp is not None and one.evidence.tcp.address == about.address
        for one in (true, before)
    ):
        return True
    return _has_our_certificate(case, about)


def _has_our_certificate(case: Case, about: Subject) -> bool:
    nameless = case.answers.get(controls.NAMELESS)
    tls = nameless.evidence.tls if nameless is not None else None
    if nameless is None or tls is None or not tls.chain:
        return False
    leaf = tls.chain[0]
    # Without a name the chain was verified all the same; for whom it is, is ours to compare.
    is_verified = nameless.outcome is Outcome.OK and covers(leaf.names, about.name)
    return is_verified or leaf.spki_sha256 in case.known.keys


def covers(names: Iterable[str], name: str) -> bool:
    """Tell whether a certificate's names include a host's, where `*` stands for one label (RFC 9525, 6.3)."""
    wanted = name.lower().rstrip(".")
    parent = wanted.partition(".")[2]
    return any(one.lower() == wanted or (parent and one.lower() == f"*.{parent}") for one in names)


def _is_literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
