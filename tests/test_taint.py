"""Late is not slow: only figures that our own trouble can have touched are tainted."""

import pytest

from probe.model import Phase, Stamp, Taint, Timing
from probe.taint import Conditions, taints

CALM = {"elapsed": 1.0, "loop_lag": 0.0, "send_bracket": 0.0, "wall_drift": 0.0, "suspended": False}


def timing(seconds, stamp):
    return Timing(phase=Phase.PROCESSING, seconds=seconds, stamp=stamp)


@pytest.mark.parametrize(
    ("one", "conditions", "expected"),
    [
        (timing(0.1, Stamp.USER), {}, ()),
        (timing(0.1, Stamp.KERNEL), {"loop_lag": 0.5}, ()),
        (timing(0.1, Stamp.USER), {"loop_lag": 0.02}, (Taint.LATE,)),
        (timing(0.1, Stamp.USER), {"loop_lag": 0.009}, ()),
        (timing(0.01, Stamp.USER), {"loop_lag": 0.004}, ()),
        (timing(0.01, Stamp.KERNEL), {"send_bracket": 0.02}, (Taint.LATE,)),
        (timing(0.1, Stamp.KERNEL), {"suspended": True}, (Taint.SUSPENDED,)),
        (timing(0.1, Stamp.KERNEL), {"wall_drift": -0.01}, (Taint.CLOCK_STEP,)),
        (timing(0.1, Stamp.KERNEL), {"wall_drift": 0.004, "elapsed": 8.0}, ()),
    ],
    ids=[
        "calm",
        "kernel stamps do not mind a late loop",
        "our own stamp does",
        "within a tenth of the figure",
        "within 5 ms",
        "a long send call hides the start",
        "suspended",
        "clock set back",
        "ntp slews",
    ],
)
def test_taints(one, conditions, expected):
    assert taints([one], Conditions(**(CALM | conditions))) == expected
