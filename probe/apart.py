"""What there is to say of a check that shows IPv6 apart when it has nothing to show; pure."""

from collections.abc import Mapping

from probe.model import Check, Observation, Outcome

# Nobody's trouble: the hop need not have IPv6, nor the vantage, and what is broken there is said once.
_WORDS: Mapping[str, str] = {
    "meta.no_address": "no IPv6 address",
    "meta.insufficient": "no IPv6 address known",
    "local.family_mismatch": "no IPv6 from here",
    "local.no_route": "no IPv6 from here",
    "local.ipv6_broken": "IPv6 is broken here",
}


def nothing_to_show(check: Check, seen: Observation) -> str | None:
    """Say why there is nothing to show, or None where there is."""
    if not check.is_twin or seen.outcome is not Outcome.NOT_MEASURED or seen.failure is None:
        return None
    return _WORDS.get(seen.failure.cause)
