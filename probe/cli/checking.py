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
from rich.text import Text

from probe.apart import nothing_to_show
from probe.cli.draw import draw, left_out, sentence
from probe.cli.nagios import nagios
from probe.cli.options import NOT_MEASURED, ROUTE_FAILS, WELL, WRONG_USE, leave, loaded
from probe.cli.progress import progress
from probe.codec import to_json
from probe.config.source import PLACES
from probe.log import set_up
from probe.model import Observation, Outcome
from probe.ondemand import Asked, ad_hoc, ask, here, select
from probe.plan import Looking, Plan, Probe

Answers: TypeAlias = Sequence[tuple[tuple[Probe, ...], Asked]]

JSON_VERSION = 1
# What people type for an address: a port, a path or brackets are in no name.
_ADDRESS = re.compile(r".*[:/\[].*")
# A dot may be in a name too, and so tells only where no such name is.
_HOST = re.compile(r"[^.]+\..+|localhost")


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
    agent, chosen = _chosen(names, vantages, path, is_told=form == "table")
    answers: list[tuple[tuple[Probe, ...], Asked]] = []
    with progress("checks", sum(len(probes) for _, probes in chosen)) as step:
        for plan, probes in chosen:
            asking = ask(plan, probes, agent, examine=controls, on_answer=lambda _: step())
            answers.append((probes, asyncio.run(asking)))
    telling = _telling(_judged(answers))
    troubles, conclusion = _concluded(answers)
    if form == "nagios":
        findings = [one for _, asked in answers for one in asked.findings]
        code, line = nagios(telling, findings, " ".join(conclusion))
        click.echo(line)
        sys.exit(code)
    if form == "json":
        _print_json([asked for _, asked in answers], " ".join(conclusion) or sentence(telling).plain)
    else:
        draw(telling, left_out(_judged(answers)), troubles, conclusion)
    sys.exit(exit_code(telling))


def exit_code(observations: Iterable[Observation]) -> int:
    """Return 1 when anything failed, else 3 when anything could not be measured, else 0."""
    outcomes = {one.outcome for one in observations}
    if Outcome.FAILED in outcomes:
        return ROUTE_FAILS
    return NOT_MEASURED if Outcome.NOT_MEASURED in outcomes else WELL


def _chosen(
    names: tuple[str, ...], vantages: tuple[str, ...], path: Path | None, *, is_told: bool
) -> tuple[str, list[tuple[Plan, tuple[Probe, ...]]]]:
    """Return who asks, and per plan the probes to run; leaves with 2 on a name that is nowhere."""
    urls = [name for name in names if "://" in name]
    plain = [name for name in names if "://" not in name]
    if urls and not plain and not vantages:
        return "local", [_addressed(url, [here()]) for url in urls]
    for name in plain:
        is_one = _ADDRESS.fullmatch(name) or (_HOST.fullmatch(name) and not _is_configured(path))
        if is_one:
            leave(WRONG_USE, f"{name!r} is no name; {_addressing(name)}")
    config = loaded(path, is_told=is_told)
    plan = config.plan()
    lookings = {one.looking.vantage.name: one.looking for one in plan.probes}
    _refuse_unknown(vantages, lookings, "vantage")
    addressed = [_addressed(url, [lookings[name] for name in vantages] or [here()]) for url in urls]
    # Whom to ask beside a failing check is the configuration's to say for any address.
    chosen = [(replace(one, means=plan.means), probes) for one, probes in addressed]
    if plain or not urls:
        chosen.insert(0, (plan, _selected(plan, plain, vantages)))
    return config.agent, chosen


def _is_configured(path: Path | None) -> bool:
    return path is not None or any(map(Path.exists, PLACES))


def _addressing(name: str) -> str:
    """Say how to check what is an address and no name."""
    return f"an address begins with its scheme, http://{name} or https://{name}; for a port that speaks neither, configure a `tcp` check"


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
        if _HOST.fullmatch(name) and not near:
            hint = _addressing(name)
        leave(WRONG_USE, f"{name!r} is no {what} of this configuration; {hint}")


def _telling(made: Sequence[tuple[Probe, Observation]]) -> list[Observation]:
    """Leave out what has nothing to show, which is nobody's trouble, as long as anything else is left."""
    telling = [one for probe, one in made if nothing_to_show(probe.check, one) is None]
    return telling or [one for _, one in made]


def _judged(answers: Answers) -> list[tuple[Probe, Observation]]:
    return [pair for probes, asked in answers for pair in zip(probes, asked.judged, strict=True)]


def _concluded(answers: Answers) -> tuple[Sequence[Text], Sequence[str]]:
    """Return the troubles, each in its own lines, and the conclusion; both empty where nothing is the matter."""
    if not any(asked.findings or any(one.failure for one in asked.observations) for _, asked in answers):
        return (), ()
    # The page's words come with the page's server, for which nobody is to wait while all is well.
    from probe.cli.conclusion import seen_lines, sentences
    from probe.cli.found import told
    from probe.cli.troubles import troubles

    shown = [line for probes, asked in answers for line in seen_lines(probes, asked) if not line.nothing]
    advised: set[str] = set()
    return [told(one, advised) for one in troubles(shown)], list(sentences(shown))


def _print_json(answers: Sequence[Asked], conclusion: str) -> None:
    shown = {
        "version": JSON_VERSION,
        "conclusion": conclusion,
        "observations": [to_json(one) for asked in answers for one in asked.observations],
        "findings": [to_json(one) for asked in answers for one in asked.findings],
        "controls": [to_json(one) for asked in answers for one in asked.controls],
    }
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
