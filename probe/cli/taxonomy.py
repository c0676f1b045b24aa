"""Show causes from the taxonomy, with the rules that find them."""

import difflib
import json
from collections.abc import Mapping, Sequence

import click

from probe.cause.taxonomy import CAUSES, Cause, ancestors, children, lookup, subtree
from probe.cli.options import WRONG_USE, leave
from probe.cli.tree import draw_all, draw_one
from probe.examination import RULES, Rule

JSON_VERSION = 1
_NEAR = 3


def show(cause_id: str | None, *, as_json: bool) -> None:
    """Print all causes, or one; leaves with 2 when there is no such cause."""
    asked = None if cause_id is None else _asked(cause_id)
    shown = tuple(CAUSES.values()) if asked is None else subtree(asked.id)
    if as_json:
        click.echo(json.dumps(_to_json(shown), indent=2, ensure_ascii=False))
    elif asked is None:
        draw_all()
    else:
        draw_one(asked, rules_that_name(asked))


def rules_that_name(cause: Cause) -> tuple[Rule, ...]:
    """Return the rules that can find the cause or one below it, in the order in which they are tried."""
    below = f"{cause.id}."
    return tuple(rule for rule in RULES if any(f"{one}.".startswith(below) for one in rule.causes))


def _asked(given: str) -> Cause:
    """Return the cause that was asked for, also when it was written `TLS.Cert.` or `tls.cert.*`."""
    spelt = given.strip().lower().removesuffix("*").rstrip(".")
    found = lookup(spelt)
    if found is None:
        near = _near(spelt)
        advice = f"did you mean {_either(near)}?" if near else "`hopwatch causes` lists them all"
        leave(WRONG_USE, f"there is no cause {given!r}; {advice}")
    return found


def _near(asked: str) -> Sequence[str]:
    """Return ids that may have been meant: those that end in the word, those spelt alike, the known beginning."""
    ending = [one for one in CAUSES if one.endswith(f".{asked}")]
    alike = difflib.get_close_matches(asked, CAUSES, n=_NEAR)
    above = [one for one in reversed(ancestors(asked)) if one in CAUSES]
    return list(dict.fromkeys((*ending, *alike, *above)))[:_NEAR]


def _either(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _to_json(shown: Sequence[Cause]) -> Mapping[str, object]:
    return {"version": JSON_VERSION, "causes": [_cause_json(one) for one in shown]}


def _cause_json(one: Cause) -> Mapping[str, object]:
    return {
        "id": one.id,
        "layer": one.layer,
        "parent": one.parent or None,
        "children": [each.id for each in children(one.id)],
        "meaning": one.meaning,
        "advice": one.advice,
        "verdict": one.verdict,
        "elements": list(one.elements),
        "nel": one.nel or None,
        "ooni": list(one.ooni),
        "provenance": {"how": one.provenance.how, "where": one.provenance.where} if one.provenance else None,
        "rules": [{"id": rule.id, "says": rule.says} for rule in rules_that_name(one)],
    }
