"""Refuse a secret that is written into the configuration: files are copied, shown and committed."""

import re
from collections.abc import Iterator

from probe.config.document import Complaint, Document, Json, KeyPath

_TELLING = re.compile(r"authorization|cookie|token|secret|passw|api-?key", re.IGNORECASE)


def complaints(document: Document) -> Iterator[Complaint]:
    """Yield a complaint for every header that by its name carries a secret, and has it as plain text."""
    for path in _headers(document.tree, ()):
        yield document.at_value(
            path, "a secret is not written here but named: {file: PATH} or {env: VARIABLE}"
        )


def _headers(tree: Json, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _headers(value, (*path, index))
    if isinstance(tree, dict):
        for key, value in tree.items():
            if path[-1:] == ("headers",) and isinstance(value, str) and _TELLING.search(key):
                yield (*path, key)
            yield from _headers(value, (*path, key))
