"""A configuration that would ask somebody else's host more often than once a second is refused at the host's line."""

from pathlib import Path

import pytest

from probe.config import ConfigError, parse

TEXT = """\
version: 1
defaults: {{interval: {interval}, timeout: 500ms}}
vantages:
  wifi: {{system: {{}}}}
  mobile: {{system: {{}}}}
hops:
  api: {{url: "{url}"{more}}}
  other: {{url: "https://other.example"}}
routes:
  chat:
    hops: [api, other]
    checks:
      port: {{hop: api, tcp: {{}}}}
      again: {{hop: api, tcp: {{}}}}
      name: {{hop: api, dns: {{}}}}
      slow: {{hop: other, interval: 1h, tcp: {{}}}}
"""


def problems(interval: str, url: str = "https://api.example", more: str = "") -> list[str]:
    try:
        parse(TEXT.format(interval=interval, url=url, more=more), where="here", folder=Path())
    except ConfigError as error:
        return [problem.within(error.where) for problem in error.problems]
    return []


def test_asking_too_often_in_all_is_refused_at_the_hop_with_the_way_out():
    message = (
        "here:7:14: hops.api.url: 4 series would ask api.example 2 times a second, and a host that is not yours is asked"
        " at most once: ask less often (`interval`), from fewer vantages, or say `mine: true` if it is yours"
    )

    assert problems("2s") == [message]


def test_asking_once_a_second_in_all_is_polite():
    assert problems("4s") == []


@pytest.mark.parametrize(
    ("url", "more"),
    [
        ("https://api.example", ", mine: true"),
        ("http://127.0.0.1:8080", ""),
        ("http://[::1]:8080", ""),
        ("http://localhost:8080", ""),
        ("https://hk-vps.lab.test:8443", ""),
        ("https://hk-vps.lab.test", ", address: 203.0.113.9"),
        ("https://api.example", ", address: 127.0.0.1"),
    ],
)
def test_an_own_host_may_be_asked_as_often_as_one_likes(url, more):
    assert problems("1s", url, more) == []


def test_two_hops_on_one_host_are_asked_as_one():
    assert len(problems("4s", "https://other.example")) == 1
