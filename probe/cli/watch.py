"""`hopwatch watch`: a running daemon, live."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--url",
    default="http://127.0.0.1:9860",
    show_default=True,
    metavar="URL",
    help="Where the daemon's page is.",
)
@click.option(
    "--user", metavar="NAME", help="The user to log in as, where the daemon's web configuration has users."
)
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file that holds the password; else HOPWATCH_WEB_PASSWORD does.",
)
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The certificates to trust for https, instead of this machine's own.",
)
def watch(*, url: str, user: str | None, password_file: Path | None, ca_file: Path | None) -> None:
    """Show a running daemon as it is, live: the state in a sentence, hops and vantages, the last changes.

    Ends with q or Ctrl-C. A daemon that goes is waited for. In a pipe it prints one line for each change. Exits with 0
    when ended, 2 on wrong use, 3 when the daemon refuses.
    """
    from probe.cli.live.opening import open_view

    open_view(url=url, user=user, password_file=password_file, ca_file=ca_file)
