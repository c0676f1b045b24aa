"""`hopwatch doctor`: says what is there, what is missing for a configuration, and how to mend it; nothing leaves the machine."""

import json
import re
import socket

from tests.doctor import ROOT, doctor

HOP = 'hops: {h: {url: "https://192.0.2.1"}}\nroutes: {r: {hops: [h]%s}}\n'


def test_json_is_versioned_and_agrees_with_the_exit_code(tmp_path):
    done = doctor(tmp_path, "--json")

    shown = json.loads(done.stdout)
    missing = [one["id"] for one in shown["abilities"] if one["needed"] and one["state"] == "cannot"]
    assert (shown["version"], shown["configuration"], shown["works"]) == (1, None, not missing)
    assert done.returncode == (1 if missing else 0)
    assert {"lo", "lo0"} & {one["name"] for one in shown["interfaces"]}


def test_it_ends_in_one_sentence_and_a_pipe_gets_no_escape_sequences(tmp_path):
    done = doctor(tmp_path)

    assert re.fullmatch(r"(Not all|All) that probing needs .*\.", done.stdout.splitlines()[-1])
    assert "\x1b" not in done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line != line.rstrip()] == []


def test_wrong_use_exits_with_2(tmp_path):
    assert doctor(tmp_path, "--jason").returncode == 2


def test_without_authorities_to_trust_the_package_that_has_them_is_named(tmp_path):
    nothing = {"SSL_CERT_FILE": str(tmp_path / "none.pem"), "SSL_CERT_DIR": str(tmp_path)}

    done = doctor(tmp_path, **nothing)

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "Not all that probing needs is here: trust."
    assert re.search(r"^trust: .*ca-certificates$", done.stdout, re.MULTILINE)


def test_a_store_that_cannot_be_written_is_missing(tmp_path):
    (tmp_path / "file").write_text("x")

    done = doctor(tmp_path, "--storage.path", str(tmp_path / "file" / "store"))

    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        1,
        "Not all that probing needs is here: store.",
    )


def test_a_bad_configuration_is_told_after_the_machine(tmp_path):
    (tmp_path / "hopwatch.yml").write_text("hops: {}\n")

    done = doctor(tmp_path)

    assert (done.returncode, "routes" in done.stderr, "probing needs" in done.stdout) == (78, True, True)


def test_a_password_of_a_proxy_is_shown_nowhere(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"127.0.0.1:{server.getsockname()[1]}"
        done = doctor(tmp_path, HTTPS_PROXY=f"http://me:hunter2@{url}")

    assert f"HTTPS_PROXY sends this user's programs to the proxy http://{url}; hopwatch does not follow." in (
        done.stdout
    )
    assert "hunter2" not in done.stdout + done.stderr


def test_the_commands_of_the_guide_run(tmp_path):
    guide = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
    commands = [line.partition("  #")[0] for block in blocks for line in block.splitlines() if line]
    (tmp_path / "hopwatch.yml").write_text(HOP % "")

    codes = {
        command: doctor(tmp_path, *command.split()[2:]).returncode
        for command in commands
        if command.startswith("hopwatch doctor")
    }

    assert (len(codes), set(codes.values()) - {0, 1}) == (len(commands), set())
