"""Network namespaces by name: make, enter, configure and remove them."""

import ctypes
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

_CLONE_NEWNET = 0x4000_0000
_ROOT = Path("/run/netns")
_CONFIG = Path("/etc/netns")
_LIBC = ctypes.CDLL(None, use_errno=True)

# A fresh link drops IPv6 for two seconds while it looks for a duplicate of its address; `nodad` alone is not enough.
_EVERYWHERE = {
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/ping_group_range": "0 2147483647",
    "ipv6/conf/all/accept_dad": "0",
    "ipv6/conf/default/accept_dad": "0",
}
# Real routers limit how many errors they send; here no test should have to wait for another.
_ROUTING = {
    "ipv4/ip_forward": "1",
    "ipv6/conf/all/forwarding": "1",
    "ipv4/icmp_ratelimit": "0",
    "ipv6/icmp/ratelimit": "0",
}


class CommandError(Exception):
    """A command that sets the test internet up did not do so."""


def call(*command: str, stdin: str = "", force: bool = False) -> str:
    """Run a command that must succeed, unless forced; return what it printed."""
    done = subprocess.run(command, input=stdin, text=True, capture_output=True, timeout=30)
    if done.returncode and not force:
        raise CommandError(f"{' '.join(command)}: {done.stderr.strip()}\n{stdin}")
    return done.stdout


def setns(name: str) -> None:
    """Move the calling thread into the namespace for good."""
    _set(_ROOT / name)


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Be in the namespace with the calling thread; sockets made meanwhile stay there."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _set(_ROOT / name)
        yield
    finally:
        _enter(home)
        os.close(home)


def _set(path: Path) -> None:
    there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter(there)
    finally:
        os.close(there)


def _enter(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def existing(prefix: str) -> tuple[str, ...]:
    """Return the namespaces whose name begins so."""
    return tuple(sorted(path.name for path in _ROOT.glob(f"{prefix}-*")))


def occupants(names: Iterable[str]) -> Iterator[int]:
    """Go through the processes that are in one of the namespaces, this one excepted."""
    inodes = set()
    for name in names:
        # Another that sweeps the same at this moment may have removed it.
        with suppress(FileNotFoundError):
            inodes.add((_ROOT / name).stat().st_ino)
    for folder in Path("/proc").glob("[0-9]*") if inodes else ():
        with suppress(OSError):
            if (folder / "ns/net").stat().st_ino in inodes and int(folder.name) != os.getpid():
                yield int(folder.name)


def add(names: Iterable[str]) -> None:
    """Make namespaces."""
    call("ip", "-batch", "-", stdin="".join(f"netns add {name}\n" for name in names))


def remove(names: Iterable[str]) -> None:
    """Remove namespaces with all that is in them, and their resolv.conf."""
    names = tuple(names)
    if names:
        call(
            "ip", "-force", "-batch", "-", stdin="".join(f"netns del {name}\n" for name in names), force=True
        )
    for name in names:
        with suppress(OSError):
            (_CONFIG / name / "resolv.conf").unlink()
        with suppress(OSError):
            (_CONFIG / name).rmdir()


def configure(name: str, lines: Iterable[str], *, force: bool = False) -> None:
    """Run `ip` commands in the namespace; one that begins with -6 concerns IPv6 only; forced, go on after errors."""
    lines = tuple(lines)
    for family in ("-4", "-6"):
        batch = [line.removeprefix("-6 ") for line in lines if line.startswith("-6 ") == (family == "-6")]
        if batch:
            how = ("-force",) if force else ()
            call("ip", family, "-n", name, *how, "-batch", "-", stdin="\n".join(batch) + "\n", force=force)


def tune(name: str, *, is_router: bool) -> None:
    """Set the kernel's switches in the namespace."""
    switches: Mapping[str, str] = {**_EVERYWHERE, **(_ROUTING if is_router else {})}
    with inside(name):
        for switch, value in switches.items():
            try:
                Path("/proc/sys/net", switch).write_text(value)
            except OSError:
                # In a user namespace not every group has a number here.
                if switch != "ipv4/ping_group_range":
                    raise


def resolve_by(name: str, *resolvers: str) -> None:
    """Let programs started in the namespace find these resolvers in /etc/resolv.conf, also when they change."""
    folder = _CONFIG / name
    folder.mkdir(parents=True, exist_ok=True)
    # Written in place: the programs have this very file mounted over their own.
    lines = [*(f"nameserver {each}" for each in resolvers), "options timeout:2 attempts:1"]
    (folder / "resolv.conf").write_text("\n".join(lines) + "\n")
