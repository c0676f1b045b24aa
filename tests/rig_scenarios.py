"""What the tests of the scenarios start from: texts, findings, and a batch that is played for real."""

import re
from pathlib import Path

from probe.model import Finding, Identity, Level, Series, Verdict
from tests.scenarios.runner import batch
from tests.scenarios.runner.reading import ScenarioError, load, parse
from tests.scenarios.runner.result import Result
from tests.scenarios.runner.scenario import Scenario

FOLDER = Path(__file__).parent / "scenarios"
README = FOLDER / "README.md"


def written(text: str) -> Scenario:
    """Read a scenario whose id and title do not matter."""
    return parse(f"id: x\ntitle: x\n{text}", Path("x.yaml"))


def mistakes(text: str) -> list[str]:
    """Return everything that is said against a text."""
    try:
        parse(text, Path("x.yaml"))
    except ScenarioError as error:
        return str(error).splitlines()
    return []


def examples() -> dict[str, str]:
    """Return the files that the README shows, by id."""
    found = re.findall(r"^```yaml\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    return {parse(text, README).id: text for text in found}


def shipped(*names: str) -> list[tuple[Path, Scenario]]:
    """Return scenarios that are shipped, by the ends of their paths."""
    return [(FOLDER / name, load(FOLDER / name)) for name in names]


def played(scenarios: list[tuple[Path, Scenario]], folder: Path) -> dict[str, Result]:
    """Play all of them at once and return the results by id."""
    order = batch.Order(workers=len(scenarios), keep=folder)
    return {one.scenario.id: one for one in batch.run(scenarios, order, lambda _: None)}


def finding(
    *causes: str,
    check: str = "alive",
    vantage: str = "wifi",
    verdict: Verdict = Verdict.DOWN,
    level: Level = Level.SCORED,
    element: str | None = None,
    at_s: float = 10.0,
    seq: int = 1,
    parent: int = 0,
) -> Finding:
    """Make what a daemon might have found."""
    return Finding(
        identity=Identity(agent="x", epoch="x", seq=seq),
        series=Series(vantage=vantage, route="chat", hop="hk-vps", check=check),
        verdict=verdict,
        causes=causes,
        rule="x",
        level=level,
        element=element,
        detail="x",
        parents=(Identity(agent="x", epoch="x", seq=parent),),
        recorded_at_ns=round(at_s * 1e9),
    )
