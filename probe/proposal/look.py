"""Look once at what the hops that a user named answer, politely: one question a second to each host that is not his own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from probe.attempt import Prober
from probe.clock import Clock
from probe.config import parse, to_flow
from probe.courtesy import Courtesy
from probe.model import Http as Heard
from probe.model import Observation, Outcome
from probe.ondemand import run_once
from probe.plan import Plan
from probe.prober.cors import Cors
from probe.prober.http import Http
from probe.prober.icmp import Icmp
from probe.proposal.named import Named

# What relays, functions and OpenAI-like APIs usually answer at.
HEALTH = "/healthz"
MODELS = ("/api/v1/models", "/v1/models")
COMPLETIONS = "/v1/chat/completions"
# How this machine goes when nobody says otherwise.
AS_IT_IS = "as-it-is"
_PATIENCE = "6s"
_ANY_STATUS = tuple(range(200, 600))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one path of a hop answered."""

    path: str
    observation: Observation

    @property
    def heard(self) -> Heard | None:
        """The answer, when there was one."""
        http = self.observation.evidence.http
        return http if http is not None and http.status is not None else None

    @property
    def status(self) -> int | None:
        """The status, when there was an answer."""
        return None if self.heard is None else self.heard.status

    def header(self, name: str) -> str | None:
        """Return the first value of a header; `name` in small letters."""
        headers = self.heard.headers if self.heard else ()
        return next((value for key, value in headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A hop and what it answered, path by path, to a question from `vantage`; nothing when nobody looked."""

    hop: Named
    answers: tuple[Answer, ...] = ()
    vantage: str = AS_IT_IS

    def at(self, path: str | None) -> Answer | None:
        """Return the answer of a path that was asked for."""
        return next((one for one in self.answers if one.path == path), None)

    @property
    def is_alive(self) -> bool:
        """Whether it answered anything."""
        return any(one.status is not None for one in self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """All that was seen: the route's hops, the page, whether the first hop answers pings, and what it says of a preflight."""

    route: tuple[Seen, ...]
    page: Seen | None = None
    pings: bool = False
    preflight: Cors | None = None
    preflight_answer: Observation | None = None


def paths(hops: Sequence[Named], index: int) -> tuple[str, ...]:
    """Return what is asked of a route's hop: the last one is the API, those before pass on to it."""
    own = (hops[index].path,) if hops[index].path else ()
    usual = (MODELS[1], "/") if index == len(hops) - 1 else (HEALTH, "/", *MODELS)
    return tuple(dict.fromkeys((*own, *usual)))


def questions(route: Sequence[Named], page: Named | None) -> int:
    """Count what is asked when every hop answers: paths, a ping, and a preflight where there is a page of another origin."""
    has_preflight = page is not None and page.origin != route[0].origin
    return (
        sum(len(paths(route, index)) for index in range(len(route))) + (page is not None) + 1 + has_preflight
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scout:
    """Asks from whichever vantage gets an answer, each host in its turn."""

    plan: Plan
    courtesy: Courtesy
    on_answer: Callable[[], None]

    async def ask(self, hop: Named, prober: Prober, vantage: str) -> Observation:
        """Ask once."""
        probe = next(
            one
            for one in self.plan.probes
            if (one.series.hop, one.series.vantage, one.check.is_twin) == (hop.name, vantage, False)
        )
        asking = replace(probe, prober=prober)
        await self.courtesy.turn(asking)
        (observation,) = await run_once(self.plan, (asking,))
        self.on_answer()
        return observation

    async def look(self, hop: Named, asked: Sequence[str]) -> Seen:
        """Ask each path once; a hop of which nothing comes back is asked once from every vantage, and no more."""
        first = await self._first(hop, asked[0])
        if not first.is_alive:
            return first
        rest = [await self._answer(hop, path, first.vantage) for path in asked[1:]]
        return replace(first, answers=(*first.answers, *rest))

    async def _first(self, hop: Named, path: str) -> Seen:
        found = []
        for vantage in (one.name for one in self.plan.vantages):
            found.append(Seen(hop=hop, answers=(await self._answer(hop, path, vantage),), vantage=vantage))
            if found[-1].is_alive:
                return found[-1]
        return found[0]

    async def _answer(self, hop: Named, path: str, vantage: str) -> Answer:
        asked = Http(path=path, status=_ANY_STATUS)
        return Answer(path=path, observation=await self.ask(hop, asked, vantage))


async def look_at_all(
    route: Sequence[Named],
    page: Named | None,
    vantages: Mapping[str, Mapping[str, object]],
    clock: Clock,
    on_answer: Callable[[], None] = lambda: None,
) -> Sight:
    """Look at the hops of a route and at a page's host, all at the same time; then try ping and preflight at the first."""
    plan = _plan([*route, *([page] if page else [])], vantages)
    scout = _Scout(plan=plan, courtesy=Courtesy(plan, clock), on_answer=on_answer)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(scout.look(hop, paths(route, index))) for index, hop in enumerate(route)]
        asked = page.path or "/" if page else "/"
        of_page = group.create_task(scout.look(page, (asked,))) if page else None
    seen = tuple(task.result() for task in tasks)
    return await _tried(scout, Sight(route=seen, page=of_page.result() if of_page else None))


async def _tried(scout: _Scout, sight: Sight) -> Sight:
    first, page = sight.route[0], sight.page
    pinged = await scout.ask(first.hop, Icmp(count=2, spacing=0.2, wait=1.0), AS_IT_IS)
    sight = replace(sight, pings=pinged.outcome is Outcome.OK)
    if page is None or not first.is_alive or page.hop.origin == first.hop.origin:
        return sight
    preflight = Cors(
        origin=_serialized(page.hop),
        path=_called(first),
        method="POST",
        headers=("authorization", "content-type"),
    )
    answer = await scout.ask(first.hop, preflight, first.vantage)
    return replace(sight, preflight=preflight, preflight_answer=answer)


def _called(first: Seen) -> str:
    """Return the path that a chat's page calls, beside the list of models that the hop passes on."""
    own = first.hop.path
    if own is not None and not own.endswith("/models"):
        return own
    passed_on = next((one for one in MODELS if (at := first.at(one)) and at.status in (200, 401)), None)
    models = own or passed_on
    return COMPLETIONS if models is None else f"{models.removesuffix('/models')}/chat/completions"


def _serialized(page: Named) -> str:
    origin = page.origin
    usual = {"http": 80, "https": 443}[origin.scheme] == origin.port
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return f"{origin.scheme}://{host}" + ("" if usual else f":{origin.port}")


def _plan(hops: Sequence[Named], vantages: Mapping[str, Mapping[str, object]]) -> Plan:
    """Plan to reach each hop from everywhere: what is asked takes way, resolvers and room from there."""
    tree = {
        "defaults": {"timeout": _PATIENCE, "interval": "1h"},
        "vantages": {AS_IT_IS: {"system": {}}, **vantages},
        "hops": {one.name: {"url": one.url} for one in hops},
        "routes": {one.name: {"hops": [one.name]} for one in hops},
    }
    return parse(to_flow(tree), where="the proposal", folder=Path()).plan()
