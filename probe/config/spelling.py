"""Write durations and sizes the way people write them: the largest unit that leaves a whole number."""

from decimal import Decimal

_DURATIONS = (("d", 86_400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0), ("ms", 0.001))
_SIZES = (("GiB", 1 << 30), ("GB", 10**9), ("MiB", 1 << 20), ("MB", 10**6), ("KiB", 1 << 10), ("kB", 1000))


def spell_duration(seconds: float) -> str:
    """Write seconds as `30s`, `5m` or `1500ms`; reading it again gives the same number."""
    for unit, size in _DURATIONS:
        count = round(seconds / size)
        if count and count * size == seconds:
            return f"{count}{unit}"
    return f"{Decimal(repr(seconds)):f}s" if seconds else "0s"


def spell_size(size: int) -> str:
    """Write bytes as `1MiB`, `64KiB` or `100B`."""
    for unit, bytes_ in _SIZES:
        if size and size % bytes_ == 0:
            return f"{size // bytes_}{unit}"
    return f"{size}B"
