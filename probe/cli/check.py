"""`hopwatch check`: ask once, now, and draw what happened."""

import asyncio
import contextlib
import difflib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from probe.cli.options import NOT_MEASURED, ROUTE_FAILS, WELL, WRONG_USE, config_file, leave, loaded
from probe.model import Observation, Outcome
from probe.plan import Looking, Plan, Probe

if TYPE_CHECKING:
    from probe.ondemand import Asked

    Answers = Sequence[tuple[tuple[Probe, ...], Asked]]

JSON_VERSION = 1
# What people type for an address: a port, a path or brackets are in no name.
_ADDRESS = re.compile(r".*[:/\[].*")


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|URL]...")
@click.option(
    "--vantage", "vantages", multiple=True, metavar="V", help="Look from this vantage only; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option(
    "--no-controls", is_flag=True, help="Ask nothing beside the checks to find out what a failure is due to."
)
@config_file
def check(
    names: tuple[str, ...],
    vantages: tuple[str, ...],
    *,
    as_json: bool,
    no_controls: bool,
    config_path: Path | None,
) -> None:
    """Run checks once: those of the routes, hops or checks named, or all of them, or one of an address.

    What fails is looked into: a few questions more tell what it is due to. An address (https://host/) needs no
    configuration. Exits with 0 when all is well, 1 when something fails, 3 when this machine could not measure.
    """
    from probe.log import set_up
    from probe.ondemand import ask

    set_up("warning", "logfmt")
    agent, chosen = _chosen(names, vantages, config_path)
    answers: list[tuple[tuple[Probe, ...], Asked]] = []
    with _waiting(sum(len(probes) for _, probes in chosen)):
        for plan, probes in chosen:
            answers.append((probes, asyncio.run(ask(plan, probes, agent, examine=not no_controls))))
    if as_json:
        _print_json([asked for _, asked in answers])
    else:
        _draw(answers)
    sys.exit(exit_code(_telling(_judged(answers))))


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
    from probe.ondemand import here

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
    from probe.ondemand import ad_hoc

    try:
        plan = ad_hoc(url, lookings)
    except ValueError as error:  # it never repeats the address, which may hold a password
        leave(WRONG_USE, f"the address cannot be checked: {str(error).splitlines()[-1].strip()}")
    return plan, plan.probes


def _selected(plan: Plan, names: list[str], vantages: tuple[str, ...]) -> tuple[Probe, ...]:
    from probe.ondemand import select

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


@contextlib.contextmanager
def _waiting(count: int) -> Iterator[None]:
    """Show on a terminal that something is under way; standard output stays the data's."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"asking {count} question{'s' if count != 1 else ''}"):
        yield


def _telling(made: Sequence[tuple[Probe, Observation]]) -> list[Observation]:
    """Leave out what has nothing to show, which is nobody's trouble, as long as anything else is left."""
    from probe.apart import nothing_to_show

    telling = [one for probe, one in made if nothing_to_show(probe.check, one) is None]
    return telling or [one for _, one in made]


def _judged(answers: "Answers") -> list[tuple[Probe, Observation]]:
    return [pair for probes, asked in answers for pair in zip(probes, asked.judged, strict=True)]


def _print_json(answers: "Sequence[Asked]") -> None:
    from probe.codec import to_json

    shown = {
        "version": JSON_VERSION,
        "observations": [to_json(one) for asked in answers for one in asked.observations],
        "findings": [to_json(one) for asked in answers for one in asked.findings],
        "controls": [to_json(one) for asked in answers for one in asked.controls],
    }
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False))


def _draw(answers: "Answers") -> None:
    from probe.cli.draw import draw, left_out

    made = _judged(answers)
    draw(_telling(made), left_out(made), [one for _, asked in answers for one in asked.findings])
