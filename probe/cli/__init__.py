"""The commands, and the only exit codes: 0 well, 1 a route fails, 2 wrong use, 3 could not measure, 78 bad configuration."""

import difflib
import importlib
import sys
from collections.abc import Mapping

import click

import probe

# Each command lives in the module of its name. Its sentence stands here too, so that help needs none of the modules:
# a shell runs the program at every TAB.
COMMANDS: Mapping[str, str] = {
    "causes": "List the causes of failures, or say what one means and what to do about it.",
    "check": "Run checks once, now: all of them, those named, or one of an address.",
    "config": "Check the configuration, show what it means, and print its schema or an example.",
    "doctor": "Say what this machine can and cannot do, and the command that mends each lack.",
    "export": "Print what was recorded, as JSON lines or as samples for Prometheus.",
    "init": "Write a configuration for the hops at these addresses, nearest first.",
    "lab": "Run stand-ins for the four hops on loopback, and break and mend them.",
    "run": "Probe by schedule, keep what was seen, and serve page and metrics.",
}


NO_WINDOWS = "hopwatch does not run on native Windows: use it within WSL2 (`wsl --install`) or in Docker."


class _Commands(click.Group):
    """A group that imports a command only when it is used."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Run, unless this is native Windows, where the commands' modules cannot even be imported."""
        if sys.platform == "win32":
            click.echo(NO_WINDOWS, err=True)
            sys.exit(3)
        return super().__call__(*args, **kwargs)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Import the command of that name."""
        if name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"probe.cli.{name}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the module's own name for it
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the one that was probably meant."""
        near = difflib.get_close_matches(args[0], COMMANDS, n=1)
        if args[0] not in COMMANDS and near:
            ctx.fail(f"there is no command {args[0]!r}; did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names and sentences."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(probe.__version__, prog_name="hopwatch")
def main() -> None:
    """Probe every hop of a relay chain from several networks and say which one is broken, and why."""
