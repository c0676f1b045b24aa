"""Judge what sockets may do here: bind to an interface, ping, trace, and time exactly."""

import os
import shlex
import sys
from pathlib import Path

from probe.machine.ability import Ability, State
from probe.machine.files import text
from probe.machine.platform import Platform
from probe.machine.trial import Tried

PING_RANGE = "net.ipv4.ping_group_range"
_EVERYBODY = "0 2147483647"
# Linux 5.7 let everybody bind a fresh socket to a device (c427bfec18f2).
_FREE_BINDING = (5, 7)
_UNIT = "AmbientCapabilities=CAP_NET_RAW in the systemd unit, instead of the right for every Python program"


def judge_sockets(found: Tried, on: Platform, root: Path) -> tuple[Ability, ...]:
    """Return what each try means."""
    return (
        _binding(found, on),
        _ping(found, on, root),
        _error_queue(found),
        _raw(found),
        _ipv6(found),
        _stamps(found),
        _tcp_info(found),
        _epoll(found),
    )


def _binding(found: Tried, on: Platform) -> Ability:
    if found.bind is None:
        return _can(
            "bind", "Sockets can be bound to one interface, which the vantages of kind interface need."
        )
    reason = f"This user may not bind to an interface ({_word(found.bind)})"
    if on.system == "linux" and on.kernel < _FREE_BINDING:
        reason = f"This user may not bind to an interface: Linux {on.release} is older than 5.7"
    mend = _capability() if on.system == "linux" else None
    return Ability(
        id="bind",
        state=State.CANNOT,
        sentence=f"{reason}.",
        mend=mend,
        lasting=_UNIT if mend else None,
    )


def _ping(found: Tried, on: Platform, root: Path) -> Ability:
    four, six = found.ping
    if four is None and (six is None or found.ipv6 is not None):
        return _can("ping", "Ping sockets can be opened without any right.")
    if four is None:
        return Ability(
            id="ping",
            state=State.DEGRADED,
            sentence=f"Ping works for IPv4 and not for IPv6 ({_word(six)}).",
        )
    allowed = " ".join(text(root, f"proc/sys/{PING_RANGE.replace('.', '/')}", 100).split())
    if not allowed:
        return Ability(id="ping", state=State.CANNOT, sentence=f"No ping sockets ({_word(four)}).")
    mend = f'sudo sysctl -w {PING_RANGE}="{_EVERYBODY}"'
    lasting: str | None = f"echo '{PING_RANGE} = {_EVERYBODY}' | sudo tee /etc/sysctl.d/60-ping.conf"
    if on.is_container:
        at_start = f"docker run --sysctl {PING_RANGE}='{_EVERYBODY}' ..."
        mend, lasting = (at_start, None) if _is_read_only(root / "proc/sys/net") else (mend, at_start)
    sentence = f"This user (group {os.getegid()}) may not ping: {PING_RANGE} is '{allowed}'."
    return Ability(id="ping", state=State.CANNOT, sentence=sentence, mend=mend, lasting=lasting)


def _is_read_only(path: Path) -> bool:
    try:
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _error_queue(found: Tried) -> Ability:
    if found.error_queue is None:
        return _can("error_queue", "Routers' ICMP errors can be read, which trace needs.")
    sentence = f"Routers' ICMP errors cannot be read ({_word(found.error_queue)}), so there is no trace."
    return Ability(id="error_queue", state=State.CANNOT, sentence=sentence)


def _raw(found: Tried) -> Ability:
    if found.raw[0] is None:
        return _can("raw", "Raw sockets can be opened; nothing needs them while ping sockets work.")
    sentence = f"Raw sockets cannot be opened ({_word(found.raw[0])})."
    return Ability(id="raw", state=State.CANNOT, sentence=sentence, mend=_capability(), lasting=_UNIT)


def _ipv6(found: Tried) -> Ability:
    if found.ipv6 is None:
        return _can("ipv6", "IPv6 is switched on.")
    sentence = f"IPv6 is switched off ({_word(found.ipv6)}), so hops are asked by IPv4 only."
    mend = "sudo sysctl -w net.ipv6.conf.all.disable_ipv6=0"
    return Ability(id="ipv6", state=State.DEGRADED, sentence=sentence, mend=mend)


def _stamps(found: Tried) -> Ability:
    if found.stamps:
        return _can("stamps", "The kernel stamps what arrives: times are exact however busy this program is.")
    sentence = "The kernel does not stamp what arrives: times are taken by this program and flagged `user`."
    return Ability(id="stamps", state=State.DEGRADED, sentence=sentence)


def _tcp_info(found: Tried) -> Ability:
    if found.tcp_info_bytes:
        return _can(
            "tcp_info", f"The kernel tells of its connections (TCP_INFO, {found.tcp_info_bytes} bytes)."
        )
    sentence = (
        "The kernel tells nothing of its connections: no retransmits, and connect is timed by this program."
    )
    return Ability(id="tcp_info", state=State.DEGRADED, sentence=sentence)


def _epoll(found: Tried) -> Ability:
    if found.nests_epoll:
        return _can("epoll", "Sockets are watched by one epoll set.")
    return Ability(id="epoll", state=State.DEGRADED, sentence="No epoll within epoll: more work per probe.")


def _can(ability: str, sentence: str) -> Ability:
    return Ability(id=ability, state=State.CAN, sentence=sentence)


def _word(number: int | None) -> str:
    return os.strerror(number or 0).lower()


def _capability() -> str:
    # The file behind a virtual environment's link: capabilities belong to files.
    return f"sudo setcap cap_net_raw+ep {shlex.quote(str(Path(sys.executable).resolve()))}"
