"""Read a header that is a list of items with parameters (Structured Fields, RFC 9651); pure, and bounded.

Strict within a member, so that quoted text can feign no parameter; a member that is not valid is left out, and not the
whole field, because it may be the work of another hop than its neighbours.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Bare = bool | int | float | str | bytes

_MOST_CHARACTERS = 8192
_MOST_MEMBERS = 20
_MOST_PARAMETERS = 20
# What stands between two commas of the list: quoted text and inner lists may hold commas themselves.
# What is never given back costs no second look, whatever a hop sends.
_MEMBER = re.compile(r'(?:[^,"(]|"(?:[^"\\]|\\.?)*+"?|\([^)]*+\)?)++')
_KEY = re.compile(r";[ ]*([a-z*][a-z0-9_.*-]*)")
_BARE = re.compile(
    r"(?P<decimal>-?[0-9]{1,12}\.[0-9]{1,3})(?![0-9.])"
    r"|(?P<integer>-?[0-9]{1,15})(?![0-9.])"
    r'|"(?P<string>(?:[ !#-\[\]-~]|\\["\\])*)"'
    r"|(?P<token>[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*)"
    r"|:(?P<bytes>[A-Za-z0-9+/=]*):"
    r"|\?(?P<boolean>[01])"
    r"|@(?P<date>-?[0-9]{1,15})"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One member of the list: its value, and its parameters in their order."""

    value: Bare
    parameters: Mapping[str, Bare]


def items(line: str) -> Iterator[Item]:
    """Yield the members of one field line that are valid items, in their order."""
    for number, found in enumerate(_MEMBER.finditer(line[:_MOST_CHARACTERS])):
        if number >= _MOST_MEMBERS:
            return
        if (item := _item(found[0].strip(" \t"))) is not None:
            yield item


def _item(text: str) -> Item | None:
    read = _bare(text, 0)
    if read is None:
        return None
    value, place = read
    parameters: dict[str, Bare] = {}
    while place < len(text):
        key = _KEY.match(text, place)
        if key is None or len(parameters) >= _MOST_PARAMETERS:
            return None
        place = key.end()
        parameters[key[1]] = True
        if text[place : place + 1] == "=":
            read = _bare(text, place + 1)
            if read is None:
                return None
            parameters[key[1]], place = read
    return Item(value, parameters)


def _bare(text: str, place: int) -> tuple[Bare, int] | None:
    """Read the bare item that begins at `place`; return it and where it ends."""
    found = _BARE.match(text, place)
    if found is None or found.lastgroup is None:
        return None
    try:
        return _value(found.lastgroup, found[found.lastgroup]), found.end()
    except binascii.Error:
        return None


def _value(kind: str, text: str) -> Bare:
    match kind:
        case "decimal":
            return float(text)
        case "integer" | "date":
            return int(text)
        case "string":
            return re.sub(r"\\(.)", r"\1", text)
        case "bytes":
            return base64.b64decode(text, validate=True)
        case "boolean":
            return text == "1"
        case _:
            return text
