"""Judge whether names can be resolved, and whose answers those are."""

from pathlib import Path

from probe.machine.ability import Ability, State
from probe.machine.fake import is_fake
from probe.machine.nameserver import Nameservers, nameservers


def judge_resolvers(root: Path) -> Ability:
    """Say which resolvers the machine has; none is asked."""
    found = nameservers(root)
    # A link-local one is only good on one link, which resolv.conf names and the prober would have to keep to.
    asked = tuple(one for one in found.asked if "%" not in one)
    if not asked:
        return Ability(
            id="resolvers",
            state=State.CANNOT,
            sentence="This machine names no resolver in /etc/resolv.conf.",
            mend="echo 'nameserver 223.5.5.5' | sudo tee -a /etc/resolv.conf",
            lasting="resolvers: [223.5.5.5] in the configuration, which does not depend on the machine",
        )
    if fake := [one for one in (*asked, *found.behind) if is_fake(one)]:
        sentence = f"Names are resolved by {fake[0]}, a local proxy whose answers are likely invented."
        return Ability(id="resolvers", state=State.DEGRADED, sentence=sentence)
    return Ability(id="resolvers", state=State.CAN, sentence=f"Names are resolved by {_shown(asked, found)}.")


def _shown(asked: tuple[str, ...], found: Nameservers) -> str:
    listed = " and ".join(asked)
    if not found.is_stub:
        return listed
    behind = f" and asks {' and '.join(found.behind)}" if found.behind else ""
    return f"{listed}, which is systemd-resolved: it answers from memory{behind}"
