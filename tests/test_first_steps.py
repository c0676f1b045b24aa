"""The commands of docs/first-steps.md run, one after the other, as a newcomer would type them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig_init import HTML, JSON, hop

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "first-steps.md").read_text(encoding="utf-8")
EXAMPLES = (
    "https://hk.example.net",
    "https://chat.vercel.app",
    "https://api.cerebras.ai",
    "https://me.github.io",
)


def commands():
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    return [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines() if line]


@pytest.mark.timeout(90)
def test_the_commands_of_the_guide_run_one_after_the_other(tmp_path) -> None:
    page = {"/": (200, HTML)}
    relay = hop({**page, "/healthz": (200, HTML), "/api/v1/models": (200, JSON)}, body="ok", allows="*")
    edge = hop(page, server="Vercel", x_vercel_id="hkg1::x")
    with (
        relay as (near, _),
        edge as (middle, _),
        hop({"/v1/models": (401, JSON)}) as (far, _),
        hop(page) as (
            shown,
            _,
        ),
    ):
        # Names are given, as four hops on one address would get ports for names.
        ours = (f"relay={near}", f"fn={middle}", f"api={far}", f"page={shown}")
        codes = {}
        for command in commands():
            typed = command
            for example, address in zip(EXAMPLES, ours, strict=True):
                typed = typed.replace(example, address)
            done = subprocess.run(
                [sys.executable, "-m", "probe", *typed.split()[1:]], cwd=tmp_path, capture_output=True, text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False,
            )  # fmt: skip
            codes[command] = done.returncode if done.returncode in (0, 1) else done.stderr

    # The doctor may miss something that this machine lacks: a ping, say.
    doctor = codes.pop("hopwatch doctor")
    assert (doctor in (0, 1), len(codes), set(codes.values())) == (True, 4, {0})


def test_the_examples_are_the_ones_that_are_replaced() -> None:
    assert all(one in TEXT for one in EXAMPLES)
