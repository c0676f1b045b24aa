"""Every English text of ours on the page, read from the templates' syntax and from the code that makes sentences."""

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

import probe.web
from probe.cause.taxonomy import CAUSES
from probe.model import MissReason, Outcome, Phase, Taint
from probe.track import State
from probe.web.rendering import templates
from probe.web.wording import word

_FOLDER = Path(probe.web.__file__).parent
_SPEAKING = {"t": 1, "n": 3, "said": 1}


def template_texts() -> Iterator[tuple[str, str]]:
    """Yield (where, text) for each text that a template has said."""
    environment = templates()
    for name in sorted(environment.list_templates()):
        source = (_FOLDER / "templates" / name).read_text()
        for call in Environment().parse(source).find_all(nodes.Call):
            speaker = call.node.name if isinstance(call.node, nodes.Name) else ""
            if speaker in ("t", "n"):
                for argument in call.args[:1] if speaker == "t" else call.args[1:3]:
                    yield from ((name, text) for text in _constants(argument))


def _constants(argument: nodes.Node) -> Iterator[str]:
    if isinstance(argument, nodes.Const):
        yield str(argument.value)
    if isinstance(argument, nodes.CondExpr):
        yield from _constants(argument.expr1)
        if argument.expr2 is not None:
            yield from _constants(argument.expr2)


def code_texts() -> Iterator[tuple[str, str]]:
    """Yield (where, text) for each pattern that page code makes a sentence of."""
    for file in sorted(_FOLDER.glob("*.py")):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and _name(call.func) in ("said", "Said", "either"):
                for argument in ast.walk(ast.Tuple(elts=list(call.args), ctx=ast.Load())):
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield file.name, argument.value


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def word_texts() -> Iterator[tuple[str, str]]:
    """Yield the words of closed sets that the page shows."""
    for closed in (State, Outcome, Phase, Taint, MissReason):
        for value in closed:
            yield closed.__name__, word(value) if isinstance(value, State) else value.value.replace("_", " ")


def texts() -> list[tuple[str, str]]:
    """Return all of them, each with where it is."""
    return [*template_texts(), *code_texts(), *word_texts()]


__all__ = ["CAUSES", "code_texts", "template_texts", "texts", "word_texts"]
