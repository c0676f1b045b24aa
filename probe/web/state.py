"""Write the view as JSON; pure. Everything that the page shows is here."""

from probe.codec import Json, to_json
from probe.model import Hop, Identity, Vantage
from probe.plan import Plan
from probe.web.chain import Chain, Verdict
from probe.web.day import Bar, Turned
from probe.web.events import pending_json, series_json, uplink_json
from probe.web.headline import Headline, Trouble
from probe.web.line import Line
from probe.web.matrix import Matrix
from probe.web.outage import Outage
from probe.web.view import View


def state_json(view: View, plan: Plan) -> dict[str, Json]:
    """Return the whole state; optional facts that are absent stay out."""
    return {
        "at_ns": view.at_ns,
        "headline": _headline(view.headline),
        "vantages": [_vantage(vantage) for vantage in plan.vantages],
        "hops": [_hop(hop) for hop in plan.hops],
        "routes": [_chain(chain) for chain in view.chains],
        "matrix": _matrix(view.matrix),
        "series": [_line(line) for line in view.lines],
        "outages": [_outage(outage) for outage in view.outages],
        "misses": {reason.value: count for reason, count in view.misses.items()},
        "taints": {reason.value: count for reason, count in view.taints.items()},
        "tainted": view.tainted,
        "began_at_ns": view.began_at_ns,
        "notes": list(view.notes),
        "uplinks": [{"vantage": one.vantage, **uplink_json(one)} for one in view.uplinks],
        "changes": [to_json(one) for one in view.changes],
        "day": [_bar(bar) for _, bars in view.day.rows for bar in bars],
        "turned": [_turned(one) for one in view.day.turned],
        "healths": [to_json(one) for one in view.healths],
        "left_out": [{**series_json(one.series), "reason": one.reason} for one in view.left_out],
    }


def _headline(headline: Headline) -> Json:
    return _present(
        {
            "state": headline.state.value,
            "text": headline.text,
            "since_ns": headline.since_ns,
            "since_is_known": headline.is_since_known,
            "troubles": [_trouble(trouble) for trouble in headline.troubles],
            "asides": list(headline.asides),
            "tally": {state.value: count for state, count in headline.tally.items()},
        }
    )


def _trouble(trouble: Trouble) -> Json:
    return _present(
        {
            "route": trouble.route,
            "place": trouble.place,
            "origin": trouble.origin,
            "cause": trouble.cause,
            "meaning": trouble.meaning,
            "element": trouble.finding.element if trouble.finding else None,
            "checks": trouble.checks,
            "since_ns": trouble.since_ns,
            "since_is_known": trouble.is_since_known,
        }
    )


def _vantage(vantage: Vantage) -> Json:
    return _present(
        {
            "name": vantage.name,
            "kind": vantage.kind,
            "site": vantage.site,
            "region": vantage.region,
            "provider": vantage.provider,
            "metered": vantage.metered,
            "proxied": vantage.proxied,
        }
    )


def _hop(hop: Hop) -> Json:
    return _present(
        {
            "name": hop.name,
            "scheme": hop.scheme,
            "authority": hop.authority,
            "region": hop.region,
            "provider": hop.provider,
        }
    )


def _chain(chain: Chain) -> Json:
    return {
        "name": chain.route.name,
        "hops": list(chain.route.hops),
        "entries": {entry.vantage: entry.state.value for entry in chain.entries},
        "stops": [
            _present({"hop": stop.hop.name, "own": _verdict(stop.own), "leg": _verdict(stop.leg)})
            for stop in chain.stops
        ],
    }


def _verdict(verdict: Verdict | None) -> Json:
    if verdict is None:
        return None
    seen: dict[str, Json] = {state.value: list(names) for state, names in verdict.seen.items()}
    return {"state": verdict.state.value, "seen": seen}


def _matrix(matrix: Matrix) -> Json:
    return [
        {
            "hop": row.hop.name,
            "vantage": cell.vantage.name,
            "state": cell.state.value,
            "checks": [f"{line.series.route}/{line.series.check}" for line in cell.lines],
        }
        for row in matrix.rows
        for cell in row.cells
        if cell.lines
    ]


def _line(line: Line) -> Json:
    check, standing = line.probe.check, line.standing
    return _present(
        {
            **series_json(line.series),
            "kind": check.kind,
            "through": check.through,
            "crossed": list(line.probe.crossed),
            "interval_seconds": check.interval_seconds,
            "state": line.state.value,
            "stale": line.is_stale,
            "nothing": line.nothing,
            "since_ns": standing.since_ns,
            "since_is_known": standing.changed,
            "trouble_since_ns": standing.trouble_since_ns,
            "age_seconds": standing.age_seconds,
            "missed_slots": standing.missed_slots,
            "pending": pending_json(line.pending) if line.pending else None,
            "finding": to_json(line.finding) if line.finding else None,
            "last": to_json(line.last) if line.last else None,
        }
    )


def _outage(outage: Outage) -> Json:
    return _present(
        {
            "series": series_json(outage.line.series),
            "cause": outage.cause,
            "finding": to_json(outage.finding) if outage.finding else None,
            "count": outage.count,
            "first_at_ns": outage.first_at_ns,
            "last_at_ns": outage.last.started_at_ns,
            "older_may_be_forgotten": outage.is_cut,
            "last": _identity(outage.last.identity),
        }
    )


def _bar(bar: Bar) -> Json:
    return {
        "hop": bar.hop.name,
        "vantage": bar.vantage.name,
        "answered": bar.answered,
        "measured": bar.measured,
        "not_measured": bar.not_measured,
        "failing": [
            {
                "since_ns": spell.since_ns,
                "until_ns": spell.until_ns,
                "failed": spell.failed,
                "measured": spell.measured,
                "causes": dict(spell.causes),
            }
            for spell in bar.spells
        ],
    }


def _turned(one: Turned) -> Json:
    return _present(
        {
            "hop": one.hop,
            "vantages": list(one.vantages),
            "checks": list(one.checks),
            "cause": one.cause,
            "cause_now": one.now,
            "since_ns": one.since_ns,
            "ended_at_ns": one.ended_at_ns,
            "seconds": one.seconds,
            "times": one.times,
            "failures": one.count,
            "first": _identity(one.first),
        }
    )


def _identity(identity: Identity) -> Json:
    return {"agent": identity.agent, "epoch": identity.epoch, "seq": identity.seq}


def _present(content: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in content.items() if value is not None}
