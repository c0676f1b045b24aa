"""Write docs/causes.md from the taxonomy and the rules; a test keeps the two equal."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from probe.cause.taxonomy import CAUSES, Cause, How, children, lookup, subtree
from probe.examination import RULES
from probe.model import Verdict

_HEAD = """\
# Causes

<!-- Written by docs/generate_causes.py from probe/cause/taxonomy and probe/examination; do not edit. -->

Every failure and every finding carries a cause from this page. On the command line, `hopwatch causes` lists them,
`hopwatch causes tls.cert` says all of one and what is below it, and `--json` is for programs.

- **A cause is a path.** Its first word is the layer in which the failure showed, each further word says more exactly what
  it was. Every beginning is a valid answer: hopwatch names the deepest cause that the evidence supports, and no deeper.
- **Ids stay.** New ones are added; none is taken away or given another meaning, so alerts and queries may rely on them.
- **Three things stay apart.** The cause says what happened. The *verdict* of a finding says what it means for the service
  from that vantage. The *element* says who is to blame ([vocabulary](vocabulary.md#elements)). "Usually" below is the
  verdict that mostly follows, and the kinds of elements that may be at fault; a finding says what does follow, and who is.
- **Own trouble is no hop's.** Causes of `local` and `meta` count against nobody.
- **How we know** that a signal means its cause is said [at the end](#how-we-know). None has been seen in the field yet.
"""

_VERDICTS = {
    Verdict.OK: "the service works from here, whatever else was noticed",
    Verdict.DOWN: "the service fails, for a reason on its side or on the way",
    Verdict.BLOCKED: "somebody's rule keeps us from a service that may well work for others",
    Verdict.DEGRADED: "the service works, slowly or with losses",
    Verdict.INSUFFICIENT: "nobody can tell from what was seen",
}

_HOW = {
    How.LAB: "measured in our laboratory",
    How.REPLAYED: "shown by a test or scenario, which anybody can run",
    How.LIVE: "seen in the field, on that date",
    How.READ: "taken from a standard, a manual or a study; not yet shown by ourselves",
}


# A cause with more right below it than this gets a table of its own.
_LONG = 20


def render() -> str:
    """Return the whole document."""
    return "\n".join([_HEAD, *_verdicts(), *_layers(), *_rules(), *_others(), *_knowledge()])


def _verdicts() -> Iterator[str]:
    yield from _grid(("Verdict", "Means"), ((f"**{one}**", says) for one, says in _VERDICTS.items()))


def _layers() -> Iterator[str]:
    for layer in (one for one in CAUSES.values() if not one.depth):
        below = subtree(layer.id)[1:]
        yield from (f"## {layer.id}", "", f"{_sentence(layer.meaning)} {layer.advice}", "")
        lists = [one.id for one in below if len(children(one.id)) > _LONG]
        own = [one for one in below if one.parent not in lists]
        yield from _table(own)
        for name in lists:
            yield from (f"### {name}", "")
            yield from _table(subtree(name)[1:])


def _table(shown: Sequence[Cause]) -> Iterator[str]:
    rows = (
        (f"`{one.id}`", one.meaning, one.advice, f"**{one.verdict}**: {', '.join(one.elements)}")
        for one in shown
    )
    yield from _grid(("Cause", "Means", "What to do", "Usually"), rows)


def _rules() -> Iterator[str]:
    yield from (
        "## Rules",
        "",
        "What a failure is looked into by: the first rule of a layer that fits gives the cause.",
        "",
    )
    rows = (
        (f"`{rule.id}`", rule.says, ", ".join(f"`{one}`" for one in rule.causes) or "any that a probe names")
        for rule in RULES
    )
    yield from _grid(("Rule", "Says", "Causes"), rows)


def _others() -> Iterator[str]:
    yield from (
        "## The words of others",
        "",
        "The type in W3C Network Error Logging (with Chromium's extensions) and OONI's failure strings, where there are any.",
        "What is not listed has those of the cause above it.",
        "",
    )
    rows = (
        (f"`{one.id}`", f"`{one.nel}`" if one.nel else "", ", ".join(f"`{word}`" for word in one.ooni))
        for one in CAUSES.values()
        if (one.nel, one.ooni) != _words_above(one)
    )
    yield from _grid(("Cause", "NEL", "OONI"), rows)


def _words_above(cause: Cause) -> tuple[str, tuple[str, ...]]:
    above = lookup(cause.parent)
    return (above.nel, above.ooni) if above else ("", ())


def _knowledge() -> Iterator[str]:
    yield from ("## How we know", "")
    known = [(one.provenance.how, one.provenance.where, one.id) for one in CAUSES.values() if one.provenance]
    for how in How:
        sources = sorted((where, cause) for kind, where, cause in known if kind is how)
        yield f"**{how}**: {_HOW[how]}." + ("" if sources else " None yet.") + "\n"
        if sources:
            rows = (
                (where, ", ".join(f"`{cause}`" for _, cause in group))
                for where, group in groupby(sources, key=lambda one: one[0])
            )
            yield from _grid(("Where", "Causes"), rows)
    yield "Causes that are not listed have no signal of their own: they gather those below them."
    yield ""


def _grid(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"| {' | '.join('---' for _ in columns)} |"
    yield from (f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows)
    yield ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def main() -> None:
    """Write the document beside this file."""
    Path(__file__).with_name("causes.md").write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
