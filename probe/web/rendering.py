"""Render templates in the reader's language; every template is compiled once, at the start."""

from collections.abc import Callable
from functools import cache
from typing import Final
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from probe import words
from probe.model import Finding, Observation, Verdict
from probe.text import clean
from probe.track import State
from probe.web import wording
from probe.web.board import BOARD
from probe.web.language import Language, Tongue, language_of, switched
from probe.web.strip import strip

# What a template may have said in the reader's language: as a filter of the value, or called by name.
_SPOKEN: Final = (
    "t", "n", "say", "text", "meaning", "advice", "listed", "counted", "duration", "every", "lasting", "clock",
)  # fmt: skip


def tongue_of(request: web.Request) -> Tongue:
    """Return the language in which the request wants to be answered."""
    asked = request.query.get("lang")
    language = language_of(asked, request.headers.get("Accept-Language", ""))
    # A language that nobody offers was not asked for.
    return Tongue(language, is_asked=asked is not None and language_of(asked, "") is language)


def render(name: str, tongue: Tongue, *, root: str = "", switch: str | None = None, **values: object) -> str:
    """Render a template; `root` leads from the page's address to ours, `switch` to the page in the other language."""
    return (
        templates()
        .get_template(name)
        .render(
            tongue=tongue,
            lang=tongue.language.value,
            root=root,
            switch=switched((), tongue.other) if switch is None else switch,
            **values,
        )
    )


def answer(
    request: web.Request, name: str, *, root: str = "", status: int = 200, **values: object
) -> web.Response:
    """Answer with a page in the reader's language, with our version beneath and the switch on top."""
    tongue = tongue_of(request)
    switch = switched(list(request.query.items()), tongue.other)
    text = render(name, tongue, root=root, switch=switch, version=request.app[BOARD].version, **values)
    return page_of(text, tongue.language, status)


def page_of(text: str, language: Language, status: int = 200) -> web.Response:
    """Answer with a text that is a page in that language."""
    headers = {"Content-Language": language.value, "Vary": "Accept-Language"}
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)


@cache
def templates() -> Environment:
    """Return all templates, compiled: the first reader should not wait 40 ms, nor a probe meanwhile."""
    environment = Environment(
        loader=PackageLoader("probe.web"),
        autoescape=True,
        # Otherwise every include asks the disk at every rendering whether the file has changed.
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    spoken = {name: _spoken(name) for name in _SPOKEN}
    environment.globals |= {**spoken, "href": _href}
    environment.filters |= {
        **spoken,
        "word": _word,
        "verdict": _verdict,
        "place": _place,
        "surety": _surety,
        "asked": _asked,
        "came": _came,
        "iso": wording.iso,
        "iso_seconds": wording.iso_seconds,
        "clock_short": wording.clock_short,
        "clean": clean,
        "rounded": wording.rounded,
        "quote": lambda text: quote(text, safe="", errors="replace"),
        "strip": lambda line: strip(line.standing.observations),
    }
    for name in environment.list_templates():
        environment.get_template(name)
    return environment


def _spoken(name: str) -> Callable[..., str]:
    @pass_context
    def speak(context: Context, *values: object, **named: object) -> str:
        said: str = getattr(context["tongue"], name)(*values, **named)
        return said

    return speak


@pass_context
def _href(context: Context, path: str, **query: str) -> str:
    """Return the link to a page of ours, in the language that the reader chose by hand."""
    tongue: Tongue = context["tongue"]
    pairs = [f"{name}={quote(value, safe='', errors='replace')}" for name, value in query.items()]
    pairs += [f"lang={tongue.language.value.partition('-')[0]}"] if tongue.is_asked else []
    address = f"{context['root']}{path}" or "./"
    return f"{address}?{'&'.join(pairs)}" if pairs else address


@pass_context
def _word(context: Context, state: State) -> str:
    said: str = context["tongue"].t(wording.word(state))
    return said


@pass_context
def _verdict(context: Context, verdict: Verdict) -> str:
    said: str = context["tongue"].text(words.VERDICTS[verdict])
    return said


@pass_context
def _place(context: Context, element: str | None) -> str:
    said: str = context["tongue"].text(words.place(element))
    return said


@pass_context
def _surety(context: Context, finding: Finding) -> str:
    said: str = context["tongue"].text(words.surety(finding))
    return said


@pass_context
def _asked(context: Context, control: Observation) -> str:
    said: str = context["tongue"].text(words.asked(control))
    return said


@pass_context
def _came(context: Context, control: Observation) -> str:
    tongue: Tongue = context["tongue"]
    failure = control.failure
    return (failure and tongue.meaning(failure.cause)) or tongue.text(words.came(control))
