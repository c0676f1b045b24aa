"""What may stand for a host: a name that DNS and certificates can carry, or a literal address; pure."""

import ipaddress
import re

# Names that are nobody's on the Internet (RFC 6761): whoever resolves them does so for himself.
_OWN_NAMES = ("localhost", "test")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def is_host(text: str) -> bool:
    """Tell whether `text` is an ASCII host name in small letters, or an address without a zone."""
    try:
        return "%" not in str(ipaddress.ip_address(text))
    except ValueError:
        pass
    labels = text.removesuffix(".").split(".")
    # RFC 3696, 2: a last label that is a number would be taken for an address, and 0x7f.1 for loopback.
    numeric = re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]) is not None
    return len(text) <= 253 and not numeric and all(_LABEL.fullmatch(label) for label in labels)


def is_name(host: str) -> bool:
    """Tell whether a host is a name that has to be resolved, and no literal address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def is_nobody_elses(host: str) -> bool:
    """Tell whether a host is this machine, or of a name that can be nobody's on the Internet."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.removesuffix(".").rpartition(".")[2] in _OWN_NAMES
