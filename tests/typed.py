"""A command typed, run within this process: a new program for each would take a second to load."""

from click.testing import CliRunner

from probe.cli import main


def typed(*words: str) -> tuple[int, str, str]:
    """Return the exit code, what went to standard output, and what to standard error."""
    told = CliRunner().invoke(main, words, prog_name="hopwatch")
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told.exit_code, told.stdout, told.stderr
