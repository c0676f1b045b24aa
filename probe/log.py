"""Set up logging: one line per happening on standard error, as logfmt or JSON, with foreign text cleaned."""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import TextIO, cast

import structlog

from probe.text import clean

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("logfmt", "json")


def _cleaned(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Clean every text value, because a target may have written it; a traceback keeps its lines."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = clean(value)
    return event


class _StandardError:
    """Standard error as long as anybody is there: a terminal that closed or a pipe's dead end stops no probe."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def set_up(level: str, fmt: str) -> None:
    """Log from `level` upwards in format `fmt` (logfmt or json)."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if fmt == "json"
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _cleaned,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _StandardError(sys.stderr))),
        cache_logger_on_first_use=False,
    )
    # Libraries log through the standard library; only their warnings concern an operator.
    logging.basicConfig(
        level=logging.WARNING,
        stream=sys.stderr,
        format="level=%(levelname)s logger=%(name)s event=%(message)r",
    )
