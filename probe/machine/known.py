"""The ports and programs that local proxies usually have."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usual:
    """Whose port it usually is, what it usually takes in words, and the scheme to use it by; None when it takes no client's request."""

    whose: str
    takes: str
    scheme: str | None


_MIXED = "HTTP and SOCKS5"
# HTTP where the port is HTTP alone in some versions: then CONNECT works in all of them.
PORTS: Mapping[int, Usual] = {
    1080: Usual("a SOCKS proxy such as Shadowsocks", "SOCKS5", "socks5h"),
    1086: Usual("ShadowsocksX-NG", "SOCKS5", "socks5h"),
    1087: Usual("ShadowsocksX-NG", "HTTP", "http"),
    2080: Usual("sing-box and NekoBox", _MIXED, "socks5h"),
    3128: Usual("Squid", "HTTP", "http"),
    6152: Usual("Surge", "HTTP", "http"),
    6153: Usual("Surge", "SOCKS5", "socks5h"),
    7890: Usual("Clash and mihomo", "HTTP, and often SOCKS5 too", "http"),
    7891: Usual("Clash and mihomo", "SOCKS5", "socks5h"),
    7892: Usual("Clash and mihomo", "connections that a firewall rule redirects", None),
    7893: Usual("Clash and mihomo", f"{_MIXED}, or what a firewall rule diverts", None),
    7897: Usual("Clash Verge Rev", _MIXED, "socks5h"),
    7898: Usual("Clash Verge Rev", "SOCKS5", "socks5h"),
    7899: Usual("Clash Verge Rev", "HTTP", "http"),
    8118: Usual("Privoxy", "HTTP", "http"),
    9050: Usual("Tor", "SOCKS5", "socks5h"),
    9150: Usual("Tor Browser", "SOCKS5", "socks5h"),
    10808: Usual("v2rayN and Xray", "SOCKS5, and often HTTP too", "socks5h"),
    10809: Usual("v2rayN and Xray", "HTTP", "http"),
    12334: Usual("Hiddify", _MIXED, "socks5h"),
    20170: Usual("v2rayA", "SOCKS5", "socks5h"),
    20171: Usual("v2rayA", "HTTP", "http"),
    20172: Usual("v2rayA", "HTTP, by its rules", "http"),
}

# How the programs' names begin; the kernel keeps fifteen characters of a name.
_BEGINNINGS = (
    "3proxy",
    "clash",
    "flclash",
    "hiddify",
    "hysteria",
    "mihomo",
    "nekobox",
    "nekoray",
    "privoxy",
    "shadowsocks",
    "sing-box",
    "squid",
    "ss-local",
    "sslocal",
    "tinyproxy",
    "trojan",
    "tuic-client",
    "v2ray",
    "verge-mihomo",
    "xray",
)
# So short that they begin the names of others too.
_NAMES = {"danted", "gost", "naive", "sockd", "surge", "tor"}  # codespell:ignore gost


def is_proxy_program(program: str) -> bool:
    """Tell whether a program of this name is a local proxy."""
    name = program.lower()
    return name in _NAMES or name.startswith(_BEGINNINGS)
