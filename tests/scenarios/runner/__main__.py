"""`python -m tests.scenarios.runner [FOLDER]`: what `make scenarios` runs."""

import signal
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console

from tests.scenarios.runner import batch, report
from tests.scenarios.runner.figures import figures
from tests.scenarios.runner.reading import ScenarioError, find, load
from tests.scenarios.runner.result import Result
from tests.scenarios.runner.scenario import Scenario

_HERE = Path(__file__).resolve().parents[1]
_BUILD = Path("build")
_BELOW_FIGURES, _UNUSABLE = 1, 2


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path), default=_HERE)
@click.option("--only", default="", metavar="ID,...", help="Play these alone; * stands for any ending.")
@click.option(
    "--workers", type=click.IntRange(1, 32), default=batch.usual_workers, help="How many at a time."
)
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_BUILD / "scenarios.json",
    show_default=True,
    help="Where everything found is written; logs go beside it, into a folder of that name.",
)
@click.option(
    "--keep",
    is_flag=True,
    help="Keep every daemon's store, log and configuration too.",
)
@click.option("--verbose", is_flag=True, help="Show every finding.")
@click.option("--check", is_flag=True, help="Only read the files.")
def main(folder: Path, only: str, workers: int, file: Path, keep: bool, verbose: bool, check: bool) -> None:
    """Play the scenarios in FOLDER (or one FILE) and score what the daemon says of them.

    It exits with 1 below the figures or when one could not be played, with 2 when a file is no scenario.
    """
    console = Console(soft_wrap=True)
    wanted = _chosen(_read(folder, console), only)
    if check:
        console.print(f"{len(wanted)} scenarios, no mistakes")
        return

    def tell(result: Result) -> None:
        report.line(console, result)
        if verbose:
            report.details(console, result)

    # Whoever ends this ends it as Ctrl-C does, so that every lab is taken down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    order = batch.Order(workers=workers, keep=file.with_suffix(""), keeps_all=keep)
    results = batch.run(wanted, order, tell)
    found = figures(results)
    report.write(file, results, found)
    console.print()
    report.table(Console(width=max(160, console.width)), results)
    console.print()
    report.summary(console, found)
    console.print(f"everything is in {file}", highlight=False)
    if any(found.misses()):
        sys.exit(_BELOW_FIGURES)


def _read(folder: Path, console: Console) -> list[tuple[Path, Scenario]]:
    """Read every file, or say everything that is wrong with any and leave."""
    found, mistakes = [], []
    for file in find(folder):
        try:
            found.append((file, load(file)))
        except ScenarioError as error:
            mistakes.append(str(error))
    mistakes += _doubles(found)
    if mistakes:
        console.print("\n".join(mistakes), markup=False, highlight=False)
        sys.exit(_UNUSABLE)
    return found


def _doubles(found: Iterable[tuple[Path, Scenario]]) -> list[str]:
    files = [(one.id, file) for file, one in found]
    counted = Counter(name for name, _ in files)
    return [f"{file}: the id {name} is another file's too" for name, file in files if counted[name] > 1]


def _chosen(found: list[tuple[Path, Scenario]], only: str) -> list[tuple[Path, Scenario]]:
    names = [name.strip() for name in only.split(",") if name.strip()]
    chosen = [each for each in found if not names or any(_fits(each[1].id, name) for name in names)]
    if missing := [name for name in names if not any(_fits(one.id, name) for _, one in found)]:
        raise click.BadParameter(f"there is no scenario {', '.join(missing)}", param_hint="--only")
    return chosen


def _fits(given: str, name: str) -> bool:
    return given.startswith(name[:-1]) if name.endswith("*") else given == name


if __name__ == "__main__":
    main()
