"""What a router quotes of a TCP packet of ours tells whether it was rewritten on the way there; pure."""

import ipaddress
import struct

from probe.wire.icmp import ones_complement_sum

_TCP = 6
_LEAST_HEADER = 20
_CHECKSUM = slice(16, 18)


def is_rewritten(quoted: bytes, source: str, target: str) -> bool | None:
    """Tell whether the checksum of a quoted SYN is not that of our own addresses; None when too little is quoted.

    A checksum covers the addresses (RFC 9293, 3.1), and translators put back the addresses in a quotation, not always
    the checksum. One that fits proves nothing.
    """
    size = (quoted[12] >> 4) * 4 if len(quoted) > 12 else 0
    if size < _LEAST_HEADER or len(quoted) < size:
        return None
    segment = quoted[:size]
    addresses = b"".join(ipaddress.ip_address(one).packed for one in (source, target))
    pseudo = ones_complement_sum(addresses + struct.pack("!II", size, _TCP))
    if int.from_bytes(segment[_CHECKSUM], "big") == pseudo:
        return False  # the network card was to fill it in, and the router is so near that it never did
    return ones_complement_sum(segment + struct.pack("!I", pseudo)) != 0xFFFF
