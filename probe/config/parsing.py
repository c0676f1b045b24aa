"""Turn a configuration's text into a Config, or into all of its problems."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from probe.config import consents, families, literals, politeness, references, thresholds, violations
from probe.config.config import Config
from probe.config.document import Complaint, Document, Json
from probe.config.errors import ConfigError, Problem
from probe.config.reading import MOST_BYTES, TOO_LARGE, read
from probe.prober import PROBERS
from probe.vantage import VANTAGES


def parse(text: str, *, where: str, folder: Path) -> Config:
    """Return the configuration in `text`, which `where` names and whose relative paths begin at `folder`.

    Raises ConfigError with every problem.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise ConfigError(where, [_whole(TOO_LARGE)])
    document = read(text)
    if document.is_complete and document.tree is None and not document.complaints:
        message = "this configuration is empty; `hopwatch config example` prints one to begin with"
        raise ConfigError(where, [_whole(message)])
    if not document.is_complete:
        raise ConfigError(where, _problems(document.complaints))
    return _checked(document, where, folder)


def _checked(document: Document, where: str, folder: Path) -> Config:
    _spell_out_kinds(document.tree)
    config, found = _validated(document, folder)
    found += [*references.complaints(document), *literals.complaints(document)]
    found = [*document.complaints, *_new(found, document)]
    if config is None or found:
        raise ConfigError(where, _problems(found))
    if not config.plan().probes:
        message = "nothing is left to probe: every check is switched off, crosses a hop that is, or cannot be asked by proxy"
        raise ConfigError(where, _problems([document.at_key(("routes",), message)]))
    if found := [
        *thresholds.complaints(document, config, config.plan()),
        *consents.complaints(document, config),
        *politeness.complaints(document, config.plan()),
        *families.complaints(document, config, config.plan()),
    ]:
        raise ConfigError(where, _problems(found))
    return config


def _validated(document: Document, folder: Path) -> tuple[Config | None, list[Complaint]]:
    # As JSON, because pydantic is strict there about words and numbers but not about lists and tuples.
    try:
        return Config.model_validate_json(json.dumps(document.tree), context=folder), []
    except ValidationError as error:
        return None, list(violations.complaints(document, error))


def _new(found: Iterable[Complaint], document: Document) -> Iterable[Complaint]:
    """Leave out what only follows from something that the reader has complained about."""
    places = {complaint.place for complaint in document.complaints}
    return (one for one in found if one.place not in places and not document.is_blank(one.path))


def _problems(complaints: Iterable[Complaint]) -> list[Problem]:
    ordered = sorted(dict.fromkeys(complaints), key=lambda one: one.place)
    return [complaint.problem() for complaint in ordered]


def _whole(message: str) -> Problem:
    return Problem(None, None, "", message)


def _spell_out_kinds(tree: Json) -> None:
    """Let a kind without keys (`tcp:`, which is null) be the kind with all its defaults."""
    for vantage in _values(_get(tree, "vantages")):
        _fill(vantage, VANTAGES)
    for route in _values(_get(tree, "routes")):
        for check in _values(_get(route, "checks")):
            _fill(check, PROBERS)


def _fill(value: Json, kinds: Iterable[str]) -> None:
    if isinstance(value, dict):
        value.update({kind: {} for kind in kinds if kind in value and value[kind] is None})


def _get(tree: Json, key: str) -> Json:
    return tree.get(key) if isinstance(tree, dict) else None


def _values(tree: Json) -> Iterable[Json]:
    return tree.values() if isinstance(tree, dict) else ()
