"""What may provoke a filter is done only from vantages that allow it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from probe.cli import main
from probe.config import ConfigError, parse
from probe.consent import PROVOKING, is_foreign

TEXT = """\
vantages:
  home: {{system: {{}}{home}}}
  phone: {{source: {{address: 127.0.0.3}}{phone}}}
hops:
  api: {{url: "https://api.example.net"}}
routes:
  chat:
    hops: [api]
    checks:
      name: {{tls: {{server_name: {name}}}}}
"""
ALLOWED = ", allow: [foreign_sni]"


def test_a_foreign_name_in_a_handshake_needs_the_word_of_every_vantage() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(TEXT.format(home=ALLOWED, phone="", name="foreign.test"), where="x", folder=Path())

    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (10, "routes.chat.checks.name.tls.server_name")
    assert problem.message.startswith(
        "'foreign.test' is the host of none of your hops: a handshake that names"
    )
    assert problem.message.endswith("if you want that, say `allow: [foreign_sni]` at phone")


@pytest.mark.parametrize(
    ("home", "name"),
    [
        (ALLOWED, "foreign.test"),
        ("", "cdn.api.example.net"),
        ("", "example.net"),
        ("", "API.Example.net"),
        ("", "api.example.net."),
        ("", "203.0.113.9"),
        ("", "'2001:DB8::9'"),
    ],
)
def test_what_is_allowed_or_the_users_own_is_asked(home: str, name: str) -> None:
    config = parse(TEXT.format(home=home, phone=home, name=name), where="x", folder=Path())

    assert [one.series.check for one in config.plan().probes if one.series.check == "name"] == [
        "name",
        "name",
    ]


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("a.test", False),
        ("A.Test.", False),
        ("www.a.test", False),
        ("test", False),
        ("aa.test", True),
        ("b.test", True),
        ("192.0.2.1", False),
    ],
)
def test_a_name_above_or_below_a_host_is_not_foreign(name: str, foreign: bool) -> None:
    assert is_foreign(name, ["a.test"]) is foreign


def test_what_a_vantage_allows_is_said_with_what_it_may_do(tmp_path) -> None:
    path = tmp_path / "hopwatch.yml"
    path.write_text(TEXT.format(home=ALLOWED, phone=ALLOWED, name="foreign.test"))
    told = CliRunner().invoke(main, ["config", "check", "--config.file", str(path)]).output

    assert [f"{name} allows foreign_sni: {PROVOKING['foreign_sni']}" for name in ("home", "phone")] == [
        line for line in told.splitlines() if "allows foreign_sni:" in line
    ]
