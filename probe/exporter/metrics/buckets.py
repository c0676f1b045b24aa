"""The bucket edges of every histogram, in seconds, few because each one is a line per check and phase.

They are narrow where a chain from East Asia to the United States usually lies: 20 to 400 ms for a round trip, up to
some seconds for an answer. Means are exact all the same: the sum and the count tell them.
"""

from collections.abc import Mapping

from probe.model import Phase

Edges = tuple[float, ...]

# No probe outlasts its timeout, 10 s unless one says more: an edge there would say what +Inf says.
DURATION: Edges = (0.1, 0.2, 0.4, 0.8, 1.5, 3.0)
# For what is shown beside a figure with edges: its sum and count, and so its exact mean.
MEAN: Edges = ()
RTT: Edges = (0.01, 0.03, 0.06, 0.12, 0.2, 0.4)
SCHEDULE_LAG: Edges = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
LOOP_LAG: Edges = (0.001, 0.005, 0.02, 0.1, 0.5)
PHASE: Mapping[Phase, Edges] = {
    Phase.RESOLVE: (0.01, 0.1, 1.0),
    Phase.PROXY: (0.05, 0.2, 1.0),
    Phase.CONNECT: (0.02, 0.05, 0.1, 0.2, 0.5),
    Phase.ECHO: (0.02, 0.05, 0.1, 0.2, 0.5),
    Phase.TLS: (0.03, 0.1, 0.25, 0.8),
    Phase.PROCESSING: (0.1, 0.2, 0.4, 0.8, 2.0, 5.0),
    Phase.TRANSFER: (0.01, 0.1, 1.0),
}


def lines(edges: Edges) -> int:
    """Count the sample lines of one histogram: its buckets, +Inf, sum and count."""
    return len(edges) + 3
