"""Read the small files by which a system tells about itself; one that is missing or unreadable is empty."""

from pathlib import Path

ROOT = Path("/")
# /proc/net/tcp of a busy server has thousands of lines; nothing that we read is larger than this in good faith.
_CHARACTERS = 4 << 20


def text(root: Path, path: str, limit: int = _CHARACTERS) -> str:
    """Return what the file `path` below `root` holds, or nothing."""
    try:
        with (root / path).open(encoding="utf-8", errors="replace") as opened:
            return opened.read(limit)
    except (OSError, ValueError):
        return ""


def names(root: Path, path: str) -> tuple[str, ...]:
    """Return the names in the folder `path` below `root`, sorted."""
    try:
        return tuple(sorted(one.name for one in (root / path).iterdir()))
    except OSError:
        return ()


def pairs(lines: str, separator: str) -> dict[str, str]:
    """Return the lines `key<separator>value` of a text."""
    split = (line.partition(separator) for line in lines.splitlines())
    return {key.strip(): value.strip() for key, found, value in split if found}
