"""Ask the kernel whether somebody on the link answers for an address (ARP, RFC 826; neighbour discovery, RFC 4861)."""

import ipaddress
import struct
import sys
from typing import Final

from probe.wire.link import family_of
from probe.wire.netlink import Netlink, Opening, attribute

# linux/neighbour.h: struct ndmsg, NDA_DST, NUD_*
GETNEIGH: Final = 30
_MESSAGE: Final = struct.Struct("=BxxxiHBB")
_DST = 1
_INCOMPLETE, _FAILED = 0x01, 0x20


def is_silent(opening: Opening, address: str, index: int) -> bool:
    """Tell whether the kernel is asking for a neighbour, or has asked, and hears nothing; False when nobody can tell.

    A neighbour that answered before is held to be there for up to a minute after it has died.
    """
    if sys.platform != "linux":
        return False
    body = _MESSAGE.pack(family_of(address), index, 0, 0, 0)
    try:
        with Netlink(opening) as netlink:
            found = netlink.one(GETNEIGH, body + attribute(_DST, ipaddress.ip_address(address).packed))
    except OSError:
        return False  # it was never asked for, or Linux is older than 5.0
    _, _, state, _, _ = _MESSAGE.unpack_from(found.body)
    return bool(state & (_INCOMPLETE | _FAILED))
