"""Settle at the start who may come in at an address, or refuse to open it."""

from pathlib import Path

from probe.access.exposure import is_loopback, refuse_exposure
from probe.access.live import Access
from probe.clock import SystemClock


def admission(file: Path | None, address: str, host: str, *, insecure: bool) -> Access | None:
    """Return who may come in, None for everybody. Raises ConfigError and ExposedError."""
    is_exposed = not insecure and not is_loopback(host)
    access = Access(file, SystemClock(), is_exposed=is_exposed) if file is not None else None
    refuse_exposure(
        address,
        host,
        is_guarded=access is not None and access.rules.is_guarded,
        is_encrypted=access is not None and access.rules.context is not None,
        insecure=insecure,
    )
    return access
