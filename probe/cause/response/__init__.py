"""Who made an unexpected response, told from its status, headers and first bytes; pure.

`rules` has the table; beside it a module for each kind of author. What follows from an author once more is known than the
response itself, `upstream` says; whom it blames, `blame`.
"""

from probe.cause.response.answer import Answer
from probe.cause.response.proxy_status import proxy_error, proxy_status
from probe.cause.response.rules import TABLE, author

__all__ = ["TABLE", "Answer", "author", "proxy_error", "proxy_status"]
