"""Every query of every dashboard against Debian's Prometheus, which holds an hour of a chain with faults."""

import asyncio
import lzma
import math
import shutil

import pytest

from tests.fixtures.dashboards.make import LAB_HOUR, lab_hour
from tests.fixtures.dashboards.story import BEGIN, END, SCRAPE_SECONDS
from tests.rig_dashboards import CHOICES, FILES, FOLDER, queries, read
from tests.rig_prometheus import QueryError, load_openmetrics, running_prometheus

# Nothing is what they are to show in this hour, and why; without their "> 0" they have data all the same.
RIGHTLY_EMPTY = {
    "hopwatch-self: Figures lost, by metric A": "the bound on series cost nothing",
}
BEFORE = BEGIN - 86_400
HOPS = CHOICES["hop"]


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hour")
    (folder / "hour.om").write_bytes(lzma.decompress(LAB_HOUR.read_bytes()))
    asyncio.run(load_openmetrics(folder / "hour.om", folder / "tsdb"))
    return folder / "tsdb"


@pytest.fixture
async def prometheus(storage, tmp_path):
    await asyncio.to_thread(shutil.copytree, storage, tmp_path / "tsdb")
    async with running_prometheus(tmp_path, tmp_path / "tsdb") as running:
        yield running


async def answers(prometheus, dashboard, query, end=END):
    """Return what comes of a query for every choice of the variables, all together."""
    found = []
    for expr in query.filled_in(dashboard):
        if query.is_instant:
            found += await prometheus.query(expr, end)
        else:
            found += await prometheus.query_range(expr, end - (END - BEGIN), end, SCRAPE_SECONDS)
    return found


def values(series):
    return [float(value) for one in series for _, value in one.get("values", [one.get("value")])]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_every_query_finds_something_in_an_hour_with_faults_and_nothing_where_nothing_is(
    file, prometheus
):
    dashboard = read(file)
    empty, nonsense, made_up = [], [], []
    for query in queries(dashboard):
        found = await answers(prometheus, dashboard, query)
        empty += [query.where] if not found else []
        nonsense += [query.where] if not all(map(math.isfinite, values(found))) else []
        made_up += [query.where] if await answers(prometheus, dashboard, query, BEFORE) else []

    expected = [where for where in RIGHTLY_EMPTY if where.startswith(dashboard["uid"])]
    assert (empty, nonsense, made_up) == (expected, [], [])


def test_the_hour_is_what_the_metrics_make_of_its_story():
    texts = (lzma.decompress(LAB_HOUR.read_bytes()).decode(), lab_hour())
    # A family that is not there in this chain leaves its help alone.
    held, made = ({line for line in text.splitlines() if line[0] != "#"} for text in texts)

    # Else the metrics or the story have changed: run `python -m tests.fixtures.dashboards.make`.
    assert sorted(made ^ held)[:5] == []


async def test_a_query_that_cannot_be_read_is_told(prometheus):
    with pytest.raises(QueryError, match="parse error"):
        await prometheus.query("sum by (hop (hopwatch_probe_success)", END)


async def test_what_is_rightly_empty_has_data_without_its_bound(prometheus):
    found = {
        query.where: await prometheus.query_range(expr.removesuffix(" > 0"), BEGIN, END, SCRAPE_SECONDS)
        for file in FILES
        for query in queries(read(file))
        if query.where in RIGHTLY_EMPTY
        for expr in query.filled_in(read(file))
    }

    assert {where: bool(series) for where, series in found.items()} == dict.fromkeys(RIGHTLY_EMPTY, True)


async def told(prometheus, title, minute=60, ref="A", uid="hopwatch-overview"):
    """Return what the query of a panel says at a minute of the hour, by its labels."""
    dashboard = read(FOLDER / f"{uid}.json")
    (query,) = (one for one in queries(dashboard) if one.where == f"{uid}: {title} {ref}")
    (expr,) = query.filled_in(dashboard)
    found = await prometheus.query(expr, BEGIN + 60 * minute)
    return {",".join(one["metric"].values()): round(float(one["value"][1]), 2) for one in found}


@pytest.mark.parametrize(
    ("minute", "failing"),
    [
        (5, {"chat": 0, "page": 0}),
        (16, {"chat": 0, "page": 0}),
        (36, {"chat": 1, "page": 0}),
        (59, {"chat": 1, "page": 0.33}),
    ],
    ids=["all is well", "a vantage is cut off", "the quota is used up", "two faults"],
)
async def test_the_overview_says_which_route_fails_for_its_users(prometheus, minute, failing):
    assert await told(prometheus, "Routes, for their users", minute) == failing


async def test_hops_are_unknown_from_a_vantage_that_is_cut_off_and_not_up(prometheus):
    found = await told(prometheus, "Hops, as each vantage sees them", 16)

    expected = {"mobile": -1, "wifi": 0, "wired": 0}
    assert found == {f"{hop},{vantage}": share for hop in HOPS for vantage, share in expected.items()}


async def test_the_worst_hop_comes_first(prometheus):
    found = await told(prometheus, "Hops, as each vantage sees them")

    assert next(iter(found)) == "static,mobile"
    assert list(found.values()) == sorted(found.values(), reverse=True)


async def test_the_main_cause_and_since_when_are_told(prometheus):
    (cause,) = await told(prometheus, "Main cause")
    (seconds,) = (await told(prometheus, "Failing for")).values()

    # The function crashes from minute 47 on; a minute is how finely the past is looked through.
    assert (cause, 12 * 60 <= seconds <= 14 * 60) == ("vercel.function.crash", True)


async def test_a_cause_is_counted_in_full_although_its_counter_begins_with_the_first_failure(prometheus):
    counted = await told(prometheus, "Causes, and who sees them")
    held = await prometheus.query("sum by (cause, vantage) (hopwatch_probe_failure_causes_total)", END)

    expected = {",".join(one["metric"].values()): float(one["value"][1]) for one in held}
    # increase() looks a little beyond its samples, so a count may be larger by a probe or two and is never smaller.
    assert counted.keys() == expected.keys()
    assert all(0 <= counted[series] - count <= 2 for series, count in expected.items())


async def test_the_vantage_that_works_best_is_told_by_what_it_had_answered(prometheus):
    shares = await told(prometheus, "Which vantage works best now")

    assert list(shares)[-1] == "mobile"
    assert shares["wifi"] == shares["wired"] > shares["mobile"] > 0
