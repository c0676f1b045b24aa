"""Read the configuration again and compare it with the one at work; nothing here changes anything."""

from dataclasses import dataclass
from pathlib import Path

from probe.config import Config, ConfigError, Problem, load
from probe.daemon.fleet import Difference, difference
from probe.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A configuration that was read and found good, its plan, and what leads there from the plan at work."""

    config: Config
    plan: Plan
    difference: Difference


def read_again(file: Path | None, at_work: Plan) -> Wanted:
    """Read the file that the daemon was started with. Raises ConfigError; call it in a thread."""
    if file is None:
        raise _refusal("hopwatch", "this daemon was started without a file that could be read again")
    # Opening a pipe again waits for somebody to write, for ever if need be.
    if file.exists() and not file.is_file() and not file.is_dir():
        raise _refusal(str(file), "this is no regular file, so it was read once and cannot be read again")
    config = load(file)
    plan = config.plan()
    return Wanted(config=config, plan=plan, difference=difference(at_work, plan))


def _refusal(where: str, message: str) -> ConfigError:
    return ConfigError(where, [Problem(None, None, "", message)])
