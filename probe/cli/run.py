"""`hopwatch run`: the daemon."""

import asyncio
from pathlib import Path

import click

from probe.cli.options import NOT_MEASURED, config_file, leave, loaded, storage_path
from probe.log import FORMATS, LEVELS, set_up


@click.command()
@config_file
@click.option(
    "--web.listen-address",
    "listen",
    default="127.0.0.1:9860",
    show_default=True,
    help="Where the page and the metrics are served.",
)
@click.option(
    "--web.allowed-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Another name that the page may be called by, such as a proxy's; * stands for any. May be repeated.",
)
@storage_path
@click.option("--log.level", "level", type=click.Choice(LEVELS), default="info", show_default=True)
@click.option("--log.format", "fmt", type=click.Choice(FORMATS), default="logfmt", show_default=True)
def run(
    config_path: Path | None, listen: str, hosts: tuple[str, ...], storage: Path, level: str, fmt: str
) -> None:
    """Probe by schedule, keep what was seen, and serve page and metrics until SIGTERM."""
    from probe.daemon import run as run_daemon
    from probe.store import StoreError
    from probe.web import ListenError
    from probe.web.serve import parse_address

    config = loaded(config_path)
    set_up(level, fmt)
    try:
        parse_address(listen)
        asyncio.run(run_daemon(config, listen=listen, storage=storage, allowed_hosts=hosts))
    except (StoreError, ListenError) as error:
        leave(NOT_MEASURED, str(error))
