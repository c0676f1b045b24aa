"""The label values that do not come from the configuration: closed sets, whatever an event says; pure."""

import re

from probe.cause.taxonomy import is_known
from probe.exporter.metrics.board import Key
from probe.model import OWN_LAYERS, Failure, Layer, Series

# Alert names are an open end of the taxonomy: they are told by the TLS library, which we do not trust with a label.
_PLAIN = re.compile(r"[a-z0-9_.]{1,64}")
OTHER_CAUSE = "other"


def check_key(series: Series) -> Key:
    """Return the labels of a figure about one check."""
    return (series.vantage, series.route, series.hop, series.check)


def hop_key(series: Series) -> Key:
    """Return the labels of a figure about one hop, whatever the check."""
    return (series.vantage, series.route, series.hop)


def vantage_key(series: Series) -> Key:
    """Return the label of a figure about one vantage."""
    return (series.vantage,)


def known_cause(cause: str) -> str:
    """Return a cause of the taxonomy as it is, and `other` for anything else."""
    return cause if is_known(cause) and _PLAIN.fullmatch(cause) else OTHER_CAUSE


def layer_label(cause: str) -> Layer:
    """Return the layer of a cause, its first word; one that has none is a defect of ours, so its layer is meta."""
    try:
        return Layer(cause.partition(".")[0])
    except ValueError:
        return Layer.META


def own_layer_label(failure: Failure | None) -> Layer:
    """Return the layer of own trouble."""
    layer = layer_label(failure.cause if failure is not None else "")
    return layer if layer in OWN_LAYERS else Layer.META
