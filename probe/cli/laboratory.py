"""Run the lab until somebody stops it, and say where everything of it is."""

import asyncio
import signal
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from probe.lab import HOPS, VANTAGES, Lab, LabError, Layout, running


async def run_lab(layout: Layout, ca_file: Path) -> None:
    """Write the lab's authority and serve until SIGINT or SIGTERM. Raises LabError."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(layout) as lab:
        _write(ca_file, lab.ca_pem)
        click.echo("\n".join(_map(lab, ca_file)))
        click.echo("lab ready")
        await stop.wait()


def _map(lab: Lab, ca_file: Path) -> Iterable[str]:
    layout = lab.layout
    yield f"trust     {ca_file}"
    yield f"control   http://{layout.control_host}:{layout.control_port}"
    yield f"dns       {layout.dns_address}:{layout.dns_port}"
    yield f"vantages  {', '.join(f'{name} {address}' for name, address in layout.sources.items())}"
    for hop in HOPS:
        addresses = ", ".join(f"{vantage} {layout.address(hop, vantage)}" for vantage in VANTAGES)
        yield f"{hop:<9} https://{layout.name(hop)}:{layout.hop_port} at {layout.address(hop)} ({addresses})"


def _write(path: Path, content: bytes) -> None:
    """Put the whole file there at once, readable by everybody."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as drafts:
            draft = Path(drafts, path.name)
            draft.write_bytes(content)
            draft.chmod(0o644)
            draft.replace(path)
    except OSError as error:
        raise LabError(f"{path} cannot be written: {error.strerror}") from error
