"""Judge whether the secrets and the files of authorities that a configuration names can be read."""

import dataclasses
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from probe.cause.failed import ProbeFailed
from probe.machine.ability import Ability, State
from probe.notifier.wanted import Wanted
from probe.plan import Plan
from probe.secret import Secret


def judge_readable(plan: Plan) -> tuple[Ability, ...]:
    """Read each secret and each file once; what is in them is shown nowhere."""
    return (*_secrets(plan), *judge_authorities(plan))


def judge_channels(wanted: Wanted | None) -> tuple[Ability, ...]:
    """Read each secret and each file of authorities that the channels of `notify` name; nothing is sent."""
    to = () if wanted is None else wanted.addressees
    authorities = dict.fromkeys(one.wire.ca_file for one in to if one.wire.ca_file)
    return (
        *_read(secret for one in to for secret in _held(one.channel)),
        *(_judged("ca_file", path) for path in authorities),
    )


def _secrets(plan: Plan) -> Iterator[Ability]:
    asked = (
        secret for one in plan.probes for holder in (one.prober, one.looking.way) for secret in _held(holder)
    )
    return _read((*asked, *_shared(plan)))


def _read(secrets: Iterable[Secret]) -> Iterator[Ability]:
    for secret in dict.fromkeys(secrets):
        place = f"secret {secret.file or secret.env}"
        try:
            secret.read()
        except ProbeFailed as error:
            where = "" if secret.file else ", which the daemon may have and this shell has not"
            mend = f"ls -l {shlex.quote(secret.file)}" if secret.file else None
            yield Ability(id=place, state=State.CANNOT, sentence=f"{_begun(str(error))}{where}.", mend=mend)
        else:
            yield Ability(id=place, state=State.CAN, sentence="It can be read.")


def _shared(plan: Plan) -> Iterator[Secret]:
    """Yield the secrets that hops which are asked share with this program."""
    for relay in (one.hop.relay for one in plan.probes):
        if relay is not None and (relay.secret_file or relay.secret_env):
            yield Secret(file=relay.secret_file, env=relay.secret_env)


def _held(value: object) -> Iterator[Secret]:
    """Walk through plain data and yield the secrets in it."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _held(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _held(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _held(getattr(value, field.name))


def judge_authorities(plan: Plan) -> Iterator[Ability]:
    """Try each file of authorities, by the key that names it."""
    for name, path in dict.fromkeys(_named(plan)):
        yield _judged(name, path)


def _judged(name: str, path: str) -> Ability:
    lack = _unreadable(path)
    if lack is None:
        return Ability(id=f"{name} {path}", state=State.CAN, sentence="It can be read.")
    mend = f"ls -l {shlex.quote(path)}"
    return Ability(id=f"{name} {path}", state=State.CANNOT, sentence=f"It cannot be read: {lack}.", mend=mend)


def _named(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield each file of authorities with the key that names it."""
    hops = [one.hop for one in plan.probes] + [one.hop for one in plan.means.anchors]
    yield from (("ca_file", hop.ca_file) for hop in hops if hop.ca_file)
    resolved = (one.looking.resolver_ca_file for one in plan.probes)
    yield from (("resolver_ca_file", path) for path in resolved if path)


def _unreadable(path: str) -> str | None:
    try:
        with Path(path).open("rb") as opened:
            opened.read(1)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
