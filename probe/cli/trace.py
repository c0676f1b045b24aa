"""`hopwatch trace`: the path to a target, live."""

from pathlib import Path

import click

from probe.cli.names import configured
from probe.cli.options import config_file, look_options


@click.command()
@click.argument("target", metavar="TARGET", shell_complete=configured("hops"))
@click.option(
    "--protocol",
    type=click.Choice(("tcp", "udp")),
    default="tcp",
    show_default=True,
    help="tcp asks for connections with the target's own port, udp sends datagrams to a high one and finds the MTU.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Another port than the target's own, or than 33434."
)
@click.option("-4", "family", flag_value="ipv4", help="By IPv4 only.")
@click.option("-6", "family", flag_value="ipv6", help="By IPv6 only.")
@click.option(
    "--rounds",
    type=click.IntRange(1, 1000),
    default=3,
    show_default=True,
    help="How often to walk the whole path: what is lost is counted over all of them.",
)
@click.option("--max-hops", type=click.IntRange(1, 64), default=30, show_default=True, help="How far to go.")
@look_options
@config_file
def trace(
    *,
    target: str,
    protocol: str,
    port: int | None,
    family: str | None,
    rounds: int,
    max_hops: int,
    vantages: tuple[str, ...],
    everywhere: bool,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Find the routers on the way to a target, as they come: addresses, times, loss, and who refuses.

    TARGET is a URL, a host with or without a port (443), or a hop of the configuration. No privilege is needed. Exits
    with 0 when the target was reached, 1 when it was not, 3 when this machine could not measure or nobody can tell.
    """
    from probe.cli.look.trace import look

    look(
        target,
        protocol=protocol,
        port=port,
        family=family,
        rounds=rounds,
        max_hops=max_hops,
        vantages=vantages,
        everywhere=everywhere,
        as_json=as_json,
        path=config_path,
    )
