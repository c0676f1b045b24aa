"""Put together what this machine can and cannot do."""

import os
from collections.abc import Mapping
from pathlib import Path

from probe.machine.ability import Ability
from probe.machine.files import ROOT
from probe.machine.platform import judge_platform, this_platform
from probe.machine.resolving import judge_resolvers
from probe.machine.room import Wanted, judge_room
from probe.machine.sockets import judge_sockets
from probe.machine.timekeeping import judge_clock, judge_suspend, timekeeping
from probe.machine.trial import Tried, tried
from probe.machine.trust import judge_trust


def abilities(
    wanted: Wanted,
    root: Path = ROOT,
    environment: Mapping[str, str] = os.environ,
    found: Tried | None = None,
) -> tuple[Ability, ...]:
    """Return every ability; what sockets can do is tried on loopback unless `found` says what came of it."""
    on = this_platform(root, environment)
    time = timekeeping(root)
    return (
        judge_platform(on),
        *judge_sockets(tried() if found is None else found, on, root),
        judge_clock(time, on),
        judge_suspend(time),
        judge_resolvers(root),
        judge_trust(),
        *judge_room(wanted, root),
    )
