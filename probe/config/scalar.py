"""What a word without quotes means: only readings on which YAML 1.1 and YAML 1.2 agree are taken.

`NO` is false to a YAML 1.1 reader and text to a 1.2 reader, 0777 is 511 or 777, 12:30:45 is 45045 or text, 1e3 is text
or 1000. Whoever wrote one of these meant something that half of the tools get wrong, so it is refused.
"""

import re

from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from probe.config.document import Json

_RESOLVER = Resolver()
_TRUE, _FALSE = frozenset({"true", "True", "TRUE"}), frozenset({"false", "False", "FALSE"})
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
# YAML 1.2.2, 10.3.2: what the core schema takes for a number.
_CORE_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9_]+(:[0-5]?[0-9])+(\.[0-9_]*)?")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class UnclearError(ValueError):
    """A value that cannot be taken, with what to write instead; the value itself, maybe a key, is not repeated."""


def tag_of(text: str) -> str:
    """Return YAML 1.1's type of a word without quotes: str, null, bool, int, float, timestamp, merge or value."""
    tag: str = _RESOLVER.resolve(ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]  # stub lacks types
    return tag.rpartition(":")[2]


def parse_quoted(text: str) -> str:
    """Return a text in quotes as it is. Raises UnclearError for control characters."""
    if _UNFIT.search(text):
        raise UnclearError("the text holds a control character or half of a surrogate pair")
    return text


def parse_plain(text: str) -> Json:
    """Return the value of a word without quotes. Raises UnclearError."""
    match tag_of(text):
        case "null":
            return None
        case "bool":
            return _truth(text)
        case "int" | "float":
            return _number(text)
        case _ if _CORE_NUMBER.fullmatch(text):
            return _number(text)
        case _:
            return parse_quoted(text)


def _truth(text: str) -> bool:
    if text not in _TRUE | _FALSE:
        raise UnclearError(
            "yes, no, on and off are true and false to some YAML readers and text to others;"
            " write true or false, or quote this value"
        )
    return text in _TRUE


def _number(text: str) -> int | float:
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _SEXAGESIMAL.fullmatch(text):
        raise UnclearError(
            "quote this value: without quotes some YAML readers take it for a number of base 60"
        )
    raise UnclearError(
        "YAML readers disagree on which number this is, if any; write a plain decimal number, or quote this value"
    )
