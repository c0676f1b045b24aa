"""Which distances a trace asks, in which order, and when it stops."""

from hypothesis import given
from hypothesis import strategies as st

from probe.abc import IcmpError
from probe.model import Stamp
from probe.steps.ladder import Ladder


def ladder(**changes):
    return Ladder(**({"max_hops": 10, "give_up_after": 3, "packets": 30} | changes))


def asked(steps, answering=(), target=None, limit=100):
    """The distances that are asked when those in `answering` answer at once, and the target from `target` on."""
    order: list[int] = []
    while (ttl := steps.next()) is not None and len(order) < limit:
        steps.asked(ttl)
        order.append(ttl)
        if target is not None and ttl >= target:
            steps.reached(ttl, "t", 0.01, Stamp.KERNEL)
        elif ttl in answering:
            steps.passed(ttl, f"r{ttl}", 0.01, Stamp.KERNEL)
    return order


def test_the_nearest_comes_first_and_the_target_ends_it():
    steps = ladder()

    assert asked(steps, answering=range(10), target=4) == [1, 2, 3, 4]
    assert (steps.ended, steps.target_ttl) == ("target", 4)


def test_so_many_silent_ones_in_a_row_end_it():
    steps = ladder()

    assert asked(steps, answering=[1, 2]) == [1, 2, 3, 4, 5]
    assert steps.ended == "silence"


def test_a_target_that_is_known_to_answer_is_looked_for_behind_any_silence():
    steps = ladder(max_hops=9)
    steps.press_on()

    assert list(range(1, 10)) == asked(steps, target=9)


def test_silent_ones_are_asked_again_before_those_that_answered():
    steps = ladder()
    asked(steps, answering=[1, 3], target=4)
    steps.ask_again(2)

    assert asked(steps, answering=[1, 3], target=4) == [2, 1, 3, 4]


def test_a_silent_one_that_answers_later_lets_the_trace_go_on():
    steps = ladder(give_up_after=1)
    asked(steps, answering=[1])
    steps.ask_again(2)

    assert asked(steps, answering=[1, 2], limit=2) == [2, 3]


def test_no_more_packets_than_allowed():
    steps = ladder(packets=12)
    asked(steps, answering=range(10), target=10)
    steps.ask_again(10)
    asked(steps, answering=range(10), target=10)

    assert steps.sent == 12


def test_a_packet_that_is_taken_back_is_asked_anew_and_still_paid_for():
    steps = ladder()
    steps.asked(1)
    steps.withdraw(1)

    assert (steps.next(), steps.sent, steps.hops()) == (1, 1, ())


def test_a_circle_ends_it():
    steps = ladder()
    for ttl, address in enumerate("abcbc", start=1):
        steps.asked(ttl)
        steps.passed(ttl, address, 0.01, Stamp.KERNEL)

    assert (steps.next(), steps.ended, steps.circle) == (None, "circle", ("b", "c"))


def test_a_refusal_ends_it_where_it_was_said():
    steps = ladder()
    asked(steps, answering=[1, 2], limit=3)
    told = IcmpError(
        sender="r2", type=3, code=13, mtu_bytes=0, quoted=b"", at_ns=0, read_ns=0, stamp=Stamp.KERNEL
    )
    steps.refused(3, told, 0.01)

    assert (steps.next(), steps.ended, len(steps.hops())) == (None, "refused", 3)


@given(
    st.integers(1, 12),
    st.integers(1, 5),
    st.integers(1, 4),
    st.sets(st.integers(1, 12)),
    st.integers(10, 60),
)
def test_no_distance_is_asked_more_often_than_wished_and_the_counts_add_up(
    max_hops, give_up_after, tries, answering, packets
):
    steps = Ladder(max_hops=max_hops, give_up_after=give_up_after, packets=packets)
    order = asked(steps, answering)
    steps.ask_again(tries)
    order += asked(steps, answering)
    hops = steps.hops()

    assert len(order) == steps.sent <= packets
    assert all(order.count(hop.ttl) == hop.sent <= tries for hop in hops)
    assert all((hop.answered == hop.sent) == (hop.ttl in answering) for hop in hops)
    assert [hop.ttl for hop in hops] == sorted(hop.ttl for hop in hops)
