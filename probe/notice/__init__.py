"""What is worth a message, and its words: changes of state of routes, hops, keys, vantages and the store; pure.

`follow` turns events into notices, `gate` says which of them a channel is told and when, `words` says them in a language.
A notice is plain data, so whatever else finds out what is wrong may make it in the place of `follow`.
"""

from probe.notice.follow import Follow
from probe.notice.gate import Gate
from probe.notice.maintenance import Maintenance
from probe.notice.notice import Kind, Moment, Notice, Severity, Status, Subject
from probe.notice.quiet import Quiet
from probe.notice.words import Language, Words

__all__ = [
    "Follow",
    "Gate",
    "Kind",
    "Language",
    "Maintenance",
    "Moment",
    "Notice",
    "Quiet",
    "Severity",
    "Status",
    "Subject",
    "Words",
]
