"""Make notices of what is wrong and of what is over; pure."""

from dataclasses import replace

from probe.found import is_borne_out
from probe.notice.notice import Kind, Moment, Notice, Status
from probe.notice.picture import Picture
from probe.notice.place import place_of
from probe.notice.watched import Vote, Watched
from probe.notice.wrong import Wrong


def failing(picture: Picture, one: Wrong, now: Moment) -> Notice:
    """Say that it fails: by the series that shows it best, and for how long by the one that began first."""
    shown = [picture.series[series] for series in one.shown_by]
    own = [picture.series[series] for series in picture.of(one.subject)]
    began = min((each.runs.first.first_boot_ns for each in shown), default=0)
    # Whoever answered before it began says nothing of it.
    heard = {each.probe.series.vantage for each in own if each.is_heard_since(began)}
    answers = tuple(vantage for vantage in one.tally.those(Vote.ANSWERS) if vantage in heard)
    notice = Notice(
        subject=one.subject,
        status=Status.FIRING,
        severity=one.severity,
        at_ns=now.wall_ns,
        since_ns=now.wall_ns,
        hop=one.hop,
        through=one.through,
        fails=one.tally.failing,
        answers=answers,
        unknown=tuple(
            vantage for vantage in one.tally.votes if vantage not in (*one.tally.failing, *answers)
        ),
        folded=one.folded,
        routes=_routes(picture, one),
    )
    if one.subject.kind is Kind.VANTAGE:
        fit = picture.vantages.of(one.subject.name)
        return replace(notice, since_ns=fit.since_ns, cause=fit.cause)
    in_a_row = max((each.failing for each in (*shown, *own)), default=0)
    return _shown(notice, shown, in_a_row) if shown else notice


def _shown(notice: Notice, shown: list[Watched], in_a_row: int) -> Notice:
    told_from = {
        one.cause: {each.probe.series.vantage for each in shown if each.cause == one.cause} for one in shown
    }
    # Where other trouble takes over, what one vantage still tells of the old one is not the cause.
    best = max(
        shown,
        key=lambda one: (
            one.is_scored,
            one.finding is not None,
            len(told_from[one.cause]),
            one.runs.first.since_ns,
        ),
    )
    found = best.finding
    hop, through = place_of(best) or (notice.hop, notice.through)
    return replace(
        notice,
        hop=hop,
        through=through,
        since_ns=min(one.runs.first.since_ns for one in shown),
        is_since_known=all(one.runs.first.is_since_known for one in shown),
        cause=best.cause,
        level=None if found is None else found.level,
        is_inconclusive=found is not None and not is_borne_out(found),
        controls=0 if found is None else max(0, len(found.parents) - 1),
        probes=in_a_row,
        observation=best.observation,
    )


def _routes(picture: Picture, one: Wrong) -> tuple[str, ...]:
    """Return the routes through a hop that fails by itself, where those are more than the message's own."""
    if one.subject.kind not in (Kind.ROUTE, Kind.HOP) or one.hop != one.through:
        return ()
    crossing = tuple(route.name for route in picture.plan.routes if one.hop in route.hops)
    return () if crossing == (one.subject.name,) else crossing


def relapsing(notice: Notice, times: int) -> Notice:
    """Say that it fails again and again."""
    return replace(notice, flaps=times)


def ended(notice: Notice, now: Moment, *, times: int, is_gone: bool) -> Notice:
    """Say that it is over."""
    return replace(notice, status=Status.RESOLVED, at_ns=now.wall_ns, flaps=times, is_gone=is_gone)
