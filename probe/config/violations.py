"""Collect everything in which a document breaks the models' rules, each once and at its own place."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from probe.config.document import Complaint, Document, Json, KeyPath
from probe.config.wording import Finding, meant, say

# In a choice of text or mapping (a header's value), pydantic complains about both; these are about the form alone.
_FORMS = frozenset({"string_type", "dataclass_type", "model_type"})
# Nobody reads more at once, and to look for near misses takes time.
_MOST = 1000
_UNKNOWN_KEY = frozenset({"extra_forbidden", "unexpected_keyword_argument"})


def complaints(document: Document, error: ValidationError) -> Iterable[Complaint]:
    """Yield a complaint per mistake."""
    errors = error.errors(include_url=False)[:_MOST]
    findings = _chosen([_finding(document.tree, one) for one in errors])
    misspelt = {(*one.path[:-1], meant(one)) for one in findings if one.type in _UNKNOWN_KEY}
    for finding in findings:
        if finding.type == "missing" and finding.path in misspelt:
            continue
        if finding.type == "missing":
            yield document.missing(finding.path, say(finding))
        elif finding.is_about_key:
            yield document.at_key(finding.path, say(finding))
        else:
            yield document.at_value(finding.path, say(finding))


def _finding(tree: Json, error: ErrorDetails) -> Finding:
    location = error["loc"]
    path, value = _within(tree, location)
    if error["type"] == "missing":
        path = (*path, location[-1])
    is_about_name = bool(location) and location[-1] == "[key]"
    return Finding(
        type=error["type"],
        text=error["msg"],
        path=path,
        value=value,
        tree=tree,
        is_about_key=is_about_name or error["type"] in {"missing", *_UNKNOWN_KEY},
    )


def _within(tree: Json, location: Sequence[str | int]) -> tuple[KeyPath, Json]:
    """Follow pydantic's location into the tree, over the words that name alternatives and not keys."""
    path: list[str | int] = []
    for part in location:
        match tree, part:
            case dict(), str() if part in tree:
                tree = tree[part]
            case list(), int() if part < len(tree):
                tree = tree[part]
            case _:
                continue
        path.append(part)
    return tuple(path), tree


def _chosen(findings: list[Finding]) -> list[Finding]:
    """Of what pydantic says about the alternatives of one value, keep what fits the form that was given."""
    by_path: dict[KeyPath, list[str]] = {}
    for finding in findings:
        for length in range(len(finding.path) + 1):
            by_path.setdefault(finding.path[:length], []).append(finding.type)
    return [one for one in findings if not _is_beside_the_point(one, by_path)]


def _is_beside_the_point(finding: Finding, by_path: Mapping[KeyPath, list[str]]) -> bool:
    has_others = len(by_path[finding.path]) > 1
    if finding.type not in _FORMS or not has_others:
        # A list counts as too short when its entries are wrong.
        return finding.type == "too_short" and has_others
    is_mapping = isinstance(finding.value, dict)
    return is_mapping if finding.type == "string_type" else not is_mapping
