"""What may stand for a host: a name that DNS and certificates can carry, or a literal address; pure."""

import ipaddress
import re

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
