"""Which notices one channel is told and when: by severity, by quiet times, and never the same twice in a row; pure.

Until trouble is over, a channel is told of it again only where it matters more than what it was told.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from probe.notice.notice import Notice, Severity, Status, Subject
from probe.notice.quiet import Quiet, quiet_since


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What goes out together, and how many notices were held back; `vanished` came and went in a quiet time."""

    notices: tuple[Notice, ...] = ()
    held: int = 0
    vanished: int = 0


class Gate:
    """What one channel was told of each subject, and what is held back for it."""

    def __init__(
        self,
        *,
        least: Severity = Severity.INFO,
        quiet: Iterable[Quiet] = (),
        quiet_least: Severity = Severity.CRITICAL,
    ) -> None:
        """Let out what is at least `least`, and in quiet times at least `quiet_least`."""
        self._told: dict[Subject, Severity] = {}
        self._held: dict[Subject, Notice] = {}
        self._vanished = 0
        self.adopt(least=least, quiet=quiet, quiet_least=quiet_least)

    def adopt(self, *, least: Severity, quiet: Iterable[Quiet], quiet_least: Severity) -> None:
        """Go on by other rules; what was told and held back stays so."""
        self._least, self._quiet, self._quiet_least = least, tuple(quiet), quiet_least

    def restore(self, notices: Iterable[Notice], wall_ns: int) -> None:
        """Take what stood before the start as told, but for what began in a quiet time that lasts."""
        began = quiet_since(self._quiet, wall_ns)
        for one in notices:
            is_held = began is not None and one.since_ns >= began and self._is_low(one)
            if one.severity.rank >= self._least.rank:
                if is_held:
                    self._held[one.subject] = one
                else:
                    self._told[one.subject] = one.severity

    def take(self, notice: Notice, wall_ns: int) -> Passed:
        """Take in a notice, and return what goes out now."""
        is_quiet = quiet_since(self._quiet, wall_ns) is not None and self._is_low(notice)
        if notice.status is Status.FIRING:
            return self._begins(notice, is_quiet=is_quiet)
        return self._ends(notice, is_quiet=is_quiet)

    def _begins(self, notice: Notice, *, is_quiet: bool) -> Passed:
        subject = notice.subject
        told = self._told.get(subject)
        if notice.severity.rank < self._least.rank:
            return Passed()
        if told is not None and notice.severity.rank <= told.rank:
            return self._goes_on(subject)
        notice = replace(notice, raised_from=told)
        if is_quiet:
            self._held[subject] = notice
            return Passed(held=1)
        self._held.pop(subject, None)
        self._told[subject] = notice.severity
        return Passed(notices=(notice,))

    def _goes_on(self, subject: Subject) -> Passed:
        """Forget an end that was held back: it is as it was told."""
        held = self._held.get(subject)
        if held is None or held.status is Status.FIRING:
            return Passed()
        del self._held[subject]
        return Passed(held=1)

    def _ends(self, notice: Notice, *, is_quiet: bool) -> Passed:
        subject = notice.subject
        if subject not in self._told:
            was_held = self._held.pop(subject, None) is not None
            self._vanished += was_held
            return Passed(held=int(was_held))
        if is_quiet:
            self._held[subject] = notice
            return Passed(held=1)
        self._held.pop(subject, None)
        del self._told[subject]
        return Passed(notices=(notice,))

    def release(self, wall_ns: int) -> Passed:
        """Return what was held back and is still true, once it is quiet no more."""
        if not (self._held or self._vanished) or quiet_since(self._quiet, wall_ns) is not None:
            return Passed()
        notices, vanished = tuple(self._held.values()), self._vanished
        self._held.clear()
        self._vanished = 0
        for one in notices:
            if one.status is Status.FIRING:
                self._told[one.subject] = one.severity
            else:
                self._told.pop(one.subject, None)
        return Passed(notices=notices, vanished=vanished)

    def _is_low(self, notice: Notice) -> bool:
        return notice.severity.rank < self._quiet_least.rank
