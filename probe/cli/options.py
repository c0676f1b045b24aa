"""Options and exits that several commands share."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from probe.config import Config, ConfigError, default_path, load

WELL, ROUTE_FAILS, WRONG_USE, NOT_MEASURED, BAD_CONFIGURATION = 0, 1, 2, 3, 78

Command = TypeVar("Command", bound=Callable[..., object])


def config_file(command: Command) -> Command:
    """Add --config.file."""
    return click.option(
        "--config.file",
        "config_path",
        type=click.Path(path_type=Path),
        envvar="HOPWATCH_CONFIG_FILE",
        default=None,
        help="The configuration; by default the first of ./hopwatch.yml, ./config/hopwatch.yml and /etc/hopwatch/hopwatch.yml.",
    )(command)


def storage_path(command: Command) -> Command:
    """Add --storage.path."""
    return click.option(
        "--storage.path",
        "storage",
        type=click.Path(file_okay=False, path_type=Path),
        # What systemd names when it gives the service a folder of its own.
        envvar="STATE_DIRECTORY",
        default=Path("hopwatch-data"),
        show_default=True,
        help="The folder of the store.",
    )(command)


def loaded(path: Path | None) -> Config:
    """Load the configuration, or print every problem and exit with 78."""
    try:
        return load(path or default_path())
    except ConfigError as error:
        leave(BAD_CONFIGURATION, str(error))


def leave(code: int, message: str) -> NoReturn:
    """Print one message to standard error and exit."""
    click.echo(message, err=True)
    sys.exit(code)
