"""`hopwatch healthcheck`: whether the daemon answers, for container engines and scripts, which ask often.

It asks by the standard library alone, because what the daemon needs takes longer to import than the daemon to answer.
"""

import http.client
import signal
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

import click

_PATH = "/-/healthy"
_ANSWER = b"healthy\n"
_READ_BYTES = 64
_MOST_SECONDS = 60.0


class _UnhealthyError(Exception):
    """The daemon cannot be called healthy; the text is one sentence that says why."""


@click.command()
@click.argument("url", default="http://127.0.0.1:9860")
@click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="For https: trust this certificate, or those of this authority, by whatever name the server is asked.",
)
@click.option("--insecure", is_flag=True, help="For https: trust every certificate.")
@click.option(
    "--cert-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="For https: a client certificate to show, with its key, for a server that demands one.",
)
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(0, _MOST_SECONDS, min_open=True),
    default=2.0,
    show_default=True,
    help="How many seconds the whole answer may take.",
)
def healthcheck(
    url: str, ca_file: Path | None, cert_file: Path | None, seconds: float, *, insecure: bool
) -> None:
    """Ask the daemon at URL whether it is healthy: exits with 0 when it says so, with 1 when not.

    A daemon that wants a password before it says anything is alive, and so healthy. Proxies of the environment are
    not asked.
    """
    address = _address(url)
    try:
        context = _context(ca_file, cert_file, is_insecure=insecure) if address.scheme == "https" else None
        with _deadline(seconds):
            _ask(address, context)
    except _UnhealthyError as error:
        click.echo(f"unhealthy: {error}", err=True)
        raise click.exceptions.Exit(1) from error
    click.echo(f"healthy: hopwatch answers at {url}")


def _address(url: str) -> SplitResult:
    """Take the address apart, or say what is allowed."""
    try:
        address = urlsplit(url)
        is_plain = address.port != 0 and address.username is None and not (address.query or address.fragment)
    except ValueError:
        is_plain, address = False, urlsplit("")
    if not is_plain or not address.hostname or address.scheme not in ("http", "https"):
        raise click.BadParameter(
            "write http://HOST:PORT or https://HOST:PORT, without user, query and fragment", param_hint="URL"
        )
    return address


def _context(ca_file: Path | None, cert_file: Path | None, *, is_insecure: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
        if ca_file is not None:
            # The daemon is asked at an address of the container, and its certificate is made out to a public name.
            context.check_hostname = False
            # So the certificate that the daemon itself was given will do, whoever signed it.
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if cert_file is not None:
            context.load_cert_chain(cert_file)
    except (OSError, ValueError) as error:
        raise _UnhealthyError(
            f"the certificates of {ca_file or cert_file} cannot be used: {error}"
        ) from error
    if is_insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Bound the whole exchange: a socket's own time-out begins anew with each byte that comes."""

    def end(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise TimeoutError

    before: Callable[[int, FrameType | None], object] | int | None = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except TimeoutError as error:
        raise _UnhealthyError(f"no whole answer within {seconds:g} s") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ask(address: SplitResult, context: ssl.SSLContext | None) -> None:
    host, port = address.hostname or "", address.port
    connection = (
        http.client.HTTPConnection(host, port)
        if context is None
        else http.client.HTTPSConnection(host, port, context=context)
    )
    try:
        connection.request("GET", address.path.rstrip("/") + _PATH)
        answer = connection.getresponse()
        _judge(answer, answer.read(_READ_BYTES))
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise _UnhealthyError(_reason(error, address)) from error
    finally:
        connection.close()


def _judge(answer: http.client.HTTPResponse, body: bytes) -> None:
    is_hopwatch = answer.getheader("Server") == "hopwatch"
    if not is_hopwatch:
        raise _UnhealthyError(f"another program than hopwatch answers there, with status {answer.status}")
    if answer.status == http.client.UNAUTHORIZED:
        return
    if (answer.status, body) != (http.client.OK, _ANSWER):
        raise _UnhealthyError(f"the daemon answers with status {answer.status}")


def _reason(error: Exception, address: SplitResult) -> str:
    match error:
        case ConnectionRefusedError():
            return f"nobody listens at {address.netloc}"
        case ssl.SSLCertVerificationError():
            return f"the certificate at {address.netloc} is not trusted: {error.verify_message} (--ca-file, --insecure)"
        case ssl.SSLError():
            return f"no TLS with {address.netloc}: {error.reason or 'the connection was closed'}"
        case http.client.HTTPException() | ConnectionResetError() | BrokenPipeError():
            return f"what listens at {address.netloc} does not answer {address.scheme} requests"
        case OSError() if error.strerror:
            return f"{address.netloc} cannot be reached: {error.strerror.lower()}"
        case _:
            return f"{address.netloc} cannot be reached"
