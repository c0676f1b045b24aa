"""What a proxy's reply means: the tables from its codes to causes; pure.

A proxy's word is taken where its code says one thing exactly. Where it may be its own trouble as well as the hop's, the
cause says no more than that the proxy failed to get there; where it is surely its own, nobody is blamed.
"""

from collections.abc import Mapping

from probe.cause.response import proxy_error
from probe.host import is_name

BROKEN, AUTH, DENIED = "local.proxy_broken", "local.proxy_auth", "local.proxy_denied"
FAILED, CLOSED, TIMEOUT = "relay.proxy", "relay.proxy.closed", "relay.proxy.timeout"

# RFC 1928, 6. Unassigned codes are nonsense.
_SOCKS: Mapping[int, tuple[str, str]] = {
    1: (FAILED, "general failure"),
    2: (DENIED, "its rules do not allow this connection"),
    3: ("tcp.unreachable", "network unreachable"),
    4: ("tcp.unreachable", "host unreachable"),
    5: ("tcp.refused", "connection refused"),
    6: ("tcp.unreachable", "TTL expired"),
    7: (BROKEN, "it makes no connections"),
    8: (BROKEN, "it does not take this type of address"),
}
_HOST_UNREACHABLE, _WRONG_ADDRESS = 4, 8

# RFC 9110, 15, and 401 as tinyproxy says it of a wrong password. What is not here and below 500 is no proxy's answer.
_STATUS: Mapping[int, str] = {
    401: AUTH,
    403: DENIED,
    407: AUTH,
    429: DENIED,
    451: DENIED,
    501: BROKEN,
    504: TIMEOUT,
}

# RFC 9209, 2.3: what says exactly one thing about the way to the hop.
_ERRORS: Mapping[str, str] = {
    "dns_timeout": "dns.timeout",
    "dns_error": "dns.failed",
    "destination_ip_prohibited": DENIED,
    "destination_ip_unroutable": "tcp.unreachable",
    "connection_refused": "tcp.refused",
    "connection_timeout": "tcp.timeout",
    "connection_limit_reached": DENIED,
    "http_request_denied": DENIED,
    "proxy_configuration_error": BROKEN,
    "proxy_loop_detected": BROKEN,
}


def socks_reply(code: int, host: str) -> tuple[str, str]:
    """Return the cause that a SOCKS5 reply other than success amounts to when `host` was asked for, and its words."""
    cause, words = _SOCKS.get(code, (BROKEN, f"reply code {code}, which means nothing"))
    if code == _HOST_UNREACHABLE and is_name(host):
        # Proxies without a better code say so of a name that they cannot resolve.
        return FAILED, words
    if code == _WRONG_ADDRESS and ":" in host:
        return "local.family_mismatch", "it does not take IPv6 addresses"
    return cause, words


def connect_status(status: int, proxy_status: str) -> str:
    """Return the cause that a final answer to CONNECT other than 2xx amounts to (RFC 9110, 9.3.6)."""
    told = _ERRORS.get(proxy_error(proxy_status) or "")
    if told is not None and status != 407:
        return told
    return _STATUS.get(status, FAILED if status >= 500 else BROKEN)
