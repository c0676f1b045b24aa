"""The catalogue of Chinese: what each English text of the page is called, as data.

A text of ours is found by its English sentence, places in braces and all. What other parts of the program say in
English is found by pattern: the places match whatever stands there.
"""

import re
from collections.abc import Mapping
from typing import Final

from probe.web.words.zh_page import PAGE
from probe.web.words.zh_records import RECORDS
from probe.web.words.zh_said import SAID

CATALOGUE: Final[Mapping[str, str]] = {**PAGE, **SAID, **RECORDS}


# A name has no space; anything else may have.
_NAMES: Final = frozenset({"vantage", "hop", "near", "far", "provider"})


def _place(name: str) -> str:
    return rf"(?P<{name}>\S+?)" if name in _NAMES else f"(?P<{name}>.+?)"


def _matching(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)(?::,)?\}", english)
    return re.compile(
        "".join(_place(part) if place % 2 else re.escape(part) for place, part in enumerate(parts)),
        re.DOTALL,
    )


# Those with the most of their own words first, so that no other takes a text that is theirs.
PATTERNS: Final = tuple(
    (_matching(english), chinese)
    for english, chinese in sorted(SAID.items(), key=lambda one: -len(re.sub(r"\{\w+\}", "", one[0])))
    if "{" in english
)
