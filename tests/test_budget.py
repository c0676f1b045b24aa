"""What a configuration will use is said before it is used, and too much of it is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from probe.budget import PLANS, WORDS, Standing, Use, budget
from probe.cli import main
from probe.cli.budget import rows
from probe.config import ConfigError, parse
from probe.exporter.metrics.estimate import lines_of_daemon, lines_per_vantage, series_estimate
from probe.exporter.metrics.routes import lines_of_routes
from probe.model.cost import QUESTION

TEXT = """\
defaults: {{interval: 60s}}
vantages:
  home: {{system: {{}}}}
  phone: {{source: {{address: 127.0.0.3}}, metered: true{phone}}}
hops:
  relay: {{url: "https://relay.test"}}
  function: {{url: "https://function.test"{function}}}
  api: {{url: "https://api.test"{api}}}
routes:
  chat:
    hops: [relay, function, api]
    checks:
      chain: {{hop: relay, through: api, http: {{path: /v1/models}}{chain}}}
      edge: {{hop: function, http: {{method: HEAD}}}}
      ping: {{hop: function, http: {{path: /api/ping}}}}
      key: {{hop: api, interval: 1h, http: {{bearer: {{env: KEY}}}}}}
      open: {{hop: api, interval: 10m, http: {{}}}}
"""


def written(phone="", function="", api="", chain="") -> str:
    return TEXT.format(phone=phone, function=function, api=api, chain=chain)


def problems(**parts: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(written(**parts), where="hopwatch.yml", folder=Path())
    return [f"{one.line}: {one.path}: {one.message}" for one in caught.value.problems]


def test_use_is_counted_at_every_hop_that_a_request_reaches() -> None:
    used = budget(parse(written(), where="x", folder=Path()).plan())

    home, phone, hour, ten_minutes = 1440, 288, 24, 144
    per_hop = {
        name: (round(use.requests), round(use.keyed_requests), round(use.invocations))
        for name, use in used.reached.items()
    }
    assert per_hop == {
        "relay": (home + phone, 0, home + phone),
        "function": (3 * (home + phone), home + phone, 2 * (home + phone)),
        "api": (home + phone + 2 * (hour + ten_minutes), home + phone + 2 * hour, 0),
    }


def test_a_metered_vantage_asks_at_its_own_pace_where_the_check_says_none() -> None:
    plan = parse(written(), where="x", folder=Path()).plan()

    assert {
        (one.series.check, one.check.interval_seconds)
        for one in plan.probes
        if one.series.vantage == "phone" and one.series.check != "ipv6"
    } == {("chain", 300), ("edge", 300), ("ping", 300), ("key", 3600), ("open", 600)}


def test_more_than_the_share_of_a_plan_is_refused_at_its_line() -> None:
    found = problems(api=", plan: cerebras-free", chain=", interval: 20s")

    assert [one.partition(",")[0] for one in found] == [
        "8: hops.api.plan: probes would use 6 of 5 requests with a key a minute (121 %)",
        "8: hops.api.plan: probes would use 362 of 150 requests with a key an hour (241 %)",
        "8: hops.api.plan: probes would use 8",
    ]
    assert "and `share` allows 50 %; ask less often" in found[0]


def test_a_limit_of_ones_own_goes_before_the_plans() -> None:
    (problem,) = problems(function=", plan: vercel-hobby, limits: {invocations_per_month: 1000}")

    assert problem.startswith(
        "7: hops.function.limits: probes would use 103,680 of 1,000 function invocations a month (10,368 %)"
    )


def test_a_larger_share_is_allowed_when_it_is_asked_for() -> None:
    text = written(api=", limits: {keyed_requests_per_day: 2400}")
    with pytest.raises(ConfigError):
        parse(text, where="x", folder=Path())

    assert parse(text.replace("2400}", "2400}, share: 75"), where="x", folder=Path()).plan().probes


def test_traffic_of_a_metered_vantage_is_held_to_what_it_has() -> None:
    (problem,) = problems(phone=", traffic_per_month: 10MB")

    assert "4: vantages.phone.traffic_per_month: probes would use" in problem


def test_every_limit_of_every_plan_is_something_that_is_counted() -> None:
    windows = {"minute", "hour", "day", "month"}
    for limits in PLANS.values():
        for limit in limits:
            what, _, window = limit.rpartition("_per_")
            assert (what in WORDS, window in windows, hasattr(Use(), what)) == (True, True, True)


def test_config_check_prints_what_will_be_used(tmp_path: Path) -> None:
    path = tmp_path / "hopwatch.yml"
    path.write_text(written(function=", plan: vercel-hobby"))

    result = CliRunner().invoke(main, ["config", "check", "--config.file", str(path)])

    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert (
        "vantage asked hop probes/day wire/day wire/month functions/day functions/month series store/day"
        in lines
    )
    assert any(line.startswith("home relay ") for line in lines)
    assert "function: 103,680 of 1,000,000 function invocations a month (10.4 %)" in lines
    assert any(line.startswith("store: about ") for line in lines)
    assert any(line.startswith("of that for the checks `ipv6`: ") for line in lines)


def test_the_series_of_the_hops_and_the_vantage_are_those_of_the_whole(tmp_path: Path) -> None:
    plan = parse(written(), where="x", folder=Path()).plan()
    shown = list(rows(plan, budget(plan)))

    totals = {one.vantage: one.series for one in shown if one.hop is None}
    per_hop = {name: sum(one.series for one in shown if one.hop and one.vantage == name) for name in totals}
    assert sum(totals.values()) + lines_of_routes(plan) + lines_of_daemon() == series_estimate(plan)
    assert totals == {name: series + lines_per_vantage() for name, series in per_hop.items()}


def test_traffic_of_a_hop_is_what_leaves_it_and_no_resolver(tmp_path: Path) -> None:
    text = TEXT.partition("    checks:")[0].format(phone="", function="", api="", chain="")
    checks = (
        "    checks:\n      name: {hop: relay, dns: {}}\n      chain: {hop: relay, through: api, http: {}}\n"
    )
    plan = parse(text + checks, where="x", folder=Path()).plan()
    chain = next(one for one in plan.probes if one.check.name == "chain")
    own = replace(plan, probes=(chain,))
    asked = next(one for one in plan.probes if one.check.name == "name")

    cost, a_day = chain.prober.cost(chain.hop), 1440
    answer = cost.received_bytes - QUESTION.received_bytes
    assert {name: use.traffic for name, use in budget(own).reached.items()} == {
        "relay": (answer + cost.sent_bytes) * a_day,
        "function": (answer + cost.sent_bytes) * a_day,
        "api": answer * a_day,
    }
    assert budget(replace(plan, probes=(asked,))).reached["relay"].traffic == 0


def test_the_same_is_printed_for_programs(tmp_path: Path) -> None:
    path = tmp_path / "hopwatch.yml"
    path.write_text(written(function=", plan: vercel-hobby"))

    result = CliRunner().invoke(main, ["config", "check", "--json", "--config.file", str(path)])

    told = json.loads(result.output)
    assert (result.exit_code, told["version"], len(told["uses"])) == (0, 1, 8)
    assert {one["limit"]: one["used"] for one in told["limits"]} == {
        "requests_per_month": 155_520 + 0.0,
        "invocations_per_month": 103_680 + 0.0,
        "traffic_per_month": told["limits"][2]["used"],
    }


@pytest.mark.parametrize(
    ("used", "allowed", "said"),
    [
        (0, 5, "0 of 5 (0 %)"),
        (1, 3, "1 of 3 (33.3 %)"),
        (999_600, 1_000_000, "999,600 of 1,000,000 (100 %)"),
        (1_234_567, 1, "1,234,567 of 1 (123,456,700 %)"),
        (1, 10**9, "1 of 1,000,000,000 (under 0.001 %)"),
    ],
)
def test_no_figure_is_a_power_of_ten(used, allowed, said) -> None:
    told = str(Standing("requests_per_day", used, allowed))

    assert told == said.replace(" (", " requests a day (")


def test_bytes_are_told_with_their_unit() -> None:
    told = str(Standing("traffic_per_month", 879_840_000, 10**11))

    assert told == "880 MB of 100 GB of traffic a month (0.88 %)"
