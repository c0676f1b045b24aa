"""The last 24 hours: what is counted, how it is drawn, what turned, and what a restart and a hostile load come to."""

import asyncio
from pathlib import Path

import pytest

from probe.daemon.remembering import remember
from probe.exporter.day import SLOT_NS, SLOTS, Bounds, Cell, Day
from probe.exporter.recent import Recent
from probe.model import Failure, Finding, Observation, Outcome, Series, Verdict
from probe.store.day import counted, not_ok
from probe.web.day import Look, ShownDay, look_of, shown_day
from tests.store_records import opened
from tests.test_page_html import Document
from tests.web_chain import DOWN, HUNG, NOW_NS, RESET, SECOND, HandClock, Recorder, plan, series
from tests.web_server import served
from tests.web_story import PORTAL, long_day

ALIVE = series("wifi", "hk-vps", "alive")
CHAIN = series("wifi", "hk-vps", "chain")
MINUTE = 60 * SECOND


def _seen(recorder: Recorder, ago: float, failure: Failure | None = None, of: Series = ALIVE) -> Observation:
    return recorder.observe(of, at_ns=NOW_NS - round(ago * MINUTE), failure=failure)


def _shown(*seen: Observation) -> ShownDay:
    day = Day()
    for one in seen:
        day.take(one)
    return shown_day(plan(), day, NOW_NS)


def _turned(shown: ShownDay) -> list[tuple[str, tuple[str, ...], tuple[str, ...], str, float | None, int]]:
    return [(one.hop, one.vantages, one.checks, one.cause, one.seconds, one.count) for one in shown.turned]


@pytest.mark.parametrize(
    ("cell", "look"),
    [
        (None, Look.UNKNOWN),
        (Cell(), Look.UNKNOWN),
        (Cell(ok=3), Look.OK),
        (Cell(ok=3, not_measured=2), Look.OK),
        (Cell(ok=3, failed=1), Look.PARTLY),
        (Cell(failed=1, not_measured=2), Look.FAILED),
        (Cell(not_measured=2), Look.NOT_MEASURED),
    ],
)
def test_a_quarter_hour_looks_like_its_worst_and_nothing_known_is_none_of_it(cell: Cell | None, look: Look):
    assert look_of(cell) is look


def test_a_bar_draws_each_quarter_at_its_place_and_says_what_failed():
    recorder = Recorder()
    shown = _shown(*(_seen(recorder, ago, RESET if ago == 30 else None) for ago in (60, 45, 30, 15, 0)))
    bar = shown.rows[0][1][0]

    assert (bar.hop.name, bar.vantage.name) == ("hk-vps", "wifi")
    assert bar.paths == {"ok": "M455 18h9M470 18h9", "failed": "M465 6h4M465 18h4"}
    assert (bar.answered, bar.measured, str(bar.share)) == (4, 5, "80.0 %")
    assert [(one.x, one.width, one.failed, one.causes) for one in bar.spells] == [
        (465, 4, 1, [("tls.reset", 1)])
    ]


def test_one_failure_of_very_many_is_not_rounded_away():
    recorder = Recorder()
    day = Day()
    for count in range(5000):
        day.take(_seen(recorder, count / 1000, RESET if count == 9 else None))

    assert str(shown_day(plan(), day, NOW_NS).rows[0][1][0].share) == "99.9 %"


def test_own_trouble_is_no_failure_of_the_hop():
    recorder = Recorder()
    shown = _shown(_seen(recorder, 20, DOWN), _seen(recorder, 5))
    bar = shown.rows[0][1][0]

    assert (bar.measured, bar.not_measured, bar.causes) == (1, 1, [("local.interface_down", 1)])
    assert shown.turned == []


def test_an_outage_has_its_cause_its_length_and_its_first_failure():
    recorder = Recorder()
    seen = [_seen(recorder, 9), _seen(recorder, 8, RESET), _seen(recorder, 7, RESET), _seen(recorder, 6)]
    shown = _shown(*seen)

    assert _turned(shown) == [("hk-vps", ("wifi",), ("alive",), "tls.reset", 120.0, 2)]
    assert shown.turned[0].first == seen[1].identity


def test_checks_and_vantages_that_turn_together_are_told_once_and_those_that_go_on_first():
    recorder = Recorder()
    events = [
        _seen(recorder, 5 - place / 60, HUNG, of)
        for place, of in enumerate((ALIVE, CHAIN, series("wired", "hk-vps", "alive")))
    ]
    other = series("wifi", "static", "site", route="page")
    over = [_seen(recorder, 2, RESET, other), _seen(recorder, 1, None, other)]

    assert _turned(_shown(*events, *over)) == [
        ("hk-vps", ("wifi", "wired"), ("alive", "chain"), "http.timeout.first_byte", None, 3),
        ("static", ("wifi",), ("site",), "tls.reset", 60.0, 1),
    ]


def test_what_comes_again_and_again_is_told_once_with_how_often():
    recorder = Recorder()
    seen = [_seen(recorder, 20 - step, RESET if step % 3 == 0 else None) for step in range(9)]
    (turned,) = _shown(*seen).turned

    assert (turned.times, turned.count, turned.seconds) == (3, 3, 180.0)
    assert turned.first == seen[6].identity


def test_what_is_found_renames_the_outage_and_own_trouble_ends_it():
    recorder, recent = Recorder(), Recent(clock=HandClock())
    deep, own = _seen(recorder, 1, RESET), _seen(recorder, 1, PORTAL, CHAIN)
    for one in (deep, own):
        recent.write(one)
    recent.write(recorder.find(deep, cause="tls.reset.sni"))
    recent.write(recorder.find(own, cause="local.captive_portal", verdict=Verdict.INSUFFICIENT))
    shown = shown_day(plan(), recent.day, NOW_NS)

    assert [one[3] for one in _turned(shown)] == ["tls.reset.sni"]
    bar = shown.rows[0][1][0]
    assert (bar.measured, bar.not_measured) == (1, 1)
    assert sorted(bar.causes) == [("local.captive_portal", 1), ("tls.reset.sni", 1)]


def test_memory_is_bounded_whatever_comes():
    recorder, day = Recorder(), Day(Bounds(pairs=2, causes=3, outages=4))
    for number in range(400):
        failure = Failure(cause=f"http.made_up_{number}", detail="") if number % 2 else None
        for of in (ALIVE, series("wired", "direct", "models"), series("wifi", "vercel", "function")):
            day.take(recorder.observe(of, at_ns=NOW_NS + number * SLOT_NS // 3, failure=failure))

    assert len(day.pairs) == 2
    assert day.turned_away == 400
    assert max(len(cells) for cells in day.pairs.values()) <= SLOTS + 1
    assert max(len(cell.causes) for cells in day.pairs.values() for cell in cells.values()) <= 4
    assert len(day.falls) <= 4 + 3


async def _stored(path: Path, *seen: Observation | Finding) -> None:
    store = await opened(path)
    for one in seen:
        store.write(one)
    await store.close()


async def test_a_restart_does_not_forget_the_day(tmp_path: Path):
    recorder, live = Recorder(), Day()
    failing = [_seen(recorder, ago / 12, RESET) for ago in range(60, 30, -1)]
    await _stored(
        tmp_path,
        _seen(recorder, 300),
        *failing,
        _seen(recorder, 2, None, CHAIN),
        _seen(recorder, 3, DOWN, CHAIN),
    )
    whole = Day()
    for one in (
        _seen(Recorder(), 300),
        *failing,
        _seen(Recorder(), 3, DOWN, CHAIN),
        _seen(Recorder(), 2, None, CHAIN),
    ):
        whole.take(one)

    await remember(live, tmp_path, plan(), HandClock(now_ns=failing[-1].started_at_ns + SECOND))

    assert live.pairs[("hk-vps", "wifi")].keys() <= whole.pairs[("hk-vps", "wifi")].keys()
    assert _turned(shown_day(plan(), live, NOW_NS)) == _turned(shown_day(plan(), whole, NOW_NS))


async def test_a_restart_does_not_forget_what_was_found(tmp_path: Path):
    recorder, live = Recorder(), Day()
    deep = [_seen(recorder, ago, RESET) for ago in (3.0, 2.95, 2.9)]
    own = [_seen(recorder, ago, PORTAL, CHAIN) for ago in (3.0, 2.95, 2.9)]
    findings = [
        recorder.find(deep[1], cause="tls.reset.sni"),
        recorder.find(own[0], cause="local.captive_portal", verdict=Verdict.INSUFFICIENT),
    ]
    await _stored(tmp_path, *deep, *own, *findings)

    await remember(live, tmp_path, plan(), HandClock(now_ns=NOW_NS - MINUTE))
    shown = shown_day(plan(), live, NOW_NS)

    assert [one[3] for one in _turned(shown)] == ["tls.reset.sni"]
    bar = shown.rows[0][1][0]
    assert (bar.measured, bar.not_measured) == (3, 3)
    assert sorted(bar.causes) == [("local.captive_portal", 3), ("tls.reset.sni", 3)]


async def test_an_outage_that_lasts_over_a_restart_is_one(tmp_path: Path):
    recorder, live = Recorder(), Day()
    await _stored(tmp_path, *(_seen(recorder, 2 - step / 12, RESET) for step in range(12)))
    live.take(_seen(recorder, 0.95, RESET))
    await remember(live, tmp_path, plan(), HandClock(now_ns=NOW_NS - MINUTE))
    live.take(_seen(recorder, 0.5))

    assert _turned(shown_day(plan(), live, NOW_NS)) == [
        ("hk-vps", ("wifi",), ("alive",), "tls.reset", 90.0, 13)
    ]


async def test_an_outage_that_was_over_before_the_start_ended_when_it_was_last_seen(tmp_path: Path):
    recorder, live = Recorder(), Day()
    await _stored(tmp_path, _seen(recorder, 40, RESET), _seen(recorder, 39.9, RESET))
    await remember(live, tmp_path, plan(), HandClock(now_ns=NOW_NS - MINUTE))
    (turned,) = _turned(shown_day(plan(), live, NOW_NS))

    assert turned == ("hk-vps", ("wifi",), ("alive",), "tls.reset", 6.0, 2)


async def test_the_store_is_asked_by_its_indexes_and_in_bounded_pages(tmp_path: Path):
    recorder = Recorder()
    await _stored(
        tmp_path, *(_seen(recorder, step / 10, RESET if step % 2 else None) for step in range(1200))
    )
    counts = await asyncio.to_thread(
        lambda: list(counted(tmp_path, [ALIVE], NOW_NS - 200 * MINUTE, NOW_NS + 1, SLOT_NS))
    )
    rows = await asyncio.to_thread(
        lambda: list(not_ok(tmp_path, Outcome.FAILED, NOW_NS - 200 * MINUTE, NOW_NS + 1, 70))
    )

    assert sum(count for _, _, count in counts) == 1200
    assert len(rows) == 70
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)
    assert rows[0][1] == NOW_NS - MINUTE // 10


async def test_a_store_that_cannot_be_read_costs_the_past_and_nothing_else(tmp_path: Path):
    day = Day()
    await remember(day, tmp_path, plan(), HandClock())

    assert day.pairs == {}


async def test_every_failing_spell_leads_to_the_search_of_its_time_and_every_cause_to_the_failures_of_its_day():
    async with served(long_day()) as web:
        _, text = await web.get("")
    page = Document()
    page.feed(text)
    links = [one["href"] for one in page.all("a")]

    assert (
        "search?hop=direct&vantage=wifi&since=2026-11-22T04%3A30%3A00Z&until=2026-11-22T07%3A00%3A00Z"
        in links
    )
    assert "search?hop=direct&vantage=wired&outcome=failed&since=2026-11-21T12%3A15%3A00Z" in links
    assert [one for one in links if one.startswith("observation/e1/")]
