"""Say what a test needs of the machine: it is skipped with that reason, or fails where skips are forbidden."""

import functools
import os
import shutil
import subprocess

import pytest


def need(present: bool, what: str) -> None:
    """Skip the calling test unless `present`; with HOPWATCH_NO_SKIP=1 fail it instead."""
    if present:
        return
    if os.environ.get("HOPWATCH_NO_SKIP") == "1":
        pytest.fail(f"this machine must have {what}")
    pytest.skip(f"needs {what}")


def need_program(*names: str) -> str:
    """Return the path of the first of the programs that is installed, or skip."""
    for name in names:
        if found := shutil.which(name):
            return found
    need(False, f"the program {' or '.join(names)}")
    raise AssertionError


def need_namespaces() -> None:
    """Skip unless this machine lets us build the test internet (tests/internet)."""
    for program in ("ip", "tc", "nft", "setpriv", "unshare"):
        need_program(program)
    need(_may_unshare(), "the right to make network namespaces")


def need_tun() -> None:
    """Skip unless the test internet can also have wires that run through the box."""
    need_namespaces()
    need(os.access("/dev/net/tun", os.R_OK | os.W_OK), "the right to open /dev/net/tun")


@functools.cache
def _may_unshare() -> bool:
    tried = subprocess.run(("unshare", "--net", "--mount", "true"), capture_output=True, timeout=10)
    return os.geteuid() == 0 and tried.returncode == 0
