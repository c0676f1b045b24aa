"""`hopwatch config` prints data on standard output, problems on standard error, and exits with 0 or 78."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from probe.cli.config import config
from probe.config import ConfigError, default_path, json_schema, load, parse

REPOSITORY = Path(__file__).parent.parent
SMALL = "hops: {api: {url: 'https://api.example', families: [ipv4]}}\nroutes: {chat: {hops: [api]}}\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working directory, and no configuration named by the environment."""
    monkeypatch.delenv("HOPWATCH_CONFIG_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(config, words)
    return result.exit_code, result.stdout, result.stderr


def test_check_of_a_good_configuration_says_in_its_first_line_what_there_is(folder):
    (folder / "mine.yml").write_text(SMALL)

    code, out, err = run("check", "--config.file", "mine.yml")

    start = "mine.yml is good: 1 route, 1 hop, 1 vantage, 1 check switched on, probes per minute: system 2, up to "
    assert (code, out.startswith(start), err) == (0, True, "")


def test_check_warns_of_files_that_cannot_be_read_here_and_refuses_none(folder):
    (folder / "here.pem").write_text("x")
    text = SMALL.replace("families", "ca_file: hop.pem, families")
    text += "resolvers: ['tls://dns.example#192.0.2.1']\nresolver_ca_file: resolver.pem\n"
    text += "anchors: {a: {url: 'https://a.example', where: abroad, ca_file: here.pem}}\n"
    (folder / "mine.yml").write_text(text)

    code, _, err = run("check", "--config.file", "mine.yml")

    assert (code, err.splitlines()) == (
        0,
        [
            f"warning: {name} {folder}/{file}: It cannot be read: no such file or directory."
            for name, file in (("ca_file", "hop.pem"), ("resolver_ca_file", "resolver.pem"))
        ],
    )


def test_check_warns_of_secrets_of_channels_that_cannot_be_read_here(folder, monkeypatch):
    monkeypatch.delenv("NOT_THERE_AT_ALL", raising=False)
    (folder / "there").write_text("https://hook.example/canary")
    channels = (
        "{ops: {webhook: {url: {file: not-there}}}, own: {slack: {url: {file: there}}, ca_file: own.pem},"
        " new: {slack: {url: {env: NOT_THERE_AT_ALL}}}}"
    )
    (folder / "mine.yml").write_text(f"{SMALL}notify: {{channels: {channels}}}\n")

    code, _, err = run("check", "--config.file", "mine.yml")

    file, env = f"{folder}/not-there", "NOT_THERE_AT_ALL"
    lack = f"The environment variable {env} is empty or holds control characters"
    assert (code, err.splitlines()) == (
        0,
        [
            f"warning: secret {file}: The file {file} cannot be read: there is no such file.",
            f"warning: secret {env}: {lack}, which the daemon may have and this shell has not.",
            f"warning: ca_file {folder}/own.pem: It cannot be read: no such file or directory.",
        ],
    )


def test_check_of_a_bad_configuration_exits_with_78_and_every_problem(folder):
    (folder / "mine.yml").write_text(
        "hops: {api: {ulr: 'https://api.example'}}\nroutes: {chat: {hops: [apo]}}\n"
    )

    code, out, err = run("check", "--config.file", "mine.yml")

    assert (code, out, err.splitlines()) == (
        78,
        "",
        [
            "mine.yml:1:14: hops.api.ulr: unknown key; did you mean 'url'?",
            "mine.yml:2:24: routes.chat.hops[0]: there is no hop 'apo'; did you mean 'api'?",
        ],
    )


def test_show_prints_a_configuration_that_means_the_same(folder):
    (folder / "mine.yml").write_text(SMALL)

    code, out, err = run("show", "--config.file", "mine.yml")

    shown = parse(out, where="shown", folder=folder)
    assert (code, shown.plan(), err) == (0, load(folder / "mine.yml").plan(), "")


def test_schema_is_the_schema(folder):
    code, out, err = run("schema")

    assert (code, json.loads(out), err) == (0, json_schema(), "")


def test_example_is_the_shipped_file(folder):
    assert run("example") == (0, (REPOSITORY / "config/hopwatch.yml").read_text(encoding="utf-8"), "")


def test_example_is_a_configuration_to_begin_with(folder):
    _, out, _ = run("example")
    (folder / "hopwatch.yml").write_text(out, encoding="utf-8")

    code, checked, _ = run("check")

    assert (code, checked.startswith("hopwatch.yml is good: 2 routes, 4 hops, 1 vantage, 3 checks")) == (
        0,
        True,
    )


def test_commands_are_part_of_hopwatch():
    done = subprocess.run(
        [sys.executable, "-m", "probe", "config", "schema"], capture_output=True, check=True
    )

    assert json.loads(done.stdout) == json_schema()


def test_file_is_the_one_that_the_environment_names_even_when_it_is_not_there(folder, monkeypatch):
    (folder / "hopwatch.yml").write_text(SMALL)
    monkeypatch.setenv("HOPWATCH_CONFIG_FILE", "other.yml")

    assert default_path() == Path("other.yml")


def test_file_is_the_first_of_the_usual_places(folder):
    (folder / "config").mkdir()
    found = []
    for name in ("config/hopwatch.yml", "hopwatch.yml"):
        (folder / name).write_text(SMALL)
        found.append(default_path())

    assert found == [Path("config/hopwatch.yml"), Path("hopwatch.yml")]


def test_no_file_anywhere_is_one_sentence(folder):
    if Path("/etc/hopwatch/hopwatch.yml").exists():
        pytest.skip("needs a machine without /etc/hopwatch/hopwatch.yml")

    with pytest.raises(ConfigError) as caught:
        default_path()

    assert str(caught.value) == (
        "hopwatch: there is no configuration at hopwatch.yml, config/hopwatch.yml, /etc/hopwatch/hopwatch.yml,"
        " and HOPWATCH_CONFIG_FILE names none; `hopwatch init` writes one for your hops, `hopwatch config example`"
        " prints one to begin with"
    )
