"""docs/metrics.md says what the registry exposes."""

import json
import re
import runpy
import subprocess
from pathlib import Path

from tests.need import need_program
from tests.test_metrics_exposition import busy

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "metrics.md").read_text(encoding="utf-8")


def test_document_is_what_the_generator_writes():
    render = runpy.run_path(str(DOCS / "generate_metrics.py"))["render"]

    assert render() == TEXT


def test_document_lists_every_exposed_metric_with_its_labels_and_no_other():
    documented = {
        (name, kind, tuple(sorted(re.findall(r"`(\w+)`", labels))))
        for name, kind, labels in re.findall(r"^\| `(hopwatch_\w+)` \| (\w+) \| (.*?) \|", TEXT, re.MULTILINE)
    }
    scopes = {"vantage", "route", "hop", "check"}
    suffix = {"counter": "_total", "info": "_info"}
    exposed = {
        (
            family.name + suffix.get(family.type, ""),
            family.type,
            tuple(sorted({label for one in family.samples for label in one.labels} - scopes - {"le"})),
        )
        for family in busy().registry.collect()
    }

    assert documented == exposed


def test_queries_of_the_document_are_valid(tmp_path: Path):
    promtool = need_program("promtool")
    queries = re.findall(r"```promql\n(.*?)```", TEXT, re.DOTALL)
    rules = [{"record": f"check:query:{index}", "expr": query} for index, query in enumerate(queries)]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "docs", "rules": rules}]}), encoding="utf-8")
    verdict = subprocess.run(
        [promtool, "check", "rules", str(file)], capture_output=True, text=True, timeout=30, check=False
    )

    assert (verdict.returncode, len(queries) > 5) == (0, True), verdict.stdout + verdict.stderr


def test_queries_of_the_document_use_metrics_that_exist():
    used = set(re.findall(r"hopwatch_\w+", "".join(re.findall(r"```promql\n(.*?)```", TEXT, re.DOTALL))))
    exposed = {sample.name for family in busy().registry.collect() for sample in family.samples}

    assert used - exposed == set()
