"""Run one handshake from each vantage, and draw all there is to say of it."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click
from pydantic import TypeAdapter
from rich.console import RenderableType
from rich.text import Text

from probe.cli.lapse import lapse
from probe.cli.look.said import clock, exit_code, failed
from probe.cli.look.target import Target, find
from probe.cli.options import WRONG_USE, leave
from probe.cli.terminal import facts, show
from probe.clock import SystemClock
from probe.codec import to_json
from probe.log import set_up
from probe.model import Certificate, Observation, Outcome, Tls
from probe.ondemand import ask
from probe.prober.tls import Tls as Prober
from probe.text import clean

JSON_VERSION = 1
_SECONDS = 10.0
_DAY_SECONDS = 86_400
# A list of hundreds is nobody's to read.
_NAMES = 8
_SOON_DAYS = 14


def look(
    text: str,
    *,
    server_name: str | None,
    alpn: Sequence[str],
    vantages: Sequence[str],
    everywhere: bool,
    as_json: bool,
    path: Path | None,
) -> NoReturn:
    """Ask, print, and leave with what it comes to."""
    set_up("error", "logfmt")
    prober = _prober(server_name, alpn)
    target = find(text, vantages, path, everywhere=everywhere, is_quiet=as_json)
    probes = [target.probe(one, "tls", prober, seconds=_SECONDS) for one in target.lookings]
    seen = asyncio.run(ask(target.plan(probes), probes, target.agent)).observations
    if as_json:
        shown = {"version": JSON_VERSION, "observations": [to_json(one) for one in seen]}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        show(_parts(target, seen, SystemClock().wall_ns() // 10**9))
    sys.exit(exit_code([one.outcome for one in seen]))


def _prober(server_name: str | None, alpn: Sequence[str]) -> Prober:
    wanted = {"alpn": tuple(alpn)} | ({} if server_name is None else {"server_name": server_name})
    try:
        return TypeAdapter(Prober).validate_python(wanted)
    except ValueError:
        leave(
            WRONG_USE, f"{clean(server_name or '', 80)!r} is no host name in ASCII letters and no IP address"
        )


def _parts(target: Target, seen: Sequence[Observation], now: int) -> Iterator[RenderableType]:
    advised: set[str] = set()
    for one in seen:
        yield Text.assemble((f"{target.hop.authority} from {one.series.vantage}", "bold"))
        yield facts(_handshake(one))
        for number, certificate in enumerate(one.evidence.tls.chain if one.evidence.tls else ()):
            yield Text.assemble((f"certificate {number + 1}", "bold"), f", {_role(number)}")
            yield facts(_certificate(certificate, now))
        yield from failed(one, advised)
    yield _sentence(seen)


def _role(number: int) -> str:
    return "the host's own" if number == 0 else "sent beside it"


def _handshake(one: Observation) -> Iterator[tuple[str, str]]:
    tcp, tls, proxy = one.evidence.tcp, one.evidence.tls, one.evidence.proxy
    if proxy is not None:
        yield "by proxy", f"{proxy.protocol}, asked for {clean(proxy.asked, 200)}"
    if tcp is not None:
        place = f"[{tcp.address}]:{tcp.port}" if ":" in tcp.address else f"{tcp.address}:{tcp.port}"
        yield "address", f"{place} from {tcp.source}" if tcp.source else place
    for timing in one.timings:
        yield timing.phase, f"{lapse(timing.seconds)}, {clock(timing.stamp)}"
    if one.taints:
        yield "tainted", ", ".join(one.taints)
    if tls is not None:
        yield from _agreed(tls)


def _agreed(tls: Tls) -> Iterator[tuple[str, str]]:
    yield "our own work", f"{lapse(tls.own_seconds)} of cryptography, in no phase"
    yield "asked for", clean(tls.server_name, 255) or "no name"
    if tls.version is not None:
        yield "version", tls.version
        yield "cipher", tls.cipher or "-"
        yield "ALPN", clean(tls.alpn or "", 255) or "none chosen"
    if tls.alert is not None:
        yield "alert", clean(tls.alert, 120)
    yield "verified", _verified(tls)


def _verified(tls: Tls) -> str:
    if tls.verify_message is not None:
        return f"no: {clean(tls.verify_message, 255)} (OpenSSL's code {tls.verify_code})"
    if tls.version is None:
        return "the handshake did not come to it"
    named = f", and for the name {clean(tls.server_name, 255)}" if tls.server_name else ""
    return f"yes: the chain leads to an authority that is trusted here{named}"


def _certificate(one: Certificate, now: int) -> Iterator[tuple[str, str | Text]]:
    yield "subject", clean(one.subject, 255) or "(empty)"
    if one.names:
        more = f" and {len(one.names) - _NAMES} more" if len(one.names) > _NAMES else ""
        yield "names", ", ".join(clean(name, 255) for name in one.names[:_NAMES]) + more
    yield "issuer", clean(one.issuer, 255) or "(empty)"
    if one.not_before is not None and one.not_after is not None:
        yield "valid", _validity(one.not_before, one.not_after, now)
    yield "SHA-256", one.sha256
    if one.spki_sha256 is not None:
        yield "SPKI SHA-256", one.spki_sha256


def _validity(begin: int, end: int, now: int) -> Text:
    span = f"{_date(begin)} to {_date(end)}, "
    days = (end - now) // _DAY_SECONDS
    if now < begin:
        return Text.assemble(span, ("not valid yet", "bold red"))
    if now >= end:
        return Text.assemble(span, (f"expired {-days} days ago", "bold red"))
    return Text.assemble(span, (f"{days} days left", "yellow" if days < _SOON_DAYS else "green"))


def _date(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{seconds} seconds of Unix time"


def _sentence(seen: Sequence[Observation]) -> Text:
    total = len(seen)
    failures = sum(one.outcome is Outcome.FAILED for one in seen)
    unmeasured = sum(one.outcome is Outcome.NOT_MEASURED for one in seen)
    if failures:
        text = "The handshake fails." if total == 1 else f"{failures} of {total} handshakes fail."
        return Text(text, style="bold red")
    if unmeasured:
        return Text(f"{unmeasured} of {total} handshakes could not be tried from here.", style="bold yellow")
    text = "The handshake is complete and verified."
    return Text(
        text if total == 1 else f"All {total} handshakes are complete and verified.", style="bold green"
    )
