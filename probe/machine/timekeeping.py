"""Judge this machine's clock by the signs that whoever sets it leaves."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import probe
from probe.clock import Clock, SystemClock
from probe.machine.ability import Ability, State, installing
from probe.machine.files import names, text
from probe.machine.platform import Platform

_SYNCHRONISED = "run/systemd/timesync/synchronized"
# The kernel keeps fifteen characters of a name.
_KEEPERS = {"chronyd", "ntpd", "openntpd", "systemd-timesyn", "ptp4l", "phc2sys", "ntpsec"}
_DAY_NS = 86_400 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Timekeeping:
    """What can be seen of the clock: who sets it, and by how much it lies before the newest file that it should be after."""

    is_synchronised: bool
    keeper: str | None
    behind_ns: int
    slept_ns: int


def timekeeping(root: Path, clock: Clock | None = None) -> Timekeeping:
    """Look at the signs below `root`, and at the clocks."""
    clock = clock or SystemClock()
    running = {text(root, f"proc/{one}/comm", 64).strip() for one in names(root, "proc") if one.isdigit()}
    return Timekeeping(
        is_synchronised=(root / _SYNCHRONISED).exists(),
        keeper=next(iter(sorted(_KEEPERS & running)), None),
        behind_ns=max(0, _newest_ns(root) - clock.wall_ns()),
        slept_ns=max(0, clock.boot_ns() - clock.monotonic_ns()),
    )


def _newest_ns(root: Path) -> int:
    """Return when this program or the machine's list of users was last written: the present is later."""
    found = 0
    for path in (Path(probe.__file__), root / "etc/passwd", root / "etc/resolv.conf"):
        try:
            found = max(found, path.stat().st_mtime_ns)
        except OSError:
            continue
    return found


def judge_clock(found: Timekeeping, on: Platform) -> Ability:
    """Say whether the clock can be trusted; certificates and records go by it, durations do not."""
    mend = "sudo timedatectl set-ntp true" if shutil.which("timedatectl") else installing("chrony")
    if found.behind_ns > _DAY_NS:
        days = found.behind_ns // _DAY_NS
        sentence = f"The clock is at least {days} days slow: files here are newer, and valid certificates will seem not to be."
        return Ability(id="clock", state=State.CANNOT, sentence=sentence, mend=mend)
    if told := _keeper(found, on):
        return Ability(id="clock", state=State.CAN, sentence=told)
    sentence = "Nothing seems to set the clock, so the records of several machines may not fit together."
    return Ability(id="clock", state=State.DEGRADED, sentence=sentence, mend=mend)


def _keeper(found: Timekeeping, on: Platform) -> str | None:
    if found.is_synchronised:
        return "The clock is synchronised (systemd-timesyncd)."
    if found.keeper:
        return f"{found.keeper} keeps the clock; how well, it tells only if asked."
    if on.wsl:
        return "Windows keeps the clock."
    if on.is_container:
        return "The machine around this container keeps the clock."
    return "macOS keeps the clock, unless somebody switched that off." if on.system == "darwin" else None


def judge_suspend(found: Timekeeping) -> Ability:
    """Say how long the machine has slept; the schedule goes by a clock that counts it."""
    hours, slept = found.slept_ns / 3.6e12, found.slept_ns > 10**9
    sentence = (
        f"This machine has slept {hours:.1f} hours since it started; what falls into sleep is told as missed."
        if slept
        else "This machine has not slept since it started."
    )
    return Ability(id="suspend", state=State.CAN, sentence=sentence)
