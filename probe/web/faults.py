"""What aiohttp has to say of requests, in our words: a malformed one is nothing, a fault of ours is an error.

On its own it logs a traceback of many lines, with bytes of the request in it, for every malformed request of anybody.
"""

import logging
from traceback import format_exception
from typing import Final

import structlog
from aiohttp.http_exceptions import HttpProcessingError

_log = structlog.get_logger()


class _InOurWords(logging.Handler):
    """Hands on what happened, without a word of the request."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record of aiohttp's."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or isinstance(error, HttpProcessingError):
            _log.debug("web.request_malformed", kind=type(error).__name__)
        else:
            _log.error("web.request_broke", exception="".join(format_exception(error)))


LOGGER: Final = logging.getLogger("probe.web")
LOGGER.propagate = False
LOGGER.addHandler(_InOurWords())
