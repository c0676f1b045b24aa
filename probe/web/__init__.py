"""What a reader gets over HTTP: the page, the metrics, the health of the daemon, and the JSON API. It reads only."""

from probe.web.app import make_app
from probe.web.board import BOARD, Board, Exposition
from probe.web.limits import Limits
from probe.web.serve import ListenError, serving

__all__ = ["BOARD", "Board", "Exposition", "Limits", "ListenError", "make_app", "serving"]
