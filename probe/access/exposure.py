"""Tell whether others than this machine reach an address, and refuse to serve there without access control."""

import ipaddress
import socket

import structlog

_log = structlog.get_logger()


class ExposedError(Exception):
    """The address is reached by others and nothing guards it; the text is one sentence for the operator."""


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches `host`; an empty host and one that nobody knows are not that."""
    found = _addresses(host)
    return bool(found) and all(_is_loopback(one) for one in found)


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        return []
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _is_loopback(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def refuse_exposure(address: str, host: str, *, is_guarded: bool, is_encrypted: bool, insecure: bool) -> None:
    """Refuse to listen beyond loopback with nothing that guards, unless told so. Raises ExposedError."""
    if is_loopback(host):
        return
    if not _addresses(host):
        raise ExposedError(f"cannot listen on {address}: {host!r} is no address of this machine")
    if not is_guarded and not insecure:
        raise ExposedError(
            f"{address} is reached by other machines and nothing guards it: give basic_auth_users or client "
            "certificates with --web.config.file (docs/web-config.md), listen on 127.0.0.1, or say --web.insecure"
        )
    if not is_guarded:
        _log.warning("web.listens_unguarded", address=address, advice="--web.config.file adds access control")
    elif not is_encrypted:
        _log.warning("web.passwords_in_clear", address=address, advice="tls_server_config encrypts them")
