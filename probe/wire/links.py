"""Ask this machine, or one of its network namespaces, for its interfaces."""

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from probe.wire.elsewhere import Elsewhere
from probe.wire.errors import RefusedError
from probe.wire.link import Links
from probe.wire.netlink import Netlink, Opening
from probe.wire.rtnetlink import KernelLinks

# How a sandbox, such as systemd's RestrictAddressFamilies=, closes a family of sockets.
_CLOSED = (errno.EAFNOSUPPORT, errno.EPERM, errno.EACCES, errno.EPROTONOSUPPORT)


@contextmanager
def links(opening: Opening = socket.socket) -> Iterator[Links]:
    """Ask in the namespace in which `opening` opens its sockets. Raises OSError, RefusedError when we may not ask."""
    if sys.platform != "linux":
        yield Elsewhere()
        return
    with _netlink(opening) as netlink:
        yield KernelLinks(netlink)


def _netlink(opening: Opening) -> Netlink:
    try:
        return Netlink(opening)
    except OSError as error:
        if isinstance(error, RefusedError) or error.errno not in _CLOSED:
            raise
        sentence = "this system does not let us ask which network a packet leaves by (AF_NETLINK), so nothing was sent"
        raise RefusedError(errno.EPERM, "local.binding_refused", sentence) from error
