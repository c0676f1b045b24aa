"""`hopwatch config`: check, explain and show the configuration."""

import json
from pathlib import Path

import click

from probe.cli.options import config_file, loaded


@click.group()
def config() -> None:
    """Check the configuration, show what it means, and print its schema or an example."""


@config.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print what will be used as JSON instead of a table.")
@config_file
def check_config(*, as_json: bool, config_path: Path | None) -> None:
    """Say what the configuration asks for and will use, or every problem with its place (exit 78)."""
    from probe.abc import Tied
    from probe.cli.budget import budget_json, draw_budget
    from probe.cli.readable import judge_authorities, judge_channels
    from probe.config import default_path, summarise
    from probe.exporter.metrics.estimate import series_estimate
    from probe.machine.ability import State

    checked = loaded(config_path)
    if as_json:
        click.echo(json.dumps(budget_json(checked), indent=2, ensure_ascii=False))
        return
    click.echo(f"{config_path or default_path()} is good: {summarise(checked, series_estimate)}")
    for one in checked.plan().left_out:
        click.echo(f"{one.series} is not asked: {one.reason}")
    for name, way in {one.series.vantage: one.looking.way for one in checked.plan().probes}.items():
        if isinstance(way, Tied) and (lacking := way.lack()):
            click.echo(f"warning: from {name} nothing can be measured as it is now: {lacking}", err=True)
    # It may be meant for another machine.
    for file in (*judge_authorities(checked.plan()), *judge_channels(checked.notifications())):
        if file.state is not State.CAN:
            click.echo(f"warning: {file.id}: {file.sentence}", err=True)
    draw_budget(checked)


@config.command()
def schema() -> None:
    """Print the JSON Schema, for the completion of editors (`# yaml-language-server: $schema=...`)."""
    from probe.config import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@config.command()
def example() -> None:
    """Print a commented configuration to begin with."""
    from probe.config import example as shipped_example

    click.echo(shipped_example(), nl=False)


@config.command()
@config_file
def show(config_path: Path | None) -> None:
    """Print the effective configuration with all defaults; of secrets only where they are kept."""
    from probe.config import default_path, to_yaml

    shown = loaded(config_path).shown()
    path = config_path or default_path()
    click.echo(f"# {path} with all that it leaves unsaid; relative paths begin at {path.absolute().parent}")
    click.echo(to_yaml(shown), nl=False)
