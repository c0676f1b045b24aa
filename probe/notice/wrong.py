"""What is wrong now, and which of it is the root as far as one host can know: pure, by the picture alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from probe.model import Series
from probe.notice.chain import Stretch
from probe.notice.notice import Kind, Moment, Severity, Subject
from probe.notice.picture import Picture, Tally
from probe.notice.place import place_of
from probe.notice.watched import Vote, is_of_key

# Whether users get through is waited for at most so long, when a hop on their way fails.
_LONGEST_WAIT_NS = 60 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A subject that fails: where, by which series, what every vantage says of it, and what is explained by it.

    It `is_told` by itself unless other trouble explains it (`root`), or it is yet to be seen whether it does. From where it
    is `suspected` to fail, one probe alone has shown it yet.
    """

    subject: Subject
    severity: Severity
    shown_by: tuple[Series, ...]
    tally: Tally = field(default_factory=lambda: Tally(votes={}))
    hop: str = ""
    through: str = ""
    root: Subject | None = None
    is_waiting: bool = False
    folded: tuple[str, ...] = ()
    suspected: tuple[str, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether it is worth a message of its own now."""
        return self.root is None and not self.is_waiting


def wrong(picture: Picture, now: Moment, resting: Collection[str] = ()) -> Mapping[Subject, Wrong]:
    """Return all that fails, but for what lies only on routes that are worked on."""
    found: dict[Subject, Wrong] = {}
    for route in picture.plan.routes:
        if route.name not in resting and picture.fails_at_all(route.name):
            for one in _on_route(picture, route.name, now):
                _merge(found, one)
    for one in (*_keys(picture, now, resting), *_vantages(picture, now)):
        found[one.subject] = one
    return found


def _merge(found: dict[Subject, Wrong], one: Wrong) -> None:
    """Put the same hop of several routes together; what explains it in one of them explains it."""
    before = found.get(one.subject)
    if before is None:
        found[one.subject] = one
        return
    votes = {**before.tally.votes}
    for vantage, vote in one.tally.votes.items():
        votes[vantage] = Vote.FAILS if Vote.FAILS in (vote, votes.get(vantage)) else vote
    found[one.subject] = replace(
        before,
        shown_by=(*before.shown_by, *one.shown_by),
        tally=Tally(votes=votes),
        root=before.root or one.root,
        is_waiting=before.is_waiting or one.is_waiting,
        severity=max(before.severity, one.severity, key=lambda severity: severity.rank),
        folded=tuple(dict.fromkeys((*before.folded, *one.folded))),
    )


def _on_route(picture: Picture, route: str, now: Moment) -> Sequence[Wrong]:
    tallies = {one: picture.tally(picture.stretches[one], now.boot_ns) for one in picture.on(route)}
    failing = sorted(one for one, tally in tallies.items() if tally.failing)
    whole = next((one for one in tallies if one.is_whole), None)
    if not failing:
        return ()
    if whole is not None and (origins := _users_fail_from(tallies, whole, failing)):
        return _for_users(picture, tallies, whole, origins, now)
    roots = _roots(tallies, failing)
    made = []
    for one in failing:
        root = next((root for root in roots if root is not one and _is_due_to(tallies, one, root)), None)
        heard = (*picture.stretches[one], *(picture.stretches[whole] if whole is not None else ()))
        folded = [other.through for other in failing if other is not one and _is_due_to(tallies, other, one)]
        made.append(
            replace(
                _wrong(picture, one, one, tallies[one], now),
                root=None if one in roots or root is None else root.subject,
                is_waiting=_waits(
                    picture, _failing(picture, one, set(tallies[one].failing), now), heard, now
                ),
                severity=_severity(tallies[one], is_vital=whole is None),
                folded=tuple(dict.fromkeys(folded)),
            )
        )
    return made


def _users_fail_from(
    tallies: Mapping[Stretch, Tally], whole: Stretch, failing: Sequence[Stretch]
) -> tuple[str, ...]:
    """Return from where users get nothing; for sure from one of them, be it that a part of the way fails for sure."""
    sure = {vantage for one in failing for vantage in tallies[one].failing}
    doubtful = tallies[whole].doubtful
    return doubtful if sure & set(doubtful) else ()


def _for_users(
    picture: Picture,
    tallies: Mapping[Stretch, Tally],
    whole: Stretch,
    origins: tuple[str, ...],
    now: Moment,
) -> Sequence[Wrong]:
    """Say that a route fails, and fold into that whatever else fails on it."""
    doubtful = sorted(one for one, tally in tallies.items() if set(tally.doubtful) & set(origins))
    place = next(iter(_roots(tallies, doubtful)), whole)
    votes = {
        vantage: Vote.FAILS if vantage in origins else vote for vantage, vote in tallies[whole].votes.items()
    }
    others = [one for one, tally in tallies.items() if tally.failing and not one.is_whole]
    sure = {vantage for tally in tallies.values() for vantage in tally.failing}
    hit = _failing(picture, whole, set(origins), now)
    root = replace(
        _wrong(picture, whole, place, Tally(votes=votes), now),
        severity=_severity(Tally(votes=votes), is_vital=True),
        suspected=tuple(one for one in origins if one not in sure),
        is_waiting=_waits(picture, hit, (*picture.stretches[whole], *_parts(picture, whole, hit)), now),
        folded=tuple(dict.fromkeys(one.hop for one in sorted(others) if not one.length and one is not place)),
    )
    folded = [replace(_wrong(picture, one, one, tallies[one], now), root=whole.subject) for one in others]
    return (root, *folded)


def _roots(tallies: Mapping[Stretch, Tally], failing: Sequence[Stretch]) -> list[Stretch]:
    """Return what nothing else explains; of two that explain each other, the shorter one and then the nearer one."""
    roots: list[Stretch] = []
    for one in sorted(failing):
        if not any(_is_due_to(tallies, one, root) for root in roots):
            roots.append(one)
    return [
        one
        for one in roots
        if not any(
            _is_due_to(tallies, one, other) and not _is_due_to(tallies, other, one)
            for other in roots
            if other is not one
        )
    ]


def _is_due_to(tallies: Mapping[Stretch, Tally], one: Stretch, root: Stretch) -> bool:
    """Tell whether trouble is explained by that at `root`, which is to be seen from wherever it is seen itself."""
    return root.explains(one) and set(tallies[one].doubtful) <= set(tallies[root].doubtful)


def _severity(tally: Tally, *, is_vital: bool) -> Severity:
    # Where only a key is refused, the way itself was passed.
    is_for_all = not tally.those(Vote.ANSWERS, Vote.SUSPECT, Vote.KEY)
    return Severity.CRITICAL if is_vital and is_for_all else Severity.WARNING


def _wrong(picture: Picture, about: Stretch, place: Stretch, tally: Tally, now: Moment) -> Wrong:
    """Make it of the series that fail at `place`, or of those of the subject itself."""
    origins = set(tally.failing)
    here = _failing(picture, place, origins, now) or _failing(picture, about, origins, now)
    return Wrong(
        subject=about.subject,
        severity=Severity.WARNING,
        shown_by=here,
        tally=tally,
        hop=place.hop,
        through=place.through,
    )


def _failing(picture: Picture, place: Stretch, origins: set[str], now: Moment) -> tuple[Series, ...]:
    return tuple(
        series
        for series in picture.stretches[place]
        if series.vantage in origins and picture.vote(series, now.boot_ns) in (Vote.FAILS, Vote.SUSPECT)
    )


def _waits(picture: Picture, failing: Sequence[Series], asked: Sequence[Series], now: Moment) -> bool:
    """Tell whether it is yet to be heard from elsewhere how far it goes, or whether users get through all the same.

    That is waited for no longer than the failing check takes to be asked again.
    """
    hit = [picture.series[one] for one in failing]
    began = min((one.runs.first.first_boot_ns for one in hit), default=now.boot_ns)
    cycle = max((_cycle_seconds(picture, one) for one in failing), default=0.0)
    if now.boot_ns - began >= min(cycle * 1e9, _LONGEST_WAIT_NS):
        return False
    return any(
        not picture.series[one].is_heard_since(began)
        for one in asked
        if not picture.vantages.of(one.vantage).is_ill
    )


def _parts(picture: Picture, whole: Stretch, hit: Sequence[Series]) -> Sequence[Series]:
    """Return what is to tell where on the way it fails; what is asked more seldom than the way holds up no message."""
    unplaced = [one for one in hit if place_of(picture.series[one]) is None]
    cycle = max((_cycle_seconds(picture, one) for one in unplaced), default=0.0)
    origins = {one.vantage for one in unplaced}
    return [
        series
        for part in picture.on(whole.route)
        for series in picture.stretches[part]
        if series.vantage in origins and picture.series[series].probe.check.interval_seconds <= cycle
    ]


def _cycle_seconds(picture: Picture, series: Series) -> float:
    check = picture.series[series].probe.check
    return check.interval_seconds + check.timeout_seconds


def _keys(picture: Picture, now: Moment, resting: Collection[str]) -> Sequence[Wrong]:
    groups: dict[str, list[Series]] = {}
    for series, watched in picture.series.items():
        if watched.failing and series.route not in resting and picture.vote(series, now.boot_ns) is Vote.KEY:
            groups.setdefault(picture.key_at(series), []).append(series)
    return [
        Wrong(
            subject=Subject(kind=Kind.KEY, hop=hop),
            severity=Severity.WARNING,
            shown_by=tuple(some),
            tally=Tally(votes=_refused(picture, _alike(picture, some))),
            hop=hop,
            through=hop,
            is_waiting=_waits(picture, some, _alike(picture, some), now),
        )
        for hop, some in groups.items()
    ]


def _alike(picture: Picture, some: Sequence[Series]) -> Sequence[Series]:
    """Return the series that ask the same as these, from wherever."""
    checks = {(one.route, one.hop, one.check) for one in some}
    return [one for one in picture.series if (one.route, one.hop, one.check) in checks]


def _refused(picture: Picture, some: Sequence[Series]) -> Mapping[str, Vote]:
    """Return the vantages whose key is refused as well, be it that one probe alone has shown it yet."""
    watched = [picture.series[one] for one in some]
    return {one.probe.series.vantage: Vote.FAILS for one in watched if one.failing and is_of_key(one.cause)}


def _vantages(picture: Picture, now: Moment) -> Sequence[Wrong]:
    return [
        Wrong(
            subject=Subject(kind=Kind.VANTAGE, name=name),
            severity=Severity.WARNING,
            shown_by=(),
            is_waiting=not fit.is_settled(now.boot_ns),
        )
        for name, fit in picture.vantages.known.items()
        if fit.is_ill
    ]
