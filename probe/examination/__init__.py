"""Look into a failure: which questions to ask, in which order, and what the answers mean; pure.

The table is `PARTS`, from the vantage's own network outwards. What stands first explains what comes behind it: a portal
explains a certificate, a forged answer explains a reset.
"""

from probe.examination import local, names, repeat, responses, transport
from probe.examination.case import Case, Control, Known
from probe.examination.conclusion import Conclusion, Part, Rule
from probe.examination.procedure import IMMEDIATE
from probe.model import Observation

PARTS: tuple[Part, ...] = (local.PART, repeat.PART, names.PART, transport.PART, responses.PART)
RULES: tuple[Rule, ...] = (*(rule for part in PARTS for rule in part.rules), IMMEDIATE)


def is_odd(seen: Observation) -> bool:
    """Tell whether a success is worth looking into: it worked, and yet somebody interfered."""
    return any(part.is_odd(seen) for part in PARTS)


__all__ = ["PARTS", "RULES", "Case", "Conclusion", "Control", "Known", "Part", "Rule", "is_odd"]
