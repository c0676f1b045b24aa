"""Times as every sentence of the commands has them."""

import pytest

from probe.cli.lapse import between, lapse


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0.00 ms"),
        (0.000349, "0.35 ms"),
        (0.009994, "9.99 ms"),
        (0.009996, "10.0 ms"),
        (0.0996, "99.6 ms"),
        (0.09996, "100 ms"),
        (0.99949, "999 ms"),
        (0.9996, "1.00 s"),
        (9.9965, "10.00 s"),
        (120.4, "120 s"),
    ],
)
def test_a_time_has_three_figures_and_the_unit_that_fits(seconds, said):
    assert lapse(seconds) == said


def test_times_that_read_alike_are_said_once():
    assert (between(0.0151, 0.01512), between(0.015, 1.2)) == ("15.1 ms", "15.0 ms to 1.20 s")
