"""Choose what is to be checked, ask it once, and say what came of it."""

import asyncio
import difflib
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TypeAlias

import click

from probe.apart import nothing_to_show
from probe.cli.draw import draw, left_out
from probe.cli.nagios import nagios
from probe.cli.options import NOT_MEASURED, ROUTE_FAILS, WELL, WRONG_USE, leave, loaded
from probe.cli.progress import progress
from probe.codec import to_json
from probe.log import set_up
from probe.model import Observation, Outcome
from probe.ondemand import Asked, ad_hoc, ask, here, select
from probe.plan import Looking, Plan, Probe

Answers: TypeAlias = Sequence[tuple[tuple[Probe, ...], Asked]]

JSON_VERSION = 1
# What people type for an address: a port, a path or brackets are in no name.
_ADDRESS = re.compile(r".*[:/\[].*")


def run_checks(
    names: tuple[str, ...],
    vantages: tuple[str, ...],
    path: Path | None,
    *,
    form: str,
    controls: bool,
) -> NoReturn:
    """Ask, print what came as a `table`, as `json` or for `nagios`, and leave with what it comes to."""
    set_up("warning", "logfmt")
    agent, chosen = _chosen(names, vantages, path)
    answers: list[tuple[tuple[Probe, ...], Asked]] = []
    with progress("checks", sum(len(probes) for _, probes in chosen)) as step:
        for plan, probes in chosen:
            asking = ask(plan, probes, agent, examine=controls, on_answer=lambda _: step())
            answers.append((probes, asyncio.run(asking)))
    telling = _telling(_judged(answers))
    if form == "nagios":
        code, line = nagios(telling, [one for _, asked in answers for one in asked.findings])
        click.echo(line)
        sys.exit(code)
    if form == "json":
        _print_json([asked for _, asked in answers])
    else:
        _draw(answers)
    sys.exit(exit_code(telling))


def exit_code(observations: Iterable[Observation]) -> int:
    """Return 1 when anything failed, else 3 when anything could not be measured, else 0."""
    outcomes = {one.outcome for one in observations}
    if Outcome.FAILED in outcomes:
        return ROUTE_FAILS
    return NOT_MEASURED if Outcome.NOT_MEASURED in outcomes else WELL


def _chosen(
    names: tuple[str, ...], vantages: tuple[str, ...], path: Path | None
) -> tuple[str, list[tuple[Plan, tuple[Probe, ...]]]]:
    """Return who asks, and per plan the probes to run; leaves with 2 on a name that is nowhere."""
    urls = [name for name in names if "://" in name]
    plain = [name for name in names if "://" not in name]
    if urls and not plain and not vantages:
        return "local", [_addressed(url, [here()]) for url in urls]
    for name in plain:
        if _ADDRESS.fullmatch(name):
            leave(WRONG_USE, f"{name!r} is no name; an address begins with its scheme: https://{name}")
    config = loaded(path)
    plan = config.plan()
    lookings = {one.looking.vantage.name: one.looking for one in plan.probes}
    _refuse_unknown(vantages, lookings, "vantage")
    addressed = [_addressed(url, [lookings[name] for name in vantages] or [here()]) for url in urls]
    # Whom to ask beside a failing check is the configuration's to say for any address.
    chosen = [(replace(one, means=plan.means), probes) for one, probes in addressed]
    if plain or not urls:
        chosen.insert(0, (plan, _selected(plan, plain, vantages)))
    return config.agent, chosen


def _addressed(url: str, lookings: list[Looking]) -> tuple[Plan, tuple[Probe, ...]]:
    try:
        plan = ad_hoc(url, lookings)
    except ValueError as error:  # it never repeats the address, which may hold a password
        leave(WRONG_USE, f"the address cannot be checked: {str(error).splitlines()[-1].strip()}")
    return plan, plan.probes


def _selected(plan: Plan, names: list[str], vantages: tuple[str, ...]) -> tuple[Probe, ...]:
    known = {word for one in plan.probes for word in (one.series.route, one.series.hop, one.series.check)}
    _refuse_unknown(names, known, "route, hop or check")
    probes = select(plan, names, vantages)
    if not probes:
        leave(WRONG_USE, "nothing to check: no check of these names is asked from these vantages")
    return probes


def _refuse_unknown(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """Leave with 2 at the first name that is not known, naming the nearest or all that are."""
    names = sorted(known)
    for name in given:
        if name in names:
            continue
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
        leave(WRONG_USE, f"{name!r} is no {what} of this configuration; {hint}")


def _telling(made: Sequence[tuple[Probe, Observation]]) -> list[Observation]:
    """Leave out what has nothing to show, which is nobody's trouble, as long as anything else is left."""
    telling = [one for probe, one in made if nothing_to_show(probe.check, one) is None]
    return telling or [one for _, one in made]


def _judged(answers: Answers) -> list[tuple[Probe, Observation]]:
    return [pair for probes, asked in answers for pair in zip(probes, asked.judged, strict=True)]


def _print_json(answers: Sequence[Asked]) -> None:
    shown = {
        "version": JSON_VERSION,
        "observations": [to_json(one) for asked in answers for one in asked.observations],
        "findings": [to_json(one) for asked in answers for one in asked.findings],
        "controls": [to_json(one) for asked in answers for one in asked.controls],
    }
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False))


def _draw(answers: Answers) -> None:
    made = _judged(answers)
    draw(_telling(made), left_out(made), [one for _, asked in answers for one in asked.findings])
