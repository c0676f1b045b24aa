"""The window of recent events: what it keeps, what state follows, and whom it tells."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from probe.exporter.recent import Bounds, Recent
from probe.model import (
    Event,
    Failure,
    Finding,
    Incident,
    Level,
    Miss,
    MissReason,
    Observation,
    Outcome,
    Pending,
    Phase,
    Purpose,
    Record,
    Taint,
    Verdict,
)
from probe.track import Standing, State, Turn
from tests.web_chain import DOWN, NOW_NS, RESET, SECOND, HandClock, Recorder, series

ALIVE = series("wifi", "hk-vps", "alive")
OTHER = series("wired", "hk-vps", "alive")


def _recent(*events: Event, bounds: Bounds | None = None, clock: HandClock | None = None) -> Recent:
    recent = Recent([ALIVE, OTHER], clock=clock or HandClock(), bounds=bounds)
    for event in events:
        recent.write(event)
    return recent


def _past(recorder: Recorder, *failures: Failure | None, step: int = 5) -> list[Observation]:
    """Observe so often, `step` seconds apart, the last one now."""
    first = NOW_NS - step * (len(failures) - 1) * SECOND
    return [
        recorder.observe(ALIVE, at_ns=first + step * place * SECOND, failure=failure)
        for place, failure in enumerate(failures)
    ]


def _states(recent: Recent) -> tuple[State, int | None, bool]:
    standing = recent.standing(ALIVE)
    return standing.state, standing.since_ns, standing.changed


def test_a_series_never_heard_of_is_unknown():
    assert Standing(series=ALIVE) == _recent().standing(ALIVE)


def test_the_state_is_that_of_the_newest_observation_since_it_changed():
    past = _past(Recorder(), None, RESET, RESET)

    assert (State.FAILED, past[1].started_at_ns, True) == _states(_recent(*past))


def test_the_beginning_of_the_first_state_was_not_seen():
    past = _past(Recorder(), RESET, RESET)

    assert (State.FAILED, past[0].started_at_ns, False) == _states(_recent(*past))


def test_own_trouble_is_not_measured_and_no_failure():
    past = _past(Recorder(), None, DOWN)
    recent = _recent(*past)

    assert (State.NOT_MEASURED, past[1].started_at_ns, True) == _states(recent)
    assert recent.failures == ()


def test_a_late_observation_fills_the_past_and_leaves_the_state():
    recorder = Recorder()
    past = _past(recorder, None, None)
    late = recorder.observe(ALIVE, at_ns=NOW_NS - 3 * SECOND, failure=RESET)
    recent = _recent(*past, late)

    assert (State.OK, past[0].started_at_ns, False) == _states(recent)
    assert [past[1], late, past[0]] == list(recent.observations(series=ALIVE))
    assert (late,) == recent.failures


def test_an_observation_delivered_twice_counts_once():
    past = _past(Recorder(), RESET)
    recent = _recent(*past, *past)

    assert past == list(recent.observations())
    assert past == list(recent.failures)


def test_an_extra_probe_is_linked_to_its_parent_and_moves_no_state():
    recorder = Recorder()
    [parent] = _past(recorder, RESET)
    extra = recorder.observe(ALIVE, purpose=Purpose.CONTROL, parent=parent.identity)
    recent = _recent(parent, extra)

    assert State.FAILED is recent.standing(ALIVE).state
    assert [parent] == list(recent.observations())
    assert [extra] == list(recent.linked(parent.identity))
    assert extra == recent.find("e1", extra.identity.seq)


def test_failures_are_kept_longer_than_successes():
    past = _past(Recorder(), RESET, *[None] * 20)
    recent = _recent(*past, bounds=Bounds(per_series=6))

    assert [*reversed(past[-6:]), past[0]] == list(recent.observations(series=ALIVE))


@given(st.lists(st.sampled_from([None, RESET, DOWN]), max_size=60), st.integers(3, 12))
def test_memory_is_bounded_whatever_comes(failures: list[Failure | None], depth: int):
    past = _past(Recorder(), *failures) if failures else []
    recent = _recent(*past, bounds=Bounds(per_series=depth, failures=5))

    assert len(recent.observations(limit=1000)) <= depth + depth // 3
    assert len(recent.failures) <= 5
    assert past[-depth:] == list(reversed(recent.observations(limit=depth)))


@given(st.permutations(range(8)))
def test_what_is_loaded_comes_to_the_same_in_any_order(order: list[int]):
    recorder = Recorder()
    past = _past(recorder, None, RESET, None, None, RESET, RESET)
    control = recorder.observe(OTHER, at_ns=past[4].started_at_ns + 1, purpose=Purpose.CONTROL)
    found = _found(recorder, past[4], control, at_ns=past[4].started_at_ns + 2)
    records: list[Record] = [*past, control, found]
    straight, shuffled = _recent(), _recent()
    straight.load(records)
    shuffled.load([records[place] for place in order])

    assert straight.standing(ALIVE).finding == found
    assert straight.standing(ALIVE) == shuffled.standing(ALIVE)
    assert (straight.failures, straight.findings) == (shuffled.failures, shuffled.findings)


def test_with_many_series_each_keeps_less():
    past = _past(Recorder(), *[None] * 20)
    recent = _recent(*past, bounds=Bounds(total=10))

    assert len(recent.observations()) == 5


def test_series_beyond_the_cap_are_turned_away_and_counted():
    recorder = Recorder()
    recent = _recent(
        recorder.observe(series("mobile", "hk-vps", "alive")), *_past(recorder, None), bounds=Bounds(series=2)
    )

    assert (recent.turned_away, list(recent.series)) == (1, [ALIVE, OTHER])


def test_loading_ignores_series_that_are_no_longer_planned():
    recent = _recent()
    recent.load([Recorder().observe(series("mobile", "hk-vps", "alive"))])

    assert list(recent.series) == [ALIVE, OTHER]


def test_a_new_plan_keeps_what_stays_and_forgets_what_goes():
    past = _past(Recorder(), None)
    recent = _recent(*past)
    recent.expect([ALIVE, series("mobile", "direct", "models")])

    assert State.OK is recent.standing(ALIVE).state
    assert [ALIVE, series("mobile", "direct", "models")] == list(recent.series)


def test_age_grows_with_the_boot_clock_and_not_with_the_wall_clock():
    clock = HandClock()
    recent = _recent(Recorder().observe(ALIVE, at_ns=NOW_NS - 2 * SECOND), clock=clock)
    clock.turn(10)
    clock.now_ns += 3600 * SECOND

    assert recent.standing(ALIVE).age_seconds == 12.0


def _miss(recorder: Recorder, first_slot: int, slots: int) -> Miss:
    return Miss(
        identity=recorder.identity(),
        series=ALIVE,
        first_slot=first_slot,
        slots=slots,
        reason=MissReason.LATE,
        intended_at_ns=NOW_NS,
        recorded_at_ns=NOW_NS,
    )


def test_misses_are_counted_by_slot():
    recorder = Recorder()
    recent = _recent(_miss(recorder, 1, 3), _miss(recorder, 9, 1))

    assert (recent.misses, recent.standing(ALIVE).missed_slots) == ({MissReason.LATE: 4}, 4)


def test_taints_are_counted_by_reason_and_by_observation():
    recorder = Recorder()
    recent = _recent(recorder.observe(ALIVE, taints=(Taint.LATE, Taint.SUSPENDED)))

    assert (recent.taints, recent.tainted) == ({Taint.LATE: 1, Taint.SUSPENDED: 1}, 1)


def _pending(slot: int | None) -> Pending:
    return Pending(series=ALIVE, slot=slot, phase=Phase.TLS, elapsed_seconds=1.0)


def test_a_probe_in_flight_grows_older_until_its_observation_comes():
    clock, recorder = HandClock(), Recorder()
    recent = _recent(_pending(NOW_NS // (5 * SECOND)), clock=clock)
    clock.turn(2.5)
    waiting = recent.standing(ALIVE).pending
    recent.write(recorder.observe(ALIVE))

    assert waiting is not None
    assert waiting.elapsed_seconds == 3.5
    assert None is recent.standing(ALIVE).pending


def test_an_older_observation_does_not_end_a_probe_in_flight():
    slot = NOW_NS // (5 * SECOND)
    recent = _recent(_pending(slot), Recorder().observe(ALIVE, at_ns=NOW_NS - 5 * SECOND))

    assert _pending(slot) == recent.standing(ALIVE).pending


def test_a_miss_of_its_slot_ends_a_probe_in_flight():
    recorder = Recorder()
    later = _recent(_pending(7), _miss(recorder, 8, 2))
    same = _recent(_pending(7), _miss(recorder, 6, 2))

    assert (_pending(7), None) == (later.standing(ALIVE).pending, same.standing(ALIVE).pending)


async def test_a_watcher_is_told_events_and_the_changes_that_follow():
    recent = _recent()
    failed, ok = _past(Recorder(), RESET, None)
    with recent.feed.watch() as watcher:
        recent.write(failed)
        recent.write(ok)
        news = await watcher.take()

    first = Turn(series=ALIVE, before=State.UNKNOWN, state=State.FAILED, since_ns=failed.started_at_ns)
    second = Turn(series=ALIVE, before=State.FAILED, state=State.OK, since_ns=ok.started_at_ns)
    assert (0, (failed, first, ok, second)) == news


async def test_loading_tells_nobody():
    recent = _recent()
    with recent.feed.watch() as watcher:
        recent.load(_past(Recorder(), RESET))
        recent.write(_pending(None))

        assert (0, (_pending(None),)) == await watcher.take()


def _found(recorder: Recorder, about: Observation, *used: Observation, at_ns: int = NOW_NS) -> Finding:
    return Finding(
        identity=recorder.identity(),
        series=about.series,
        causes=("tls.reset.sni",),
        rule="one",
        level=Level.SCORED,
        verdict=Verdict.BLOCKED,
        detail="made up",
        element="path[wifi>hk-vps]",
        parents=tuple(one.identity for one in (about, *used)),
        recorded_at_ns=at_ns,
    )


def _incident(recorder: Recorder) -> Incident:
    return Incident(
        identity=recorder.identity(),
        element="host[hk-vps]",
        cause="tls.reset",
        rule="one",
        vantages=("wifi",),
        parents=(),
        opened_at_ns=NOW_NS,
        last_seen_at_ns=NOW_NS,
    )


async def test_what_is_concluded_is_passed_on_and_moves_no_state():
    recorder = Recorder()
    [failed] = _past(recorder, RESET)
    recent = _recent(failed)
    found, incident = _found(recorder, failed), _incident(recorder)
    before = recent.standing(ALIVE)
    with recent.feed.watch() as watcher:
        recent.write(found)
        recent.write(incident)

        assert (0, (found, incident)) == await watcher.take()
    assert replace(before, finding=found) == recent.standing(ALIVE)


def test_a_finding_stands_with_its_series_until_that_turns():
    recorder = Recorder()
    [failed] = _past(recorder, RESET)
    found = _found(recorder, failed)
    recent = _recent(failed, found)
    standing = recent.standing(ALIVE).finding
    recent.write(recorder.observe(ALIVE, at_ns=NOW_NS + SECOND))

    assert (standing, recent.standing(ALIVE).finding) == (found, None)
    assert recent.findings == (found,)


def test_a_finding_delivered_twice_counts_once():
    recorder = Recorder()
    [failed] = _past(recorder, RESET)
    found = _found(recorder, failed)

    assert _recent(failed, found, found).findings == (found,)


def test_findings_are_bounded_newest_first():
    recorder = Recorder()
    [failed] = _past(recorder, RESET)
    found = [_found(recorder, failed, at_ns=NOW_NS + number) for number in range(5)]

    assert _recent(failed, *found, bounds=Bounds(findings=3)).findings == tuple(reversed(found[2:]))


def test_what_a_finding_rests_on_is_kept_beside_it():
    recorder = Recorder()
    [failed] = _past(recorder, RESET)
    control = recorder.observe(OTHER, purpose=Purpose.CONTROL, parent=failed.identity)
    elsewhere = recorder.observe(OTHER)
    found = _found(recorder, failed, control, elsewhere)
    recent = _recent(failed, control, elsewhere, found)

    assert recent.kept([*found.parents, recorder.identity()]) == {
        one.identity: one for one in (failed, control, elsewhere)
    }


def test_what_the_store_knows_of_a_failure_stands_again_although_its_beginning_is_long_past():
    recorder = Recorder()
    past = _past(recorder, *[RESET] * 30)
    control = recorder.observe(OTHER, purpose=Purpose.CONTROL, parent=past[0].identity)
    control = replace(control, series=replace(OTHER, check="control:gate"))
    found = _found(recorder, past[0], control, at_ns=past[0].started_at_ns + SECOND)
    recent = _recent(bounds=Bounds(per_series=10))
    recent.load([*past[-10:], found, past[0], control])

    assert recent.standing(ALIVE).finding == found
    assert (State.FAILED, past[0].started_at_ns, False) == _states(recent)
    assert recent.kept(found.parents) == {one.identity: one for one in (past[0], control)}


def test_observations_are_chosen_by_series_outcome_and_number():
    recorder = Recorder()
    past = _past(recorder, None, RESET, None, RESET)
    recent = _recent(*past, recorder.observe(OTHER))

    assert [past[3], past[1]] == list(recent.observations(series=ALIVE, outcome=Outcome.FAILED))
    assert [past[3]] == list(recent.observations(outcome=Outcome.FAILED, limit=1))
    assert list(recent.observations(series=series("mobile", "direct", "models"))) == []


def test_what_could_not_be_measured_in_between_does_not_end_a_failure():
    past = _past(Recorder(), None, RESET, DOWN, RESET)

    recent = _recent(*past)

    assert (State.FAILED, past[1].started_at_ns, True) == _states(recent)
