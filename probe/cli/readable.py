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
    return (*_secrets(plan), *_authorities(plan))


def _secrets(plan: Plan) -> Iterator[Ability]:
    seen = dict.fromkeys(
        secret for one in plan.probes for holder in (one.prober, one.looking.way) for secret in _held(holder)
    )
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


def _authorities(plan: Plan) -> Iterator[Ability]:
    for path in dict.fromkeys(one.hop.ca_file for one in plan.probes if one.hop.ca_file):
        name = f"ca_file {path}"
        try:
            with Path(path).open("rb") as opened:
                opened.read(1)
        except OSError as error:
            sentence = f"It cannot be read: {(error.strerror or str(error)).lower()}."
            mend = f"ls -l {shlex.quote(path)}"
            yield Ability(id=name, state=State.CANNOT, sentence=sentence, mend=mend)
        else:
            yield Ability(id=name, state=State.CAN, sentence="It can be read.")


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
