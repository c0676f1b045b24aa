"""The test internet is built, leads where it says, and leaves nothing behind."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.internet import namespace
from tests.internet.net import Internet
from tests.internet_witness import Witness
from tests.need import need_namespaces, need_program


@pytest.fixture(scope="module")
def net():
    need_namespaces()
    need_program("curl")
    need_program("ping")
    with Internet() as built:
        yield built


def is_alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def left_of(prefix):
    temporary = [path.name for path in Path("/tmp").glob(f"internet-{prefix}-*")]
    return [
        *namespace.existing(prefix),
        *(path.name for path in Path("/etc/netns").glob(f"{prefix}-*")),
        *temporary,
    ]


def test_it_is_up_soon_and_leaves_nothing_behind():
    need_namespaces()
    begun = time.monotonic()
    with Internet() as built:
        seconds = time.monotonic() - begun

    assert left_of(built.prefix) == []
    assert seconds < 5  # 0.4 s when the machine has nothing else to do


def test_nothing_is_left_after_an_error():
    need_namespaces()
    net = Internet()
    with contextlib.suppress(ZeroDivisionError), net:
        process = net.popen("v-wifi", "sleep", "60")
        _ = 1 / 0

    assert left_of(net.prefix) == []
    assert process.returncode is not None


def test_a_program_that_left_its_parent_ends_too():
    need_namespaces()
    with Internet() as built:
        away = built.run("v-wifi", "sh", "-c", "setsid sleep 60 >/dev/null 2>&1 & echo $!")

    assert not is_alive(int(away.stdout))


def test_what_a_killed_process_left_is_removed_by_the_next():
    need_namespaces()
    code = (
        "import os, signal; from tests.internet.net import Internet\n"
        "with Internet() as net: print(net.prefix, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, timeout=30)
    prefix = killed.stdout.strip()
    assert namespace.existing(prefix) != ()
    with Internet():
        pass

    assert left_of(prefix) == []


def test_two_stand_side_by_side(net):
    with Internet() as other:
        seen = [Witness(each, "v-wifi").get("https://page.lab.test/").verdict for each in (net, other)]

    assert seen == [200, 200]


@pytest.mark.parametrize("family", [4, 6])
def test_every_host_is_reached_by_name_from_every_vantage(net, family):
    names = ["page.lab.test", "hk.lab.test", "fn.lab.test", "cn.lab.test", "abroad.lab.test"]
    seen = {
        (vantage, name): Witness(net, vantage).read(f"http://{name}/whoami", f"-{family}")
        for vantage in ("v-wifi", "v-mobile")
        for name in names
    }

    assert seen == {(vantage, name): net.seen_as(vantage, family=family) for vantage, name in seen}


def test_a_path_shows_every_router(net):
    need_program("traceroute")
    hk, hk6 = net.address("hk"), net.address("hk", family=6)

    assert Witness(net, "v-wifi").trace(hk) == ["198.18.1.1", "198.18.11.1", "198.18.20.2", hk]
    assert Witness(net, "v-wifi").trace(hk6, "-6") == ["2001:db8:1::1", "2001:db8:7::1", "2001:db8:9::1", hk6]


def test_what_no_router_knows_vanishes(net):
    assert Witness(net, "v-wifi").ping("198.51.100.66", 2).lost == 1


def test_no_node_has_a_link_to_the_machines_own_network(net):
    cables = {(end.node, end.interface) for link in net.topology.links for end in link.ends}
    found = {
        (node, interface)
        for node in net.topology.nodes
        for interface in net.run(node, "ls", "/sys/class/net").stdout.split()
    }

    assert found == cables | {(node, "lo") for node in net.topology.nodes}


def test_programs_find_the_resolver_of_the_test_internet(net):
    assert "nameserver 198.51.100.53" in net.run("v-wifi", "cat", "/etc/resolv.conf").stdout


def test_a_socket_of_the_test_process_can_be_in_a_node(net):
    with net.socket("v-mobile") as sock:
        sock.settimeout(2)
        sock.connect((net.address("static"), 80))
        sock.sendall(b"GET /whoami HTTP/1.0\r\n\r\n")

        assert sock.recv(4096).endswith(net.seen_as("v-mobile").encode())


def test_a_program_as_nobody_reads_our_code_and_has_no_right(net):
    code = "import os, aiohttp, probe; print(os.getuid(), os.getgroups()); print(open('/proc/self/status').read())"
    out, err = net.python("v-wifi", "-c", code).communicate(timeout=20)
    rights = {line for line in out.splitlines() if line.startswith("Cap")}

    assert (out.splitlines()[0], err) == ("65534 []", "")
    assert {line.split("\t")[1] for line in rights} == {"0" * 16}
