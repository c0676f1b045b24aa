"""A process that may open no more files stores and closes without losing a record."""

import json
import resource
import subprocess
import sys
from pathlib import Path

from tests.need import need
from tests.store_short import RECORDS


def test_without_a_file_to_spare_no_record_is_lost(tmp_path: Path):
    need(hasattr(resource, "RLIMIT_NOFILE"), "a limit of open files")
    words = [sys.executable, "-m", "tests.store_short", str(tmp_path)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=40)

    assert ran.returncode == 0, ran.stderr
    # One before, one at the close.
    assert json.loads(ran.stdout) == {"flushed": True, "stuck": False, "dropped": {}, "kept": RECORDS + 2}
