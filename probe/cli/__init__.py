"""The commands, and the only exit codes.

0 well, 1 a route fails, 2 wrong use, 3 could not measure, 78 bad configuration, 130 ended by Ctrl-C.
"""

import difflib
import importlib
import os
import signal
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

import probe

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# Each command lives in the module of its name. Its sentence stands here too, so that help needs none of the modules:
# a shell runs the program at every TAB.
COMMANDS: Mapping[str, str] = {
    "causes": "List the causes of failures, or say what one means and what to do about it.",
    "check": "Run checks once, now: all of them, those named, or one of an address.",
    "completion": "Print a script that makes the TAB key of a shell complete what is typed.",
    "config": "Check the configuration, show what it means, and print its schema or an example.",
    "dns": "Ask every resolver for a name, and say what is odd about the answers.",
    "doctor": "Say what this machine can and cannot do, and the command that mends each lack.",
    "export": "Print what was recorded, as JSON lines or as samples for Prometheus.",
    "healthcheck": "Ask the daemon whether it is healthy: exits with 0 when it is, with 1 when not.",
    "init": "Write a configuration for the hops at these addresses, nearest first.",
    "lab": "Run stand-ins for the four hops on loopback, and break and mend them.",
    "notify": "Send a test message by the channels that the daemon tells people by.",
    "run": "Probe by schedule, keep what was seen, and serve page and metrics.",
    "tls": "Complete one TLS handshake, and explain it with its certificates.",
    "trace": "Find the routers on the way to a target, as they come.",
    "watch": "Show a running daemon live: the state, hops and vantages, the last changes.",
}


# 128 + SIGINT, as shells have it.
STOPPED = 130
NO_WINDOWS = "hopwatch does not run on native Windows: use it within WSL2 (`wsl --install`) or in Docker."


def without_color(command: click.Command) -> click.Command:
    """Let a command, and each command below it, be told to print no colour (no-color.org)."""
    if not any(one.name == "no_color" for one in command.params):
        command.params.append(_no_color())
    if isinstance(command, click.Group):
        for each in command.commands.values():
            without_color(each)
    return command


def _no_color() -> click.Option:
    def told(_ctx: click.Context, _option: click.Parameter, is_told: bool) -> None:
        if is_told:
            os.environ["NO_COLOR"] = "1"

    return click.Option(
        ["--no-color"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=told,
        help="Print no colour; so does NO_COLOR in the environment.",
    )


class _Commands(click.Group):
    """A group that imports a command only when it is used."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Run, unless this is native Windows, where the commands' modules cannot even be imported."""
        if sys.platform == "win32":
            click.echo(NO_WINDOWS, err=True)
            sys.exit(3)
        if os.getpid() == 1:
            # The first process of a container gets no SIGTERM that it did not ask for; the daemon does so some time later.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        return super().__call__(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; one that the user ended has failed at nothing, and so leaves with a code of its own."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            sys.exit(STOPPED)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Import the command of that name."""
        if name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"probe.cli.{name}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the module's own name for it
        return without_color(command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Complete a command's name without importing any."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=sentence)
            for name, sentence in COMMANDS.items()
            if name.startswith(incomplete)
        ]

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


without_color(main)
