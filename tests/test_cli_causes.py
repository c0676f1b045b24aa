"""`hopwatch causes`: all of them, one with all there is to say, and one sentence for an id that is none."""

import json
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from click.testing import CliRunner

from probe.cause.taxonomy import CAUSES, subtree
from probe.cli import main
from probe.examination import RULES

ROOT = Path(__file__).parent.parent
KEYS = {
    "id", "layer", "parent", "children", "meaning", "advice", "verdict", "elements", "nel", "ooni", "provenance",
    "rules",
}  # fmt: skip


def hopwatch(*words):
    result = CliRunner().invoke(main, ["causes", *words])
    return result.exit_code, result.stdout, result.stderr


def at_a_terminal(columns, *words):
    """Run the command at a terminal of so many columns, and return what a reader sees."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, columns))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "probe", "causes", *words],
        stdin=theirs, stdout=theirs, cwd=ROOT, env={**environment, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while read := read_on(ours):
        said += read
    os.close(ours)
    return process.wait(timeout=30), said.decode().replace("\r\n", "\n")


def read_on(end):
    try:
        return os.read(end, 65_536)
    except OSError:  # the other end is gone
        return b""


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_pipe_gets_every_cause_in_a_line_that_begins_with_its_id():
    code, out, _ = hopwatch()

    *lines, last = out.splitlines()
    assert (code, [line.split()[0] for line in lines]) == (0, list(CAUSES))
    assert all(line.endswith(one.meaning) for line, one in zip(lines, CAUSES.values(), strict=True))
    assert last.startswith(f"{len(CAUSES)} causes; ")
    assert "\x1b" not in out


@pytest.mark.parametrize("columns", [80, 140])
def test_a_terminal_gets_a_tree_that_fits(columns):
    code, out = at_a_terminal(columns)
    lines = plain(out).splitlines()

    assert "\x1b" in out
    assert (code, [line for line in lines if len(line) > columns]) == (0, [])
    # A standard's long list of names would hide the rest.
    assert ids_of(lines) == [one.id for one in CAUSES.values() if one.parent != "tls.alert"]


def ids_of(lines):
    """Put ids together again from their last words and how far these are indented."""
    above: list[str] = []
    found: list[str] = []
    for line in lines[lines.index(next(line for line in lines if "───" in line)) + 1 :]:
        indent = len(line) - len(line.lstrip()) - 1
        if line and 0 <= indent < 10:
            above = [*above[: indent // 2], line.split()[0]]
            found.append(".".join(above))
    return found


def test_a_terminal_gets_the_alerts_when_they_are_asked_for():
    code, out = at_a_terminal(100, "tls.alert")

    assert (code, "handshake_failure" in out, plain(out).startswith("tls.alert\n")) == (0, True, True)


def test_one_cause_is_told_whole():
    code, out, _ = hopwatch("tls.reset.sni")

    found = CAUSES["tls.reset.sni"]
    told = dict(re.findall(r"^(.{12}) +(\S.*)$", out, re.MULTILINE))
    told = {name.strip(): value for name, value in told.items()}
    told.pop("found by", None)
    told.pop("", None)  # one line for each further rule
    assert (code, out.splitlines()[0]) == (0, "tls.reset.sni")
    assert told == {
        "means": f"{found.meaning}.",
        "what to do": found.advice,
        "usually": "blocked",
        "may blame": "path, exit, isp",
        "NEL": "tcp.reset",
        "OONI": "connection_reset",
        "how we know": f"{found.provenance.how}: {found.provenance.where}",
        "less exactly": "tls.reset, tls",
    }


@pytest.mark.parametrize("spelling", ["tls.cert", "tls.cert.", "TLS.Cert.*", " tls.cert "])
def test_a_beginning_is_told_with_all_that_is_below_it(spelling):
    code, out, _ = hopwatch(spelling)

    below = [line.split()[0] for line in out.splitlines() if line.startswith("tls.cert.")]
    assert (code, below) == (0, [one.id for one in subtree("tls.cert")[1:]])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("tls.rest", "there is no cause 'tls.rest'; did you mean tls.reset, tls.reset.sni or tls.cert?"),
        ("src_banned", "there is no cause 'src_banned'; did you mean tcp.timeout.src_banned?"),
        ("vercel.qqqqqqqqqqqqqqqq", "there is no cause 'vercel.qqqqqqqqqqqqqqqq'; did you mean vercel?"),
        ("\x1b[31m", "there is no cause '\\x1b[31m'; `hopwatch causes` lists them all"),
        ("", "there is no cause ''; `hopwatch causes` lists them all"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_id_that_is_none_gets_one_sentence_and_2(given, sentence, options):
    assert hopwatch(*options, given) == (2, "", f"{sentence}\n")


def test_json_has_everything_of_all():
    code, out, _ = hopwatch("--json")

    shown = json.loads(out)
    assert (code, shown["version"], [one["id"] for one in shown["causes"]]) == (0, 1, list(CAUSES))
    assert {frozenset(one) for one in shown["causes"]} == {frozenset(KEYS)}


def test_json_of_one_has_it_and_what_is_below_it():
    _, out, _ = hopwatch("--json", "http.timeout")

    shown = json.loads(out)["causes"]
    first = shown[0]
    assert [one["id"] for one in shown] == ["http.timeout", "http.timeout.first_byte", "http.timeout.body"]
    assert {name: first[name] for name in KEYS - {"meaning", "advice", "rules"}} == {
        "id": "http.timeout",
        "layer": "http",
        "parent": "http",
        "children": ["http.timeout.first_byte", "http.timeout.body"],
        "verdict": "down",
        "elements": ["host"],
        "nel": "http.failed",
        "ooni": ["generic_timeout_error"],
        "provenance": None,
    }
    assert shown[1]["provenance"] == {"how": "replayed", "where": "tests/test_hostile_tcp.py"}


def test_every_rule_that_names_causes_is_found_by_them():
    told = json.loads(hopwatch("--json")[1])["causes"]

    found = {rule["id"] for one in told for rule in one["rules"]}
    assert found == {rule.id for rule in RULES if rule.causes}
