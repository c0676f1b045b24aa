"""Propose a configuration: ask for the hops where none are named, look at them, write and tell."""

import asyncio
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from probe.cli.options import BAD_CONFIGURATION, WRONG_USE, leave
from probe.cli.progress import progress
from probe.proposal.look import Seen, Sight, look_at_all, questions
from probe.proposal.named import Named, beside, named
from probe.proposal.write import ANCHORS, From, write

_QUESTIONS = (
    ("your relay, such as https://hk.example.net", ""),
    ("the function behind it, such as https://chat.vercel.app", ""),
    ("the API at the end", "https://api.cerebras.ai"),
)
_PAGE_QUESTION = "the page that users load, such as https://me.github.io"
_NONE = "none"
_STOPPED = 130  # 128 + SIGINT, as shells have it


def propose(
    *,
    hops: tuple[str, ...],
    page_url: str | None,
    output: Path,
    force: bool,
    anchors: tuple[str, ...],
    no_look: bool,
) -> None:
    """Write a configuration for the hops at these addresses; without any, ask for them."""
    _refuse_output(output, force=force)
    places = _anchors(anchors)
    try:
        if not hops:
            hops, page_url = _asked_for(page_url)
        route, page = _named(hops, page_url)
        vantages = _vantages()
        sight = _seen(route, page, vantages, is_looking=not no_look)
    except (click.Abort, KeyboardInterrupt):
        leave(_STOPPED, "\nstopped; nothing is written")
    text = write(sight, vantages, places)
    _refuse_bad(text, output)
    _put(text, output, force=force)
    _tell(sight, vantages, places)


def _refuse_output(output: Path, *, force: bool) -> None:
    """Leave before anybody is asked when the file could not be written."""
    if str(output) == "-":
        return
    if output.exists() and not force:
        leave(WRONG_USE, f"{output} is there already; --force writes over it, --output names another file")
    if not output.absolute().parent.is_dir():
        leave(WRONG_USE, f"{output} cannot be written: there is no folder {output.absolute().parent}")
    if not os.access(output if output.exists() else output.absolute().parent, os.W_OK):
        leave(WRONG_USE, f"{output} cannot be written: this user may not")


def _asked_for(page_url: str | None) -> tuple[tuple[str, ...], str | None]:
    """Ask for the hops on the terminal; an empty answer leaves one out, and a wrong one is asked for again."""
    if not sys.stdin.isatty():
        example = "hopwatch init https://relay https://api"
        leave(WRONG_USE, f"no address is given, and nobody is there to ask: {example}")
    click.echo(f"Addresses, nearest hop first; {_NONE} or an empty line leaves one out.", err=True)
    found = [one for question, usual in _QUESTIONS if (one := _answer(question, usual))]
    if not found:
        leave(WRONG_USE, "without any address there is nothing to propose")
    return tuple(found), page_url or _answer(_PAGE_QUESTION, "") or None


def _answer(question: str, usual: str) -> str:
    answer: str = click.prompt(
        question, default=usual, show_default=bool(usual), err=True, value_proc=_checked
    )
    return answer


def _checked(answer: str) -> str:
    answer = answer.strip()
    if answer in ("", _NONE):
        return ""
    try:
        named([answer])
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return answer


def _named(hops: Sequence[str], page_url: str | None) -> tuple[tuple[Named, ...], Named | None]:
    """Read the addresses; leaves with 2 on what is none, and on a hop that comes twice."""
    try:
        route = named(hops)
        page = named([page_url])[0] if page_url else None
    except ValueError as error:
        leave(WRONG_USE, f"an address cannot be used: {error}")
    for index, one in enumerate(route):
        if one.origin in [before.origin for before in route[:index]]:
            leave(WRONG_USE, f"{one.url} is named twice, and a request passes a hop once")
    return route, None if page is None else beside(page, route)


def _anchors(given: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    from pydantic import TypeAdapter

    from probe.config.fields import PageUrl

    found = []
    for number, one in enumerate(given, 1):
        where, _, url = one.partition("=")
        try:
            TypeAdapter(PageUrl).validate_python(url)
        except ValueError:  # its message could repeat a password
            url = ""
        if where not in ("domestic", "abroad") or not url:
            leave(WRONG_USE, f"anchor {number} is none; write domestic=http://... or abroad=http://...")
        found.append((f"{where}-{number}", url, where))
    return tuple(found) or ANCHORS


def _seen(route: Sequence[Named], page: Named | None, vantages: Sequence[From], *, is_looking: bool) -> Sight:
    from probe.clock import SystemClock
    from probe.log import set_up

    if not is_looking:
        return Sight(route=tuple(Seen(hop=one) for one in route), page=Seen(hop=page) if page else None)
    set_up("error", "logfmt")
    urls = dict.fromkeys(one.url for one in (*route, *((page,) if page else ())))
    click.echo(f"looking at {', '.join(urls)} ...", err=True)
    ways = {one.name: one.keys for one in vantages}
    with progress("questions", questions(route, page)) as step:
        return asyncio.run(look_at_all(route, page, ways, SystemClock(), step))


def _vantages() -> list[From]:
    """Propose every uplink and local proxy of this machine, or its own network where there is but one."""
    from probe.machine.interface import interfaces
    from probe.machine.kind import Kind
    from probe.machine.proposal import proposals
    from probe.machine.proxies import local_proxies

    found = interfaces()
    proposed = proposals(found, local_proxies(found))
    if len(proposed) < 2:
        return [From(name="system", keys={"system": {}}, why="This machine's own network.")]
    mobile = {one.name for one in found if one.kind is Kind.MOBILE}
    return [
        From(
            name=one.name,
            keys={
                **one.keys,
                **({"metered": True} if mobile & {*one.keys.get("interface", {}).values()} else {}),
            },
            why=f"{one.why}.",
        )
        for one in proposed
    ]


def _refuse_bad(text: str, output: Path) -> None:
    """Leave with the problems of a proposal that the configuration's own reader does not take."""
    from probe.config import ConfigError, parse

    try:
        parse(text, where=str(output), folder=output.absolute().parent)
    except ConfigError as error:
        leave(BAD_CONFIGURATION, f"what was proposed would not be accepted, and nothing is written:\n{error}")


def _put(text: str, output: Path, *, force: bool) -> None:
    if str(output) == "-":
        click.echo(text, nl=False)
        return
    try:
        with output.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        leave(WRONG_USE, f"{output} cannot be written: {error.strerror}")
    option = "" if str(output) == "hopwatch.yml" else f" --config.file {output}"
    click.echo(
        f"{output} is written. Next: `hopwatch check{option}` asks everything in it once,"
        f" `hopwatch config check{option}` says what it will use.",
        err=True,
    )


def _tell(sight: Sight, vantages: Sequence[From], anchors: Sequence[tuple[str, str, str]]) -> None:
    from probe.proposal.advice import steps, warnings
    from probe.proposal.write import RESOLVERS

    places = ", ".join(url for _, url, _ in anchors)
    _list("Worth knowing:", warnings(sight))
    _list("What each further step would buy:", steps(sight, vantages=len(vantages)))
    click.echo(
        f"Asked only when something fails: {places} (--anchor names others), and {', '.join(RESOLVERS)}",
        err=True,
    )


def _list(title: str, lines: Iterable[str]) -> None:
    if found := list(lines):
        click.echo("\n".join((title, *(f"- {line}" for line in found))), err=True)
