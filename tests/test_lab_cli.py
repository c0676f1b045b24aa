"""The lab's commands, run as a user would."""

import asyncio
import errno
import os
import re
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from probe.cli.lab import lab as cli
from probe.lab import FAULTS, Lab, running
from tests.lab_client import get, small

COMMAND = [sys.executable, "-m", "probe", "lab"]
ROOT = Path(__file__).parent.parent


def command(*words: str) -> tuple[int, str, str]:
    """Run a command to its end: its exit code, output and errors."""
    result = CliRunner().invoke(cli, words)
    return result.exit_code, result.stdout, result.stderr


def control(lab: Lab) -> tuple[str, str]:
    return "--control", f"{lab.layout.control_host}:{lab.layout.control_port}"


async def test_break_and_mend_reach_the_running_lab() -> None:
    with capture_logs():
        async with running(small()) as lab:
            asked = ("static.refused", "--vantage", "wifi", "--for", "1m")
            broken = await asyncio.to_thread(command, "break", *asked, *control(lab))
            with pytest.raises(ConnectionRefusedError):
                await get(lab, "static", vantage="wifi")
            mended = await asyncio.to_thread(command, "mend", "static.refused", *control(lab))
            again = await asyncio.to_thread(command, "mend", *control(lab))

    assert broken == (0, "broken: static.refused for wifi, mends in 60 s\n", "")
    assert mended == (0, "mended: static.refused for wifi\n", "")
    assert again == (0, "nothing was broken\n", "")


async def test_faults_lists_the_registry_and_what_is_broken_now() -> None:
    async with running(small()) as lab:
        lab.break_("direct.401")
        code, out, errors = await asyncio.to_thread(command, "faults", *control(lab))

    *known, broken = out.splitlines()
    assert (code, errors, broken) == (0, "", "broken now: direct.401 for everybody")
    assert [line.split()[:2] for line in known] == [[fault.id, fault.cause] for fault in FAULTS.values()]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("break", "static.refusd"), "did you mean static.refused?"),
        (("break", "static.refused", "--vantage", "wfi"), "did you mean wifi?"),
        (("break", "static.refused", "--for", "60"), "'60' is not a duration"),
        (("mend", "static.refusd"), "did you mean static.refused?"),
        (("mend", "--control", "nowhere"), "'nowhere' is not HOST:PORT"),
        (("run", "--control", "192.0.2.1:0"), "only loopback"),
        (("run", "--network", "10.0"), "allowed is 127.0 to 127.255"),
    ],
)
def test_wrong_use_is_exit_code_2_and_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    code, out, errors = command(*words)

    assert (code, out) == (2, "")
    assert sentence in errors
    assert errors.count("Error:") == 1


async def test_no_lab_is_exit_code_3_and_says_how_to_start_one() -> None:
    async with running(small()) as lab:
        gone = control(lab)
    code, out, errors = command("mend", *gone)

    sentence = f"Error: no lab answers at {gone[1]}; start one with `make run` or `hopwatch lab`\n"
    assert (code, out, errors) == (3, "", sentence)


async def test_the_list_of_faults_needs_no_lab() -> None:
    async with running(small()) as lab:
        gone = control(lab)

    assert command("faults", *gone)[0] == 0


@pytest.mark.parametrize("body", [b"hi", b"[]", b'{"mended": [{}]}', b"\xff"])
async def test_what_answers_and_is_no_lab_is_exit_code_3(body: bytes) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        where = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        code, _, errors = await asyncio.to_thread(command, "mend", "--control", where)

    assert (code, errors[:19]) == (3, "Error: what answers")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_run_serves_until_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    ca_file = tmp_path / "new" / "ca.pem"
    network = small().network
    ports = ("--control", "127.0.0.1:0", "--dns-port", "0", "--hop-port", "0", "--network", network)
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "run", *ports, "--ca-file", str(ca_file), cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout
    said = (await process.stdout.readuntil(b"lab ready\n")).decode()
    found = re.search(r"https://static\.lab\.test:(\d+) at (\S+)", said)
    assert found
    trust = ssl.create_default_context(cafile=str(ca_file))
    reader, writer = await asyncio.open_connection(
        found[2], int(found[1]), ssl=trust, server_hostname="static.lab.test"
    )
    writer.write(b"GET / HTTP/1.1\r\nHost: static.lab.test\r\n\r\n")
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    process.send_signal(number)
    async with asyncio.timeout(1.0):
        assert await process.wait() == 0

    writer.transport.abort()
    assert ca_file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in ca_file.parent.iterdir()] == ["ca.pem"]
    assert b"PRIVATE KEY" not in ca_file.read_bytes()


async def test_a_ca_file_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ports = ("--control", "127.0.0.1:0", "--dns-port", "0", "--hop-port", "0", "--network", small().network)
    where = tmp_path / "file" / "ca.pem"
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "run",
        *ports,
        "--ca-file",
        str(where),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, errors = await process.communicate()

    sentence = f"Error: {where} cannot be written: {os.strerror(errno.EEXIST)}\n"
    assert (process.returncode, out.decode(), errors.decode()) == (2, "", sentence)
