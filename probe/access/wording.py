"""Say what is wrong with a web configuration, each mistake at its line; no value of the file is repeated."""

import difflib
from collections.abc import Iterable

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from probe.access.models import WebConfig
from probe.config.document import Complaint, Document, Json, KeyPath
from probe.config.wording import Finding, say


def complaints(document: Document, error: ValidationError) -> Iterable[Complaint]:
    """Yield a complaint per mistake."""
    for one in error.errors(include_url=False):
        path = tuple(part for part in one["loc"] if part != "[key]")
        if one["type"] == "extra_forbidden":
            yield document.at_key(path, _unknown(path))
        elif one["type"] == "literal_error":
            yield document.at_value(path, f"expected {one['ctx']['expected'].removeprefix(repr('') + ', ')}")
        else:
            yield document.at_value(path, _said(document.tree, path, one))


def _said(tree: Json, path: KeyPath, error: ErrorDetails) -> str:
    value = tree
    for part in path:
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
    kind = "tuple_type" if error["type"] == "list_type" else error["type"]
    finding = Finding(type=kind, text=error["msg"], path=path, value=value, tree=tree, is_about_key=False)
    if error["type"] in ("model_type", "dict_type", "mapping_type"):
        return "expected a mapping of keys to values"
    return say(finding)


def _unknown(path: KeyPath) -> str:
    known = _known(path[:-1])
    near = difflib.get_close_matches(str(path[-1]).lower(), known, n=1)
    if near:
        return f"unknown key; did you mean {near[0]!r}?"
    return f"unknown key; known here: {', '.join(known)}"


def _known(path: KeyPath) -> list[str]:
    model: type[BaseModel] = WebConfig
    for part in path:
        found = model.model_fields[str(part)].annotation
        assert isinstance(found, type)  # noqa: S101 - only models have models' keys below them
        assert issubclass(found, BaseModel)  # noqa: S101 - as above
        model = found
    return [field.alias or name for name, field in model.model_fields.items()]
