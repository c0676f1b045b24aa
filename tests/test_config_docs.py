"""The shipped configurations and every configuration in the documentation load, and the documentation is current."""

import re
import runpy
from pathlib import Path

import pytest

from probe.config import load, parse
from probe.lab import HOPS, Layout
from probe.prober import PROBERS
from probe.prober.http import Http
from probe.vantage.source import Source
from tests.test_config_mistakes import MISTAKES

REPOSITORY = Path(__file__).parent.parent
PAGES = [
    path for path in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))) if path.exists()
]
BLOCKS = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"^```ya?ml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )
    if re.search(r"^routes:", block, re.MULTILINE)
]


@pytest.mark.parametrize("block", BLOCKS)
def test_configuration_in_the_documentation_loads(block):
    assert parse(block, where="documentation", folder=REPOSITORY).plan().probes


def test_documentation_of_the_configuration_is_what_the_generator_writes():
    render = runpy.run_path(str(REPOSITORY / "docs/generate_configuration.py"))["render"]

    assert render() == (REPOSITORY / "docs/configuration.md").read_text(encoding="utf-8")


def test_messages_in_the_documentation_are_those_that_are_printed():
    text = (REPOSITORY / "docs/configuration.md").read_text(encoding="utf-8")
    printed = {row[3].partition(" ")[2] for row in MISTAKES}

    shown = re.findall(r"^hopwatch\.yml:\d+:\d+: (.*)$", text, re.MULTILINE)

    assert (len(shown), set(shown) - printed) == (2, set())


def test_shipped_chain_asks_only_what_needs_no_address_of_the_user():
    plan = load(REPOSITORY / "config/hopwatch.yml").plan()
    written = [one for one in plan.probes if not one.check.is_twin]

    assert [(str(one.series), one.hop.host, one.check.interval_seconds) for one in written] == [
        ("system/chat/vercel/edge", "vercel.com", 60.0),
        ("system/chat/direct/reach", "api.cerebras.ai", 60.0),
        ("system/page/static/page", "pages.cloudflare.com", 60.0),
    ]


def test_keyless_reach_of_the_api_expects_to_be_refused():
    (reach,) = (
        one for one in load(REPOSITORY / "config/hopwatch.yml").plan().probes if one.check.name == "reach"
    )

    assert reach.prober == Http(path="/v1/models", status=(401,))


def test_shipped_chain_has_six_checks_of_both_depths_when_all_is_switched_on():
    text = (REPOSITORY / "config/hopwatch.yml").read_text(encoding="utf-8")
    text = text.replace("enabled: false", "enabled: true")
    plan = parse(text, where="hopwatch.yml", folder=REPOSITORY).plan()

    assert {one.check.name: one.crossed[2:] for one in plan.probes if not one.check.is_twin} == {
        "alive": ("host[hk-vps]",),
        "chain": ("host[hk-vps]", "seg[hk-vps>vercel]", "host[vercel]", "seg[vercel>direct]", "host[direct]"),
        "edge": ("host[vercel]",),
        "function": ("host[vercel]", "seg[vercel>direct]", "host[direct]"),
        "reach": ("host[direct]",),
        "page": ("host[static]",),
    }


def test_lab_configuration_is_the_labs_own_map():
    plan, layout = load(REPOSITORY / "config/lab.yml").plan(), Layout()

    shown = {
        "hops": {one.name: (one.scheme, one.host, one.port) for one in plan.hops},
        "ways": {one.looking.vantage.name: one.looking.way for one in plan.probes},
        "resolvers": {one.looking.resolvers for one in plan.probes},
    }
    assert shown == {
        "hops": {name: ("https", layout.name(name), layout.hop_port) for name in HOPS},
        "ways": {name: Source(address=address) for name, address in layout.sources.items()},
        "resolvers": {(f"udp://{layout.dns_address}:{layout.dns_port}",)},
    }


def test_lab_configuration_runs_every_prober_at_least_every_five_seconds():
    checks = [one.check for one in load(REPOSITORY / "config/lab.yml").plan().probes]
    # Many systems allow no pings, and a lab that looks ill on those would teach nothing.
    expected = set(PROBERS) - {"icmp"}

    assert ({one.kind for one in checks}, max(one.interval_seconds for one in checks)) == (expected, 5.0)


def test_lab_checks_outlast_the_labs_own_limits():
    layout = Layout()
    longest = max(layout.upstream_timeout_seconds, layout.function_limit_seconds)
    relayed = [
        one.check for one in load(REPOSITORY / "config/lab.yml").plan().probes if one.check.kind == "http"
    ]

    assert min(one.timeout_seconds for one in relayed) > longest
