"""Each lack is told in a sentence with the command that mends it; what is there is told too."""

import errno
import os
import resource
import socket
import time
from dataclasses import replace

import pytest

from probe.machine.abilities import abilities
from probe.machine.ability import State
from probe.machine.platform import Platform, judge_platform, this_platform
from probe.machine.resolving import judge_resolvers
from probe.machine.room import Wanted, free_memory, judge_files, judge_memory, judge_store
from probe.machine.sockets import judge_sockets
from probe.machine.timekeeping import Timekeeping, judge_clock, judge_suspend, timekeeping
from probe.machine.trial import Tried, tried
from tests.machine_tree import plant

ABLE = Tried(
    bind=None,
    ping=(None, None),
    raw=(errno.EPERM, errno.EPERM),
    ipv6=None,
    error_queue=None,
    stamps=True,
    tcp_info_bytes=256,
    nests_epoll=True,
)
LINUX = Platform(system="linux", machine="x86_64", release="6.8.0-31-generic", python="3.12.3")
MAC = Platform(system="darwin", machine="arm64", release="23.5.0", python="3.12.3")


def judged(root, on=LINUX, **lack):
    found = {one.id: one for one in judge_sockets(replace(ABLE, **lack), on, root)}
    return found[next(iter(lack)).replace("tcp_info_bytes", "tcp_info").replace("nests_", "")]


def test_nothing_is_said_to_lack_where_all_tries_worked(tmp_path):
    states = {one.id: one.state for one in judge_sockets(ABLE, LINUX, tmp_path)}

    assert states.pop("raw") is State.CANNOT
    assert set(states.values()) == {State.CAN}


def test_who_may_not_ping_is_told_the_range_and_both_commands(tmp_path):
    root = plant(tmp_path, {"proc/sys/net/ipv4/ping_group_range": "1\t0\n"})

    told = judged(root, ping=(errno.EACCES, errno.EACCES))

    assert (told.state, told.sentence, told.mend, told.lasting) == (
        State.CANNOT,
        f"This user (group {os.getegid()}) may not ping: net.ipv4.ping_group_range is '1 0'.",
        'sudo sysctl -w net.ipv4.ping_group_range="0 2147483647"',
        "echo 'net.ipv4.ping_group_range = 0 2147483647' | sudo tee /etc/sysctl.d/60-ping.conf",
    )


def test_in_a_container_the_right_to_ping_stays_by_its_start(tmp_path):
    root = plant(tmp_path, {"proc/sys/net/ipv4/ping_group_range": "1\t0\n"})

    told = judged(root, replace(LINUX, is_container=True), ping=(errno.EACCES, None))

    assert told.lasting == "docker run --sysctl net.ipv4.ping_group_range='0 2147483647' ..."


def test_ping_without_ipv6_is_whole_where_ipv6_is_off_and_a_loss_where_it_is_on(tmp_path):
    assert judged(tmp_path, ping=(None, errno.EACCES)).state is State.DEGRADED
    assert judged(tmp_path, ping=(None, errno.EAFNOSUPPORT), ipv6=errno.EADDRNOTAVAIL).state is State.CAN


@pytest.mark.parametrize(
    ("on", "reason", "has_mend"),
    [
        (replace(LINUX, release="5.4.0-generic"), "Linux 5.4.0-generic is older than 5.7", True),
        (LINUX, "operation not permitted", True),
        (MAC, "operation not permitted", False),
    ],
)
def test_who_may_not_bind_to_an_interface_is_told_why(tmp_path, on, reason, has_mend):
    told = judged(tmp_path, on, bind=errno.EPERM)

    assert (told.state, reason in told.sentence, (told.mend or "").startswith("sudo setcap cap_net_raw+ep /")) == (
        State.CANNOT,
        True,
        has_mend,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lack", "state"),
    [
        ({"stamps": False}, State.DEGRADED),
        ({"tcp_info_bytes": 0}, State.DEGRADED),
        ({"nests_epoll": False}, State.DEGRADED),
        ({"error_queue": errno.ENOPROTOOPT}, State.CANNOT),
        ({"ipv6": errno.EADDRNOTAVAIL}, State.DEGRADED),
    ],
)
def test_what_did_not_work_is_told(tmp_path, lack, state):
    assert judged(tmp_path, **lack).state is state


def test_the_tries_agree_with_the_kernels_own_settings(linux):
    found = tried()

    assert (found.stamps, found.tcp_info_bytes >= 104, found.nests_epoll, found.error_queue) == (
        True,
        True,
        True,
        None,
    )
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    except PermissionError:
        assert found.raw[0] == errno.EPERM
    else:
        assert found.raw[0] is None


@pytest.mark.parametrize(
    ("release", "wsl"),
    [
        ("4.4.0-19041-Microsoft", 1),
        ("5.15.90.1-microsoft-standard-WSL2", 2),
        ("6.8.0-31-generic", 0),
    ],
)
def test_windows_around_linux_is_seen_by_the_kernels_name(tmp_path, release, wsl):
    root = plant(tmp_path, {"proc/sys/kernel/osrelease": f"{release}\n"})

    assert this_platform(root, {}).wsl == wsl


def test_a_container_is_seen_by_its_marks(tmp_path):
    marked = plant(tmp_path / "docker", {".dockerenv": ""})

    seen = [this_platform(tmp_path, {}), this_platform(tmp_path, {"container": "podman"})]

    assert [one.is_container for one in (*seen, this_platform(marked, {}))] == [False, True, True]


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (LINUX, State.CAN),
        (replace(LINUX, machine="aarch64"), State.CAN),
        (replace(LINUX, machine="riscv64"), State.DEGRADED),
        (replace(LINUX, is_container=True), State.CAN),
        (replace(LINUX, wsl=2), State.DEGRADED),
        (replace(LINUX, wsl=1), State.CANNOT),
        (MAC, State.DEGRADED),
        (replace(LINUX, system="win32"), State.CANNOT),
    ],
)
def test_how_well_it_is_at_home(on, state):
    assert judge_platform(on).state is state


@pytest.mark.parametrize(
    ("files", "on", "state"),
    [
        ({"run/systemd/timesync/synchronized": ""}, LINUX, State.CAN),
        ({"proc/7/comm": "chronyd\n"}, LINUX, State.CAN),
        ({"proc/7/comm": "bash\n"}, LINUX, State.DEGRADED),
        ({}, replace(LINUX, is_container=True), State.CAN),
        ({}, replace(LINUX, wsl=2), State.CAN),
    ],
)
def test_whoever_keeps_the_clock_leaves_a_sign(tmp_path, files, on, state):
    assert judge_clock(timekeeping(plant(tmp_path, files)), on).state is state


def test_a_clock_before_the_newest_file_is_wrong(tmp_path):
    root = plant(tmp_path, {"etc/passwd": "", "run/systemd/timesync/synchronized": ""})
    ahead = time.time() + 40 * 86_400
    os.utime(root / "etc/passwd", (ahead, ahead))

    told = judge_clock(timekeeping(root), LINUX)

    assert (told.state, "39 days slow" in told.sentence) == (State.CANNOT, True)


def test_sleep_is_told():
    slept = Timekeeping(is_synchronised=True, keeper=None, behind_ns=0, slept_ns=9 * 3600 * 10**9)

    assert "has slept 9.0 hours" in judge_suspend(slept).sentence


@pytest.mark.parametrize(
    ("resolv", "state", "word"),
    [
        ("nameserver 192.168.1.1\n", State.CAN, "by 192.168.1.1."),
        ("nameserver 127.0.0.53\n", State.CAN, "systemd-resolved: it answers from memory and asks 9.9.9.9"),
        ("nameserver 198.18.0.2\n", State.DEGRADED, "likely invented"),
        ("# nothing\n", State.CANNOT, "names no resolver"),
        ("nameserver fe80::1%eth0\n", State.CANNOT, "names no resolver"),
    ],
)
def test_whose_answers_names_get(tmp_path, resolv, state, word):
    root = plant(
        tmp_path, {"etc/resolv.conf": resolv, "run/systemd/resolve/resolv.conf": "nameserver 9.9.9.9\n"}
    )

    told = judge_resolvers(root)

    assert (told.state, word in told.sentence, bool(told.mend)) == (state, True, state is State.CANNOT)


def test_a_store_that_can_be_made_is_good(tmp_path):
    assert judge_store(tmp_path / "new" / "store", 1 << 20).state is State.CAN
    assert not (tmp_path / "new").exists()


def test_a_store_larger_than_the_disk_is_a_loss(tmp_path):
    assert judge_store(tmp_path, 1 << 60).state is State.DEGRADED


def test_a_file_where_the_store_should_be_is_told(tmp_path):
    plant(tmp_path, {"store": "x"})

    told = judge_store(tmp_path / "store", 1 << 20)

    assert (told.state, told.mend) == (State.CANNOT, f"mv {tmp_path}/store {tmp_path}/store.old")


def test_memory_is_bounded_by_the_group_too(tmp_path):
    files = {
        "proc/meminfo": "MemTotal: 16 kB\nMemAvailable:    4194304 kB\n",
        "sys/fs/cgroup/memory.max": "104857600\n",
        "sys/fs/cgroup/memory.current": "4857600\n",
    }

    free = free_memory(plant(tmp_path, files))

    assert (free, judge_memory(free).state) == (100_000_000, State.DEGRADED)


def test_a_group_without_a_bound_bounds_nothing(tmp_path):
    files = {"proc/meminfo": "MemAvailable: 4194304 kB\n", "sys/fs/cgroup/memory.max": "max\n"}

    assert free_memory(plant(tmp_path, files)) == 4 << 30


@pytest.mark.parametrize(
    ("soft", "state"),
    [(64, State.DEGRADED), (1024, State.CAN), (resource.RLIM_INFINITY, State.CAN)],
)
def test_as_many_files_as_probes_need(soft, state):
    assert judge_files(soft, 8).state is state


def test_every_lack_has_a_word_of_its_own_and_every_sentence_ends(tmp_path):
    found = abilities(Wanted(storage=tmp_path, store_bytes=1, probes_at_once=1))

    assert len({one.id for one in found}) == len(found)
    assert [one.sentence for one in found if not one.sentence.endswith(".")] == []
