"""`hopwatch run`: the daemon."""

import asyncio
import faulthandler
import gc
import resource
import sys
from pathlib import Path

import click

from probe.cli.options import (
    BAD_CONFIGURATION,
    FORMATS,
    LEVELS,
    NOT_MEASURED,
    config_file,
    leave,
    loaded,
    storage_path,
)

# A tenth of the usual time.
_SWITCH_SECONDS = 0.0005


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
@click.option(
    "--web.enable-lifecycle",
    "lifecycle",
    is_flag=True,
    help="Read the configuration again on POST /-/reload, too; SIGHUP always does.",
)
@click.option(
    "--web.config.file",
    "web_config",
    type=click.Path(path_type=Path),
    default=None,
    help="TLS, client certificates and passwords: a web-config.yml as Prometheus' exporters read it.",
)
@click.option(
    "--web.insecure",
    "insecure",
    is_flag=True,
    help="Listen beyond loopback although nothing guards the page; without this it is refused.",
)
@storage_path
@click.option("--log.level", "level", type=click.Choice(LEVELS), default="info", show_default=True)
@click.option("--log.format", "fmt", type=click.Choice(FORMATS), default="logfmt", show_default=True)
def run(
    config_path: Path | None,
    listen: str,
    hosts: tuple[str, ...],
    lifecycle: bool,
    web_config: Path | None,
    insecure: bool,
    storage: Path,
    level: str,
    fmt: str,
) -> None:
    """Probe by schedule, keep what was seen, and serve page and metrics until SIGTERM; SIGHUP reloads."""
    from probe.access.exposure import ExposedError
    from probe.access.opening import admission
    from probe.access.permissions import warn_of_open_secrets
    from probe.config import ConfigError, default_path
    from probe.daemon import run as run_daemon
    from probe.log import set_up
    from probe.store import StoreError
    from probe.web import ListenError
    from probe.web.serve import parse_address

    config = loaded(config_path)
    set_up(level, fmt)
    _keep_out_of_the_way()
    try:
        host, _ = parse_address(listen)
        access = admission(web_config, listen, host, insecure=insecure)
        file = config_path or default_path()
        private = access.rules.private_files if access is not None else ()
        warn_of_open_secrets(config, file.absolute().parent, private)
        daemon = run_daemon(
            config,
            listen=listen,
            storage=storage,
            allowed_hosts=hosts,
            file=file,
            lifecycle=lifecycle,
            access=access,
        )
        asyncio.run(daemon)
    except (ConfigError, ExposedError) as error:
        leave(BAD_CONFIGURATION, str(error))
    except StoreError as error:
        leave(NOT_MEASURED, str(error))
    except ListenError as error:
        leave(NOT_MEASURED, f"{error}; --web.listen-address names another place")


def _keep_out_of_the_way() -> None:
    """Let the interpreter's own doings make no probe late, and tell where it hung when the watchdog ends it."""
    faulthandler.enable()
    # An image of our memory would hold the secrets.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A thread that reads a configuration or writes records hands over after this long when the loop has work.
    sys.setswitchinterval(_SWITCH_SECONDS)
    # What the imports made lives as long as we: looking through it at each full collection took 60 ms and more.
    gc.collect()
    gc.freeze()
