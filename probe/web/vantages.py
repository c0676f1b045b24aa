"""What there is to say of each vantage: its network, what it resolves by, its IPv6, its ailments and its changes; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probe.model import Ailment, Change, Health, UplinkState, Vantage
from probe.plan import Plan
from probe.track import State
from probe.web.line import WORST_FIRST, Line
from probe.web.said import Said, said

_BROKEN = "local.ipv6_broken"
_CHANGES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVantage:
    """A vantage, and all that is known of it now."""

    vantage: Vantage
    state: State
    uplink: UplinkState | None
    resolvers: tuple[str, ...]
    ipv6: Said
    ailments: tuple[Ailment, ...]
    changes: tuple[Change, ...]
    tally: Mapping[State, int]


def shown_vantages(
    plan: Plan,
    lines: Sequence[Line],
    uplinks: Mapping[str, UplinkState],
    healths: Mapping[str, Health],
    changes: Sequence[Change],
) -> tuple[ShownVantage, ...]:
    """List the vantages that ask anything, in the order of the plan; `changes` are told newest first."""
    asking = {line.series.vantage for line in lines}
    resolvers = {one.series.vantage: one.looking.resolvers for one in plan.probes}
    return tuple(
        _vantage(
            vantage,
            [line for line in lines if line.series.vantage == vantage.name],
            uplink=uplinks.get(vantage.name),
            ailments=healths[vantage.name].ailments if vantage.name in healths else (),
            resolvers=resolvers[vantage.name],
            changes=tuple(one for one in changes if one.vantage == vantage.name)[:_CHANGES],
        )
        for vantage in plan.vantages
        if vantage.name in asking
    )


def _vantage(
    vantage: Vantage,
    lines: Sequence[Line],
    *,
    uplink: UplinkState | None,
    ailments: tuple[Ailment, ...],
    resolvers: tuple[str, ...],
    changes: tuple[Change, ...],
) -> ShownVantage:
    states = [line.state for line in lines if line.nothing is None]
    return ShownVantage(
        vantage=vantage,
        state=_fitness(states, uplink, ailments),
        uplink=uplink,
        resolvers=resolvers,
        ipv6=_ipv6([line for line in lines if line.is_apart], ailments),
        ailments=ailments,
        changes=changes,
        tally={state: states.count(state) for state in WORST_FIRST if state in states},
    )


def _fitness(states: Sequence[State], uplink: UplinkState | None, ailments: Sequence[Ailment]) -> State:
    """Say whether one can look from it: hops that fail are no trouble of its own, as long as others answer."""
    if (uplink is not None and uplink.is_up is False) or any(one.cause != _BROKEN for one in ailments):
        return State.NOT_MEASURED
    if State.OK in states or State.FAILED in states:
        return State.OK
    return State.NOT_MEASURED if State.NOT_MEASURED in states else State.UNKNOWN


def _ipv6(apart: Sequence[Line], ailments: Sequence[Ailment]) -> Said:
    if any(one.cause == _BROKEN for one in ailments):
        return said("broken here, whatever the hop")
    if any(line.nothing is None and line.state is State.OK for line in apart):
        return said("works")
    if not apart:
        return said("not asked for apart")
    if any(line.nothing is None and line.last is not None for line in apart):
        return said("no hop answers by it")
    return said("none in use") if any(line.last for line in apart) else said("not known yet")
