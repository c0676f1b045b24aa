"""`hopwatch dns`: what every resolver says of a name."""

from pathlib import Path

import click

from probe.cli.names import configured
from probe.cli.options import config_file, look_options

# Those that the prober asks for; a test holds them equal.
TYPES = ("A", "AAAA", "CNAME", "TXT", "NS", "SOA", "MX", "HTTPS", "CAA")
USUAL = ("A", "AAAA", "HTTPS")


@click.command()
@click.argument("target", metavar="TARGET", shell_complete=configured("hops"))
@click.option(
    "--type",
    "types",
    multiple=True,
    type=click.Choice(TYPES, case_sensitive=False),
    help=f"The type of records to ask for; may be repeated. By default {', '.join(USUAL)}.",
)
@click.option(
    "--resolver",
    "resolvers",
    multiple=True,
    metavar="R",
    help="Ask this resolver and no other, such as 192.0.2.53 or tls://dns.example#192.0.2.53; may be repeated.",
)
@look_options
@config_file
def dns(
    *,
    target: str,
    types: tuple[str, ...],
    resolvers: tuple[str, ...],
    vantages: tuple[str, ...],
    everywhere: bool,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Ask every resolver for a name, and say what is odd about the answers.

    TARGET is a URL, a host, or a hop of the configuration. Asked are the resolvers of the vantage, and those that the
    configuration trusts (controls.resolvers). Exits with 0 when the name resolves, 1 when a resolver fails or has no
    answer at all, 3 when this machine could not ask.
    """
    from probe.cli.look.dns import look

    look(
        target,
        types=types or USUAL,
        resolvers=resolvers,
        vantages=vantages,
        everywhere=everywhere,
        as_json=as_json,
        path=config_path,
    )
