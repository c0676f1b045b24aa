"""Options and exits that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from probe.cli.names import configured

if TYPE_CHECKING:
    from probe.config import Config

WELL, ROUTE_FAILS, WRONG_USE, NOT_MEASURED, BAD_CONFIGURATION = 0, 1, 2, 3, 78

# Those of probe.log, written here too because help is to need nothing of it; a test holds them equal.
LEVELS, FORMATS = ("debug", "info", "warning", "error"), ("logfmt", "json")

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


def loaded(path: Path | None, *, is_told: bool = False) -> "Config":
    """Load the configuration, or print every problem and exit with 78; `is_told` says which file, where none was named."""
    from probe.config import ConfigError, default_path, load

    try:
        found = path or default_path()
        if path is None and is_told:
            click.echo(f"by {found}; --config.file names another configuration", err=True)
        return load(found)
    except ConfigError as error:
        leave(BAD_CONFIGURATION, str(error))


class Left(SystemExit):
    """The end of a command that could not do what it was asked, and the message that it left."""

    def __init__(self, code: int, message: str) -> None:
        """End with this code."""
        super().__init__(code)
        self.message = message


def leave(code: int, message: str) -> NoReturn:
    """Print one message to standard error and exit."""
    click.echo(message, err=True)
    raise Left(code, message)


def look_options(command: Command) -> Command:
    """Add what all looks at a single layer take."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table."),
        click.option(
            "--all-vantages", "everywhere", is_flag=True, help="Look from every vantage of the configuration."
        ),
        click.option(
            "--vantage",
            "vantages",
            multiple=True,
            metavar="V",
            shell_complete=configured("vantages"),
            help="Look from this vantage of the configuration; may be repeated. By default from this machine's own"
            " network, at a hop from the first vantage that asks it.",
        ),
    ):
        command = option(command)
    return command
