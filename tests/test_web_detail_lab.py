"""The commands of the page for the hops of the lab, run as a reader would run them."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

from probe.lab import running
from probe.model import Observation, Outcome
from probe.ondemand import run_once
from probe.web.detail_commands import commands
from probe.web.shell import Command
from tests.lab_client import small
from tests.lab_plan import plan_for
from tests.need import need_program

_SECONDS = 15


async def asked(tmp_path: Path) -> dict[tuple[str, str], tuple[Observation, int, str]]:
    """Probe every check of the lab from one vantage, and ask each again by its own command."""
    async with running(small()) as lab:
        plan = plan_for(lab, tmp_path)
        first = plan.vantages[0].name
        chosen = [one for one in plan.probes if one.series.vantage == first and not one.check.is_twin]
        seen = await run_once(plan, chosen)
        found = {}
        for one in seen:
            main = next(iter(commands(plan, one)), None)
            if main is not None and main.program in ("curl", "timeout"):
                found[one.series.hop, one.series.check] = (one, *await run(main))
        return found


async def run(command: Command) -> tuple[int, str]:
    """Run a command in a shell; return its exit code and all that it said."""
    # A key of the lab; the names of all variables are known before.
    env = {**os.environ, **dict.fromkeys(command.variables, "lab-key")}
    child = await asyncio.create_subprocess_exec(
        "sh", "-c", str(command), env=env, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(_SECONDS):
        told, _ = await child.communicate()
    return child.returncode or 0, told.decode("utf-8", "replace")


async def test_each_hop_answers_the_command_as_it_answered_the_probe(tmp_path: Path):
    need_program("curl")
    need_program("openssl")
    found = await asked(tmp_path)

    assert len(found) >= 6
    for (hop, check), (seen, code, told) in found.items():
        where = f"{hop} {check}: {told[-2000:]}"
        assert (seen.outcome, code) == (Outcome.OK, 0), where
        if seen.evidence.http is not None:
            version = {"1.1": "HTTP/1.1", "2": "HTTP/2"}[seen.evidence.http.version or ""]
            assert f"< {version} {seen.evidence.http.status}" in told, where
            assert seen.evidence.tcp is not None
            assert seen.evidence.tcp.address in told, where


async def test_a_certificate_of_nobody_fails_the_command_too(tmp_path: Path):
    need_program("curl")
    async with running(small()) as lab:
        plan = plan_for(lab, tmp_path)
        chosen = next(one for one in plan.probes if one.hop.scheme == "https" and one.check.kind == "http")
        blind = replace(chosen.hop, ca_file=None)
        mistrusting = replace(
            plan,
            hops=tuple(blind if one.name == blind.name else one for one in plan.hops),
            probes=(replace(chosen, hop=blind),),
        )
        (seen,) = await run_once(mistrusting, mistrusting.probes)
        code, told = await run(commands(mistrusting, seen)[0])

    assert seen.failure is not None
    assert (seen.failure.layer, code) == ("tls", 60), told
