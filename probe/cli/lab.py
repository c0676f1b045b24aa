"""The commands `hopwatch lab …`: run the stand-in chain, and break and mend it."""

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec

import click

P = ParamSpec("P")

# The lab's own, written here too because help is to need nothing of it; a test holds them equal.
CONTROL, NETWORK, HOP_PORT, DNS_PORT = "127.0.0.1:9861", "127.0", 8443, 5353
VANTAGES = ("wifi", "mobile", "wired")


class _Misuse(click.ClickException):
    exit_code = 2


class _Unreachable(click.ClickException):
    exit_code = 3


def _in_sentences(command: Callable[P, None]) -> Callable[P, None]:
    """End with one sentence and its exit code: 3 when no lab could be reached, 2 when asked wrongly."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        from probe.lab import LabError
        from probe.lab.client import LabUnreachableError

        try:
            command(*args, **kwargs)
        except LabUnreachableError as error:
            raise _Unreachable(str(error)) from error
        except LabError as error:
            raise _Misuse(str(error)) from error

    return wrapped


def _seconds(_: click.Context, __: click.Parameter, given: str | None) -> float | None:
    from probe.units import parse_duration

    try:
        return None if given is None else parse_duration(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


_control = click.option(
    "--control",
    default=CONTROL,
    show_default=True,
    metavar="HOST:PORT",
    help="Where the lab's control API is.",
)
_vantage = click.option(
    "--vantage", metavar="V", help=f"Only for what comes from this vantage: {', '.join(VANTAGES)}."
)


@click.group(invoke_without_command=True)
@click.pass_context
def lab(ctx: click.Context) -> None:
    """Run stand-ins for the four hops on loopback, and break them; without a command, run."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(run)


@lab.command()
@_control
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("build/lab/ca.pem"),
    show_default=True,
    help="Where to write the authority that the lab's certificates are trusted by.",
)
@click.option("--network", default=NETWORK, show_default=True, help="The first half of every address.")
@click.option("--hop-port", type=int, default=HOP_PORT, show_default=True, help="0: a free one.")
@click.option("--dns-port", type=int, default=DNS_PORT, show_default=True, help="0: a free one.")
@_in_sentences
def run(control: str, ca_file: Path, network: str, hop_port: int, dns_port: int) -> None:
    """Run the lab until Ctrl-C; its certificate authority is made anew and written to --ca-file."""
    import asyncio

    from probe.cli.laboratory import run_lab
    from probe.lab import Layout
    from probe.lab.client import split_address
    from probe.log import set_up

    host, port = split_address(control)
    layout = Layout(
        network=network, hop_port=hop_port, dns_port=dns_port, control_host=host, control_port=port
    )
    set_up("info", "logfmt")
    asyncio.run(run_lab(layout, ca_file))


@lab.command()
@_control
@_in_sentences
def faults(control: str) -> None:
    """List every fault, its true cause, and what is broken now."""
    from probe.lab import FAULTS, client
    from probe.lab.client import LabUnreachableError

    try:
        broken = client.broken(control)
    except LabUnreachableError:
        broken = ()
    for fault in FAULTS.values():
        click.echo(f"{fault.id:<24} {fault.cause:<30} {fault.description}")
    for each in broken:
        click.echo(f"broken now: {each}")


@lab.command(name="break")
@click.argument("fault")
@_vantage
@click.option("--for", "seconds", metavar="60s", callback=_seconds, help="Mend by itself after this time.")
@_control
@_in_sentences
def break_(fault: str, vantage: str | None, seconds: float | None, control: str) -> None:
    """Break FAULT, HOP.WHAT, for everybody or for one vantage.

    With --vantage a fault touches only what comes directly from that vantage: direct.500 --vantage wifi does not touch
    wifi's requests through hk-vps, because there the one who asks the API is the function.
    """
    from probe.lab import client
    from probe.lab.fault import find, known_vantage

    click.echo(f"broken: {client.break_(control, find(fault).id, known_vantage(vantage), seconds)}")


@lab.command()
@click.argument("fault", required=False)
@_vantage
@_control
@_in_sentences
def mend(fault: str | None, vantage: str | None, control: str) -> None:
    """Mend FAULT, or everything when none is named."""
    from probe.lab import client
    from probe.lab.fault import find, known_vantage

    mended = client.mend(control, fault and find(fault).id, known_vantage(vantage))
    for each in mended:
        click.echo(f"mended: {replace(each, seconds_left=None)}")
    if not mended:
        click.echo("nothing was broken")
