"""Check what the keys of a file alone cannot tell: faults, times, nodes, configurations, and words of the truth."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from probe.cause.taxonomy import ALERTS, CAUSES
from probe.config import ConfigError
from probe.config import parse as parse_configuration
from probe.config.document import Complaint, Document, KeyPath
from probe.model import Layer
from tests.internet.ground import FaultError
from tests.internet.records import rdata
from tests.internet.topology import CHAIN
from tests.scenarios.runner import program_fault
from tests.scenarios.runner.scenario import LONGEST_SECONDS, Event, Fault, Scenario, Truth
from tests.scenarios.runner.standard import configuration, written
from tests.scenarios.runner.wording import near

_ELEMENT = re.compile(
    r"(agent|access|proxy|isp|resolver|host|platform|zone)\[[^\[\]>]+\]"
    r"|(exit|path|seg)\[[^\[\]>]+>[^\[\]>]+\]|edge\[[^\[\]@]+@[^\[\]@]+\]|(quota|auth)\[[^\[\],]+,[^\[\],]+\]"
)
_LAYERS = frozenset(layer.value for layer in Layer)


def complaints(scenario: Scenario, document: Document) -> Iterator[Complaint]:
    """Yield every mistake that is one of meaning."""
    yield from _whole(scenario, document)
    yield from _lab(scenario, document)
    for number, event in enumerate(scenario.events):
        yield from _event(scenario, event, document, ("events", number))
    yield from _daemons(scenario, document)
    yield from _truth(scenario, document)


def notes(scenario: Scenario) -> Iterator[str]:
    """Tell what is strange without being wrong: causes that hopwatch does not know, and so can never name."""
    for truth in scenario.truth.values():
        for cause in (*truth.causes, *(one for other in truth.or_ for one in other)):
            if not _is_known(cause):
                yield f"hopwatch knows no cause {cause}"


def _is_known(cause: str) -> bool:
    known = (*CAUSES, *(f"tls.alert.{name}" for name in ALERTS))
    return any(f"{each}.".startswith(f"{cause}.") for each in known)


def _whole(scenario: Scenario, document: Document) -> Iterator[Complaint]:
    total = scenario.healthy + scenario.lasts
    if total > LONGEST_SECONDS:
        key: KeyPath = ("lasts",) if "lasts" in cast(dict[str, object], document.tree) else ("healthy",)
        yield document.at_value(
            key, f"healthy and lasts make {total:g} s together; at most {LONGEST_SECONDS:g} s are allowed"
        )


def _lab(scenario: Scenario, document: Document) -> Iterator[Complaint]:
    for wire in scenario.lab.delays:
        yield from _among(document, ("lab", "delays", wire), wire, "wire", tuple(CHAIN.wires))
    for node in scenario.lab.names:
        yield from _among(document, ("lab", "names", node), node, "node", CHAIN.nodes)
        yield from _zone(scenario.lab.names[node], document, ("lab", "names", node))
    for number, fault in enumerate(scenario.lab.faults):
        yield from _fault(fault, scenario, document, ("lab", "faults", number))


def _zone(zone: Mapping[str, tuple[str, ...]], document: Document, path: KeyPath) -> Iterator[Complaint]:
    for name, records in zone.items():
        for number, record in enumerate(records):
            try:
                rdata(record)
            except ValueError as error:
                yield document.at_value((*path, name, number), str(error))


def _event(scenario: Scenario, event: Event, document: Document, path: KeyPath) -> Iterator[Complaint]:
    if bool(event.inject) == bool(event.heal):
        yield document.at_value(path, "an event has either `inject` or `heal`")
    if event.heal and event.heal not in {each.name for each in scenario.events if each.inject}:
        yield document.at_value((*path, "heal"), f"no event injects something of the name {event.heal!r}")
    if event.at >= scenario.lasts:
        yield document.at_value((*path, "at"), f"the scenario lasts {scenario.lasts:g} s only")
    if event.until is not None and event.until <= event.at:
        yield document.at_value((*path, "until"), "it would end before it begins")
    for number, fault in enumerate(event.inject):
        place = (*path, "inject", number)
        yield from _fault(fault, scenario, document, place if place in document.values else (*path, "inject"))


def _fault(fault: Fault, scenario: Scenario, document: Document, path: KeyPath) -> Iterator[Complaint]:
    try:
        found = program_fault.read(fault)
    except FaultError as error:
        yield document.at_value(path, str(error))
        return
    # Which nodes there are is known to the lab only, so a kind of fault leaves it open.
    for key, known in (("node", CHAIN.nodes), ("host", CHAIN.nodes), ("wire", tuple(CHAIN.wires))):
        if isinstance(word := getattr(found, key, None), str):
            yield from _among(document, (*path, key), word, key, known)
    if isinstance(found, program_fault.PROGRAM_FAULTS):
        yield from _among(document, (*path, "daemon"), found.daemon, "daemon", tuple(scenario.daemons))


def _among(
    document: Document, path: KeyPath, word: str, kind: str, known: tuple[str, ...]
) -> Iterator[Complaint]:
    if word not in known:
        yield document.at_value(
            path, f"there is no {kind} {word!r}{near(word, known) or '; there are ' + ', '.join(known)}"
        )


def _daemons(scenario: Scenario, document: Document) -> Iterator[Complaint]:
    seen: dict[str, str] = {}
    for node in scenario.daemons:
        path = ("daemons", node)
        if node not in CHAIN.nodes:
            yield from _among(document, path, node, "node", CHAIN.nodes)
            continue
        whole = configuration(scenario, node)
        yield from _configuration(whole, document, path if path in document.values else ("config",), node)
        for vantage in _vantages(whole):
            if vantage in seen:
                yield document.at_key(
                    path, f"the daemons at {seen[vantage]} and {node} both have a vantage {vantage!r}"
                )
            seen[vantage] = node


def _configuration(
    whole: dict[str, JsonValue], document: Document, path: KeyPath, node: str
) -> Iterator[Complaint]:
    try:
        parse_configuration(written(whole), where=node, folder=Path())
    except ConfigError as error:
        for problem in error.problems:
            yield document.at_key(
                path, f"hopwatch refuses the configuration for {node}: {problem.path}: {problem.message}"
            )


def _vantages(whole: dict[str, JsonValue]) -> tuple[str, ...]:
    found = whole.get("vantages")
    return tuple(found) if isinstance(found, dict) else ("system",)


def _truth(scenario: Scenario, document: Document) -> Iterator[Complaint]:
    known = {
        vantage
        for node in scenario.daemons
        if node in CHAIN.nodes
        for vantage in _vantages(configuration(scenario, node))
    }
    for vantage, truth in scenario.truth.items():
        path = ("truth", vantage)
        yield from _among(document, path, vantage, "vantage", tuple(known))
        yield from _words(truth, document, path)


def _words(truth: Truth, document: Document, path: KeyPath) -> Iterator[Complaint]:
    sets = [(("causes",), truth.causes), *((("or", n), one) for n, one in enumerate(truth.or_))]
    for below, causes in sets:
        for number, cause in enumerate(causes):
            if cause.partition(".")[0] not in _LAYERS:
                yield document.at_value(
                    (*path, *below, number), f"no cause begins with {cause.partition('.')[0]!r}"
                )
    for number, element in enumerate(truth.elements):
        if not _ELEMENT.fullmatch(element):
            yield document.at_value(
                (*path, "elements", number), f"{element!r} is no spelling of an element (docs/vocabulary.md)"
            )
