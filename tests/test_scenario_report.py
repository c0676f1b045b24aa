"""What is shown of results can be read, whatever their names are; and each set of scenarios has its own files."""

import io
import subprocess
from pathlib import Path

from rich.console import Console

from tests.rig_scenarios import FOLDER
from tests.scenarios.runner import report
from tests.scenarios.runner.reading import parse
from tests.scenarios.runner.result import Result, Row
from tests.scenarios.runner.scoring import Score

LONGEST = "study-" + "x" * 74


def result(name: str) -> Result:
    score = Score(precision=0.75, recall=0.5)
    row = Row(
        node="v-wifi",
        vantage="wifi",
        service="failed",
        causes=("tls.cert.unknown_authority",),
        named=("relay.upstream.connect_timeout", "dns.nxdomain"),
        score=score,
        may_be_blamed=("host[hk]",),
        blamed=("host[hk]",),
        seconds_to_name=(1.25,),
    )
    scenario = parse(f"id: {name}\ntitle: x\n", Path("x"))
    return Result(scenario=scenario, file=Path("x"), rows=(row,), score=score, extra_packets=123)


def test_the_longest_id_leaves_the_figures_readable():
    shown = io.StringIO()
    report.table(Console(file=shown, width=160), [result("short"), result(LONGEST)])
    lines = shown.getvalue().splitlines()[1:]

    figures = ["0.75", "0.50", "0.60", "1/1", "-", "1.25", "123"]
    assert [line.split()[1:8] for line in lines if "0.75" in line] == [figures, figures]
    assert "".join(line[:36].strip() for line in lines) == f"short{LONGEST}"


def test_each_set_of_scenarios_can_have_its_own_file(tmp_path):
    words = [
        "make",
        "-n",
        "-C",
        str(FOLDER.parents[1]),
        "scenarios",
        "DIR=elsewhere",
        f"JSON={tmp_path}/one.json",
    ]
    told = subprocess.run(words, capture_output=True, text=True, timeout=20, check=True).stdout

    assert f" -m tests.scenarios.runner elsewhere --json '{tmp_path}/one.json'" in " ".join(
        told.replace("\\\n", "").split()
    )
