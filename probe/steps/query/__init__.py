"""One DNS question, by whatever transport a resolver is spoken to."""

from probe.steps.query.ask import ask
from probe.steps.query.in_turn import ask_in_turn
from probe.steps.query.message import Answer, absent_seconds, answered, rcode_failure

__all__ = ["Answer", "absent_seconds", "answered", "ask", "ask_in_turn", "rcode_failure"]
