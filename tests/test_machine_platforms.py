"""Elsewhere than on Linux: a clear refusal on native Windows, and on macOS nothing at import that only Linux has.

Neither system is at hand. Both are acted out in a child process: it has the platform's name and lacks what that platform
lacks, and the libraries, which look at the name too, are loaded before.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig_servers import answering, ok, tcp_server

ROOT = Path(__file__).parent.parent

WINDOWS = """
import runpy, select, socket, sys
import click, probe  # their own look at the platform is not what is tested
for name in ("fcntl", "resource", "termios", "pwd", "grp", "psutil"):
    sys.modules[name] = None
for name in ("poll", "epoll", "EPOLLIN", "EPOLLOUT", "EPOLLONESHOT"):
    if hasattr(select, name):
        delattr(select, name)
del socket.AF_UNIX
sys.platform = "win32"
sys.argv = ["hopwatch", *sys.argv[1:]]
runpy.run_module("probe", run_name="__main__")
"""

LOAD_ALL = """
import importlib, pkgutil, probe
for one in pkgutil.walk_packages(probe.__path__, "probe."):
    if one.name != "probe.__main__":
        importlib.import_module(one.name)
"""
LOAD_COMMANDS = "import probe.cli.check, probe.cli.doctor, probe.cli.draw, probe.cli.report, probe.codec, probe.log, probe.ondemand"
WITHOUT_EPOLL = """
import select
for name in [name for name in dir(select) if name.lower().startswith("epoll")]:
    delattr(select, name)  # first: asyncio takes what is there
"""
WITHOUT_LINUX = """
import os, socket, sys, time
for name in [name for name in sys.modules if name.partition(".")[0] == "probe"]:
    del sys.modules[name]
BEGINNINGS = ("TCP_INFO", "TCP_USER", "SO_BINDTO", "SO_MARK", "MSG_ERRQ", "AF_NETLINK", "AF_PACKET", "IP_RECVERR", "SO_TIMESTAMP")
LINUX_ONLY = {
    socket: [name for name in dir(socket) if name.startswith(BEGINNINGS)],
    time: ["CLOCK_BOOTTIME"],
    os: ["sched_getaffinity", "sched_setaffinity", "setns", "unshare", "CLONE_NEWNET"],
}
for module, names in LINUX_ONLY.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
sys.platform = "darwin"
"""
COMMAND = """
from probe.cli import main
main(sys.argv[1:])
"""

IMPORT_ALL = WITHOUT_EPOLL + LOAD_ALL + WITHOUT_LINUX + LOAD_ALL
RUN_COMMAND = WITHOUT_EPOLL + LOAD_COMMANDS + WITHOUT_LINUX + COMMAND


def acted_out(script, *words, folder=ROOT):
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=50,
    )


@pytest.mark.parametrize("words", [(), ("--help",), ("run",), ("doctor",), ("check", "https://x/")])
def test_native_windows_is_refused_in_one_sentence_whatever_is_asked(words):
    done = acted_out(WINDOWS, *words)

    assert (done.returncode, done.stdout, done.stderr) == (
        3,
        "",
        "hopwatch does not run on native Windows: use it within WSL2 (`wsl --install`) or in Docker.\n",
    )


def test_every_module_can_be_imported_without_what_only_linux_has():
    done = acted_out(IMPORT_ALL)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def page():
    with tcp_server(answering(ok())) as server:
        yield f"http://127.0.0.1:{server.port}/"


def test_without_linux_a_probe_works_and_its_times_are_flagged(page):
    done = acted_out(RUN_COMMAND, "check", "--json", page)

    assert done.returncode == 0, done.stderr
    (observation,) = json.loads(done.stdout)["observations"]
    assert {one["stamp"] for one in observation["timings"]} == {"user"}


def test_without_linux_the_doctor_tells_what_is_missing(tmp_path):
    done = acted_out(RUN_COMMAND, "doctor", "--json", folder=tmp_path)

    states = {one["id"]: one["state"] for one in json.loads(done.stdout)["abilities"]}
    assert {
        name: states[name] for name in ("platform", "bind", "error_queue", "stamps", "tcp_info", "epoll")
    } == {
        "platform": "degraded",
        "bind": "cannot",
        "error_queue": "cannot",
        "stamps": "degraded",
        "tcp_info": "degraded",
        "epoll": "degraded",
    }
