"""Log lines hold foreign text only as cleaned values, one line each, in both formats."""

import json
import os
import subprocess
import sys

import pytest

from tests.hostile_texts import TEXTS

HOSTILE = "a\nb\x1b[31mred\u202eevil\x00"
SCRIPT = f"""
import structlog
from probe.log import set_up
set_up("info", {{fmt!r}})
log = structlog.get_logger()
log.debug("not.shown")
log.info("probe.failed", detail={HOSTILE!r})
"""


def lines(fmt):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(fmt=fmt)], capture_output=True, text=True, check=True
    )
    return done.stderr.splitlines()


@pytest.mark.parametrize("fmt", ["logfmt", "json"])
def test_hostile_text_stays_on_one_line_without_controls(fmt):
    found = lines(fmt)

    assert len(found) == 1
    assert not {"\x1b", "\x00", "\u202e"} & set(found[0])


def test_json_lines_are_json():
    line = json.loads(lines("json")[0])

    assert (line["event"], line["level"]) == ("probe.failed", "info")


def test_a_reader_that_is_gone_stops_nobody():
    script = SCRIPT.format(fmt="json") + "import sys\nlog.info('once.more')\nsys.stdout.write('went on')\n"
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=write, text=True, check=False
        )
    finally:
        os.close(write)

    assert done.stdout == "went on"


LISTS = f"""
import structlog
from probe.log import set_up
set_up("info", {{fmt!r}})
log = structlog.get_logger()
log.info("config.reloaded", waiting=[{HOSTILE!r}])
try:
    raise ValueError({HOSTILE!r})
except ValueError:
    log.exception("web.request_broke")
"""


@pytest.mark.parametrize("fmt", ["logfmt", "json"])
def test_lists_and_tracebacks_are_cleaned_too(fmt):
    script = LISTS.format(fmt=fmt)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert len(done.stderr.splitlines()) == 2
    assert "ValueError" in done.stderr
    assert not any(mark in done.stderr for mark in ("\x1b", "\x00", "\u202e", "\\x1b", "\\u001b", "\\u202e"))


def test_every_hostile_text_stays_on_its_line_in_both_formats():
    """S2: the corpus of hostile texts, through all that renders a line."""
    script = (
        "import sys, structlog\n"
        "from probe.log import set_up\n"
        "from tests.hostile_texts import TEXTS\n"
        "set_up('info', sys.argv[1])\n"
        "for text in TEXTS: structlog.get_logger().info('probe.failed', detail=text)\n"
    )
    for fmt in ("logfmt", "json"):
        done = subprocess.run([sys.executable, "-c", script, fmt], capture_output=True, check=True)
        shown = done.stderr.decode("utf-8")

        assert len(shown.splitlines()) == len(TEXTS)
        assert all(character == "\n" or character.isprintable() for character in shown)
