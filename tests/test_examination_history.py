"""What is remembered of the last probes to a hop: so much, so long, and of nobody else."""

from dataclasses import replace

from probe.examination.history import History
from probe.model import Purpose
from tests.repeating import plan, probe
from tests.transport_cases import met

HERE = probe("check", hop="hk")
OTHERS = (probe("other", hop="hk"), probe("check", hop="static"), probe("check", hop="hk", vantage="mobile"))


def seen(of, at, **facts):
    return replace(met(at=at), series=of.series, **facts)


def lately(history, now):
    return [
        round((one.started_at_ns - met().started_at_ns) / 1e9)
        for one in history.known(HERE, met(at=now).started_at_ns).lately
    ]


def test_it_knows_every_check_of_the_hop_from_this_vantage_in_their_order():
    history = History(plan([HERE, *OTHERS]))
    for at, of in enumerate((HERE, *OTHERS, HERE)):
        history.note(seen(of, float(at)))

    assert lately(history, 5.0) == [0, 1, 4]


def test_it_forgets_what_is_older_than_five_minutes_and_more_than_sixteen():
    history = History(plan([HERE]))
    for at in range(0, 400, 10):
        history.note(seen(HERE, float(at)))

    assert lately(history, 400.0) == list(range(240, 400, 10))
    assert lately(history, 600.0) == list(range(300, 400, 10))


def test_it_takes_in_no_control():
    history = History(plan([HERE]))
    history.note(seen(HERE, 0.0, purpose=Purpose.CONTROL))

    assert lately(history, 1.0) == []


def test_another_plan_ends_what_is_known_of_a_hop_that_it_has_not():
    history = History(plan([HERE, *OTHERS]))
    history.note(seen(HERE, 0.0))
    history.adopt(plan([OTHERS[1]]))
    history.adopt(plan([HERE]))

    assert lately(history, 1.0) == []
