"""Read what `hopwatch watch` is told, and open the view."""

import asyncio
import os
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

from probe.cli.live.link import Link, RefusedError
from probe.cli.live.watching import watch
from probe.cli.options import NOT_MEASURED, WELL, WRONG_USE, leave
from probe.clock import SystemClock

PASSWORD = "HOPWATCH_WEB_PASSWORD"  # noqa: S105 - the variable's name
_PASSWORD_BYTES = 4096


def open_view(*, url: str, user: str | None, password_file: Path | None, ca_file: Path | None) -> None:
    """Show until the user ends it, and leave with what it comes to."""
    link = Link(
        url=_address(url),
        clock=SystemClock(),
        login=None if user is None else (user, _password(password_file)),
        tls=None if ca_file is None else _trusting(ca_file),
    )
    try:
        asyncio.run(watch(link))
    except* RefusedError as refused:
        leave(NOT_MEASURED, str(refused.exceptions[0]))
    except* BrokenPipeError:
        # The reader, `head` perhaps, has had enough; what is still buffered must not fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(WELL)


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0 and parts.scheme in ("http", "https")
    except ValueError:
        is_address = False
    if not is_address:
        leave(WRONG_USE, "--url is no address of a page; write http://HOST:PORT or https://HOST:PORT")
    parts = urlsplit(url)
    if parts.username is not None:
        leave(WRONG_USE, "--url holds a user name; give --user, and --password-file or HOPWATCH_WEB_PASSWORD")
    return url


def _password(file: Path | None) -> str:
    if file is None:
        if PASSWORD not in os.environ:
            leave(WRONG_USE, f"--user needs a password: give --password-file or {PASSWORD}")
        return os.environ[PASSWORD]
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(_PASSWORD_BYTES).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        leave(WRONG_USE, f"{file} cannot be read: {reason}")


def _trusting(file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(file))
    except (OSError, ssl.SSLError) as error:
        leave(WRONG_USE, f"{file} holds no certificates that can be read: {error.strerror or error}")
