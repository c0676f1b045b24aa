"""Answer the search: records by what they name, as a page with a form that needs no script, and as JSON."""

import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from aiohttp import web

from probe.codec import Json, to_json
from probe.model import (
    Change,
    Finding,
    Health,
    Identity,
    Incident,
    Miss,
    Observation,
    Outcome,
    Record,
    Series,
)
from probe.store.searching import Counts, Found
from probe.text import clean
from probe.web.archive import ARCHIVE
from probe.web.board import BOARD
from probe.web.rendering import answer
from probe.web.said import Said, said
from probe.web.search_facets import Facets, facets
from probe.web.search_form import FIELDS, Asked, WrongQueryError, parse

_LONGEST_DETAIL: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One record of the result as a row shows it; it leads to an observation where one is behind it."""

    kind: str
    at_ns: int
    state: str
    cause: str | None
    where: str
    link: str | None
    vantage: str | None
    seconds: float | None = None
    detail: str = ""
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a search, as the page shows it."""

    asked: Asked
    found: Found
    hits: tuple[Hit, ...]
    facets: Facets


async def search_page(request: web.Request) -> web.Response:
    """Answer with the form, and with what fits."""
    result, wrong, status = None, None, 200
    try:
        asked = _asked(request)
        found = await request.app[ARCHIVE].search(asked.wanted, asked.before, asked.limit)
        hits = tuple(_hit(one) for one in found.records)
        result = Result(asked=asked, found=found, hits=hits, facets=facets(asked, found.counts))
    except WrongQueryError as error:
        wrong, status = str(error), 400
    except web.HTTPServiceUnavailable as error:
        wrong, status = error.text, 503
    board = request.app[BOARD]
    return answer(
        request,
        "search.html",
        status=status,
        wrong=wrong,
        given={name: clean(request.query.get(name, ""), 200) for name in FIELDS},
        result=result,
        plan=board.plan,
        outcomes=tuple(Outcome),
        now_ns=board.clock.wall_ns(),
    )


async def search_json(request: web.Request) -> web.Response:
    """Answer with what fits as JSON, and how to ask for what is older."""
    try:
        asked = _asked(request)
    except WrongQueryError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    found = await request.app[ARCHIVE].search(asked.wanted, asked.before, asked.limit)
    text = json.dumps({"version": 1, **_json(found)}) + "\n"
    return web.Response(text=text, content_type="application/json")


def _asked(request: web.Request) -> Asked:
    repeated = {name for name in request.query if len(request.query.getall(name)) > 1}
    return parse(dict(request.query), repeated, request.app[BOARD].clock.wall_ns())


def _json(found: Found) -> dict[str, Json]:
    content: dict[str, Json] = {
        "records": [to_json(one) for one in found.records],
        "counts": _counts(found.counts),
    }
    if found.next is not None:
        content["before"] = f"{found.next.at_ns}-{found.next.position}"
    if found.back_to_ns is not None:
        content["looked_back_to_ns"] = found.back_to_ns
    if found.unreadable:
        content["unreadable"] = found.unreadable
    return content


def _counts(counts: Counts) -> Json:
    content: dict[str, Json] = {
        "records": counts.records,
        "by_cause": dict(counts.by_cause),
        "by_hop": dict(counts.by_hop),
        "by_vantage": dict(counts.by_vantage),
        "by_hour": {str(hour * 3600): count for hour, count in sorted(counts.by_hour.items())},
    }
    if counts.back_to_ns is not None:
        content["back_to_ns"] = counts.back_to_ns
    if counts.where_back_to_ns is not None:
        content["where_back_to_ns"] = counts.where_back_to_ns
    return content


def _hit(record: Record) -> Hit:
    match record:
        case Observation():
            return _observed(record)
        case Finding():
            return _found(record)
        case Miss():
            missed = said("{count} slots missed", count=record.slots)
            return _row("miss", record.recorded_at_ns, str(record.reason), series=record.series, said=missed)
        case Incident():
            return _row("incident", record.last_seen_at_ns, record.cause, element=record.element)
        case Change():
            return _row(
                "change", record.lost_at_ns, str(record.what), vantage=record.vantage, detail=record.detail
            )
        case Health():
            return _health(record)


def _observed(seen: Observation) -> Hit:
    failure = seen.failure
    return Hit(
        kind="observation",
        at_ns=seen.started_at_ns,
        state=seen.outcome.value,
        cause=None if failure is None else clean(failure.cause, 120),
        where=_where(seen.series),
        link=_link(seen.identity),
        vantage=clean(seen.series.vantage, 80),
        seconds=seen.duration_seconds if failure is None else failure.after_seconds,
        detail="" if failure is None else clean(failure.detail, _LONGEST_DETAIL),
    )


def _found(finding: Finding) -> Hit:
    about = next(iter(finding.parents), None)
    return Hit(
        kind="finding",
        at_ns=finding.recorded_at_ns,
        state="failed" if finding.verdict != "ok" else "ok",
        cause=clean(", ".join(finding.causes), 200) or None,
        where=_where(finding.series),
        link=None if about is None else _link(about),
        vantage=clean(finding.series.vantage, 80),
        detail=clean(finding.detail, _LONGEST_DETAIL),
        said=said(
            "{verdict}; rule {rule}", verdict=Said(finding.verdict.value), rule=clean(finding.rule, 80)
        ),
    )


def _health(health: Health) -> Hit:
    first = next(iter(health.ailments), None)
    cause, detail = (None, "") if first is None else (first.cause, first.detail)
    return _row("health", health.recorded_at_ns, cause, vantage=health.vantage, detail=detail)


def _row(
    kind: str,
    at_ns: int,
    cause: str | None,
    *,
    series: Series | None = None,
    vantage: str | None = None,
    element: str = "",
    detail: str = "",
    said: Said | None = None,
) -> Hit:
    return Hit(
        kind=kind,
        at_ns=at_ns,
        state="not_measured",
        cause=None if cause is None else clean(cause, 120),
        where=clean(element, 120) if series is None else _where(series),
        link=None,
        vantage=clean(series.vantage if series is not None else vantage or "", 80) or None,
        detail=clean(detail, _LONGEST_DETAIL),
        said=said,
    )


def _where(series: Series) -> str:
    return clean(f"{series.hop} {series.check} ({series.route})", 200)


def _link(identity: Identity) -> str:
    return f"observation/{quote(identity.epoch, safe='')}/{identity.seq}"
