"""A user at a vantage of a scenario: Debian's Chromium, which loads what the checks ask for and tells what it got.

It knows the scenario's faults only by what they do to it: it runs in the vantage's own namespace, as a user without
rights, asks the vantage's own resolver, and trusts the lab's authority because a policy of its own machine says so.
"""

import asyncio
import base64
import json
import os
import shlex
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, BrowserType, Error, Page, async_playwright

from probe.config import parse as parse_configuration
from probe.plan import Probe
from probe.prober.http import Http
from tests.internet.net import Internet
from tests.internet.nobody import NOBODY
from tests.scenarios.runner import batch
from tests.scenarios.runner.play import internet
from tests.scenarios.runner.scenario import Fault, Scenario
from tests.scenarios.runner.standard import configuration, written
from tests.scenarios.runner.timeline import steps

# What works has worked by then, on however busy a machine.
_WORKING_SECONDS = 60.0
_LOOKS = 3
# What has not come by then does not come; the slowest that does takes a second where nothing else is busy.
_PATIENCE_SECONDS = 15.0
# Where Debian's Chromium looks for what the machine's owner decided.
POLICY_FOLDER = Path("/etc/chromium")
# Names are asked at the machine's resolver alone, http:// stays what it is, and nothing is asked that no page asked for.
_POLICY: Mapping[str, object] = {
    "DnsOverHttpsMode": "off",
    "HttpsUpgradesEnabled": False,
    "HttpsOnlyMode": "disallowed",
    "QuicAllowed": False,
    "ComponentUpdatesEnabled": False,
    "NetworkPredictionOptions": 2,
    "SafeBrowsingProtectionLevel": 0,
    "SyncDisabled": True,
}
# Its sandbox is none of the lab's business, and cannot be had in every container. Few processes start sooner than many.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-component-update",
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a user at a vantage wants: pages by address, each with the statuses that count, any 2xx when none is said."""

    vantage: str
    pages: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of loading a page: its status and text, or no status and the browser's own word for why there is none."""

    status: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The referee's word on a vantage: what a user lacked before the faults, and lacked under them, each page with why."""

    lacked: Mapping[str, str]
    lost: Mapping[str, str]

    @property
    def service(self) -> str:
        """As the truth of a scenario spells it."""
        return "failed" if self.lost else "ok"


def judged(scenarios: Iterable[Scenario], program: str) -> dict[tuple[str, str], Word]:
    """Return the referee's word by scenario and vantage; several labs stand at a time."""
    return asyncio.run(_judged(tuple(scenarios), program))


async def _judged(scenarios: tuple[Scenario, ...], program: str) -> dict[tuple[str, str], Word]:
    places = asyncio.Semaphore(batch.usual_workers())
    found: dict[tuple[str, str], Word] = {}
    async with async_playwright() as playwright, asyncio.TaskGroup() as together:

        async def judge(scenario: Scenario) -> None:
            async with places:
                found.update(await _judge(playwright.chromium, program, scenario))

        for scenario in scenarios:
            together.create_task(judge(scenario))
    return found


async def _judge(kind: BrowserType, program: str, scenario: Scenario) -> dict[tuple[str, str], Word]:
    """Let a user at every vantage look before the faults, and look again under them."""
    errands = {node: errand(scenario, node) for node in scenario.daemons}
    async with AsyncExitStack() as stack:
        lab = ExitStack()
        # To build and to take down is to wait for programs.
        stack.push_async_callback(asyncio.to_thread, lab.close)
        net = await asyncio.to_thread(lab.enter_context, internet(scenario))
        users = [
            (each, await stack.enter_async_context(_browser(kind, program, net, node)))
            for node, each in errands.items()
        ]
        before = [await _look_at_health(browser, each) for each, browser in users]
        for fault in in_force(scenario):
            await asyncio.to_thread(net.inject, fault)
        during = [await _look(browser, each, _PATIENCE_SECONDS) for each, browser in users]
    return {
        (scenario.id, each.vantage): _word(each, first, second)
        for (each, _), first, second in zip(users, before, during, strict=True)
    }


def in_force(scenario: Scenario) -> tuple[Fault, ...]:
    """Return the faults that are in force together once the last of them has begun."""
    last = max((event.at for event in scenario.events if event.inject), default=0.0)
    events: dict[int, tuple[Fault, ...]] = {}
    for step in steps(scenario):
        if step.at <= last and step.does == "begin":
            events[step.event] = scenario.events[step.event].inject
        elif step.at <= last:
            del events[step.event]
    return tuple(fault for faults in events.values() for fault in faults)


def errand(scenario: Scenario, node: str) -> Errand:
    """Return what the checks of a node ask for: by hop, the check that goes deepest, for it needs what the others need.

    They must be such as a browser can ask, at one vantage.
    """
    text = written(configuration(scenario, node))
    plan = parse_configuration(text, where=node, folder=Path()).plan()
    # What is planned to show IPv6 apart is nothing that a user asked for.
    probes = [probe for probe in plan.probes if not probe.check.is_twin]
    (vantage,) = {probe.series.vantage for probe in probes}
    deepest = {(probe.route.name, probe.hop.name): probe for probe in sorted(probes, key=_depth)}
    return Errand(vantage=vantage, pages=dict(map(_page, deepest.values())))


def _depth(probe: Probe) -> int:
    return probe.route.hops.index(probe.check.through)


def _page(probe: Probe) -> tuple[str, tuple[int, ...]]:
    asked = probe.prober
    if not isinstance(asked, Http) or asked.method != "GET":
        raise ValueError(f"no browser can ask what {probe.series} asks")
    return f"{probe.hop.scheme}://{probe.hop.authority}{asked.path}", asked.status


def _word(errand: Errand, before: Mapping[str, Seen], during: Mapping[str, Seen]) -> Word:
    lacked = {url: _why_not(before[url], statuses) for url, statuses in errand.pages.items()}
    lost = {url: _why_not(during[url], statuses) for url, statuses in errand.pages.items()}
    for url, why in lost.items():
        # A block page may have status 200 too.
        if not why and during[url].text != before[url].text:
            lost[url] = "another page"
    return Word(
        lacked={url: why for url, why in lacked.items() if why},
        lost={url: why for url, why in lost.items() if why},
    )


def _why_not(seen: Seen, statuses: tuple[int, ...]) -> str:
    if seen.status is None:
        return seen.text
    return "" if seen.status in (statuses or range(200, 300)) else f"status {seen.status}"


@asynccontextmanager
async def _browser(kind: BrowserType, program: str, net: Internet, node: str) -> AsyncIterator[Browser]:
    """Start Chromium in a node as a user without rights, on a machine whose owner trusts the lab's authority."""
    folder = net.home / f"{node}-chromium"
    profile = folder / "profile"
    profile.mkdir(parents=True)
    os.chown(profile, NOBODY, NOBODY)
    context = await kind.launch_persistent_context(
        profile,
        executable_path=_launcher(net, node, program, folder),
        args=list(_ARGUMENTS),
        env=dict(net.environment),
        timeout=_WORKING_SECONDS * 1000,
    )
    try:
        assert context.browser
        yield context.browser
    finally:
        await context.close()


def _launcher(net: Internet, node: str, program: str, folder: Path) -> Path:
    """Write the program that starts Chromium there: only it sees the policy in the place where Chromium looks for it."""
    policies = folder / "etc" / "policies" / "managed"
    policies.mkdir(parents=True)
    authority = base64.b64encode(ssl.PEM_cert_to_DER_cert(net.ca_file.read_text())).decode()
    (policies / "lab.json").write_text(json.dumps({**_POLICY, "CACertificates": [authority]}))
    mount = shlex.join(("mount", "--bind", str(folder / "etc"), str(POLICY_FOLDER)))
    user = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all")
    # The mount ends with the namespace that `ip netns exec` makes for it.
    inside = f'{mount}; exec {shlex.join((*user, program))} "$@"'
    launcher = folder / "launch"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.join(net.command(node, "sh", "-ec", inside, "sh"))} "$@"\n')
    launcher.chmod(0o755)
    return launcher


async def _look(browser: Browser, errand: Errand, seconds: float) -> dict[str, Seen]:
    """Load every page at once, with nothing kept from before: no connection, no name, no page."""
    context = await browser.new_context()
    try:
        async with asyncio.TaskGroup() as together:
            tabs = {
                url: together.create_task(_load(await context.new_page(), url, seconds))
                for url in errand.pages
            }
    finally:
        await context.close()
    return {url: tab.result() for url, tab in tabs.items()}


async def _look_at_health(browser: Browser, errand: Errand) -> dict[str, Seen]:
    """Look again while something is lacking: a machine that is busy with others is no fault of the lab."""
    for _ in range(_LOOKS - 1):
        seen = await _look(browser, errand, _WORKING_SECONDS)
        if not any(_why_not(seen[url], statuses) for url, statuses in errand.pages.items()):
            return seen
    return await _look(browser, errand, _WORKING_SECONDS)


async def _load(page: Page, url: str, seconds: float) -> Seen:
    try:
        async with asyncio.timeout(seconds):
            answer = await page.goto(url, timeout=0)
            assert answer
            return Seen(status=answer.status, text=await answer.text())
    except TimeoutError:
        return Seen(status=None, text="nothing")
    except Error as error:
        said = error.message.splitlines()[0]
        return Seen(status=None, text=said.removeprefix("Page.goto: ").removesuffix(f" at {url}"))
