"""Whom to ask when a hop says that those behind it fail, or says nothing: itself, the next one, and others of the same way."""

from collections.abc import Iterator

from probe.cause.response.upstream import UPSTREAM_PATH
from probe.examination.case import Case, Control
from probe.examination.responses.facts import LOOK, NEXT, OTHER, Leg, is_silent, leg
from probe.model import Hop
from probe.model.element import seg
from probe.plan import Probe
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls

# What the leg's state explains; below these an answer says more than any question could.
_OF_THE_LEG = "relay.upstream"
_MOST_OTHERS = 2
_SECONDS = 2.0
# A handshake and a request with their answers; a bare handshake.
_REQUEST, _HANDSHAKE = 14, 12


def wanted(case: Case) -> Iterator[Control]:
    """Yield the controls, all of which can be asked at once: none of them could wake a filter that slept."""
    about = leg(case)
    if about is None or not (case.is_of(_OF_THE_LEG) or is_silent(case)):
        return
    hops = {one.name: one for one in case.hops}
    near, far = hops.get(about.near), hops.get(about.far)
    if near is not None and near.relay is not None:
        yield _look(near)
    if far is not None:
        yield _direct(far)
    yield from _others(case, about)


def _look(near: Hop) -> Control:
    """Have a hop that can do so look at its upstream (config/relay)."""
    return Control(
        id=LOOK,
        kind="http",
        hop=near,
        prober=Http(method="HEAD", path=UPSTREAM_PATH),
        seconds=2 * _SECONDS,
        packets=_REQUEST,
        now=True,
    )


def _direct(far: Hop) -> Control:
    """Shake hands with the next hop past the one that complains of it."""
    is_tls = far.scheme == "https"
    return Control(
        id=NEXT,
        kind="tls" if is_tls else "tcp",
        hop=far,
        prober=Tls() if is_tls else Tcp(),
        seconds=_SECONDS,
        packets=_HANDSHAKE,
        now=True,
    )


def _others(case: Case, about: Leg) -> Iterator[Control]:
    """Ask other checks of the route: one that stops before the leg, to see whether the near hop lives, and one over it."""
    alive = [one for one in case.checks if _is_other(case, one) and one.check.through == about.near]
    over = [one for one in case.checks if _is_other(case, one) and seg(about.near, about.far) in one.crossed]
    # The one that goes least far tells most of the leg.
    over.sort(key=lambda one: len(one.crossed))
    chosen = [*alive[:1], *over[:1]][:_MOST_OTHERS]
    for one in chosen:
        yield Control(
            id=f"{OTHER}.{one.check.name}",
            kind=one.check.kind,
            hop=one.hop,
            through=one.check.through,
            prober=one.prober,
            family=one.check.family,
            seconds=_SECONDS,
            packets=_REQUEST,
            now=True,
        )


def _is_other(case: Case, one: Probe) -> bool:
    own, theirs = case.series, one.series
    is_same_way = (theirs.hop, theirs.vantage, theirs.route) == (own.hop, own.vantage, own.route)
    return is_same_way and one.check.kind in ("http", "page") and one.prober != case.prober
