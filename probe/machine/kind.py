"""Tell what sort of interface one is, by what the kernel says of it in /sys/class/net, elsewhere by its name."""

import re
from enum import StrEnum
from pathlib import Path

from probe.machine.files import ROOT, names, pairs, text

# linux/if_arp.h
_LOOPBACK, _PPP, _RAW_IP = "772", "512", "519"
_TUNNELS = {"768", "769", "776", "778", "823"}  # ipip, ip6tnl, sit, gre, ip6gre
# linux/if_tun.h; a TAP device is the end of a virtual machine's wire.
_TUN_FLAG = 0x1
# How a telephone or a modem stick shows itself on USB; one that plays an ordinary network card cannot be told from it.
_MOBILE_DRIVERS = {"rndis_host", "ipheth", "qmi_wwan", "cdc_mbim", "huawei_cdc_ncm", "sierra_net"}
_DEVTYPES = {
    "wlan": "wifi",
    "wwan": "mobile",
    "bridge": "bridge",
    "wireguard": "tun",
    "ppp": "ppp",
    "bond": "wire",
    "vlan": "wire",
}
# Names on macOS, where nothing else is told without asking a program; en0 may be either wire or Wi-Fi.
_BY_NAME = (
    (re.compile(r"lo\d*"), "loopback"),
    (re.compile(r"(u?tun|wg|ipsec)\d+"), "tun"),
    (re.compile(r"bridge\d+"), "bridge"),
    (re.compile(r"ppp\d+"), "ppp"),
    (re.compile(r"(wlan|wlp|wlx)\w+"), "wifi"),
    (re.compile(r"(wwan|wwp|wwx|pdp_ip)\w+"), "mobile"),
    (re.compile(r"(awdl|llw|anpi|ap|gif|stf|vmenet)\d+"), "virtual"),
)


class Kind(StrEnum):
    """What an interface is; `tun` is any tunnel of layer 3, WireGuard too, and `unknown` is likely wire or Wi-Fi."""

    WIFI = "wifi"
    WIRE = "wire"
    MOBILE = "mobile"
    PPP = "ppp"
    TUN = "tun"
    BRIDGE = "bridge"
    LOOPBACK = "loopback"
    VIRTUAL = "virtual"
    UNKNOWN = "unknown"


def kind(name: str, root: Path = ROOT) -> Kind:
    """Return the kind of an interface."""
    home = f"sys/class/net/{name}"
    present = set(names(root, home))
    if not present:
        return kind_by_name(name)
    device_type = pairs(text(root, f"{home}/uevent"), "=").get("DEVTYPE", "")
    known = _DEVTYPES.get(device_type) or _by_number(text(root, f"{home}/type").strip())
    if known:
        return Kind(known)
    if "tun_flags" in present:
        return Kind.TUN if _is_tun(text(root, f"{home}/tun_flags")) else Kind.VIRTUAL
    if present & {"wireless", "phy80211"}:
        return Kind.WIFI
    if "device" not in present:
        return Kind.VIRTUAL
    return Kind.MOBILE if _driver(root, home) in _MOBILE_DRIVERS else Kind.WIRE


def _by_number(number: str) -> str | None:
    if number in _TUNNELS:
        return "tun"
    return {_LOOPBACK: "loopback", _PPP: "ppp", _RAW_IP: "mobile"}.get(number)


def _is_tun(flags: str) -> bool:
    try:
        return bool(int(flags, 16) & _TUN_FLAG)
    except ValueError:
        return False


def _driver(root: Path, home: str) -> str:
    try:
        return (root / home / "device/driver").readlink().name
    except OSError:
        return ""


def kind_by_name(name: str) -> Kind:
    """Return the kind that an interface of this name usually has."""
    for pattern, word in _BY_NAME:
        if pattern.fullmatch(name):
            return Kind(word)
    return Kind.UNKNOWN
