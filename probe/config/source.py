"""Find and read the configuration's file."""

import os
from pathlib import Path

from probe.config.config import Config
from probe.config.errors import ConfigError, Problem
from probe.config.parsing import parse
from probe.config.reading import MOST_BYTES, TOO_LARGE

VARIABLE = "HOPWATCH_CONFIG_FILE"
PLACES = (Path("hopwatch.yml"), Path("config/hopwatch.yml"), Path("/etc/hopwatch/hopwatch.yml"))

_EXAMPLE = "`hopwatch init` writes one for your hops, `hopwatch config example` prints one to begin with"


def load(path: Path) -> Config:
    """Return the configuration in a file. Raises ConfigError with every problem."""
    return parse(_read(path), where=str(path), folder=path.absolute().parent)


def default_path() -> Path:
    """Return $HOPWATCH_CONFIG_FILE, or the first of the usual places that exists. Raises ConfigError."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    if found := next((path for path in PLACES if path.exists()), None):
        return found
    places = ", ".join(str(path) for path in PLACES)
    message = f"there is no configuration at {places}, and {VARIABLE} names none; {_EXAMPLE}"
    raise ConfigError("hopwatch", [Problem(None, None, "", message)])


def _read(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise _unreadable(path, f"there is no such file; {_EXAMPLE}") from None
    except IsADirectoryError:
        raise _unreadable(path, "this is a directory; name the file in it") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _unreadable(path, f"this file cannot be read: {reason}") from error
    if len(content) > MOST_BYTES:
        raise _unreadable(path, TOO_LARGE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        message = "this file is not UTF-8; save it as UTF-8"
        raise ConfigError(str(path), [Problem(line, column, "", message)]) from error


def _unreadable(path: Path, message: str) -> ConfigError:
    return ConfigError(str(path), [Problem(None, None, "", message)])
