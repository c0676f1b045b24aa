"""Tell whether packets go into a device that a program of this machine reads, as proxies in TUN mode do."""

import psutil

from probe.machine.files import ROOT, text

_IFF_TUN = 0x1  # linux/if_tun.h; a TAP device has none of it


def is_tuns(address: str) -> bool:
    """Tell whether one of this machine's addresses is that of a TUN device; WireGuard and other tunnels are none."""
    return any(
        _is_tun(name)
        for name, given in psutil.net_if_addrs().items()
        if any(one.address.partition("%")[0] == address for one in given)
    )


def _is_tun(name: str) -> bool:
    flags = text(ROOT, f"sys/class/net/{name}/tun_flags").strip()
    try:
        return bool(int(flags, 16) & _IFF_TUN)
    except ValueError:  # no such file, so no such device
        return False
