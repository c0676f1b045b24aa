"""Which notices a channel is told: by severity, by quiet times, and never the same twice in a row."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.notice import Gate, Kind, Notice, Quiet, Severity, Status, Subject
from probe.notice.quiet import Nightly, Once, quiet_since
from tests.notice_story import broken_law

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = Nightly(from_minute=23 * 60, until_minute=7 * 60, zone=SHANGHAI)
ROUTE, HOP = Subject(kind=Kind.ROUTE, name="chat"), Subject(kind=Kind.HOP, hop="direct")


def at(text: str, zone=SHANGHAI) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 10**9


DAY, EVENING, MORNING = at("2026-11-23T12:00"), at("2026-11-23T23:30"), at("2026-11-24T07:00")


def notice(
    subject: Subject = HOP,
    status: Status = Status.FIRING,
    severity: Severity = Severity.WARNING,
    since_ns: int = DAY,
) -> Notice:
    return Notice(subject=subject, status=status, severity=severity, at_ns=since_ns, since_ns=since_ns)


def over(one: Notice) -> Notice:
    return notice(one.subject, Status.RESOLVED, one.severity)


@pytest.mark.parametrize(
    ("text", "is_quiet"),
    [
        ("2026-11-23T22:59:59", False),
        ("2026-11-23T23:00:00", True),
        ("2026-11-24T00:00:00", True),
        ("2026-11-24T06:59:59", True),
        ("2026-11-24T07:00:00", False),
    ],
)
def test_night_goes_over_midnight_by_the_clock_of_its_place(text, is_quiet):
    assert (NIGHT.began_ns(at(text)) is not None) is is_quiet


def test_night_belongs_to_the_day_on_which_it_begins():
    # 2026-11-23 is a Monday.
    friday = Nightly(from_minute=23 * 60, until_minute=7 * 60, zone=SHANGHAI, days=frozenset({4}))

    assert friday.began_ns(at("2026-11-28T03:00")) == at("2026-11-27T23:00")
    assert friday.began_ns(at("2026-11-28T23:30")) is None


def test_night_over_a_change_of_the_clock_ends_when_the_clock_says_so():
    berlin = ZoneInfo("Europe/Berlin")
    night = Nightly(from_minute=23 * 60, until_minute=7 * 60, zone=berlin)

    assert night.began_ns(at("2026-10-25T06:59", berlin)) == at("2026-10-24T23:00", berlin)
    assert night.began_ns(at("2026-10-25T07:00", berlin)) is None


def test_quiet_once_is_until_its_instant():
    pause = Once(until_ns=at("2026-11-24T00:00", UTC))

    assert (quiet_since([pause], DAY), quiet_since([pause], at("2026-11-24T00:00", UTC))) == (0, None)


def test_what_matters_too_little_is_not_told_and_neither_is_its_end():
    gate = Gate(least=Severity.CRITICAL)

    assert [gate.take(one, DAY).notices for one in (notice(), over(notice()))] == [(), ()]


def raised(one: Notice, before: Severity = Severity.WARNING) -> Notice:
    return replace(one, raised_from=before)


WORSE = notice(severity=Severity.CRITICAL)


def test_what_gets_worse_is_told_once_as_such_to_whom_it_was_told_and_as_new_to_whom_it_mattered_too_little():
    low, high = Gate(), Gate(least=Severity.CRITICAL)
    for gate in (low, high):
        gate.take(notice(), DAY)

    assert [low.take(WORSE, DAY).notices for _ in range(2)] == [(raised(WORSE),), ()]
    assert [high.take(WORSE, DAY).notices for _ in range(2)] == [(WORSE,), ()]
    assert low.take(notice(), DAY).notices == ()
    assert low.take(over(WORSE), DAY).notices == (over(WORSE),)


def test_what_gets_worse_at_night_goes_out_as_such_where_it_is_critical():
    gate = Gate(quiet=[NIGHT])
    gate.take(notice(), DAY)

    assert gate.take(WORSE, EVENING).notices == (raised(WORSE),)


def test_what_gets_worse_at_night_and_does_not_matter_enough_is_told_in_the_morning():
    gate = Gate(quiet=[NIGHT])
    gate.take(notice(severity=Severity.INFO), DAY)

    assert gate.take(notice(), EVENING).held == 1
    assert gate.release(MORNING).notices == (raised(notice(), Severity.INFO),)
    assert gate.take(notice(), MORNING).notices == ()


def test_what_failed_again_at_night_worse_than_it_was_told_is_told_as_worse():
    gate = Gate(quiet=[NIGHT])
    for one, when in ((notice(), DAY), (over(notice()), EVENING)):
        gate.take(one, when)

    assert gate.take(WORSE, EVENING).notices == (raised(WORSE),)
    assert gate.release(MORNING).notices == ()


def test_what_got_worse_after_a_restart_is_told_as_such():
    gate = Gate()
    gate.restore([notice()], DAY)

    assert [gate.take(one, DAY).notices for one in (notice(), WORSE)] == [(), (raised(WORSE),)]


def test_only_what_is_critical_goes_out_at_night():
    gate = Gate(quiet=[NIGHT])
    grave = notice(ROUTE, severity=Severity.CRITICAL)

    assert gate.take(notice(), EVENING).held == 1
    assert gate.take(grave, EVENING).notices == (grave,)


def test_what_was_held_back_and_is_still_true_goes_out_together_in_the_morning():
    gate = Gate(quiet=[NIGHT])
    kept, gone = notice(HOP), notice(ROUTE)
    for one in (kept, gone, over(gone)):
        gate.take(one, EVENING)

    still = gate.release(EVENING)
    morning = gate.release(MORNING)

    assert still.notices == ()
    assert (morning.notices, morning.vanished) == ((kept,), 1)
    assert gate.take(over(kept), MORNING).notices == (over(kept),)


def test_end_at_night_of_what_was_told_by_day_is_told_in_the_morning():
    gate = Gate(quiet=[NIGHT])
    gate.take(notice(), DAY)

    assert gate.take(over(notice()), EVENING).held == 1
    assert gate.release(MORNING).notices == (over(notice()),)


def test_what_is_in_the_morning_as_it_was_in_the_evening_is_not_told_again():
    gate = Gate(quiet=[NIGHT])
    gate.take(notice(), DAY)
    for one in (over(notice()), notice()):
        gate.take(one, EVENING)

    assert gate.release(MORNING).notices == ()
    assert gate.take(over(notice()), MORNING).notices == (over(notice()),)


def test_restart_at_night_forgets_nothing_that_was_held_back():
    before, since_night = notice(ROUTE), notice(HOP, since_ns=EVENING)
    gate = Gate(quiet=[NIGHT])
    gate.restore([before, since_night], at("2026-11-24T01:00"))

    assert gate.release(MORNING).notices == (since_night,)
    assert gate.take(over(before), MORNING).notices == (over(before),)


_STEPS = st.lists(
    st.tuples(
        st.sampled_from([ROUTE, HOP]),
        st.sampled_from(list(Status)),
        st.sampled_from(list(Severity)),
        st.integers(0, 7200),
        st.booleans(),
    ),
    max_size=40,
)


@given(_STEPS, st.sampled_from(list(Severity)), st.sampled_from([(), (NIGHT,)]))
def test_whatever_comes_only_gets_worse_until_it_is_over(steps, least, quiet: tuple[Quiet, ...]):
    gate, now = Gate(least=least, quiet=quiet), at("2026-11-23T20:00")
    told: dict[Subject, list[Notice]] = {ROUTE: [], HOP: []}
    for subject, status, severity, seconds, is_released in steps:
        now += seconds * 10**9
        passed = [gate.take(notice(subject, status, severity), now)]
        if is_released:
            passed.append(gate.release(now))
        for one in (one for each in passed for one in each.notices):
            told[one.subject].append(one)

    assert [broken_law(notices) for notices in told.values()] == [None, None]
