"""Reloading as an operator meets it: signals and requests to a running daemon, and what is the same afterwards."""

import asyncio
import json
import os
import pty
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.daemon_process import Daemon, command, hopwatch, running_daemon

CHECK = "{hop: api, tcp: {}}"


@pytest.fixture
async def api():
    """Serve a port that accepts connections."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
def file(api, tmp_path):
    path = tmp_path / "hopwatch.yml"
    write(path, api, one=CHECK, two=CHECK)
    return path


def write(path: Path, port: int, more: str = "", **checks: str) -> None:
    listed = ", ".join(f"{name}: {check}" for name, check in checks.items())
    path.write_text(
        "defaults: {interval: 1s, timeout: 900ms}\n"
        f"hops: {{api: {{url: 'http://127.0.0.1:{port}'}}}}\n"
        f"routes: {{chat: {{hops: [api], checks: {{{listed}}}}}}}\n{more}"
    )


async def post(daemon: Daemon) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{daemon.url}-/reload") as answer,
    ):
        return answer.status, await answer.text()


async def state(daemon: Daemon) -> dict[str, object]:
    content: dict[str, object] = json.loads((await daemon.get("api/v1/state"))[1])
    return content


async def shown(daemon: Daemon) -> set[str]:
    series = (await state(daemon))["series"]
    assert isinstance(series, list)
    return {one["check"] for one in series}


async def logged(daemon: Daemon, event: str) -> dict[str, object]:
    """Read on in the log until `event`."""
    assert daemon.process.stderr is not None
    async with asyncio.timeout(10):
        while line := await daemon.process.stderr.readline():
            found: dict[str, object] = json.loads(line)
            if found["event"] == event:
                return found
    raise AssertionError(event)


async def test_sighup_takes_a_good_file_over_and_keeps_counters_and_history_of_what_stays(
    file, api, tmp_path
):
    async with running_daemon(file, tmp_path / "data") as daemon:
        await daemon.until_ready()
        write(file, api, one=CHECK, three=CHECK)
        before = await daemon.metric("hopwatch_probes_total", check="one")
        seen = json.loads((await daemon.get("api/v1/observations?series=system/chat/api/one"))[1])
        daemon.process.send_signal(signal.SIGHUP)
        told = await logged(daemon, "config.reloaded")
        after = json.loads((await daemon.get("api/v1/observations?series=system/chat/api/one"))[1])

        assert {name: told[name] for name in ("begun", "ended", "kept")} == {
            "begun": 1,
            "ended": 1,
            "kept": 1,
        }
        assert await daemon.metric("hopwatch_probes_total", check="one") >= before >= 1
        assert after["observations"][-len(seen["observations"]) :] == seen["observations"]
        assert await shown(daemon) == {"one", "three"}
        assert await daemon.metric("hopwatch_probes_total", check="two") == 0
        async with asyncio.timeout(10):
            while not await daemon.metric("hopwatch_probes_total", check="three"):
                await asyncio.sleep(0.1)
        assert await daemon.stop() == 0

    _, out, _ = await hopwatch("export", "--storage.path", str(tmp_path / "data"), "--since", "1h")
    slots: dict[str, list[int]] = {}
    for one in map(json.loads, out.splitlines()):
        first = one.get("slot", one.get("first_slot"))
        slots.setdefault(one["series"]["check"], []).extend(range(first, first + one.get("slots", 1)))
    assert {name: sorted(told) == list(range(len(told))) for name, told in slots.items()} == dict.fromkeys(
        ("one", "two", "three"), True
    )


async def test_a_bad_file_is_refused_with_its_line_until_a_good_one_comes(file, api, tmp_path):
    good = file.read_text()
    async with running_daemon(file, tmp_path / "data", "--web.enable-lifecycle") as daemon:
        await daemon.until_ready()
        file.write_text(good + "bogus: 1\nother: 2\n")
        refused = await post(daemon)
        gauge = await daemon.metric("hopwatch_config_last_reload_successful")
        note = (await state(daemon))["notes"]
        _, page = await daemon.get("")
        failed, first = await logged(daemon, "config.reload_failed"), await logged(daemon, "config.problem")
        probes = await daemon.metric("hopwatch_probes_total")
        async with asyncio.timeout(10):
            while await daemon.metric("hopwatch_probes_total") <= probes:
                await asyncio.sleep(0.1)
        file.write_text(good)
        taken = await post(daemon)

        problem = f"{file}:4:1: bogus: unknown key; did you mean 'bogons'?"
        assert (refused[0], refused[1].splitlines()[0]) == (422, problem)
        assert [failed["problems"], first["problem"]] == [2, problem]
        stays = "The configuration was refused when it was last read, and the one before stays at work"
        assert note == [f"{stays}: {problem} (and 1 more)"]
        assert "unknown key" in page
        assert taken == (200, "taken over: 0 series begun, 0 ended, 2 went on untouched\n")
        assert (gauge, await daemon.metric("hopwatch_config_last_reload_successful")) == (0, 1)
        assert (await state(daemon))["notes"] == []


async def test_where_it_is_not_switched_on_nobody_reloads_by_http(file, api, tmp_path):
    async with running_daemon(file, tmp_path / "data") as daemon:
        write(file, api, one=CHECK)

        assert (await post(daemon))[0] == 403
        assert await shown(daemon) == {"one", "two"}


async def test_a_reload_takes_nobody_out_of_service(file, api, tmp_path):
    async with running_daemon(file, tmp_path / "data", "--web.enable-lifecycle") as daemon:
        await daemon.until_ready()
        write(file, api, one=CHECK, **{f"new-{number}": CHECK for number in range(20)})
        await post(daemon)

        assert (await daemon.get("-/ready"))[0] == 200


async def test_bounds_follow_and_the_agents_name_waits_for_the_next_start(file, api, tmp_path):
    many = {f"check-{number}": CHECK for number in range(10)}
    async with running_daemon(file, tmp_path / "data", "--web.enable-lifecycle") as daemon:
        await daemon.until_ready()
        write(file, api, "metrics: {max_series: 200}\nagent: renamed\n", **many)
        _, text = await post(daemon)
        async with asyncio.timeout(15):
            while not await daemon.metric("hopwatch_series_dropped_total"):
                await asyncio.sleep(0.1)
        bounded = await daemon.metric("hopwatch_series")
        notes = (await state(daemon))["notes"]
        write(file, api, **many)
        await post(daemon)
        async with asyncio.timeout(15):
            while await daemon.metric("hopwatch_series") <= 200:
                await asyncio.sleep(0.1)

        waits = "The agent's name stays local until the next start, and becomes renamed then."
        assert text.splitlines()[1:] == notes == [waits]
        assert bounded <= 200


async def test_requests_from_many_sides_at_once_leave_the_last_file_at_work(file, api, tmp_path):
    async with running_daemon(file, tmp_path / "data", "--web.enable-lifecycle") as daemon:
        await daemon.until_ready()
        async with asyncio.TaskGroup() as group:
            answers = []
            for number in range(20):
                write(file, api, one=CHECK, **{f"new-{number}": CHECK})
                daemon.process.send_signal(signal.SIGHUP)
                answers.append(group.create_task(post(daemon)))
                await asyncio.sleep(0.02)

        # A file that was being written was refused, and what came after it was taken over.
        assert {status for status, _ in (one.result() for one in answers)} <= {200, 422}
        assert answers[-1].result()[0] == 200
        assert await shown(daemon) == {"one", "new-19"}


async def test_a_terminal_that_closes_ends_the_daemon_as_ever(file, tmp_path):
    controller, terminal = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *command(file, tmp_path / "data"),
        stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
        preexec_fn=lambda: _take(terminal),
    )  # fmt: skip
    os.close(terminal)
    said = b""
    async with asyncio.timeout(20):
        while b"daemon.started" not in said:
            said += await asyncio.to_thread(os.read, controller, 4096)
    os.close(controller)
    async with asyncio.timeout(10):
        code = await process.wait()

    assert code == 0


def _take(terminal: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


async def test_a_configuration_that_came_by_a_pipe_cannot_be_read_again(file, tmp_path):
    read, written = os.pipe()
    os.write(written, file.read_bytes())
    os.close(written)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "probe", "run", "--config.file", f"/dev/fd/{read}",
        "--storage.path", str(tmp_path / "data"), "--web.listen-address", "127.0.0.1:0", "--log.format", "json",
        stderr=asyncio.subprocess.PIPE, pass_fds=[read],
    )  # fmt: skip
    os.close(read)
    assert process.stderr is not None
    daemon = Daemon(process, "")
    await logged(daemon, "daemon.started")
    process.send_signal(signal.SIGHUP)
    problem = await logged(daemon, "config.problem")
    code = await daemon.stop()

    assert problem["problem"] == (
        f"/dev/fd/{read}: this is no regular file, so it was read once and cannot be read again"
    )
    assert code == 0
