"""Judge the room that the daemon has: for its store, in memory, and for open files."""

import os
import resource
import shlex
from dataclasses import dataclass
from pathlib import Path

from probe.machine.ability import Ability, State
from probe.machine.files import pairs, text

# What a daemon with a few hundred series has been seen to take, twice over.
_MEMORY_BYTES = 200 << 20
# Its own files, the page's readers, and four sockets for each probe under way.
_OWN_FILES, _FILES_PER_PROBE = 64, 4
_LEAST_DISK_BYTES = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a configuration asks for: where its store is, how large that may become, and how many probes at once."""

    storage: Path
    store_bytes: int
    probes_at_once: int


def judge_room(wanted: Wanted, root: Path) -> tuple[Ability, ...]:
    """Return the abilities `store`, `memory` and `files`."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        judge_store(wanted.storage, wanted.store_bytes),
        judge_memory(free_memory(root)),
        judge_files(soft, wanted.probes_at_once),
    )


def judge_store(folder: Path, store_bytes: int) -> Ability:
    """Say whether the store can be written and has the room that it may take."""
    folder = folder.absolute()
    present = next(one for one in (folder, *folder.parents) if one.exists())
    place = shlex.quote(str(present))
    if not present.is_dir():
        return _store(State.CANNOT, f"{present} is no folder.", f"mv {place} {place}.old")
    if not os.access(present, os.W_OK | os.X_OK):
        mend = f"sudo install -d -m 700 -o {os.geteuid()} -g {os.getegid()} {shlex.quote(str(folder))}"
        return _store(State.CANNOT, f"This user may not write to {present}.", mend)
    room = os.statvfs(present)
    free = room.f_bavail * room.f_frsize
    shown = f"{folder} can be written; {_megabytes(free)} are free there"
    if free < _LEAST_DISK_BYTES:
        return _store(State.CANNOT, f"{shown}, which is not enough.")
    # What a store in this place has taken already is not asked for again.
    if store_bytes > free + sum(one.stat().st_size for one in folder.glob("store.*")):
        limit = f"the store may grow to {_megabytes(store_bytes)}: lower storage.max_size"
        return _store(State.DEGRADED, f"{shown}, and {limit}.")
    return _store(State.CAN, f"{shown}.")


def _store(state: State, sentence: str, mend: str | None = None) -> Ability:
    return Ability(id="store", state=state, sentence=sentence, mend=mend)


def free_memory(root: Path) -> int | None:
    """Return how many bytes may still be taken: what the machine has free, or what is left of the group's limit."""
    available = pairs(text(root, "proc/meminfo"), ":").get("MemAvailable", "").split()
    bounds = [int(available[0]) << 10] if available and available[0].isdigit() else []
    # The limit of the group that a container shows as its root (cgroups(7), version 2 and 1).
    for limit, taken in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        most, now = (text(root, f"sys/fs/cgroup/{one}", 40).strip() for one in (limit, taken))
        if most.isdigit() and now.isdigit():
            bounds.append(max(0, int(most) - int(now)))
    return min(bounds, default=None)


def judge_memory(free: int | None) -> Ability:
    """Say whether there is memory for the daemon."""
    if free is None:
        return Ability(id="memory", state=State.CAN, sentence="How much memory is free cannot be read here.")
    if free < _MEMORY_BYTES:
        sentence = (
            f"Only {_megabytes(free)} of memory are free; the daemon may take {_megabytes(_MEMORY_BYTES)}."
        )
        return Ability(id="memory", state=State.DEGRADED, sentence=sentence)
    return Ability(id="memory", state=State.CAN, sentence=f"{_megabytes(free)} of memory are free.")


def judge_files(soft: int, probes_at_once: int) -> Ability:
    """Say whether as many files may be open as the probes under way need sockets."""
    wanted = _OWN_FILES + _FILES_PER_PROBE * probes_at_once
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        shown = "Any number of" if soft == resource.RLIM_INFINITY else f"{soft}"
        return Ability(id="files", state=State.CAN, sentence=f"{shown} files may be open at once.")
    sentence = f"{soft} files may be open at once, and {probes_at_once} probes at once may need {wanted}."
    lasting = f"LimitNOFILE={wanted} in the systemd unit"
    return Ability(
        id="files", state=State.DEGRADED, sentence=sentence, mend=f"ulimit -n {wanted}", lasting=lasting
    )


def _megabytes(count: int) -> str:
    return f"{count >> 20} MiB"
