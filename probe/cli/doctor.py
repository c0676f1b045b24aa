"""`hopwatch doctor`: what this machine can and cannot do, and the one command that mends each lack."""

from pathlib import Path

import click

from probe.cli.options import config_file, storage_path


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@config_file
@storage_path
def doctor(*, as_json: bool, config_path: Path | None, storage: Path) -> None:
    """Say what this machine can and cannot do, and the command that mends each lack.

    With a configuration, what that needs is looked at as well. Nothing is sent beyond this machine. Exits with 0 when
    all that is needed is there, 1 when something is missing, 78 when the configuration has a mistake.
    """
    from probe.cli.diagnosis import diagnose

    diagnose(as_json=as_json, config_path=config_path, storage=storage)
