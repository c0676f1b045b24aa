"""Diagnose this machine: what it can and cannot do, and what of that the configuration needs."""

import dataclasses
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click

from probe.cli.needs import USUALLY, judge_needs, needed
from probe.cli.options import BAD_CONFIGURATION, ROUTE_FAILS, WELL, leave
from probe.cli.readable import judge_channels
from probe.cli.report import draw
from probe.config import Config, ConfigError, default_path, load
from probe.machine.abilities import abilities
from probe.machine.ability import Ability, State
from probe.machine.interface import Interface, interfaces
from probe.machine.listener import listeners
from probe.machine.proposal import Proposal, proposals
from probe.machine.proxies import local_proxies
from probe.machine.proxy import LocalProxy
from probe.machine.room import Wanted
from probe.plan import Plan

JSON_VERSION = 1
_USUAL_STORE_BYTES, _USUAL_PROBES_AT_ONCE = 256 << 20, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All that the doctor has to say; `needed` are the ids of what the configuration, or any probe, cannot do without."""

    configuration: str | None
    abilities: tuple[Ability, ...]
    needed: frozenset[str]
    interfaces: tuple[Interface, ...]
    proxies: tuple[LocalProxy, ...]
    proposals: tuple[Proposal, ...]

    @property
    def missing(self) -> tuple[Ability, ...]:
        """What is needed and is not there."""
        return tuple(one for one in self.abilities if one.state is State.CANNOT and one.id in self.needed)


def diagnose(*, as_json: bool, config_path: Path | None, storage: Path) -> NoReturn:
    """Print what was found, and leave with what it comes to."""
    path, config, mistakes = _configuration(config_path)
    found = _examine(path, config, storage)
    if as_json:
        click.echo(json.dumps(_to_json(found), indent=2, ensure_ascii=False))
    else:
        draw(found)
    if mistakes is not None:
        leave(BAD_CONFIGURATION, str(mistakes))
    sys.exit(ROUTE_FAILS if found.missing else WELL)


def _configuration(path: Path | None) -> tuple[Path | None, Config | None, ConfigError | None]:
    """Load the configuration named, or the usual one where there is one; a bad one leaves the machine to be looked at."""
    if path is None:
        try:
            path = default_path()
        except ConfigError:
            return None, None, None
    try:
        return path, load(path), None
    except ConfigError as error:
        return path, None, error


def _examine(path: Path | None, config: Config | None, storage: Path) -> Diagnosis:
    plan = None if config is None else config.plan()
    links, listening = interfaces(), listeners()
    wanted = Wanted(
        storage=storage,
        store_bytes=_USUAL_STORE_BYTES if config is None else config.storage.max_size,
        probes_at_once=_USUAL_PROBES_AT_ONCE if plan is None else _at_once(plan),
    )
    general = abilities(wanted)
    own = () if plan is None else judge_needs(plan, links, listening)
    told = () if config is None else judge_channels(config.notifications())
    own = (*own, *(one for one in told if one.id not in {known.id for known in own}))
    proxies = local_proxies(links, listening=listening)
    return Diagnosis(
        configuration=None if config is None else str(path),
        abilities=(*general, *own),
        needed=(USUALLY if plan is None else needed(plan, general)) | {one.id for one in own},
        interfaces=links,
        proxies=proxies,
        proposals=proposals(links, proxies),
    )


def _at_once(plan: Plan) -> int:
    lookings = {one.looking.vantage.name: one.looking for one in plan.probes}
    return sum(one.concurrency for one in lookings.values())


def _to_json(found: Diagnosis) -> Mapping[str, object]:
    return {
        "version": JSON_VERSION,
        "works": not found.missing,
        "configuration": found.configuration,
        "abilities": [
            {**dataclasses.asdict(one), "needed": one.id in found.needed} for one in found.abilities
        ],
        "interfaces": [{**dataclasses.asdict(one), "is_uplink": one.is_uplink} for one in found.interfaces],
        "proxies": [dataclasses.asdict(one) for one in found.proxies],
        "proposals": [dataclasses.asdict(one) for one in found.proposals],
    }
