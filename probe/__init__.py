"""hopwatch probes every hop of a relay chain from several vantage networks and records, per phase, what happened.

The flow goes one way:

    config -> schedule -> vantage -> prober -> observation -> {metrics, store, page}

docs/architecture.md draws it once and says where what is to come will sit.
"""

__version__ = "0.1.0"
