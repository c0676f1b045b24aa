"""Say what a test needs of the machine: it is skipped with that reason, or fails where skips are forbidden."""

import os
import shutil

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
