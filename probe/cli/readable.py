"""Judge whether the secrets and the files of authorities that a configuration names can be read."""

import dataclasses
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from probe.cause.failed import ProbeFailed
from probe.machine.ability import Ability, State
from probe.plan import Plan
from probe.secret import Secret


def judge_readable(plan: Plan) -> tuple[Ability, ...]:
    """Read each secret and each file once; what is in them is shown nowhere."""
    return (*_secrets(plan), *judge_authorities(plan))


def _secrets(plan: Plan) -> Iterator[Ability]:
    asked = (
        secret for one in plan.probes for holder in (one.prober, one.looking.way) for secret in _held(holder)
    )
    seen = dict.fromkeys((*asked, *_shared(plan)))
    for secret in seen:
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
        lack = _unreadable(path)
        if lack is None:
            yield Ability(id=f"{name} {path}", state=State.CAN, sentence="It can be read.")
        else:
            mend = f"ls -l {shlex.quote(path)}"
            yield Ability(
                id=f"{name} {path}", state=State.CANNOT, sentence=f"It cannot be read: {lack}.", mend=mend
            )


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
