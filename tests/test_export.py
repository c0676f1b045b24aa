"""`hopwatch export`: every record as a line, or samples that Prometheus takes in, with the daemon running or not."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from probe.cli.export import export
from probe.clock import SystemClock
from probe.codec import from_text
from probe.model import (
    Change,
    Observation,
    Outcome,
    Phase,
    Purpose,
    Record,
    Series,
    Stamp,
    Taint,
    Timing,
)
from probe.store.openmetrics import openmetrics
from tests.need import need, need_program
from tests.store_records import (
    NOW_NS,
    bulky,
    change,
    failed,
    finding,
    identity,
    incident,
    miss,
    observation,
    open_store,
    opened,
)

ROOT = Path(__file__).parent.parent
MAIN = "from probe.cli.export import export; export(prog_name='hopwatch export')"
SECOND = 10**9


def run(directory: Path, *arguments: str) -> Result:
    return CliRunner().invoke(export, ["--storage.path", str(directory), *arguments])


def keep(directory: Path, records: Sequence[Record]) -> None:
    """Make a store that holds the records."""
    store = open_store(directory)
    for record in records:
        store.write(record)
    asyncio.run(store.close())


def test_jsonl_is_one_record_a_line_oldest_first(tmp_path: Path):
    asked = Series(vantage="wifi", route="main", hop="gate", check="control:gate")
    control = observation(4, series=asked, purpose=Purpose.CONTROL, slot=None, parent=identity(3))
    found = finding(5, parents=(identity(3), identity(4)))
    records: list[Record] = [observation(1), miss(2), failed(3), control, found, incident(6)]
    keep(tmp_path, records)
    done = run(tmp_path, "--since", "2020-01-01T00:00:00Z")

    assert (done.exit_code, done.stderr) == (0, "")
    assert records == [from_text(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("span", "seqs"),
    [
        (("--since", "30s"), [4]),
        (("--since", "5m"), [3, 4]),
        (("--since", "1h"), [2, 3, 4]),
        ((), [2, 3, 4]),
        (("--since", "7d"), [1, 2, 3, 4]),
        (("--since", "7d", "--until", "5m"), [1, 2]),
        (("--since", "1970-01-01"), [1, 2, 3, 4]),
        (("--since", "2999-01-01T00:00:00+02:00"), []),
        (("--since", "99999999d"), [1, 2, 3, 4]),
    ],
)
def test_a_span_is_a_duration_before_now_or_a_time(tmp_path: Path, span: tuple[str, ...], seqs: list[int]):
    now = SystemClock().wall_ns()
    ages = (86_400, 1800, 120, 1)
    keep(
        tmp_path,
        [observation(seq, started_at_ns=now - age * SECOND) for seq, age in enumerate(ages, start=1)],
    )
    done = run(tmp_path, *span)

    assert done.exit_code == 0
    assert seqs == [json.loads(line)["identity"]["seq"] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--since", "yesterday"),
            "'yesterday' is neither a duration such as 30s, 5m, 1h or 7d nor an ISO 8601 time",
        ),
        (("--since", "60"), "'60' is neither a duration such as"),
        (("--since", "9" * 400 + "s"), "is neither a duration such as"),
        (("--since", "1h", "--until", "2h"), "--until lies before --since"),
        (("--format", "xml"), "'xml' is not one of 'jsonl', 'openmetrics'"),
    ],
)
def test_wrong_use_is_exit_2_with_a_sentence(tmp_path: Path, arguments: tuple[str, ...], sentence: str):
    done = run(tmp_path, *arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in " ".join(done.stderr.split())


@pytest.mark.parametrize("fmt", ["jsonl", "openmetrics"])
def test_no_store_is_exit_3_with_one_sentence(tmp_path: Path, fmt: str):
    done = run(tmp_path, "--format", fmt)

    assert (done.exit_code, done.stdout, done.stderr) == (3, "", f"there is no store in {tmp_path}\n")


async def test_it_works_while_the_daemon_writes(tmp_path: Path):
    store = await opened(tmp_path)
    store.write(observation(1))
    await store.flush()
    done = run(tmp_path, "--since", "2020-01-01")
    store.write(observation(2))
    await store.close()

    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)


def test_a_broken_pipe_ends_it_quietly(tmp_path: Path):
    keep(tmp_path, [bulky(number) for number in range(1, 500)])
    reads, writes = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, "--storage.path", tmp_path, "--since", "2020-01-01"],
        cwd=ROOT,
        stdout=writes,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(writes)
        os.read(reads, 100)
        os.close(reads)
        _, complaint = process.communicate(timeout=20)

    assert (process.returncode, complaint) == (0, b"")


def test_a_full_target_is_exit_3_with_one_sentence(tmp_path: Path):
    need(Path("/dev/full").exists(), "/dev/full")
    keep(tmp_path, [bulky(number) for number in range(1, 50)])
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", MAIN, "--storage.path", tmp_path, "--since", "2020-01-01"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=20,
        )

    assert (done.returncode, done.stderr) == (3, b"cannot write the export: No space left on device\n")


def samples(
    records: Sequence[Observation], changes: Sequence[Change] = ()
) -> dict[str, list[tuple[dict[str, str], float, str]]]:
    """Render, parse with prometheus_client's strict parser, and list family by family."""
    text = "".join(openmetrics(records, changes))
    return {
        family.name: [(dict(sample.labels), sample.value, str(sample.timestamp)) for sample in family.samples]
        for family in text_string_to_metric_families(text)
    }


LABELS = {"vantage": "wifi", "route": "main", "hop": "vercel", "check": "http"}
AT = "1767225600.000000000"


def test_a_good_probe_is_success_duration_and_phases_at_its_own_time():
    assert samples([observation()]) == {
        "hopwatch_probe_success": [(LABELS, 1.0, AT)],
        "hopwatch_vantage_up": [],
        "hopwatch_observed_duration_seconds": [(LABELS, 0.75, AT)],
        "hopwatch_observed_phase_seconds": [
            (LABELS | {"phase": "connect"}, 0.25, AT),
            (LABELS | {"phase": "tls"}, 0.5, AT),
        ],
    }


def test_a_failed_probe_has_no_duration_but_the_phases_that_it_completed():
    timings = (Timing(phase=Phase.CONNECT, seconds=0.25, stamp=Stamp.KERNEL),)

    assert samples([failed(timings=timings)]) == {
        "hopwatch_probe_success": [(LABELS, 0.0, AT)],
        "hopwatch_vantage_up": [],
        "hopwatch_observed_duration_seconds": [],
        "hopwatch_observed_phase_seconds": [(LABELS | {"phase": "connect"}, 0.25, AT)],
    }


NOTHING: dict[str, list[object]] = {
    "hopwatch_probe_success": [],
    "hopwatch_vantage_up": [],
    "hopwatch_observed_duration_seconds": [],
    "hopwatch_observed_phase_seconds": [],
}


def cut(lost_ms: int, back_ms: int | None, **more: object) -> Change:
    back_at_ns = None if back_ms is None else back_ms * 10**6
    return change(lost_ms, lost_at_ns=lost_ms * 10**6, back_at_ns=back_at_ns, **more)


def test_a_vantage_that_was_cut_off_is_0_from_then_until_it_was_back():
    found = samples([], [cut(9_000, None), cut(1_000, 4_500), cut(5_000, 6_000, was_down=False)])

    assert found == NOTHING | {
        "hopwatch_vantage_up": [
            ({"vantage": "mobile"}, 0.0, "1.000000000"),
            ({"vantage": "mobile"}, 1.0, "4.500000000"),
            ({"vantage": "mobile"}, 0.0, "9.000000000"),
        ]
    }


def test_what_could_not_be_measured_and_what_was_extra_is_left_out():
    left_out = [
        observation(outcome=Outcome.NOT_MEASURED),
        *(observation(purpose=purpose) for purpose in Purpose if purpose is not Purpose.ROUTINE),
    ]

    assert samples(left_out) == NOTHING


def test_a_tainted_probe_keeps_its_success_and_stays_out_of_the_latencies():
    assert samples([observation(taints=(Taint.SUSPENDED,))]) == NOTHING | {
        "hopwatch_probe_success": [(LABELS, 1.0, AT)]
    }


def test_a_phase_that_a_redirect_passed_twice_is_added_up():
    twice = tuple(Timing(phase=Phase.TLS, seconds=seconds, stamp=Stamp.USER) for seconds in (0.25, 0.5))

    assert samples([observation(timings=twice)])["hopwatch_observed_phase_seconds"] == [
        (LABELS | {"phase": "tls"}, 0.75, AT)
    ]


def test_two_probes_in_one_millisecond_give_one_sample():
    records = [observation(1), failed(2, started_at_ns=NOW_NS + 999_999)]

    assert samples(records)["hopwatch_probe_success"] == [(LABELS, 1.0, AT)]


def test_label_values_are_escaped():
    nasty = 'a"b\\c\nd{},\u4e2d'
    series = Series(vantage=nasty, route="r", hop="h", check="c")

    assert {nasty} == {
        labels["vantage"]
        for family in samples([observation(series=series)]).values()
        for labels, *_ in family
    }


def test_no_observation_is_still_a_whole_exposition():
    assert samples([]) == NOTHING


def test_prometheus_takes_the_samples_in_at_their_own_times(tmp_path: Path):
    promtool = need_program("promtool")
    others = [
        Series(vantage="mobile", route="main", hop="static", check=f"tls{number}") for number in range(3)
    ]
    records = [
        maker(
            number * 10 + turn,
            series=series,
            started_at_ns=NOW_NS + number * 60 * SECOND,
        )
        for number in range(200)
        for turn, (series, maker) in enumerate(
            zip((*others, observation().series), (observation, failed, observation, failed), strict=True)
        )
    ]
    keep(tmp_path / "store", records)
    text = run(tmp_path / "store", "--since", "2020-01-01", "--format", "openmetrics").stdout
    (tmp_path / "samples").write_text(text)
    tsdb = [promtool, "tsdb"]
    done = subprocess.run(
        [*tsdb, "create-blocks-from", "openmetrics", tmp_path / "samples", tmp_path / "blocks"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    (tmp_path / "blocks" / "wal").mkdir()  # promtool 2.42 dumps whole databases only
    dump = subprocess.run(
        [*tsdb, "dump", "--match", '{__name__="hopwatch_probe_success"}', tmp_path / "blocks"],
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert len(dump.stdout.splitlines()) == 800
    assert f" 1 {NOW_NS // 10**6}\n" in dump.stdout


def test_unreadable_records_are_said_on_standard_error(tmp_path: Path):
    keep(tmp_path, [observation(1), observation(2)])
    database = sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)
    database.execute("UPDATE record SET body = json_set(body, '$.version', 9) WHERE seq = 1")
    database.close()
    done = run(tmp_path, "--since", "2020-01-01", "--format", "openmetrics")

    assert done.exit_code == 0
    assert done.stderr.startswith("1 records were left out: observation: version 9 is newer")
    assert done.stdout.count("hopwatch_probe_success{") == 1
