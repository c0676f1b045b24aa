"""A full disk: probing goes on, nothing committed is lost, deletes still work, and writing resumes by itself."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.need import need, need_program

MOUNT = 'mount -t tmpfs -o size=6m none "$1" && exec "$2" -m tests.store_full "$1"'


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Live through a full disk of 6 MiB once, for all tests here."""
    unshare = need_program("unshare")
    namespace = [unshare, "--user", "--map-root-user", "--mount"]
    allowed = subprocess.run([*namespace, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
    need(allowed.returncode == 0, "the right to mount in a user namespace")
    disk = tmp_path_factory.mktemp("disk")
    done = subprocess.run(
        [*namespace, "sh", "-c", MOUNT, "sh", disk, sys.executable],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        timeout=40,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_records_wait_in_memory_while_the_disk_is_full(story: dict[str, Any]):
    assert (story["stuck while full"], story["waiting while full"]) == (True, 300)
    assert "commit full" in story["errors while full"]
    assert story["acknowledged while full"] == 100


def test_a_write_never_waits_for_the_disk(story: dict[str, Any]):
    assert story["slowest write"] < 0.1


def test_old_records_can_still_be_deleted_because_the_ballast_made_room(story: dict[str, Any]):
    assert (story["ballast while full"], story["expired while full"]) == (False, {"age": 50})


def test_writing_resumes_within_5_seconds_of_space_coming_back(story: dict[str, Any]):
    assert story["seconds to resume"] < 5
    assert (story["stuck after"], story["ballast after"]) == (False, True)


def test_no_record_is_lost_over_a_full_disk(story: dict[str, Any]):
    assert list(range(51, 401)) == story["kept"]
    assert story["dropped after"] == {"age": 50}


def test_a_store_that_cannot_begin_on_a_full_disk_says_so(story: dict[str, Any]):
    assert re.search("^no space left on the disk of .*/second: ", story["opening another while full"])
