"""TAB completes commands, options, configured names and causes, in the shells themselves; what is broken is silent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from probe.cause.taxonomy import CAUSES
from probe.cli import COMMANDS
from tests.need import need_program
from tests.typed import typed

ROOT = Path(__file__).parent.parent
CONFIG = """
version: 1
vantages: {wifi: {system: {}}, mobile: {system: {}}}
hops: {hk-vps: {url: "https://hk.example.net"}, api: {url: "https://api.example.net"}}
routes: {chat: {hops: [hk-vps, api], checks: {alive: {hop: hk-vps, tcp: {}}}}}
"""
BASH = """
source <(hopwatch completion bash) || exit 9
complete -p hopwatch >/dev/null || exit 8
IFS=$'\\t' read -ra COMP_WORDS <<< "$WORDS"
[[ $WORDS == *$'\\t' ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; }
_hopwatch_completion hopwatch
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = """
hopwatch completion fish | source
complete -C "$WORDS"
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "hopwatch.yml").write_text(CONFIG)
    program = tmp_path / "bin" / "hopwatch"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom probe.cli import main\nmain()\n"
    )
    program.chmod(0o755)
    return tmp_path


def shell(home, *command, **env):
    done = subprocess.run(
        command, cwd=home, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{home}/bin:{os.environ['PATH']}", "HOME": str(home), **env},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")


def completed(home, *words):
    """Ask as click's scripts for the shells do."""
    done = subprocess.run(
        [home / "bin" / "hopwatch"], cwd=home, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "COMP_WORDS": " ".join(["hopwatch", *words]), "COMP_CWORD": str(len(words)), "_HOPWATCH_COMPLETE": "bash_complete"},
    )  # fmt: skip
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_bash_completes_commands_and_configured_names(home):
    need_program("bash")

    commands = shell(home, "bash", "--norc", "-c", BASH, WORDS="hopwatch\tch")
    vantages = shell(home, "bash", "--norc", "-c", BASH, WORDS="hopwatch\ttrace\t--vantage\t")

    assert ([one for one in commands if one], [one for one in vantages if one]) == (
        ["check"],
        ["wifi", "mobile"],
    )


def test_zsh_completes_commands(home):
    need_program("zsh")
    script = (
        'autoload -Uz compinit; compinit -u -d $HOME/.zcompdump; eval "$(hopwatch completion zsh)"\n'
        "compadd() { print -l -- ${(P)@[-1]} }; _describe() { print -rl -- ${(P)3} }\n"
        "words=(hopwatch ch); CURRENT=2; _hopwatch_completion\n"
    )
    lines = shell(home, "zsh", "-f", "-c", script)

    assert [line.partition(":")[0] for line in lines if line.startswith("check")] == ["check"]


def test_fish_completes_commands_and_causes(home):
    need_program("fish")
    lines = shell(home, "fish", "--no-config", "-c", FISH, WORDS="hopwatch causes tls.cert.exp")

    assert [line.partition("\t")[0] for line in lines if line] == ["tls.cert.expired"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("",), list(COMMANDS)),
        (("check", "--no-c"), ["--no-controls", "--no-color"]),
        (("check", ""), ["chat", "hk-vps", "api", "alive"]),
        (("check", "--vantage", "m"), ["mobile"]),
        (("tls", "hk"), ["hk-vps"]),
        (("trace", "--protocol", ""), ["tcp", "udp"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("causes", "tls.cert."), [one for one in CAUSES if one.startswith("tls.cert.")]),
    ],
)
def test_what_fits_is_offered(home, words, expected):
    assert completed(home, *words) == expected


@pytest.mark.parametrize(
    "text",
    [
        "hops: [",
        "- 1\n- 2",
        "hops: {$(touch evil): {}, 'a b': {}, \"\\e[31m\": {}, 7: {}}",
        "\0\0\0",
        "hops: {" + ", ".join(f"h{number}: {{}}" for number in range(40_000)) + "}",
    ],
)
def test_a_configuration_that_is_none_completes_nothing_and_says_nothing(home, text):
    (home / "hopwatch.yml").write_text(text)

    assert completed(home, "tls", "") == []


def test_without_a_configuration_there_are_no_names(home):
    (home / "hopwatch.yml").unlink()

    assert completed(home, "tls", "") == []


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_is_printed_for_each_shell(name):
    code, out, _ = typed("completion", name)

    assert (code, f"_HOPWATCH_COMPLETE={name}_complete" in out) == (0, True)
