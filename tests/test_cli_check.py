"""`hopwatch check` of an address: no configuration, honest exit codes, a table that pipes, versioned JSON."""

import asyncio
import json
import socket
import sys

import pytest

from probe import codec
from tests.typed import typed

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BROKEN = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


async def hopwatch(*words):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "probe", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def server():
    answers: dict[str, object] = {"bytes": OK, "asked": 0}

    async def answer(reader, writer):
        answers["asked"] += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answers["bytes"])
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    serving = await asyncio.start_server(answer, "127.0.0.1", 0)
    answers["url"] = f"http://127.0.0.1:{serving.sockets[0].getsockname()[1]}/"
    yield answers
    serving.close()
    await serving.wait_closed()


async def test_an_address_that_answers_exits_with_0(server):
    code, out, _ = await hopwatch("check", server["url"])

    assert (code, out.splitlines()[-1]) == (0, "The check answers with status 200.")


async def test_a_failing_address_exits_with_1_and_names_the_cause(server):
    server["bytes"] = BROKEN

    code, out, _ = await hopwatch("check", server["url"])

    assert (code, out.splitlines()[-2]) == (1, "The check fails.")
    assert out.splitlines()[-1].startswith("127.0.0.1 fails: ")
    assert "http.status" in out


async def test_a_closed_port_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    code, out, _ = await hopwatch("check", f"http://127.0.0.1:{port}/")

    assert code == 1
    assert "tcp.refused" in out


async def test_json_has_the_conclusion_too(server):
    _, well, _ = await hopwatch("check", "--json", server["url"])
    server["bytes"] = BROKEN
    _, broken, _ = await hopwatch("check", "--json", server["url"])

    assert json.loads(well)["conclusion"] == "The check answers with status 200."
    assert json.loads(broken)["conclusion"].startswith("127.0.0.1 fails: ")


async def test_beneath_a_failure_stands_what_was_found_and_what_to_do(server):
    server["bytes"] = BROKEN

    _, out, _ = await hopwatch("check", server["url"])

    beneath = [line.strip() for line in out.splitlines() if line.startswith("  ")]
    assert [line.partition(":")[0] for line in beneath][-1] == "what to do"
    assert any("how sure: " in line for line in beneath)


@pytest.mark.parametrize(("option", "is_asked_more"), [((), True), (("--no-controls",), False)])
async def test_a_failing_hop_is_asked_more_than_once_unless_that_is_not_wanted(server, option, is_asked_more):
    server["bytes"] = BROKEN

    code, out, _ = await hopwatch("check", *option, server["url"])

    assert (code, server["asked"] > 1, "how sure: " in out) == (1, is_asked_more, is_asked_more)
    assert "what to do: " in out


async def test_a_hop_that_answers_is_asked_once(server):
    await hopwatch("check", server["url"])

    assert server["asked"] == 1


async def test_json_has_what_was_found_and_the_answers_that_it_rests_on(server):
    server["bytes"] = BROKEN

    _, out, _ = await hopwatch("check", "--json", server["url"])

    shown = json.loads(out)
    (seen,), (finding,) = (
        [codec.from_json(one) for one in shown[kind]] for kind in ("observations", "findings")
    )
    controls = [codec.from_json(one) for one in shown["controls"]]
    assert (finding.series, finding.parents[0]) == (seen.series, seen.identity)
    assert set(finding.parents[1:]) <= {one.identity for one in controls}
    assert {one.parent for one in controls} == {seen.identity}


async def test_json_is_versioned_and_holds_whole_observations(server):
    code, out, _ = await hopwatch("check", "--json", server["url"])

    shown = json.loads(out)
    observation = codec.from_json(shown["observations"][0])
    assert (code, shown["version"], observation.outcome, observation.evidence.http.status) == (
        0,
        1,
        "ok",
        200,
    )


async def test_piped_output_has_no_escape_sequences(server):
    _, out, err = await hopwatch("check", server["url"])

    assert "\x1b" not in out + err


CONFIG = """\
version: 1
hops: {api: {url: "URL"}}
routes: {chat: {hops: [api], checks: {alive: {http: {path: /, status: [200]}}}}}
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "by hopwatch.yml; --config.file names another configuration\n"),
        (("--json",), ""),
        (("--nagios",), ""),
        (("--config.file", "hopwatch.yml"), ""),
    ],
)
async def test_a_configuration_that_nobody_named_is_named(server, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOPWATCH_CONFIG_FILE", raising=False)
    (tmp_path / "hopwatch.yml").write_text(CONFIG.replace("URL", server["url"].rstrip("/")))

    code, _, err = await asyncio.to_thread(typed, "check", *words)

    assert (code, err) == (0, said)


@pytest.mark.parametrize("is_configured", [True, False])
async def test_an_address_without_its_scheme_is_told_how_to_write_it(is_configured, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOPWATCH_CONFIG_FILE", raising=False)
    if is_configured:
        (tmp_path / "hopwatch.yml").write_text(CONFIG.replace("URL", "http://127.0.0.1:1"))

    code, _, err = typed("check", "127.0.0.1")

    assert (code, "http://127.0.0.1 or https://127.0.0.1; for a port that speaks neither" in err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("https://",),
        ("ftp://host/",),
        ("https://user:pw@host/",),
        ("127.0.0.1:8080",),
        ("host.example/path",),
    ],
)
async def test_an_odd_address_is_wrong_use(words):
    code, _, err = await hopwatch("check", *words)

    assert (code, err.strip().count("\n"), "pw" in err) == (2, 0, False)
