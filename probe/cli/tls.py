"""`hopwatch tls`: one handshake, and the certificates that came with it."""

from pathlib import Path

import click

from probe.cli.names import configured
from probe.cli.options import config_file, look_options


@click.command()
@click.argument("target", metavar="TARGET", shell_complete=configured("hops"))
@click.option(
    "--server-name",
    metavar="NAME",
    help="The name to ask for and to verify, when it is not the target's; with an address as target it shows what that"
    " host serves under a name.",
)
@click.option(
    "--alpn",
    multiple=True,
    metavar="PROTOCOL",
    help="An application protocol to offer; may be repeated. By default h2 and http/1.1, as browsers do.",
)
@look_options
@config_file
def tls(
    *,
    target: str,
    server_name: str | None,
    alpn: tuple[str, ...],
    vantages: tuple[str, ...],
    everywhere: bool,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Complete one TLS handshake, and explain it: phases, version, certificates, and whether they are to be trusted.

    TARGET is a URL, a host with or without a port (443), or a hop of the configuration. Exits with 0 when the handshake
    is complete and verified, 1 when it is not, 3 when this machine could not measure.
    """
    from probe.cli.look.tls import look

    look(
        target,
        server_name=server_name,
        alpn=alpn or ("h2", "http/1.1"),
        vantages=vantages,
        everywhere=everywhere,
        as_json=as_json,
        path=config_path,
    )
