"""Set up logging: one line per happening on standard error, as logfmt or JSON, with foreign text cleaned."""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import TextIO, TypeAlias, cast

import structlog

from probe.text import clean

ExcInfo: TypeAlias = (
    "tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]"
)

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("logfmt", "json")


def _cleaned(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Clean every text value, because a target may have written it; a traceback keeps its lines."""
    for key, value in event.items():
        if key == "exception" and isinstance(value, str):
            event[key] = "\n".join(clean(line) for line in value.splitlines())
        else:
            event[key] = _clean(value)
    return event


def _clean(value: object) -> object:
    match value:
        case str():
            return clean(value)
        case list() | tuple():
            return [_clean(one) for one in value]
        case _:
            return value


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


class _Libraries(logging.Formatter):
    """Format what libraries log; a traceback of theirs may quote what a target sent."""

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - the name in the standard library
        return "\n".join(clean(line) for line in super().formatException(ei).splitlines())


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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Libraries("level=%(levelname)s logger=%(name)s event=%(message)r"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
