"""Bounded work over a second shows how far it is, on a terminal, on standard error; nowhere else is anything shown."""

import asyncio
import re
import sys

import pytest

from probe.cli.progress import progress
from probe.model import Event
from probe.store.reading import count
from tests.rig_servers import answering, hold, ok, tcp_server
from tests.rig_terminal import CTRL_C, Terminal
from tests.store_records import NOW_NS, change, observation, open_store
from tests.typed import typed


def test_a_check_that_takes_long_shows_a_bar_that_goes_again():
    with tcp_server(answering(3.0, ok())) as server:
        terminal = Terminal("check", "--no-controls", f"http://127.0.0.1:{server.port}/", columns=120)
        try:
            terminal.wait_for("checks")
            terminal.wait_for("0/1")
            terminal.end()
        finally:
            terminal.close()

    assert re.search(r"checks .*0/1 .*-:--:--", terminal.text)
    # The line was wiped before the table came.
    assert terminal.said.index("\x1b[2K") < terminal.said.index("The check answers")


def test_a_check_that_is_quick_shows_none():
    terminal = Terminal("check", "--no-controls", "http://127.0.0.1:1/", columns=120)
    try:
        assert terminal.end() == 1
    finally:
        terminal.close()

    assert "0/1" not in terminal.text


def test_one_that_is_ended_has_not_failed():
    with tcp_server(hold) as server:
        terminal = Terminal("check", f"http://127.0.0.1:{server.port}/", columns=120)
        try:
            terminal.wait_for("0/1")
            terminal.type(CTRL_C)
            code = terminal.end()
        finally:
            terminal.close()

    assert (code, "Traceback" in terminal.text, terminal.text.rstrip().endswith("stopped")) == (
        130,
        False,
        True,
    )


def test_on_a_dumb_terminal_nothing_is_shown_or_coloured():
    with tcp_server(answering(1.5, ok())) as server:
        terminal = Terminal("check", f"http://127.0.0.1:{server.port}/", TERM="dumb")
        try:
            terminal.end()
        finally:
            terminal.close()

    assert ("The check answers" in terminal.said, "\x1b" in terminal.said, "0/1" in terminal.said) == (
        True,
        False,
        False,
    )


def test_where_nobody_looks_nothing_is_shown(capfd):
    with progress("steps", 2) as step:
        step()
        step()

    assert capfd.readouterr() == ("", "")
    assert not sys.stderr.isatty()


@pytest.mark.parametrize("fmt", ["jsonl", "openmetrics"])
def test_an_export_has_as_many_steps_as_it_was_said_to_have(tmp_path, fmt):
    store = open_store(tmp_path)
    records: tuple[Event, ...] = (observation(1), observation(2), change(3))
    for one in records:
        store.write(one)
    asyncio.run(store.close())

    code, out, err = typed("export", "--storage.path", str(tmp_path), "--since", "3650d", "--format", fmt)

    assert (code, err, len(out) > 0) == (0, "", True)
    counted = count(tmp_path) if fmt == "jsonl" else count(tmp_path, kinds=("observation", "change"))
    assert counted == len(records)
    assert count(tmp_path, NOW_NS + 10**15) == 0


@pytest.mark.parametrize(("words", "more"), [(("--no-color",), {}), ((), {"NO_COLOR": "1"})])
def test_who_wants_no_colour_gets_none(words, more):
    terminal = Terminal("causes", *words, "tls.cert.expired", **more)
    try:
        assert terminal.end() == 0
    finally:
        terminal.close()

    # 30 to 49 and 90 to 107 are the colours of ECMA-48 and of terminals since.
    assert re.findall(r"\x1b\[(?:[0-9;]*;)?(?:[349][0-9]|10[0-7])m", terminal.said) == []
    assert "tls.cert.expired" in terminal.said
