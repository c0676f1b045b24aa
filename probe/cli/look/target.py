"""Find what a user means by a target: an address, or a hop of the configuration; and from which vantages to look."""

import difflib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from probe.abc import Interceptor, ProxyServer
from probe.attempt import Prober
from probe.cli.options import WRONG_USE, leave, loaded
from probe.config import Config
from probe.config.source import PLACES
from probe.model import AddressFamily, Check, Hop, Means, Route, Series
from probe.model.element import crossed
from probe.ondemand import ad_hoc, here
from probe.plan import Looking, Plan, Probe

# Dots, a port, a path or brackets: a bare word has none of them, and is a hop's name.
_OF_ADDRESSES = frozenset(".:/[")
_NOBODY = Means()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is looked at, and from where; `means` are those of the configuration, when one was read."""

    hop: Hop
    lookings: tuple[Looking, ...]
    agent: str = "local"
    means: Means = _NOBODY

    def probe(
        self,
        looking: Looking,
        kind: str,
        prober: Prober,
        *,
        seconds: float,
        name: str = "",
        family: AddressFamily = AddressFamily.ANY,
    ) -> Probe:
        """Return one question to it, called by its kind unless by a name."""
        name = name or kind
        route = Route(name="look", hops=(self.hop.name,))
        check = Check(
            name=name,
            route=route.name,
            hop=self.hop.name,
            through=self.hop.name,
            kind=kind,
            interval_seconds=seconds,
            timeout_seconds=seconds,
            family=family,
        )
        return Probe(
            series=Series(vantage=looking.vantage.name, route=route.name, hop=self.hop.name, check=name),
            looking=looking,
            route=route,
            hop=self.hop,
            check=check,
            prober=prober,
            crossed=crossed(looking.vantage, route, check),
        )

    def plan(self, probes: Sequence[Probe]) -> Plan:
        """Return the plan of these questions."""
        return Plan(
            vantages=tuple(one.vantage for one in self.lookings),
            hops=(self.hop,),
            routes=(Route(name="look", hops=(self.hop.name,)),),
            probes=tuple(probes),
            means=self.means,
        )


def find(
    text: str, vantages: Sequence[str], path: Path | None, *, everywhere: bool, is_quiet: bool = False
) -> Target:
    """Return what is meant; leaves with 2 on what is no address and no hop. Says which configuration, unless `is_quiet`."""
    config = _configuration(text, path, is_needed=bool(vantages) or everywhere, is_told=not is_quiet)
    if config is None:
        return Target(hop=_addressed(text), lookings=(here(),))
    plan = config.plan()
    lookings = {one.looking.vantage.name: one.looking for one in plan.probes}
    _refuse_unknown(vantages, lookings)
    hop = next((one for one in plan.hops if one.name == text), None)
    if hop is None and not _OF_ADDRESSES & set(text) and text != "localhost":
        leave(WRONG_USE, _no_hop(text, [one.name for one in plan.hops]))
    if everywhere:
        chosen = list(lookings.values())
    elif vantages:
        chosen = [lookings[name] for name in dict.fromkeys(vantages)]
    else:
        chosen = [here()] if hop is None else [_usual(plan, hop)]
    return Target(hop=hop or _addressed(text), lookings=tuple(chosen), agent=config.agent, means=plan.means)


def _configuration(text: str, path: Path | None, *, is_needed: bool, is_told: bool) -> Config | None:
    """Read the configuration where one is named or needed, or where a bare word may be the name of one of its hops."""
    is_word = not _OF_ADDRESSES & set(text)
    if path is None and not is_needed and not (is_word and any(map(Path.exists, PLACES))):
        return None
    return loaded(path, is_told=is_told)


def _usual(plan: Plan, hop: Hop) -> Looking:
    """Return the first vantage of the configuration that asks the hop."""
    own = [one.looking for one in plan.probes if one.hop.name == hop.name] or [plan.probes[0].looking]
    order = [one.name for one in plan.vantages]
    return min(own, key=lambda one: order.index(one.vantage.name))


def _refuse_unknown(given: Iterable[str], known: Iterable[str]) -> None:
    names = sorted(known)
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
            leave(WRONG_USE, f"{name!r} is no vantage of this configuration; {hint}")


def _no_hop(text: str, hops: Sequence[str]) -> str:
    near = difflib.get_close_matches(text, hops, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(hops)}"
    return f"{text!r} is no hop of this configuration, and no address, which has a dot or begins with its scheme; {hint}"


def _addressed(text: str) -> Hop:
    """Return the hop at an address; a scheme is optional, and https without."""
    url = text if "://" in text else f"https://{_bracketed(text)}"
    try:
        return ad_hoc(url, [here()]).hops[0]
    except ValueError as error:  # it never repeats the address, which may hold a password
        leave(WRONG_USE, f"the target cannot be looked at: {str(error).splitlines()[-1].strip()}")


def _bracketed(text: str) -> str:
    try:
        return f"[{text}]" if ipaddress.ip_address(text).version == 6 else text
    except ValueError:
        return text


def without_proxy(target: Target) -> tuple[Target, Sequence[str]]:
    """Leave out the vantages whose proxy would answer packets itself, and say why."""
    direct, reasons = [], []
    for one in target.lookings:
        match one.way.proxy:
            case ProxyServer():
                reasons.append(
                    f"{one.vantage.name} is left out: its proxy carries connections and no other packets"
                )
            case Interceptor():
                reasons.append(f"{one.vantage.name} is left out: its proxy would answer the packets itself")
            case None:
                direct.append(one)
    return replace(target, lookings=tuple(direct)), reasons
