"""`hopwatch check`: ask once, now, and draw what happened."""

from pathlib import Path

import click

from probe.cli.names import configured
from probe.cli.options import config_file


@click.command()
@click.argument(
    "names", nargs=-1, metavar="[NAME|URL]...", shell_complete=configured("routes", "hops", "checks")
)
@click.option(
    "--vantage",
    "vantages",
    multiple=True,
    metavar="V",
    shell_complete=configured("vantages"),
    help="Look from this vantage only; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option(
    "--nagios",
    "for_nagios",
    is_flag=True,
    help="Print one line with figures and exit with 0, 1, 2 or 3, as plugins of Nagios and Icinga do.",
)
@click.option(
    "--no-controls", is_flag=True, help="Ask nothing beside the checks to find out what a failure is due to."
)
@config_file
def check(
    names: tuple[str, ...],
    vantages: tuple[str, ...],
    *,
    as_json: bool,
    for_nagios: bool,
    no_controls: bool,
    config_path: Path | None,
) -> None:
    """Run checks once: those of the routes, hops or checks named, or all of them, or one of an address.

    What fails is looked into: a few questions more tell what it is due to. What fails at one place for one cause is told
    once, the nearest first, and the last lines conclude. An address (https://host/) needs no configuration. Exits with 0 when all is well, 1 when something fails, 3 when this machine could not measure.
    """
    if for_nagios:
        from probe.cli.nagios import as_plugin

        with as_plugin():
            if as_json:
                raise click.UsageError("--json and --nagios are two forms of one answer; give one of them")
            _run(names, vantages, config_path, "nagios", controls=not no_controls)
    _run(names, vantages, config_path, "json" if as_json else "table", controls=not no_controls)


def _run(
    names: tuple[str, ...], vantages: tuple[str, ...], path: Path | None, form: str, *, controls: bool
) -> None:
    from probe.cli.checking import run_checks

    run_checks(names, vantages, path, form=form, controls=controls)
