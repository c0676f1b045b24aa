"""Write a command for a shell, so that whatever stands in it is an argument and nothing else; pure.

A secret is never in it: the shell takes it from a variable of the reader's own.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from probe.text import clean

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
# What stands for itself between double quotes, in an interactive shell too.
_PLAIN = re.compile(r"[^\"$`\\!\x00-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the shell, whose value nobody here knows."""

    name: str

    @classmethod
    def named(cls, *names: str | None) -> "Variable":
        """Return the variable of the first of these names that a shell takes, or of one that can be made so."""
        usable = next((name for name in names if name and _NAME.fullmatch(name)), None)
        if usable is None:
            made = re.sub(r"\W+", "_", " ".join(filter(None, names[-1:])), flags=re.ASCII).strip("_").upper()
            usable = made[:60] if _NAME.fullmatch(made[:60]) else "SECRET"
        return cls(usable)


# One argument: text, or text with variables in it.
Argument = str | tuple[str | Variable, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, and what the reader must know before running it, in English sentences."""

    arguments: tuple[Argument, ...]
    notes: tuple[str, ...] = ()

    @property
    def program(self) -> str:
        """What is run."""
        return str(self.arguments[0])

    def __str__(self) -> str:
        """Write it as one line of a POSIX shell."""
        return " ".join(_quoted(_pieces(one)) for one in self.arguments)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that the reader has to set, each once."""
        found = [
            one.name for argument in self.arguments for one in _pieces(argument) if isinstance(one, Variable)
        ]
        return tuple(dict.fromkeys(found))


def _pieces(argument: Argument) -> Sequence[str | Variable]:
    pieces = (argument,) if isinstance(argument, str) else argument
    return [_harmless(one) if isinstance(one, str) else one for one in pieces]


def _harmless(text: str) -> str:
    """Return the text without what a terminal obeys; between quotes a line may end all the same."""
    return "\n".join(clean(line, len(line) + 1) for line in text.split("\n"))


def _quoted(pieces: Sequence[str | Variable]) -> str:
    texts = [one for one in pieces if isinstance(one, str)]
    if len(texts) == len(pieces):
        return shlex.quote("".join(texts))
    if all(_PLAIN.fullmatch(one) for one in texts):
        return '"' + "".join(one if isinstance(one, str) else f"${{{one.name}}}" for one in pieces) + '"'
    return "".join(shlex.quote(one) if isinstance(one, str) else f'"${{{one.name}}}"' for one in pieces)
