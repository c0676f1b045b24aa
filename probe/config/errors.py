"""What is wrong with a configuration: every problem at once, each with its place."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, counted from 1, the key it is about, and what would be right.

    A problem of the file as a whole has no line, no column and an empty path.
    """

    line: int | None
    column: int | None
    path: str
    message: str

    def within(self, where: str) -> str:
        """Render as a compiler would: `file:line:column: path: message`."""
        place = "" if self.line is None else f":{self.line}:{self.column}"
        key = f" {self.path}:" if self.path else ""
        return f"{where}{place}:{key} {self.message}"


class ConfigError(Exception):
    """A configuration that cannot be used, with all its problems in the order of the file."""

    def __init__(self, where: str, problems: Iterable[Problem]) -> None:
        """Keep the file's name and the problems."""
        self.where = where
        self.problems = tuple(problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        """Render one problem a line."""
        return "\n".join(problem.within(self.where) for problem in self.problems)
