"""The lab's chain, asked as a daemon asks it: each fault that answers is read as the cause and element that it has."""

from collections.abc import Iterable

import pytest

from probe.cause.response.reading import read
from probe.cause.response.upstream import Facts, passes
from probe.config import parse
from probe.fingerprint import Fingerprints
from probe.lab import running
from probe.model import Observation, Phase, Span
from probe.ondemand import run_once
from probe.plan import Plan
from tests.lab_client import small

CONFIGURATION = """
defaults: {{interval: 5s, timeout: 3s}}
resolvers: ["udp://{dns}"]
hops:
  hk-vps: {{url: "https://hk-vps.lab.test:{port}", ca_file: ca.pem, families: [ipv4]}}
  vercel: {{url: "https://vercel.lab.test:{port}", ca_file: ca.pem, families: [ipv4]}}
  direct: {{url: "https://direct.lab.test:{port}", ca_file: ca.pem, families: [ipv4]}}
routes:
  chat:
    hops: [hk-vps, vercel, direct]
    checks:
      alive: {{hop: hk-vps, http: {{path: /healthz}}}}
      edge: {{hop: hk-vps, through: vercel, http: {{path: /}}}}
      function: {{hop: hk-vps, through: vercel, http: {{path: /api/ping}}}}
      models: {{hop: hk-vps, through: direct, http: {{path: /api/v1/models}}}}
"""
LEG = "seg[hk-vps>vercel]"
# By the fault: what the deepest check comes to, after one healthy round as after none.
FAULTS = {
    "hk-vps.upstream-refused": ("relay.upstream", LEG),
    "hk-vps.upstream-timeout": ("relay.upstream.connect_timeout", LEG),
    "vercel.function-timeout": ("vercel.function.timeout", "host[vercel]"),
    "vercel.function-crash": ("vercel.function.crash", "host[vercel]"),
    "direct.429-requests": ("api.quota.requests_day", "quota[direct,key]"),
    "direct.429-tokens": ("api.quota.tokens_minute", "quota[direct,key]"),
    "direct.429-queue": ("api.overloaded", "host[direct]"),
    "direct.401": ("api.auth", "auth[direct,key]"),
    "direct.500": ("api.server_error", "host[direct]"),
}


def examined(plan: Plan, rounds: Iterable[Iterable[Observation]]) -> tuple[str, str | None]:
    """Learn from every round, and read the deepest check of the last one."""
    (route,) = plan.routes
    prints = Fingerprints([route], plan.hops)
    *_, last = rounds = [list(one) for one in rounds]
    for one in rounds:
        for seen in one:
            prints.note(seen)
    failed = next(one for one in last if one.series.check == "models")
    later = [one for one in last if one.series.check == "edge"]
    http, span = failed.evidence.http, Span.of(route, failed)
    assert http is not None
    facts = Facts(next_direct="", others_pass=passes(failed, later, "hk-vps", "vercel"))
    waited = next(one.seconds for one in failed.timings if one.phase is Phase.PROCESSING)
    found = read(http, span, learnt=prints.learnt(http, span), facts=facts, waited_seconds=waited)
    assert found is not None
    return found.cause, found.element


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_that_answers_is_read_as_what_it_is(fault, tmp_path) -> None:
    async with running(small()) as lab:
        (tmp_path / "ca.pem").write_bytes(lab.ca_pem)
        dns = f"{lab.layout.dns_address}:{lab.layout.dns_port}"
        text = CONFIGURATION.format(dns=dns, port=lab.layout.hop_port)
        plan = parse(text, where="lab", folder=tmp_path).plan()
        healthy = await run_once(plan, plan.probes)
        lab.break_(fault)
        models, others = (
            [one for one in plan.probes if (one.check.name == "models") is deep] for deep in (True, False)
        )
        broken = [*await run_once(plan, models), *await run_once(plan, others)]

    assert {one.failure for one in healthy} == {None}
    assert examined(plan, [healthy, broken]) == FAULTS[fault]
    assert examined(plan, [broken]) == FAULTS[fault]
