"""Read the file of a scenario: a Scenario without fault, or every mistake in it with its line."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from probe.config.document import Complaint, Document
from probe.config.errors import Problem
from probe.config.reading import MOST_BYTES, read
from tests.scenarios.runner import meaning, wording
from tests.scenarios.runner.scenario import Scenario


class ScenarioError(Exception):
    """A file that is no scenario, with all its mistakes in the order of its lines."""

    def __init__(self, file: Path, problems: Iterable[Problem]) -> None:
        """Keep the file and the mistakes."""
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.within(str(file)) for problem in self.problems))


def load(file: Path) -> Scenario:
    """Return the scenario in a file. Raises ScenarioError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(file, [Problem(None, None, "", f"the file cannot be read: {error}")]) from error
    return parse(text, file)


def parse(text: str, file: Path) -> Scenario:
    """Return the scenario in a text. Raises ScenarioError."""
    if len(text.encode()) > MOST_BYTES:
        raise ScenarioError(file, [Problem(None, None, "", "the file is larger than 1 MiB")])
    document = read(text)
    scenario, found = _validated(document)
    if scenario and not document.complaints:
        found = list(meaning.complaints(scenario, document))
    found = [*document.complaints, *found]
    if scenario is None or found:
        ordered = sorted(dict.fromkeys(found), key=lambda one: one.place)
        raise ScenarioError(file, [complaint.problem() for complaint in ordered])
    return scenario


def _validated(document: Document) -> tuple[Scenario | None, list[Complaint]]:
    if not document.is_complete:
        return None, []
    try:
        # As JSON, because pydantic is strict there about words and numbers but not about lists and tuples.
        return Scenario.model_validate_json(json.dumps(document.tree)), []
    except ValidationError as error:
        return None, list(wording.complaints(document, error))


def find(folder: Path) -> Iterator[Path]:
    """Go through the files of scenarios in a folder and below it, or the one file that is named."""
    if folder.is_file():
        yield folder
        return
    yield from sorted(path for path in folder.rglob("*.yaml") if path.is_file())
