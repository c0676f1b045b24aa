"""A secret by reference: the configuration names a file or an environment variable, never the value."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, TypeVar, cast
from urllib.parse import quote

from pydantic import ConfigDict, Field, model_validator

from probe.cause.failed import ProbeFailed
from probe.text import CUT

_BYTES = 16_384
# Shorter ones are no secrets, and hiding them would garble what is told.
_SHORTEST = 4
_SHOWN = "<secret>"
_WORDS: Mapping[type[OSError], str] = {
    FileNotFoundError: "there is no such file",
    PermissionError: "this user may not read it",
    IsADirectoryError: "it is a directory",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """Where a secret is kept: exactly one of a file and an environment variable."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    file: Annotated[
        str | None, Field(description="a file whose content, without the line end, is the secret")
    ] = None
    env: Annotated[str | None, Field(description="an environment variable that holds the secret")] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Secret":
        if (self.file is None) == (self.env is None):
            raise ValueError("a secret is given by exactly one of file and env")
        return self

    def read(self) -> str:
        """Return the secret as it is now. Raises ProbeFailed (local.secret), which never shows it."""
        if self.env is not None:
            value = os.environ.get(self.env, "")
            where = f"the environment variable {self.env}"
        else:
            value, where = self._from_file(), f"the file {self.file}"
        value = value.rstrip("\r\n")
        if not value or any(character < " " for character in value):
            raise ProbeFailed("local.secret", f"{where} is empty or holds control characters")
        return value

    def _from_file(self) -> str:
        try:
            with Path(self.file or "").open(encoding="utf-8") as opened:
                return opened.read(_BYTES)
        except (OSError, UnicodeDecodeError) as error:
            raise ProbeFailed(
                "local.secret", f"the file {self.file} cannot be read: {unreadable(error)}"
            ) from error


def unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Say why a file cannot be read, without anything that is in it."""
    if isinstance(error, UnicodeDecodeError):
        return "it is no text in UTF-8"
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return words
    return (error.strerror or type(error).__name__).lower()


def redact(text: str, secrets: Sequence[str]) -> str:
    """Return `text` with every secret in it replaced, in any letter case, percent-encoded, or cut off at the end."""
    for secret in (spelt for one in secrets if len(one) >= _SHORTEST for spelt in {one, quote(one, safe="")}):
        # Host names come back in lower case.
        text = re.sub(re.escape(secret), _SHOWN, text, flags=re.IGNORECASE)
        if text.endswith(CUT):
            text = _without_begun(text, secret)
    return text


def _without_begun(text: str, secret: str) -> str:
    """Hide the beginning of `secret` at the place where `text` was cut."""
    shown = text.removesuffix(CUT)
    for length in range(min(len(secret) - 1, len(shown)), _SHORTEST - 1, -1):
        if shown[-length:].casefold() == secret[:length].casefold():
            return shown[:-length] + _SHOWN + CUT
    return text


Told = TypeVar("Told")


def told_without(value: Told, secrets: Sequence[str]) -> Told:
    """Return plain data (texts, tuples, dataclasses) with every text in it redacted."""
    return cast(Told, _told(value, secrets)) if secrets else value


def _told(value: object, secrets: Sequence[str]) -> object:
    match value:
        case Enum():
            return value
        case str():
            return redact(value, secrets)
        case tuple():
            return tuple(_told(one, secrets) for one in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            changed = {field.name: _told(getattr(value, field.name), secrets) for field in fields(value)}
            return type(value)(**changed)
        case _:
            return value
