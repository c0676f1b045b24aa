"""Whatever targets say, it makes no series and no line that a scraper could stumble over."""

import itertools
import shutil
import subprocess
from dataclasses import replace

import pytest

from probe.exporter.metrics import Metrics
from probe.model import Evidence, Failure, Http, Observation, Tls
from tests.hostile_texts import TEXTS
from tests.metrics_plan import metrics_of, observe
from tests.need import need_program

FAR_MORE = 20_000


def told(number: int, text: str) -> Observation:
    """Return a failure in which everything that a target may choose is chosen by it."""
    chosen = f"{text}{number}"
    http = Http(
        url=f"http://{chosen}/", status=number % 100_000, version=chosen, headers=((chosen, chosen),),
        redirects=(chosen,), pop=chosen, build=chosen, excerpt=chosen,
    )  # fmt: skip
    tls = Tls(server_name=chosen, version=chosen, cipher=chosen, alpn=chosen, verify_message=chosen)
    seen = observe(slot=number, cause="http.status", evidence=Evidence(http=http, tls=tls))
    return replace(seen, failure=Failure(cause="http.status", detail=chosen))


def lines(metrics: Metrics) -> list[str]:
    return [line.rpartition(" ")[0] for line in metrics.exposition(None)[0].decode().splitlines()]


def test_series_do_not_grow_with_what_targets_say():
    """S7: status lines, header values, redirects and reasons that are all different make no series."""
    metrics = metrics_of()
    metrics.write(told(0, "first"))
    before = lines(metrics)
    for number, text in zip(range(1, FAR_MORE), itertools.cycle(TEXTS), strict=False):
        metrics.write(told(number, text[:80]))

    assert lines(metrics) == before


@pytest.mark.parametrize("accept", [None, "application/openmetrics-text; version=1.0.0"])
def test_no_text_of_a_target_is_in_the_exposition(accept: str | None):
    metrics = metrics_of()
    for number, text in enumerate(TEXTS):
        metrics.write(told(number, text))
    body = metrics.exposition(accept)[0].decode("utf-8")

    assert not any(part in body for part in ("script", "\x1b", "\u202e", "\x00", "surrogates", "www"))


def test_causes_that_nobody_knows_stay_within_the_bound_of_series():
    """S7: a cause comes of our own taxonomy; should one ever not, the bound holds all the same."""
    metrics = metrics_of(max_series=600)
    for number in range(3_000):
        metrics.write(observe(slot=number, cause=f"tcp.made_up_{number}"))

    assert len(lines(metrics)) < 1_000


def test_promtool_reads_a_scrape_of_hostile_targets():
    """S4: a lone surrogate in a label value ends a scrape."""
    need_program("promtool")
    metrics = metrics_of()
    for number, text in enumerate(TEXTS):
        metrics.write(told(number, text))
    promtool = shutil.which("promtool")
    assert promtool is not None
    done = subprocess.run(
        [promtool, "check", "metrics"], input=metrics.exposition(None)[0], capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")
