"""Which hops can have made a response, by what is known of each stretch of its route; pure.

An answer bears what its maker puts on its own answers and what the hops before it put on what they pass on, less what those
hide. All that is assumed is that a hop does the same each time.
"""

from collections.abc import Mapping

from probe.fingerprint.marks import Mark
from probe.fingerprint.profile import Profile
from probe.model import Span

# The stretches of one route, each with what answers to its questions taught; by the places of its two ends.
Stretches = Mapping[tuple[int, int], Profile]


def maker(marks: frozenset[Mark], span: Span, stretches: Stretches) -> int | None:
    """Return the place of the hop that made a response with these marks; None where they leave a choice, or none is right."""
    first, last = _ends(span)
    usual = stretches.get((first, last))
    if usual is None:
        return None
    ours = frozenset[Mark]().union(*(one.always for (near, _), one in stretches.items() if near == first))
    if not marks & ours:
        # Nothing that answers by way of the first hop bear: somebody on the way to it made this.
        return None
    every = range(first, last + 1)
    bearing = {place for place in every if not _bears_too_much(marks, place, first, stretches)}
    complete = {place for place in bearing if not _lacks(marks, place, first, usual, stretches)}
    # What is there proves more than what is missing: errors have fewer headers than what went well.
    left = complete or bearing
    return left.pop() if len(left) == 1 else None


def bearer(mark: Mark, span: Span, stretches: Stretches, known: Stretches) -> int | None:
    """Return the place of the one hop that puts an unmistakable mark on all that it makes and passes on, or None.

    Of all `stretches` it counts what any answer showed, of `known` ones what healthy answers never bore.
    """
    first, last = _ends(span)
    places, is_shown = set(range(first, last + 1)), False
    for (near, far), profile in stretches.items():
        if profile.showed(mark):
            is_shown, places = True, places & set(range(near, far + 1))
    for (near, far), profile in known.items():
        if not (profile.may_bear(mark) or profile.showed(mark)):
            places -= set(range(near, far + 1))
    return _only(places) if is_shown else None


def reporter(name: Mark, received: Mark, span: Span, stretches: Stretches, known: Stretches) -> int | None:
    """Return the place of the one hop that reports by that name, or None.

    A hop that received a status has one behind it; and one that reports of what it passes on need not report of its own.
    """
    first, last = _ends(span)
    places, is_shown = set(range(first, last + 1)), False
    for (near, far), profile in stretches.items():
        if profile.showed(name):
            end = far if profile.showed(received) else far + 1
            is_shown, places = True, places & set(range(near, end))
    for (near, far), profile in known.items():
        if not profile.showed(name):
            places -= set(range(near, far))
    return _only(places) if is_shown else None


def _only(places: set[int]) -> int | None:
    return places.pop() if len(places) == 1 else None


def _ends(span: Span) -> tuple[int, int]:
    return span.route.hops.index(span.asked), span.route.hops.index(span.through)


def _bears_too_much(marks: frozenset[Mark], place: int, first: int, stretches: Stretches) -> bool:
    """Tell whether a response bears a mark of this route that none made at that place can bear."""
    return any(
        _is_foreign(mark, near, first, stretches)
        for (near, far), profile in stretches.items()
        if far == place and near >= first
        for mark in marks & _known(stretches)
        if not profile.may_bear(mark)
    )


def _is_foreign(mark: Mark, near: int, first: int, stretches: Stretches) -> bool:
    """Tell whether a mark cannot have been put on by the hops before `near`, which would put it on all that they pass on."""
    if near == first:
        return True
    return any(
        begin == first and end >= near and not profile.may_bear(mark)
        for (begin, end), profile in stretches.items()
    )


def _lacks(marks: frozenset[Mark], place: int, first: int, usual: Profile, stretches: Stretches) -> bool:
    """Tell whether a response lacks a mark that those made at that place bear, and that comes through to whoever asked."""
    return any(
        # Asked past the first hops, they show what those may hide; what the usual answers bear is not hidden.
        (profile.always if near == first else profile.always & usual.always) - marks
        for (near, far), profile in stretches.items()
        if far == place and near >= first
    )


def _known(stretches: Stretches) -> frozenset[Mark]:
    """Return the marks that answers over one stretch or another always bear; an error's own headers are none."""
    return frozenset[Mark]().union(*(one.always for one in stretches.values()))
