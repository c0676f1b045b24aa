"""`hopwatch check --nagios`: one line that plugins' readers understand, and their codes."""

import re
from dataclasses import replace

import pytest

from probe.cli.nagios import nagios
from probe.model import Failure, Outcome, Verdict
from tests.hostile_texts import TEXTS
from tests.rig_servers import answering, ok, tcp_server
from tests.store_records import finding, identity, observation
from tests.typed import typed

# Monitoring Plugins Development Guidelines, "Performance data".
FIGURE = re.compile(r"('(?:[^'=]|'')+'|[^\s'=]+)=(-?[0-9.]+)(s|%|B|c)?(;[0-9.]*){0,4}")


def figures(line):
    _, _, rest = line.partition(" | ")
    assert "|" not in rest
    left = FIGURE.sub("", rest).strip()
    assert left == "", left
    return {found[1]: found[2] for found in FIGURE.finditer(rest)}


def test_what_answers_is_ok_and_has_its_seconds():
    with tcp_server(answering(ok())) as server:
        code, out, err = typed("check", "--nagios", f"http://127.0.0.1:{server.port}/")

    assert (code, out.count("\n"), err) == (0, 1, "")
    assert out.startswith("HOPWATCH OK - The check answers with status 200. | ")
    told = figures(out)
    assert (told["ok"], told["failed"], 0 < float(told["'system/url/127.0.0.1/http'"]) < 5) == (
        "1",
        "0",
        True,
    )


def test_what_fails_is_critical_and_names_the_cause():
    code, out, _ = typed("check", "--nagios", "--no-controls", "http://127.0.0.1:1/")

    assert (code, out.count("\n")) == (2, 1)
    assert out.startswith(
        "HOPWATCH CRITICAL - The check fails. 127.0.0.1 fails: the port is closed: the connection was refused."
        " system/url/127.0.0.1/http: tcp.refused | "
    )
    assert figures(out) == {"ok": "0", "failed": "1", "not_measured": "0"}


@pytest.mark.parametrize(
    "words",
    [
        ("nowhere", "--config.file", "missing.yml"),
        ("https://user:pw@host/",),
        ("--json",),
        ("--config.file", "pyproject.toml"),
    ],
)
def test_what_could_not_even_be_asked_is_unknown_on_one_line(words):
    code, out, _ = typed("check", "--nagios", *words)

    assert (code, out.count("\n"), out[:19]) == (3, 1, "HOPWATCH UNKNOWN - ")
    assert "pw@" not in out


def test_what_could_not_be_measured_is_unknown():
    seen = replace(
        observation(1), outcome=Outcome.NOT_MEASURED, failure=Failure(cause="local.no_route", detail="")
    )

    assert nagios([seen, observation(1)], [])[0] == 3


def test_what_answers_although_something_was_found_is_a_warning():
    told = finding(causes=("dns.injected",), verdict=Verdict.OK, parents=[identity(1)])
    code, line = nagios([observation(1)], [told])

    assert (code, line[:20], "And yet: dns.injected" in line) == (1, "HOPWATCH WARNING - T", True)


def test_many_failures_of_one_hop_are_named_once():
    failures = [
        replace(observation(number), outcome=Outcome.FAILED, failure=Failure(cause="tcp.refused", detail=""))
        for number in (1, 2, 3)
    ]

    _, line = nagios(failures, [], "Route main fails at vercel.")

    assert line.startswith(
        "HOPWATCH CRITICAL - 3 of 3 checks fail. Route main fails at vercel. vercel: tcp.refused | "
    )


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_of_a_target_makes_a_second_line_or_figures(text):
    seen = replace(observation(1), outcome=Outcome.FAILED, failure=Failure(cause="http.status", detail=text))

    code, line = nagios([seen], [])

    assert (code, line.isprintable(), line.count("|")) == (2, True, 1)
