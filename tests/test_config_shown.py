"""What is shown is the effective configuration."""

import pytest
from pydantic import ValidationError

from probe.config import parse, summarise, to_yaml
from probe.config.document import Json
from tests.config_text import FOLDER, load_text

SMALL = """\
defaults: {interval: 1m}
vantages: {home: {system: }}
hops: {api: {url: "https://api.example"}}
routes:
  chat:
    hops: [api]
    checks:
      models: {http: {bearer: {env: KEY}, basic: {user: me, password: {file: pass}}}}
"""

SHOWN = """\
version: 1
agent: local
defaults:
  interval: 1m
  timeout: 10s
  metered_interval: 5m
storage:
  max_size: 256MiB
  max_age: 30d
  commit_interval: 1s
metrics:
  max_series: 5000
fake_ips:
- 198.18.0.0/15
- fc00::/18
bogons:
- 0.0.0.0/8
- 10.0.0.0/8
- 100.64.0.0/10
- 127.0.0.0/8
- 169.254.0.0/16
- 172.16.0.0/12
- 192.0.0.0/24
- 192.0.2.0/24
- 192.168.0.0/16
- 198.51.100.0/24
- 203.0.113.0/24
- 224.0.0.0/4
- 240.0.0.0/4
- ::/127
- 100::/64
- 2001::/32
- 2001:db8::/32
- fc00::/7
- fe80::/10
- ff00::/8
anchors: {}
controls:
  resolvers: []
  dead_resolvers: []
  server_names: []
vantages:
  home:
    concurrency: 8
    metered: false
    allow: []
    system:
      proxied: false
    resolvers:
    - system
hops:
  api:
    url: https://api.example
    enabled: true
    families:
    - ipv4
    - ipv6
    mine: false
    limits: {}
    share: 50.0
routes:
  chat:
    hops:
    - api
    maintenance: []
    checks:
      models:
        enabled: true
        family: any
        http:
          method: GET
          path: /
          protocol: http/1.1
          headers: {}
          bearer:
            env: KEY
          basic:
            user: me
            password:
              file: pass
          status: []
          body_matches: []
          body_not_matches: []
          header_matches: {}
          header_not_matches: {}
          max_body: 1MiB
          redirects: 0
        hop: api
        through: api
        interval: 1m
        timeout: 10s
    vantages:
    - home
"""


def test_everything_left_unsaid_is_said(monkeypatch, tmp_path):
    (tmp_path / "pass").write_text("hunter2")
    monkeypatch.setenv("KEY", "hunter2")

    config = parse(SMALL, where="hopwatch.yml", folder=tmp_path)

    assert to_yaml(config.shown()) == SHOWN


def test_an_interval_that_differs_by_vantage_stays_unsaid_so_that_what_is_shown_means_the_same():
    text = SMALL.replace("{system: }", "{metered: true, system: }").replace(
        "      models: ", "      often: {interval: 30s, tcp: }\n      models: "
    )
    config = load_text(text)
    again = load_text(to_yaml(config.shown()))

    assert (again.plan(), again.shown()) == (config.plan(), config.shown())
    assert {probe.series.check: probe.check.interval_seconds for probe in again.plan().probes} == {
        "often": 30.0,
        "models": 300.0,
        "ipv6": 300.0,
    }


def test_text_that_another_reader_would_take_for_something_else_is_quoted():
    assert to_yaml(
        {"a": "NO", "b": "1e3", "c": "0o17", "d": "plain", "e": "null", "f": "~", "g": "12:30:45"}
    ) == ('a: "NO"\nb: "1e3"\nc: "0o17"\nd: plain\ne: "null"\nf: "~"\ng: "12:30:45"\n')


def test_what_is_there_twice_is_written_twice():
    twice: list[Json] = ["x"]

    assert to_yaml({"a": twice, "b": twice}) == "a:\n- x\nb:\n- x\n"


def test_summary_counts_what_is_switched_on_and_how_often_each_vantage_asks():
    text = """\
vantages: {home: {system: }, wifi: {source: {address: 127.0.0.1}}}
hops: {a: {url: "https://a.example"}, b: {url: "https://b.example", enabled: false}}
routes:
  r: {hops: [a, b], checks: {x: {hop: a, interval: 15s, tcp: }, y: {hop: a, interval: 40s, tcp: }, z: {hop: b, tcp: }}}
  q: {hops: [a], vantages: [wifi]}
"""
    config = parse(text, where="hopwatch.yml", folder=FOLDER)

    plain = (
        "2 routes, 2 hops, 2 vantages, 3 checks switched on and 1 more for IPv6,"
        " probes per minute: home 7.5, wifi 7.5"
    )
    assert (summarise(config), summarise(config, lambda plan: 100 * len(plan.probes))) == (
        plain,
        f"{plain}, up to 600 metric series",
    )


def test_the_configuration_cannot_be_changed():
    config = load_text(SMALL)

    with pytest.raises(ValidationError, match="frozen"):
        config.agent = "other"  # type: ignore[misc]  # that is the point
